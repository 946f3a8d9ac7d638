// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_abi.c - requests, results and estimates do not change on the way through
 * the ioctl, and invalid arguments are rejected.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/dump/abi.h"
#include "core/dump/estimate.h"
#include "core/format/format.h"

static const struct dump_request live = {
	.mode = LD_MODE_LIVE,
	.format = &ld_format_kdump,
	.codec = &ld_codec_zstd,
	.codec_level = -3,
	.level = 17,
	.keep_partial = true,
	.boost = true,
	.memory = 77ULL << 20,
	.rate = 123456,
	.max_bytes = 1ULL << 40,
};

static const struct dump_request freeze = {
	.mode = LD_MODE_FREEZE_KERNEL,
	.format = &ld_format_elf,
	.codec = &ld_codec_none,
	.level = 31,
	.max_pause_ns = 250000000,
};

static const struct dump_request precopy = {
	.mode = LD_MODE_PRECOPY,
	.format = &ld_format_kdump,
	.codec = &ld_codec_none,
	.level = 31,
	.max_pause_ns = 7000000,
};

static int convert(const struct dump_request *request, struct dump_request *back)
{
	struct livedump_arg arg = { 0 };
	const char *why = NULL;

	ld_abi_from_request(&arg, request);
	return ld_abi_to_request(back, &arg, &why);
}

/* What nobody asked for is left to the host. */
static void test_pause_open(void **state)
{
	struct dump_request request = precopy;
	struct livedump_arg arg = { 0 };

	(void)state;
	ld_abi_from_request(&arg, &request);
	assert_int_equal(arg.max_pause_ms, 7);
	request.max_pause_open = true;
	arg = (struct livedump_arg){ 0 };
	ld_abi_from_request(&arg, &request);
	assert_int_equal(arg.max_pause_ms, 0);
}

static void assert_same_request(const struct dump_request *a, const struct dump_request *b)
{
	assert_int_equal(a->mode, b->mode);
	assert_ptr_equal(a->format, b->format);
	assert_ptr_equal(a->codec, b->codec);
	assert_int_equal(a->codec_level, b->codec_level);
	assert_int_equal(a->level, b->level);
	assert_int_equal(a->keep_partial, b->keep_partial);
	assert_int_equal(a->boost, b->boost);
	assert_int_equal(a->memory, b->memory);
	assert_int_equal(a->max_pause_ns, b->max_pause_ns);
	assert_int_equal(a->rate, b->rate);
	assert_int_equal(a->max_bytes, b->max_bytes);
}

static void test_request(void **state)
{
	struct dump_request back;

	(void)state;
	assert_int_equal(convert(&live, &back), 0);
	assert_same_request(&live, &back);
	assert_int_equal(convert(&freeze, &back), 0);
	assert_same_request(&freeze, &back);
	assert_int_equal(convert(&precopy, &back), 0);
	assert_same_request(&precopy, &back);
}

/* The text goes by its address, which only the host can read. */
static void test_reason(void **state)
{
	struct dump_request request = live, back;
	struct livedump_arg arg = { 0 };
	const char *why;

	(void)state;
	request.reason = (struct dump_reason){ "because", 7 };
	ld_abi_from_request(&arg, &request);
	assert_int_equal(arg.reason, (uintptr_t)request.reason.text);
	assert_int_equal(arg.reason_size, 7);
	assert_int_equal(arg.reason_reserved, 0);
	assert_int_equal(ld_abi_to_request(&back, &arg, &why), 0);
	assert_int_equal(back.reason.size, 0);
	/* These are where programs that were built before have the end of what they know. */
	assert_int_equal(offsetof(struct livedump_arg, result), LIVEDUMP_ARG_SIZE_MIN);
	assert_int_equal(offsetof(struct livedump_arg, reason) + 16,
			 offsetof(struct livedump_arg, runqueues));
	assert_int_equal(offsetof(struct livedump_arg, runqueues) + 16,
			 offsetof(struct livedump_arg, room));
	assert_int_equal(offsetof(struct livedump_arg, room) + 8, sizeof(arg));
	assert_int_equal(offsetof(struct livedump_arg, reason) % 8, 0);
}

static void test_queues(void **state)
{
	const struct ld_list_queues queues = { 0x32dc0, 2608, 2616 };
	struct ld_list_queues back;
	struct livedump_arg arg = { 0 };

	(void)state;
	ld_abi_from_queues(&arg, &queues);
	assert_int_equal(arg.runqueues, 0x32dc0);
	assert_int_equal(arg.rq_curr, 2608);
	assert_int_equal(arg.rq_idle, 2616);
	ld_abi_to_queues(&back, &arg);
	assert_memory_equal(&back, &queues, sizeof(back));
}

