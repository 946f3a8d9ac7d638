// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_throttle.c - dumps of a simulated memory with a limit of the rate or of
 * the length.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/format/kdump.h"
#include "tests/unit/job.h"

#define MS	1000000ULL

/* Length of the dump of job_open(), without limits. */
static u64 whole_bytes(void)
{
	struct job j;
	u64 bytes;

	job_open(&j, job_ranges);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	bytes = j.st.bytes.file;
	job_close(&j);
	return bytes;
}

static void check_rate(unsigned int workers, const struct ld_format_ops *format, u64 memory,
		       u64 stall_ns)
{
	struct job j;
	u64 ns, took;

	port_atomic64_set(&fake_clock, MS);
	job_open(&j, job_ranges);
	j.p.workers = workers;
	j.request.format = format;
	j.request.memory = memory;
	if (!format->compresses)
		j.request.codec = &ld_codec_none;
	j.request.rate = 1 << 20;
	j.sink.stall_at = stall_ns ? 1 << 20 : 0;
	j.sink.stall_ns = stall_ns;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	ns = j.st.bytes.file * 1000 / j.request.rate * MS;
	took = j.st.times.end - j.st.times.write;
	/* After a stall writing is faster than the rate, but only for a moment. */
	if (stall_ns)
		ns += stall_ns - 1000 * MS;
	/* The last piece reserves time after it. */
	if (took < ns / 100 * 95 || took > ns / 100 * 105)
		fail_msg("%u workers, %s: %lu bytes in %lu ms, not %lu", workers, format->name,
			 j.st.bytes.file, took / MS, ns / MS);
	/* Only the stage WRITE has a rate. */
	assert_int_equal(j.st.times.write, j.st.times.start);
	if (format == &ld_format_kdump)
		check_kdump(&j, all_content);
	job_close(&j);
	port_atomic64_set(&fake_clock, 0);
}

static void test_rate(void **state)
{
	(void)state;
	check_rate(1, &ld_format_kdump, 64 << 20, 0);
	check_rate(4, &ld_format_kdump, 64 << 20, 0);
	check_rate(2, &ld_format_kdump, 0, 0);
	check_rate(2, &ld_format_elf, 64 << 20, 0);
	check_rate(1, &ld_format_kdump, 64 << 20, 2000 * MS);
}

static void test_rate_above_all(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	j.request.rate = UINT64_MAX;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_kdump(&j, all_content);
	job_close(&j);
}

#define CANCEL_NS	(1500 * MS)

static void cancel_soon(void *arg)
{
	struct job *j = arg;

	if (port_now_ns() >= CANCEL_NS)
		ld_control_cancel(&j->ctl, LD_CAUSE_SIGNAL);
}

/* At 1 byte per second a cancelled dump does not wait, and a partial dump is finished. */
static void test_rate_cancelled(void **state)
{
	(void)state;
	for (int partial = 0; partial < 2; partial++) {
		struct job j;

		port_atomic64_set(&fake_clock, MS);
		job_open(&j, job_ranges);
		j.request.rate = partial ? 1 << 20 : 1;
		j.request.keep_partial = partial;
		fake_slept = cancel_soon;
		fake_slept_arg = &j;
		assert_int_equal(ld_dump(&j.p, &j.st), partial ? 0 : -ECANCELED);
		assert_true(port_now_ns() >= CANCEL_NS);
		assert_true(port_now_ns() < CANCEL_NS + 100 * MS);
		assert_int_equal(j.st.end.incomplete, partial);
		assert_int_equal(j.st.end.err, -ECANCELED);
		assert_int_equal(j.st.end.cause, LD_CAUSE_SIGNAL);
		fake_slept = NULL;
		port_atomic64_set(&fake_clock, 0);
		job_close(&j);
	}
}

/* A sink that cannot take back what it has, as a stream. */
struct once_sink {
	struct ld_sink sink;
	struct job *job;
	u8 *seen;		/* for each byte: it is other than 0, as what is not written */
	u64 size;
};

static int once_write(struct ld_sink *sink, u64 off, const void *buf, size_t len)
{
	struct once_sink *s = (struct once_sink *)sink;

	assert_true(off + len <= s->size);
	for (u64 i = off; i < off + len; i++)
		if (s->seen[i])
			fail_msg("%s: byte %lu is written again, of %zu at %lu",
				 s->job->request.format->name, i, len, off);
	for (u64 i = 0; i < len; i++)
		s->seen[off + i] = ((const u8 *)buf)[i] != 0;
	return s->job->sink.sink.ops->write(&s->job->sink.sink, off, buf, len);
}

static int once_finish(struct ld_sink *sink, u64 size)
{
	struct once_sink *s = (struct once_sink *)sink;

	return s->job->sink.sink.ops->finish(&s->job->sink.sink, size);
}

static const struct ld_sink_ops once_ops = {
	.name = "once", .write = once_write, .finish = once_finish,
};

