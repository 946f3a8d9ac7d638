// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_precopy_early.c - pre-copied dumps whose first round writes to the file, because
 * there is not enough memory for copies of all.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "core/dump/estimate.h"
#include "core/format/kdump.h"
#include "tests/unit/moment.h"

#define MANY	24000U
static const struct ld_range many_ranges[] = { { 0, MANY }, { 0, 0 } };

/* What is written early has its records, and the page buffer is small. */
static void check_early(const struct job *j, u64 whole)
{
	assert_true(j->st.bytes.needed < whole);
	assert_true(j->st.bytes.needed >= j->st.bytes.buffer);
	assert_true(j->st.bytes.buffer < whole * 3 / 4);
}

static void test_idle(void **state)
{
	struct ld_estimate estimate;
	struct job j;
	u64 whole, size;

	(void)state;
	open_precopy(&j, many_ranges);
	for (u64 pfn = 300; pfn < 900; pfn++)
		memset(fake_page(&j.src, pfn), 0, FAKE_PAGE);
	whole = lack_memory(&j);
	assert_int_equal(ld_estimate(&j.p, &j.st, &estimate), 0);
	assert_int_equal(estimate.buffer_bytes, j.st.bytes.needed);
	assert_true(estimate.buffer_bytes < whole / 2);
	/* A dry run may have no sink. */
	j.p.sink = NULL;
	assert_int_equal(ld_estimate(&j.p, &j.st, &estimate), 0);
	assert_true(estimate.buffer_bytes < whole / 2);
	j.p.sink = &j.sink.sink;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_moment(&j);
	check_early(&j, whole);
	/* One that compares only, before those that copy. */
	assert_int_equal(j.st.precopy.rounds, 4);
	assert_int_equal(j.st.pages.buffered, MANY);
	assert_int_equal(j.st.pages.zero, 600);
	assert_int_equal(j.st.pages.paused, 0);
	assert_int_equal(j.st.pages.unseen, 0);
	size = j.sink.final;
	fake_sink_close(&j.sink);
	fake_sink_open(&j.sink, true);
	j.request.memory = whole;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(j.st.precopy.rounds, 3);
	/* But for the descriptors that are spared. */
	assert_in_range(size, j.sink.final, j.sink.final + 24 * (MANY / 8 + 8192));
	close_precopy(&j);
}

static void test_churn(void **state)
{
	static const struct ld_codec_ops *const codecs[] = {
		&ld_codec_zstd, &ld_codec_none, &ld_codec_lzo,
	};
	u64 paused = 0, kept = 0, dropped = 0;

	(void)state;
	for (unsigned int run = 1; run < 60; run++) {
		struct job j;
		u64 whole;

		open_churn(&j, run);
		j.request.codec = codecs[run % 3];
		j.request.codec_level = j.request.codec->level_default;
		if (run % 2)
			as_elf(&j);
		j.request.memory = 1 << 30;
		whole = lack_memory(&j);
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		check_moment(&j);
		assert_true(j.st.bytes.needed < whole);
		assert_int_equal(j.st.pages.unseen, 0);
		assert_int_equal(j.st.pages.buffered + j.st.pages.streamed, j.st.pages.kept);
		paused += j.st.pages.paused;
		kept += j.st.pages.reclassified_kept;
		dropped += j.st.pages.reclassified_dropped;
		close_precopy(&j);
	}
	/* The test is worth something. */
	assert_true(paused > 1000 && kept > 1000 && dropped > 1000);
}

/* The tracker names all page frames each time, as with large pages, but few have changed. */
static void name_all(struct fake_source *f)
{
	for (u64 pfn = 0; pfn < MANY; pfn++)
		f->tracker.dirty[pfn] = true;
	fake_write(f, 77);
}

static void write_ten(struct fake_source *f)
{
	for (u64 pfn = 1000; pfn < 1010; pfn++)
		fake_write(f, pfn);
	moment_save(f);
}

static void test_only_changed(void **state)
{
	struct job j;
	u64 whole;

	(void)state;
	open_precopy(&j, many_ranges);
	whole = lack_memory(&j);
	j.src.before_sweep = name_all;
	j.src.before_stop = write_ten;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_moment(&j);
	check_early(&j, whole);
	assert_true(j.st.bytes.buffer < whole / 2);
	assert_int_equal(j.st.pages.paused, 10);
	close_precopy(&j);
}

