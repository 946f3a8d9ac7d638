// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * moment.c - pre-copied dumps of a made-up memory, and what it was in the last pause.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/dump/estimate.h"
#include "moment.h"

/* Memory, page flags and what could not be read. */
struct moment {
	u8 *mem;
	u64 pages;
	u16 *page_flags;
	bool *bad;
};

static struct moment moment;
static unsigned int seed;

static void moment_open(const struct fake_source *f)
{
	moment.pages = f->max;
	moment.mem = fake_memory_get(f->max);
	moment.page_flags = malloc(f->max * sizeof(*moment.page_flags));
	moment.bad = malloc(f->max * sizeof(*moment.bad));
}

void moment_save(struct fake_source *f)
{
	memcpy(moment.mem, f->mem, f->max * FAKE_PAGE);
	memcpy(moment.page_flags, f->page_flags, f->max * sizeof(*moment.page_flags));
	memcpy(moment.bad, f->bad, f->max * sizeof(*moment.bad));
}

static void moment_restore(struct fake_source *f)
{
	memcpy(f->mem, moment.mem, f->max * FAKE_PAGE);
	memcpy(f->page_flags, moment.page_flags, f->max * sizeof(*moment.page_flags));
	memcpy(f->bad, moment.bad, f->max * sizeof(*moment.bad));
}

static void moment_close(void)
{
	fake_memory_put(moment.mem, moment.pages);
	free(moment.page_flags);
	free(moment.bad);
}

void open_precopy(struct job *j, const struct ld_range *ranges)
{
	job_open(j, ranges);
	fake_track(&j->src);
	moment_open(&j->src);
	j->src.before_stop = moment_save;
	j->request.mode = LD_MODE_PRECOPY;
	j->request.max_pause_ns = 60ULL * 1000000000;
	j->src.arg = j;
}

static void devices_write(struct fake_source *f)
{
	fake_write_unseen(f, 300);
	fake_write_unseen(f, 301);
	fake_write(f, 302);
}

static void devices_write_last(struct fake_source *f)
{
	devices_write(f);
	moment_save(f);
}

void open_devices(struct job *j, const struct ld_range *ranges)
{
	open_precopy(j, ranges);
	for (u64 pfn = 300; pfn < 304; pfn++) {
		j->src.page_flags[pfn] = 0;
		j->src.tracker.doubt[pfn] = true;
	}
	j->src.before_sweep = devices_write;
	j->src.before_stop = devices_write_last;
}

void close_precopy(struct job *j)
{
	assert_int_equal(j->src.tracker.begun, j->src.tracker.ended);
	moment_close();
	job_close(j);
}

void as_elf(struct job *j)
{
	j->request.format = &ld_format_elf;
	j->request.codec = &ld_codec_none;
	j->request.codec_level = 0;
	j->src.src.system.kernel_paddr = 400 * FAKE_PAGE;
	j->src.src.system.kernel_size = 777 * FAKE_PAGE;
}

u64 lack_memory(struct job *j)
{
	struct ld_estimate estimate;
	u64 needed;

	j->request.memory = 1 << 30;
	assert_int_equal(ld_estimate(&j->p, &j->st, &estimate), 0);
	needed = j->st.bytes.needed;
	j->request.memory = needed - 1;
	return needed;
}

/* A page frame that is streamed has its place already when it turns out to be bad. */
static enum want in_moment(const struct job *j, u64 pfn)
{
	bool late = ld_filter_tier(ld_filter_type(j->src.page_flags[pfn])) == LD_TIER_LATE;
	enum want want = by_level(j, pfn);

	return want == DROPPED || !j->src.bad[pfn] ? want : late ? ZEROS : DROPPED;
}

void check_moment(struct job *j)
{
	moment_restore(&j->src);
	if (j->request.format == &ld_format_elf)
		check_elf(j, in_moment);
	else
		check_kdump(j, in_moment);
}

void check_devices(struct job *j, u64 rounds)
{
	assert_int_equal(ld_dump(&j->p, &j->st), 0);
	check_moment(j);
	assert_int_equal(j->st.precopy.rounds, rounds);
	assert_int_equal(j->st.pages.unseen, 0);
	assert_int_equal(j->st.pages.always, 2);
	assert_true(j->src.tracker.always[300] && j->src.tracker.always[301]);
}

/* One step of a busy system, until it is paused for good. */
static void churn_one(struct fake_source *f)
{
	static const u16 page_flags[] = {
		LD_PAGE_SLAB, 0, LD_PAGE_USER, LD_PAGE_PGTABLE, LD_PAGE_FREE, LD_PAGE_CACHE,
	};
	const struct job *j = f->arg;
	u64 pfn = (u64)rand_r(&seed) % f->max;
	bool kept = by_level(j, pfn) == CONTENT;
	int what = rand_r(&seed) % 16;

	if (!in_ram(j, pfn))
		return;
	if (what < 2) {
		fake_set_flags(f, pfn, page_flags[rand_r(&seed) % 6]);
	} else if (what == 2) {
		f->bad[pfn] = !f->bad[pfn];
		fake_write(f, pfn);
	} else if (what == 3 && kept) {
		memset(fake_page(f, pfn), 0, FAKE_PAGE);
		f->tracker.dirty[pfn] = true;
	} else if (kept) {
		fake_write(f, pfn);
	} else {
		/* Page tables of programs are not looked at. */
		fake_write_unseen(f, pfn);
	}
}

static void churn(struct fake_source *f, u64 pfn, unsigned int nr)
{
	(void)pfn;
	for (unsigned int i = 0; i < 1 + nr / 8 && !f->frozen && !f->freezes; i++)
		churn_one(f);
}

static void churn_between(struct fake_source *f)
{
	churn(f, 0, 8000);
}

static void churn_before_stop(struct fake_source *f)
{
	churn(f, 0, 8000);
	moment_save(f);
}

void open_churn(struct job *j, unsigned int run)
{
	seed = run;
	open_precopy(j, job_ranges);
	mixed_flags(j);
	j->request.level = run % 4 ? 31 : 0;
	for (u64 pfn = 0; pfn < j->src.max; pfn += 7)
		j->src.tracker.always[pfn] = run % 3 == 0;
	memset(j->src.tracker.doubt, run % 5 == 0, j->src.max);
	j->p.workers = 1 + run % 3;
	j->src.after_read = churn;
	j->src.before_flags = churn;
	j->src.before_sweep = churn_between;
	j->src.before_stop = churn_before_stop;
}