/* What was cancelled between two pieces is completed: a stream has its bytes once. */
static void test_rate_cancelled_stream(void **state)
{
	const struct ld_format_ops *formats[] = { &ld_format_kdump, &ld_format_elf };
	struct once_sink once = { .sink.ops = &once_ops, .size = 64 << 20 };

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct job j;

		once.job = &j;
		once.seen = calloc(1, once.size);
		assert_non_null(once.seen);
		port_atomic64_set(&fake_clock, MS);
		job_open(&j, job_ranges);
		j.p.sink = &once.sink;
		j.request.format = formats[i];
		j.request.codec = &ld_codec_none;
		j.request.rate = 1 << 20;
		j.request.keep_partial = true;
		fake_slept = cancel_soon;
		fake_slept_arg = &j;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		assert_true(j.st.end.incomplete && j.st.bytes.data > 1 << 20);
		assert_true(port_now_ns() < CANCEL_NS + 100 * MS);
		fake_slept = NULL;
		port_atomic64_set(&fake_clock, 0);
		job_close(&j);
		free(once.seen);
	}
}

/* The error of another worker ends the waiting, too. */
static void test_rate_error(void **state)
{
	u64 bytes = whole_bytes();
	struct job j;

	(void)state;
	port_atomic64_set(&fake_clock, MS);
	job_open(&j, job_ranges);
	j.p.workers = 4;
	j.request.rate = bytes;
	j.sink.fail_at = bytes / 2;
	j.sink.fail_with = -ENOSPC;
	assert_int_equal(ld_dump(&j.p, &j.st), -ENOSPC);
	assert_int_equal(j.st.end.cause, LD_CAUSE_ERROR);
	assert_true(port_now_ns() < 800 * MS);
	port_atomic64_set(&fake_clock, 0);
	job_close(&j);
}

/* Allow @eighths of the length of the whole dump. */
static void check_max_bytes(u64 whole, unsigned int eighths, bool partial)
{
	bool fits = eighths == 8, some = partial && eighths >= 4;
	const struct kdump_header *h;
	struct job j;

	job_open(&j, job_ranges);
	j.request.max_bytes = whole / 8 * eighths + (fits ? 7 : 1);
	j.request.keep_partial = partial;
	/* Workers compete for the last bytes. A single worker gets all of them, or none. */
	j.p.workers = 1;
	assert_int_equal(ld_dump(&j.p, &j.st), fits || some ? 0 : -EFBIG);
	assert_true(j.sink.size <= j.request.max_bytes);
	assert_int_equal(j.st.end.cause, fits ? LD_CAUSE_NONE : LD_CAUSE_SIZE);
	assert_int_equal(j.st.end.incomplete, some && !fits);
	h = (void *)j.sink.data;
	if (some && !fits) {
		assert_int_equal(j.st.end.err, -EFBIG);
		assert_int_equal(j.st.bytes.file, j.request.max_bytes);
		assert_true(h->status & KDUMP_INCOMPLETE);
		assert_true(j.st.bytes.data > j.request.max_bytes / 4);
	}
	if (fits)
		check_kdump(&j, all_content);
	job_close(&j);
}

static void test_max_bytes(void **state)
{
	u64 whole = whole_bytes();

	(void)state;
	for (unsigned int eighths = 4; eighths <= 8; eighths++) {
		check_max_bytes(whole, eighths, false);
		check_max_bytes(whole, eighths, true);
	}
	/* The limit is shorter than the part before the pages. */
	check_max_bytes(whole, 0, false);
	check_max_bytes(whole, 0, true);
}

/* An ELF core is known to be too long before any page is written. */
static void test_max_bytes_elf(void **state)
{
	struct job j;

	(void)state;
	for (int partial = 0; partial < 2; partial++) {
		job_open(&j, job_ranges);
		j.request.format = &ld_format_elf;
		j.request.codec = &ld_codec_none;
		j.request.max_bytes = 1 << 20;
		j.request.keep_partial = partial;
		assert_int_equal(ld_dump(&j.p, &j.st), -EFBIG);
		assert_int_equal(j.st.end.cause, LD_CAUSE_SIZE);
		assert_true(j.sink.size < 64 << 10);
		job_close(&j);
	}
}

/* The limit of the file is not max_bytes. */
static void test_max_bytes_or_sink(void **state)
{
	struct job j;
	u64 whole = whole_bytes();

	(void)state;
	job_open(&j, job_ranges);
	j.request.max_bytes = whole - 1;
	j.sink.fail_at = whole / 4;
	j.sink.fail_with = -EFBIG;
	j.p.workers = 1;
	assert_int_equal(ld_dump(&j.p, &j.st), -EFBIG);
	assert_int_equal(j.st.end.cause, LD_CAUSE_ERROR);
	job_close(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_rate_above_all),
		cmocka_unit_test(test_rate_cancelled),
		cmocka_unit_test(test_rate_cancelled_stream),
		cmocka_unit_test(test_rate_error),
		cmocka_unit_test(test_max_bytes),
		cmocka_unit_test(test_max_bytes_elf),
		cmocka_unit_test(test_max_bytes_or_sink),
	};

	return cmocka_run_group_tests_name("throttle", tests, NULL, NULL);
}