/*
 * After they are written, page frames get another owner, become a program's, or change.
 * Nothing of what they had before is left in the file.
 */
#define SECRET	"what the page frame had in the first round"

static void move_on(struct fake_source *f)
{
	if (f->tracker.sweeps != 2)
		return;
	for (u64 pfn = 500; pfn < 600; pfn++)
		fake_set_flags(f, pfn, LD_PAGE_USER);
	for (u64 pfn = 600; pfn < 700; pfn++)
		fake_write(f, pfn);
	for (u64 pfn = 700; pfn < 800; pfn++) {
		memset(fake_page(f, pfn), 0, FAKE_PAGE);
		f->tracker.dirty[pfn] = true;
	}
}

/* What nothing says of that it is the kernel's. */
static void become_user(struct fake_source *f)
{
	for (u64 pfn = 800; pfn < 810; pfn++)
		fake_set_flags(f, pfn, LD_PAGE_USER);
}

static unsigned int count_secrets(const struct fake_sink *s)
{
	unsigned int found = 0;

	for (u64 at = 0; at + sizeof(SECRET) <= s->size; at++)
		found += s->data[at] == SECRET[0] &&
			 !memcmp(s->data + at, SECRET, sizeof(SECRET) - 1);
	return found;
}

static void check_overwritten(bool elf)
{
	struct job j;

	open_precopy(&j, job_ranges);
	j.request.codec = &ld_codec_none;
	j.request.codec_level = 0;
	if (elf)
		as_elf(&j);
	lack_memory(&j);
	for (u64 pfn = 500; pfn < 820; pfn++)
		memcpy(fake_page(&j.src, pfn) + 100, SECRET, sizeof(SECRET));
	j.src.before_sweep = move_on;
	j.src.after_stop = become_user;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_true(j.st.precopy.rounds >= 4);
	assert_int_equal(j.st.pages.withdrawn, 10);
	/* fake_write() changes the first bytes only: the new copies have it once each. */
	assert_int_equal(count_secrets(&j.sink), 100 + 10);
	close_precopy(&j);
}

static void test_overwritten(void **state)
{
	(void)state;
	check_overwritten(false);
	check_overwritten(true);
}

/* The notes have the registers of processors in the pause. */
static void change_notes(struct fake_source *f)
{
	u8 *notes = f->notes;

	memcpy(notes + f->src.system.notes_size - 8, "registers", 8);
	moment_save(f);
}

static void test_notes(void **state)
{
	struct job j;

	(void)state;
	for (int elf = 0; elf < 2; elf++) {
		u64 off = FAKE_PAGE + sizeof(struct kdump_sub_header);

		open_precopy(&j, job_ranges);
		if (elf)
			as_elf(&j);
		lack_memory(&j);
		j.src.before_stop = change_notes;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		assert_true(j.st.precopy.rounds >= 4);
		if (elf)
			off = ((const Elf64_Phdr *)(j.sink.data + sizeof(Elf64_Ehdr)))->p_offset;
		assert_memory_equal(j.sink.data + off + j.src.src.system.notes_size - 8,
				    "register", 8);
		close_precopy(&j);
	}
}

/* So much changes that there is no memory for it: refused before the pause. */
static void write_all(struct fake_source *f)
{
	for (u64 pfn = 0; pfn < MANY; pfn++)
		fake_write(f, pfn);
}

static void test_refused(void **state)
{
	struct job j;
	u64 whole;

	(void)state;
	open_precopy(&j, many_ranges);
	whole = lack_memory(&j);
	j.src.before_sweep = write_all;
	j.request.memory = whole / 2;
	assert_int_equal(ld_dump(&j.p, &j.st), -ENOMEM);
	assert_int_equal(j.st.end.stage, LD_STAGE_ALLOCATE);
	assert_true(j.st.bytes.needed > whole / 2);
	assert_int_equal(j.src.freezes, 0);
	assert_int_equal(j.src.tracker.sweeps, 2);
	close_precopy(&j);

	/* Not enough even if little changes: refused before anything is copied. */
	open_precopy(&j, many_ranges);
	j.request.memory = lack_memory(&j) / 8;
	assert_int_equal(ld_dump(&j.p, &j.st), -ENOMEM);
	assert_true(j.st.bytes.needed > j.request.memory && j.st.bytes.needed < whole / 2);
	assert_int_equal(j.src.tracker.sweeps, 0);
	close_precopy(&j);
}