static void test_each_codec_and_format(void **state)
{
	struct dump_request request = live, back;

	(void)state;
	for (unsigned int c = 0; ld_codecs[c]; c++) {
		request.codec = ld_codecs[c];
		request.codec_level = ld_codecs[c]->level_max;
		assert_int_equal(convert(&request, &back), 0);
		assert_ptr_equal(back.codec, ld_codecs[c]);
		for (unsigned int other = 0; other < c; other++)
			assert_int_not_equal(ld_codecs[c]->abi, ld_codecs[other]->abi);
	}
	request.codec = &ld_codec_none;
	for (unsigned int f = 0; ld_formats[f]; f++) {
		request.format = ld_formats[f];
		assert_int_equal(convert(&request, &back), 0);
		assert_ptr_equal(back.format, ld_formats[f]);
	}
}

static void refused(const struct livedump_arg *arg, const char *reason)
{
	struct dump_request request;
	const char *why = NULL;

	assert_int_equal(ld_abi_to_request(&request, arg, &why), -EINVAL);
	assert_string_equal(why, reason);
}

static void test_refused(void **state)
{
	struct livedump_arg good = { .compression = LIVEDUMP_COMP_ZSTD }, arg = good;
	struct dump_request request;
	const char *why;

	(void)state;
	assert_int_equal(ld_abi_to_request(&request, &good, &why), 0);
	assert_int_equal(request.codec_level, ld_codec_zstd.level_default);
	arg.compression = 4;
	refused(&arg, "unknown compression");
	arg = good;
	arg.compression_level = 20;
	refused(&arg, "compression level out of range");
	arg = good;
	arg.dump_level = 32;
	refused(&arg, "unknown dump level");
	arg = good;
	arg.format = 2;
	refused(&arg, "unknown format");
	arg.format = LIVEDUMP_FORMAT_ELF;
	refused(&arg, "the format takes no compression");
	arg = good;
	arg.mode = LD_NR_MODES;
	refused(&arg, "unknown mode");
	arg = good;
	arg.max_pause_ms = 1;
	refused(&arg, "max_pause_ms is for a freeze");
	arg.mode = LIVEDUMP_MODE_FREEZE;
	arg.max_pause_ms = LIVEDUMP_PAUSE_MAX + 1;
	refused(&arg, "the longest pause allowed is 2000 ms");
	arg.max_pause_ms = 0;
	assert_int_equal(ld_abi_to_request(&request, &arg, &why), 0);
	assert_int_equal(request.max_pause_ns, LIVEDUMP_PAUSE_DEFAULT * 1000000ULL);
	arg.mode = LIVEDUMP_MODE_PRECOPY;
	assert_int_equal(ld_abi_to_request(&request, &arg, &why), 0);
	assert_int_equal(request.max_pause_ns, LIVEDUMP_PAUSE_PRECOPY * 1000000ULL);
	assert_int_equal(request.memory, 0);
	arg.memory_mib = 3;
	assert_int_equal(ld_abi_to_request(&request, &arg, &why), 0);
	assert_int_equal(request.memory, 3 << 20);
}

/* The clock that wraps first: ACPI's timer, 24 bits at 3.579545 MHz. */
static void test_pause_and_clock(void **state)
{
	const u64 wraps_ms = (1ULL << 24) * 1000 / 3579545;

	(void)state;
	assert_true(wraps_ms >= 2 * (u64)LIVEDUMP_PAUSE_MAX);
	assert_in_range(LIVEDUMP_PAUSE_DEFAULT, 1, LIVEDUMP_PAUSE_MAX);
}

