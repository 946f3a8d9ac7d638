// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* test_estimate.c - compare the estimate of a dump with the dump. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/dump/estimate.h"
#include "tests/unit/job.h"

/* More page frames than a sample has. */
static const struct ld_range large[] = { { 1, 3000 }, { 4096, 21000 }, { 0, 0 } };

static struct ld_estimate est;

static const struct ld_packed *packed_by(const struct ld_codec_ops *codec)
{
	for (unsigned int i = 0; i < LD_NR_CODECS; i++)
		if (est.packed[i].codec == codec)
			return &est.packed[i];
	return NULL;
}

/* One page frame in five is full of zeros, kept or not. */
static void some_zeros(struct job *j)
{
	for (u64 pfn = 0; pfn < j->src.max; pfn++)
		if (pfn % 5 == 2)
			memset(fake_page(&j->src, pfn), 0, FAKE_PAGE);
}

/* All page frames of a small memory are in the sample: the estimate is exact. */
static void exact(const struct ld_format_ops *format, const struct ld_codec_ops *codec,
		  unsigned int workers, unsigned int level)
{
	const struct ld_packed *packed;
	struct dump_result st;
	struct job j;

	job_open(&j, job_ranges);
	mixed_flags(&j);
	some_zeros(&j);
	j.request.format = format;
	j.request.codec = codec;
	j.request.codec_level = codec->level_default;
	j.p.workers = workers;
	j.request.level = level;
	assert_int_equal(ld_estimate(&j.p, &st, &est), 0);
	assert_int_equal(j.sink.size, 0);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	packed = packed_by(codec);
	assert_non_null(packed);
	assert_int_equal(packed->level, codec->level_default);
	assert_int_equal(packed->file_bytes, j.st.bytes.file);
	assert_int_equal(packed->error, 0);
	assert_true(packed->time_ns > 0);
	assert_int_equal(est.sampled, j.st.pages.kept);
	assert_int_equal(est.zero, j.st.pages.zero);
	assert_int_equal(st.pages.zero, j.st.pages.zero);
	assert_int_equal(st.pages.kept, j.st.pages.kept);
	assert_int_equal(st.bytes.raw, j.st.bytes.raw);
	assert_memory_equal(st.pages.frames_by_type, j.st.pages.frames_by_type,
			    sizeof(st.pages.frames_by_type));
	if (format == &ld_format_kdump)
		assert_int_equal(packed->disk_bytes, j.st.bytes.file);
	else
		assert_int_equal(packed->file_bytes - packed->disk_bytes,
				 j.st.pages.zero * FAKE_PAGE);
	job_close(&j);
}

static void test_exact(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < LD_NR_CODECS; i++)
		for (unsigned int workers = 1; workers < 4; workers++)
			exact(&ld_format_kdump, ld_codecs[i], workers, 31);
	assert_null(ld_codecs[LD_NR_CODECS]);
	exact(&ld_format_kdump, &ld_codec_zstd, 2, 0);
	exact(&ld_format_elf, &ld_codec_none, 2, 31);
	exact(&ld_format_elf, &ld_codec_none, 1, 0);
	assert_null(packed_by(&ld_codec_zstd));
}

static void test_level_of_the_codec(void **state)
{
	struct dump_result st;
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	j.request.codec_level = 9;
	assert_int_equal(ld_estimate(&j.p, &st, &est), 0);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(packed_by(&ld_codec_zstd)->level, 9);
	assert_int_equal(packed_by(&ld_codec_zstd)->file_bytes, j.st.bytes.file);
	assert_int_equal(packed_by(&ld_codec_zlib)->level, 1);
	job_close(&j);
}

static u64 distance(u64 a, u64 b)
{
	return a > b ? a - b : b - a;
}

/* A part of a large memory is in the sample: the estimate is close, within its error. */
static void test_sampled(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, large);
	some_zeros(&j);
	for (unsigned int i = 0; i < LD_NR_CODECS; i++) {
		const struct ld_packed *packed = &est.packed[i];
		struct dump_result st;

		j.request.codec = ld_codecs[i];
		j.request.codec_level = ld_codecs[i]->level_default;
		assert_int_equal(ld_estimate(&j.p, &st, &est), 0);
		assert_int_equal(est.sampled, 4096);
		fake_sink_close(&j.sink);
		fake_sink_open(&j.sink, false);
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		print_message("%s: %lu foretold, +- %lu, is %lu\n", packed->codec->name,
			      packed->file_bytes, packed->error, j.st.bytes.file);
		assert_true(packed->error > 0);
		assert_true(packed->error < packed->file_bytes / 20);
		assert_true(distance(packed->file_bytes, j.st.bytes.file) <= 2 * packed->error);
		assert_true(distance(est.zero, j.st.pages.zero) < j.st.pages.zero / 10);
		assert_true(st.pages.zero == est.zero);
	}
	job_close(&j);
}