/* What is copied in any case takes too long: nothing is written. */
static void pass_time(struct fake_source *f, u64 pfn, unsigned int nr)
{
	(void)f;
	(void)pfn;
	port_atomic64_add(&fake_clock, nr * 1000);
}

static void test_always_too_much(void **state)
{
	struct job j;

	(void)state;
	open_precopy(&j, many_ranges);
	j.p.workers = 1;
	lack_memory(&j);
	port_atomic64_set(&fake_clock, 1000000);
	j.src.after_read = pass_time;
	j.request.max_pause_ns = 500000;
	for (u64 pfn = 300; pfn < 900; pfn++)
		j.src.tracker.always[pfn] = true;
	assert_int_equal(ld_dump(&j.p, &j.st), -ETIME);
	assert_int_equal(j.st.end.stage, LD_STAGE_FREEZE);
	assert_int_equal(j.st.times.pause_estimate, 600000);
	assert_int_equal(j.st.precopy.rounds, 0);
	assert_int_equal(j.st.bytes.data, 0);
	assert_int_equal(j.src.freezes, 0);
	port_atomic64_set(&fake_clock, 0);
	close_precopy(&j);
}

/* What cannot be written early needs copies of all. */
static void test_not_early(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		struct job j;
		u64 whole;

		open_precopy(&j, many_ranges);
		if (i == 0)
			j.request.keep_partial = true;
		if (i == 1)
			j.src.tracker.begin_error = -EOPNOTSUPP;
		if (i == 2)
			j.src.src.tracker = NULL;
		whole = lack_memory(&j);
		j.request.memory = whole * 3 / 4;
		assert_int_equal(ld_dump(&j.p, &j.st), -ENOMEM);
		assert_int_equal(j.st.end.stage, LD_STAGE_ALLOCATE);
		assert_in_range(j.st.bytes.needed, whole * 7 / 8, whole);
		assert_int_equal(j.src.freezes, 0);
		close_precopy(&j);
	}
}

/* The sink has no more room: told before the pause. */
static void test_sink_full(void **state)
{
	static const int with[] = { -ENOSPC, -EFBIG };

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct job j;

		open_precopy(&j, job_ranges);
		lack_memory(&j);
		j.sink.fail_at = 400000;
		j.sink.fail_with = with[i];
		j.request.max_bytes = i ? 400000 : 0;
		assert_int_equal(ld_dump(&j.p, &j.st), with[i]);
		assert_int_equal(j.st.end.stage, LD_STAGE_WRITE);
		assert_int_equal(j.st.end.cause, i ? LD_CAUSE_SIZE : LD_CAUSE_ERROR);
		assert_int_equal(j.src.freezes, 0);
		close_precopy(&j);
	}
}

/*
 * More page frames become the kernel's right before the pause than there are places for. So
 * much is written early in any case.
 */
#define KERNELS		70000U
#define NEWCOMERS	30000U

static const struct ld_range newcomer_ranges[] = { { 0, KERNELS + NEWCOMERS }, { 0, 0 } };
static u64 nr_newcomers;

static void newcomers(struct fake_source *f)
{
	for (u64 pfn = KERNELS; pfn < KERNELS + nr_newcomers; pfn++)
		fake_set_flags(f, pfn, LD_PAGE_SLAB);
	moment_save(f);
}

static void open_newcomers(struct job *j, u64 nr, bool elf)
{
	open_precopy(j, newcomer_ranges);
	for (u64 pfn = KERNELS; pfn < KERNELS + NEWCOMERS; pfn++)
		j->src.page_flags[pfn] = LD_PAGE_USER;
	if (elf)
		as_elf(j);
	nr_newcomers = nr;
	j->request.memory = 1 << 30;
	j->src.before_stop = newcomers;
}

static void test_newcomers(void **state)
{
	struct job j;

	(void)state;
	for (unsigned int elf = 0; elf < 2; elf++) {
		open_newcomers(&j, elf ? NEWCOMERS : NEWCOMERS / 2, elf);
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		assert_int_equal(j.st.precopy.pauses, 2);
		check_moment(&j);
		close_precopy(&j);
	}
	/* The file has no space for a descriptor of each. */
	open_newcomers(&j, NEWCOMERS, false);
	assert_int_equal(ld_dump(&j.p, &j.st), -ENOMEM);
	assert_int_equal(j.st.end.stage, LD_STAGE_FREEZE);
	close_precopy(&j);
}