/* Every number of a result has a unique value, and keeps it. */
static void test_result(void **state)
{
	struct dump_result r, back;
	struct livedump_result abi = { 0 };
	u64 *pages = (u64 *)&r.pages, *bytes = (u64 *)&r.bytes, *times = (u64 *)&r.times;

	(void)state;
	memset(&r, 0, sizeof(r));
	for (u64 i = 0; i < sizeof(r.pages) / sizeof(u64); i++)
		pages[i] = 1000 + i;
	for (u64 i = 0; i < sizeof(r.bytes) / sizeof(u64); i++)
		bytes[i] = 2000 + i;
	for (u64 i = 0; i < sizeof(r.times) / sizeof(u64); i++)
		times[i] = 3000 + i;
	r.end = (struct dump_end){
		.cause = LD_CAUSE_SIZE, .err = -EFBIG, .incomplete = true,
		.stage = LD_STAGE_WRITE, .at = 4711,
	};
	r.workers = 3;
	r.lists = (struct dump_lists){ 2, LIVEDUMP_LISTS_PIDS, 77 };
	r.precopy = (struct dump_precopy){ .rounds = 11, .pauses = 12, .given_up_ns = 13 };
	ld_abi_from_result(&abi, &r);
	assert_int_equal(abi.status, LIVEDUMP_INCOMPLETE);
	assert_int_equal(abi.stage, LIVEDUMP_STAGE_WRITE);
	assert_int_equal(abi.cause, LIVEDUMP_CAUSE_SIZE);
	assert_int_equal(abi.error, EFBIG);
	ld_abi_to_result(&back, &abi);
	assert_memory_equal(&back.pages, &r.pages, sizeof(r.pages));
	assert_memory_equal(&back.bytes, &r.bytes, sizeof(r.bytes));
	assert_memory_equal(&back.times, &r.times, sizeof(r.times));
	assert_memory_equal(&back.precopy, &r.precopy, sizeof(r.precopy));
	assert_int_equal(back.end.cause, r.end.cause);
	assert_int_equal(back.end.err, r.end.err);
	assert_int_equal(back.end.incomplete, r.end.incomplete);
	assert_int_equal(back.end.stage, r.end.stage);
	assert_int_equal(back.end.at, r.end.at);
	assert_int_equal(back.workers, r.workers);
	assert_memory_equal(&back.lists, &r.lists, sizeof(r.lists));
}

/* A newer module may know more stages and causes. */
static void test_newer_result(void **state)
{
	struct livedump_result abi = { .stage = LD_NR_STAGES, .cause = LD_NR_CAUSES };
	struct dump_result r;

	(void)state;
	ld_abi_to_result(&r, &abi);
	assert_int_equal(r.end.stage, LD_STAGE_START);
	assert_int_equal(r.end.cause, LD_CAUSE_ERROR);
}

static void test_estimate(void **state)
{
	struct ld_estimate estimate = { .sampled = 12, .zero = 0, .buffer_bytes = 34 }, back;
	struct livedump_result abi = { 0 };

	(void)state;
	for (unsigned int c = 0; c < LD_NR_CODECS; c++)
		estimate.packed[c] = (struct ld_packed){
			.codec = ld_codecs[c], .level = (int)c - 2, .file_bytes = 100 + c,
			.disk_bytes = 200 + c, .error = 300 + c, .time_ns = 400 + c,
		};
	/* A codec that the other side lacks. */
	memset(&estimate.packed[1], 0, sizeof(estimate.packed[1]));
	ld_abi_from_estimate(&abi, &estimate);
	ld_abi_to_estimate(&back, &abi);
	assert_int_equal(back.sampled, 12);
	assert_int_equal(back.buffer_bytes, 34);
	for (unsigned int c = 0; c < LD_NR_CODECS; c++) {
		assert_ptr_equal(back.packed[c].codec, estimate.packed[c].codec);
		assert_int_equal(back.packed[c].level, estimate.packed[c].level);
		assert_int_equal(back.packed[c].file_bytes, estimate.packed[c].file_bytes);
		assert_int_equal(back.packed[c].disk_bytes, estimate.packed[c].disk_bytes);
		assert_int_equal(back.packed[c].error, estimate.packed[c].error);
		assert_int_equal(back.packed[c].time_ns, estimate.packed[c].time_ns);
	}
}

/* All stages, causes, modes and page types have a name. */
static void test_names(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < LD_NR_STAGES; i++)
		assert_non_null(ld_stage_name(i));
	for (unsigned int i = 0; i < LD_NR_CAUSES; i++)
		assert_non_null(ld_cause_name(i));
	for (unsigned int i = 0; i < LD_NR_MODES; i++)
		assert_non_null(ld_mode_name(i));
	for (unsigned int i = 0; i < LD_NR_TYPES; i++)
		assert_non_null(ld_page_type_name(i));
	assert_true(ld_stage_at_frame(LD_STAGE_READ));
	assert_false(ld_stage_at_frame(LD_STAGE_WRITE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_pause_open),
		cmocka_unit_test(test_reason),
		cmocka_unit_test(test_queues),
		cmocka_unit_test(test_each_codec_and_format),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_pause_and_clock),
		cmocka_unit_test(test_result),
		cmocka_unit_test(test_newer_result),
		cmocka_unit_test(test_estimate),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("abi", tests, NULL, NULL);
}