/*
 * Memory whose page frames are unrelated, alike for long, or alternating. The
 * true size is mostly within the error, and always within twice the error.
 */
static void test_error(void **state)
{
	static const unsigned int runs[] = { 1, 2, 8, 64, 300, 2000 };
	unsigned int outside = 0, trials = 0;
	struct job j;

	(void)state;
	job_open(&j, large);
	j.request.codec = &ld_codec_none;
	for (unsigned int r = 0; r < sizeof(runs) / sizeof(runs[0]); r++) {
		for (u64 seed = 1; seed < 9; seed++, trials++) {
			const struct ld_packed *packed = &est.packed[0];
			u64 data = 0, off, x;
			struct dump_result st;

			for (u64 pfn = 0; pfn < j.src.max; pfn++) {
				x = (pfn / runs[r] * 8 + seed) * 0x9e3779b97f4a7c15ULL;
				memset(fake_page(&j.src, pfn), x >> 40 & 1, FAKE_PAGE);
				data += in_ram(&j, pfn) && x >> 40 & 1 ? FAKE_PAGE : 0;
			}
			assert_int_equal(ld_estimate(&j.p, &st, &est), 0);
			/* The rest is exact. */
			data += packed->disk_bytes - (st.pages.kept - est.zero) * FAKE_PAGE;
			off = distance(packed->disk_bytes, data);
			outside += off > packed->error + FAKE_PAGE;
			if (off > 2 * packed->error + FAKE_PAGE)
				fail_msg("runs of %u: %lu, not %lu +- %lu", runs[r], data,
					 packed->disk_bytes, packed->error);
		}
	}
	print_message("%u of %u outside of the error\n", outside, trials);
	assert_true(outside <= trials / 8);
	job_close(&j);
}

/*
 * est is the whole estimate. For @room bytes only the codec of the request is run, and
 * nothing is read unless the dump has to become smaller to fit. Returns the size.
 */
static u64 brief(struct job *j, u64 room, bool sampled)
{
	const struct ld_packed *packed, *whole = packed_by(j->request.codec);
	u64 reads = j->src.reads;
	struct ld_estimate fit;
	struct dump_result st;

	assert_int_equal(ld_estimate_fit(&j->p, room, &st, &fit), 0);
	for (unsigned int c = 0; c < LD_NR_CODECS; c++)
		assert_ptr_equal(fit.packed[c].codec,
				 &est.packed[c] == whole ? j->request.codec : NULL);
	packed = &fit.packed[whole - est.packed];
	assert_int_equal(packed->level, whole->level);
	assert_int_equal(packed->time_ns, 0);
	assert_int_equal(fit.sampled, sampled ? est.sampled : 0);
	assert_int_equal(j->src.reads - reads, fit.sampled);
	if (sampled) {
		assert_int_equal(packed->disk_bytes, whole->disk_bytes);
		assert_int_equal(packed->file_bytes, whole->file_bytes);
		assert_int_equal(packed->error, whole->error);
	} else {
		assert_int_equal(packed->error, 0);
		assert_true(packed->disk_bytes >= whole->disk_bytes);
		assert_true(packed->file_bytes >= whole->file_bytes);
		assert_true(packed->disk_bytes > st.pages.kept * FAKE_PAGE);
		assert_true(packed->disk_bytes < st.pages.kept * FAKE_PAGE * 17 / 16);
	}
	return packed->disk_bytes;
}

static void test_brief(void **state)
{
	struct dump_result st;
	struct job j;
	u64 most;

	(void)state;
	job_open(&j, large);
	some_zeros(&j);
	for (unsigned int i = 0; i <= LD_NR_CODECS; i++) {
		j.request.format = i < LD_NR_CODECS ? &ld_format_kdump : &ld_format_elf;
		j.request.codec = i < LD_NR_CODECS ? ld_codecs[i] : &ld_codec_none;
		j.request.codec_level = j.request.codec->level_default;
		assert_int_equal(ld_estimate(&j.p, &st, &est), 0);
		most = brief(&j, UINT64_MAX, false);
		brief(&j, most, false);
		brief(&j, most - 1, true);
		brief(&j, 0, true);
	}
	job_close(&j);
}

static void test_nothing_kept(void **state)
{
	struct dump_result st;
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	for (u64 pfn = 0; pfn < j.src.max; pfn++)
		j.src.page_flags[pfn] = LD_PAGE_FREE;
	assert_int_equal(ld_estimate(&j.p, &st, &est), 0);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(st.pages.kept, 0);
	assert_int_equal(packed_by(&ld_codec_zstd)->file_bytes, j.st.bytes.file);
	assert_int_equal(est.buffer_bytes, 0);
	job_close(&j);
}