/* Each is apart from the others, so an ELF core needs a program header for each. */
static void newcomers_apart(struct fake_source *f)
{
	for (u64 pfn = 100; pfn < 6000; pfn += 2)
		fake_set_flags(f, pfn, LD_PAGE_SLAB);
	moment_save(f);
}

static void test_newcomers_apart(void **state)
{
	struct job j;

	(void)state;
	open_precopy(&j, many_ranges);
	as_elf(&j);
	for (u64 pfn = 100; pfn < 6000; pfn++)
		j.src.page_flags[pfn] = LD_PAGE_USER;
	lack_memory(&j);
	j.src.before_stop = newcomers_apart;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_moment(&j);
	close_precopy(&j);
}

/* There is space for a program header for each of the most runs that there can be. */
static void leave_every_other(struct fake_source *f)
{
	for (u64 pfn = 0; pfn < f->max; pfn += 2)
		fake_set_flags(f, pfn, LD_PAGE_USER);
	moment_save(f);
}

static void test_many_runs(void **state)
{
	static const struct ld_range ranges[] = { { 0, 70000 }, { 0, 0 } };

	(void)state;
	/* So much is written early in any case, but not if writing is made slow. */
	for (u64 rate = 0; rate < 2; rate++) {
		struct job j;

		open_precopy(&j, ranges);
		as_elf(&j);
		j.request.memory = 1 << 30;
		j.request.rate = rate << 40;
		j.src.before_stop = leave_every_other;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		if (rate)
			assert_true(j.st.bytes.needed > 70000 * FAKE_PAGE);
		else
			assert_true(j.st.bytes.needed < 70000 * FAKE_PAGE / 2);
		check_moment(&j);
		close_precopy(&j);
	}
}

/* What devices write to is found by the checksums, and marks of the processor do not count. */
static void device_before(struct fake_source *f)
{
	for (u64 pfn = 100; pfn < 104; pfn++)
		fake_write_unseen(f, pfn);
	((u64 *)fake_page(f, 106))[7] |= 0x60;
	moment_save(f);
}

static void device_after(struct fake_source *f)
{
	fake_write_unseen(f, 109);
	((u64 *)fake_page(f, 107))[7] |= 0x60;
	/* No entry. */
	((u64 *)fake_page(f, 108))[8] |= 0x60;
}

static void test_unseen(void **state)
{
	struct job j;

	(void)state;
	for (int twice = 0; twice < 2; twice++) {
		open_precopy(&j, many_ranges);
		lack_memory(&j);
		for (u64 pfn = 106; pfn < 109; pfn++) {
			memset(fake_page(&j.src, pfn), 0, FAKE_PAGE);
			for (unsigned int i = 0; i < 512; i++)
				((u64 *)fake_page(&j.src, pfn))[i] = i << 12 | (i % 2);
		}
		j.src.tracker.always[100] = true;
		j.src.before_stop = device_before;
		j.src.after_stop = twice ? NULL : device_after;
		if (twice)
			j.p.selfcheck = &j.selfcheck;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		assert_true(j.st.precopy.rounds == 4);
		assert_int_equal(j.st.pages.unseen, twice ? 3 : 5);
		assert_int_equal(j.selfcheck.differing, twice ? 3 : 0);
		assert_int_equal(j.selfcheck.marked, twice ? 1 : 0);
		close_precopy(&j);
	}
}

/* What devices write although the source has no rule that says so is found in a round. */
static void test_devices(void **state)
{
	struct job j;

	(void)state;
	open_devices(&j, many_ranges);
	lack_memory(&j);
	check_devices(&j, 4);
	close_precopy(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_churn),
		cmocka_unit_test(test_only_changed),
		cmocka_unit_test(test_overwritten),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_always_too_much),
		cmocka_unit_test(test_not_early),
		cmocka_unit_test(test_sink_full),
		cmocka_unit_test(test_newcomers),
		cmocka_unit_test(test_newcomers_apart),
		cmocka_unit_test(test_many_runs),
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_devices),
	};

	return cmocka_run_group_tests_name("precopy, early", tests, NULL, NULL);
}