/* A page frame that cannot be read, or was reclassified, has no data. */
static void turn_after_plan(struct fake_source *f, u64 pfn, unsigned int nr)
{
	const struct job *j = f->arg;

	for (u64 p = pfn; p < pfn + nr; p++)
		if (p % 7 == 0 && port_atomic64_read(&j->ctl.stage) != LD_STAGE_PLAN)
			f->page_flags[p] = LD_PAGE_USER;
}

static void test_reclassified(void **state)
{
	struct dump_result st;
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	j.src.before_flags = turn_after_plan;
	j.src.arg = &j;
	j.src.bad[400] = true;
	assert_int_equal(ld_estimate(&j.p, &st, &est), 0);
	assert_int_equal(st.pages.kept, st.pages.frames);
	assert_true(est.zero > st.pages.kept / 8 && est.zero < st.pages.kept / 6);
	job_close(&j);
}

static void test_page_buffer(void **state)
{
	struct dump_result st;
	struct job j;

	(void)state;
	job_open(&j, large);
	/* Which of two workers needs another block depends on who gets to run. */
	j.p.workers = 1;
	j.request.memory = 256 << 20;
	assert_int_equal(ld_estimate(&j.p, &st, &est), 0);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_true(distance(est.buffer_bytes, j.st.bytes.buffer) <= 8 << 20);
	j.request.memory = 16 << 20;
	assert_int_equal(ld_estimate(&j.p, &st, &est), 0);
	assert_int_equal(est.buffer_bytes, 16 << 20);
	j.request.memory = 0;
	assert_int_equal(ld_estimate(&j.p, &st, &est), 0);
	assert_int_equal(est.buffer_bytes, 0);
	job_close(&j);
}

/* The system is not paused. It is no error if it cannot be. */
static void test_freeze(void **state)
{
	struct dump_result st;
	struct job j;

	(void)state;
	for (enum ld_mode mode = LD_MODE_FREEZE; mode <= LD_MODE_FREEZE_KERNEL; mode++) {
		job_open(&j, job_ranges);
		mixed_flags(&j);
		j.request.mode = mode;
		j.request.level = 8;
		j.request.memory = 0;
		assert_int_equal(ld_estimate(&j.p, &st, &est), 0);
		assert_int_equal(j.src.freezes, 0);
		assert_true(st.times.pause_estimate > 0);
		assert_int_equal(est.buffer_bytes, st.bytes.needed);
		j.request.memory = st.bytes.needed;
		j.request.max_pause_ns = 60ULL * 1000000000;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		assert_int_equal(j.st.bytes.needed, st.bytes.needed);
		assert_int_equal(packed_by(&ld_codec_zstd)->file_bytes, j.st.bytes.file);
		job_close(&j);
	}
}

static void test_faults(void **state)
{
	struct dump_result st;
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	ld_control_cancel(&j.ctl, LD_CAUSE_SIGNAL);
	assert_int_equal(ld_estimate(&j.p, &st, &est), -ECANCELED);
	port_atomic64_set(&j.ctl.cancel, 0);
	j.src.arg = &j;
	j.src.after_read = cancel_late;
	assert_int_equal(ld_estimate(&j.p, &st, &est), -ECANCELED);
	j.src.after_read = NULL;
	port_atomic64_set(&j.ctl.cancel, 0);
	j.src.flags_error = -EIO;
	assert_int_equal(ld_estimate(&j.p, &st, &est), -EIO);
	assert_int_equal(st.end.stage, LD_STAGE_CLASSIFY);
	j.src.flags_error = 0;
	j.p.workers = 0;
	assert_int_equal(ld_estimate(&j.p, &st, &est), -EINVAL);
	job_close(&j);
}

/*
 * Each allocation fails in turn, until none fails. Only the codec of the
 * request must open.
 */
static void test_memory(void **state)
{
	unsigned int nr, missing = 0;
	struct dump_result st;
	struct job j;
	int err = -ENOMEM;

	(void)state;
	job_open(&j, job_ranges);
	for (nr = 0; nr < 100; nr++) {
		fake_alloc_left = (int)nr;
		err = ld_estimate(&j.p, &st, &est);
		if (fake_alloc_left >= 0)
			break;
		if (!err) {
			missing++;
			assert_true(!packed_by(&ld_codec_lzo) || !packed_by(&ld_codec_zlib));
			assert_non_null(packed_by(&ld_codec_zstd));
		} else {
			assert_int_equal(err, -ENOMEM);
			assert_int_equal(st.end.stage, LD_STAGE_ALLOCATE);
		}
	}
	fake_alloc_left = -1;
	assert_int_equal(err, 0);
	assert_true(nr > 10 && missing > 0);
	job_close(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_level_of_the_codec),
		cmocka_unit_test(test_sampled),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_brief),
		cmocka_unit_test(test_nothing_kept),
		cmocka_unit_test(test_reclassified),
		cmocka_unit_test(test_page_buffer),
		cmocka_unit_test(test_freeze),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests_name("estimate", tests, NULL, NULL);
}
