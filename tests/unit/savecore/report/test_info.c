// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_info.c - what is told to the user: info.N, errors, progress; and how
 * much memory there is for a dump.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/numbers.h"
#include "savecore/report/explain.h"
#include "savecore/dumps/infofile.h"
#include "savecore/report/info.h"
#include "savecore/limits/cgroup.h"
#include "savecore/limits/memory.h"
#include "savecore/report/progress.h"
#include "tests/unit/tree.h"

static void test_error(void **state)
{
	struct error err = { 0 };
	char name[600];

	(void)state;
	error_set(&err, "%s: first%scause", "a\033b", "\n");
	assert_string_equal(err.text, "a?b: first?cause");
	error_set(&err, "second");
	assert_string_equal(err.text, "a?b: first?cause");
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	err.text[0] = '\0';
	error_set(&err, "%s", name);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

static void expect_line(const char *text, const char *line)
{
	const char *at = text;
	size_t len = strlen(line);

	while (strncmp(at, line, len) || at[len] != '\n') {
		at = strchr(at, '\n');
		if (!at)
			fail_msg("no line '%s' in:\n%s", line, text);
		at++;
	}
}

static void test_build(void **state)
{
	struct ld_system sys = {
		.uts = { "Linux", "host\nVerdict: partial", "6.1.0-9", "#1 SMP", "x86_64", "" },
		.nr_cpus = 2,
	};
	struct dump_result st = {
		.pages = {
			.frames = 1000, .kept = 60, .zero = 5, .buffered = 50, .streamed = 10,
			.reclassified_dropped = 3, .reclassified_kept = 4, .blanked = 1,
			.withdrawn = 6, .uncertain = 7,
			.unreadable = 2,
		},
		.bytes = { .raw = 60 * 4096, .data = 9000, .file = 12345 },
		.times = {
			.start = 1000000000, .read = 1250000000,
			.write = 1500000000, .end = 3501000000,
		},
		.workers = 2,
	};
	struct dump_request request = {
		.format = &ld_format_kdump, .codec = &ld_codec_zstd, .codec_level = 3,
		.level = 31,
	};
	struct info in = {
		.request = &request, .result = &st, .system = &sys, .page_size = 4096,
		.engine = { "kcore", "as requested", "/proc/kcore" },
		.start = { 1700000000, 5000000 }, .end = { 1700000002, 0 }, .slot = 7,
	};
	char *text;
	size_t len;

	(void)state;
	setenv("TZ", "UTC", 1);
	st.pages.frames_by_type[LD_TYPE_FREE] = 400;
	assert_int_equal(info_build(&in, &text, &len), 0);
	assert_int_equal(strlen(text), len);
	expect_line(text, "Dump header from device: /proc/kcore");
	expect_line(text, "Dump Length: 12345");
	expect_line(text, "Compression: zstd:3");
	expect_line(text, "Dumptime: 2023-11-14 22:13:20.005 +0000");
	expect_line(text, "Hostname: host\\x0aVerdict: partial");
	expect_line(text, "Magic: KDUMP");
	expect_line(text, "Version String: Linux 6.1.0-9 #1 SMP");
	expect_line(text, "Bounds: 7");
	expect_line(text, "Dump Status: good");
	expect_line(text, "Mode: live");
	expect_line(text, "Plan Duration: 0.250 s");
	expect_line(text, "Write Duration: 2.001 s");
	expect_line(text, "Pages free: 400");
	expect_line(text, "Pages Unreadable: 2");
	expect_line(text, "Pause: 0.000000 s");
	assert_null(strstr(text, "Kernel Memory"));
	expect_line(text, "Pages Reclassified and Kept: 4");
	expect_line(text, "Verdict: live");
	assert_null(strstr(text, "Cut Short"));
	assert_null(strstr(text, "Lists"));
	assert_null(strstr(text, "Crash Kernel"));
	assert_true(infofile_is_live(text));
	free(text);

	in.crash_kernel = true;
	in.lists = &(struct lists_verdict){ "whole (reading 2 of 2)", false };
	assert_int_equal(info_build(&in, &text, &len), 0);
	expect_line(text, "Crash Kernel: in the dump (CAP_SYS_ADMIN is missing)");
	expect_line(text, "Lists: whole (reading 2 of 2)");
	expect_line(text, "Verdict: live");
	free(text);
	in.lists = &(struct lists_verdict){ "modules torn (reading 5 of 5)", true };
	assert_int_equal(info_build(&in, &text, &len), 0);
	expect_line(text, "Lists: modules torn (reading 5 of 5)");
	expect_line(text, "Verdict: live, torn");
	free(text);
	in.lists = NULL;

	st.end.incomplete = true;
	st.end.err = -ENOSPC;
	request.codec = &ld_codec_none;
	st.bytes.kernel = 123456;
	st.times.pause = 1234567000;
	assert_int_equal(info_build(&in, &text, &len), 0);
	expect_line(text, "Compression: none");
	expect_line(text, "Dump Status: partial");
	expect_line(text, "Kernel Memory: 123456");
	expect_line(text, "Pause: 1.234567 s");
	expect_line(text, "Cut Short by: No space left on device");
	expect_line(text, "Verdict: partial");
	free(text);

	st.end.incomplete = false;
	request.mode = LD_MODE_FREEZE;
	assert_int_equal(info_build(&in, &text, &len), 0);
	expect_line(text, "Mode: freeze");
	expect_line(text, "Verdict: point-in-time");
	assert_true(infofile_is_live(text));
	assert_null(strstr(text, "Pauses Given Up"));
	free(text);

	request.mode = LD_MODE_PRECOPY;
	st.precopy = (struct dump_precopy){ .rounds = 3, .pauses = 2, .given_up_ns = 1234567 };
	st.pages.streamed = 0;
	st.pages.blanked = 0;
	st.pages.paused = 700;
	st.pages.always = 600;
	assert_int_equal(info_build(&in, &text, &len), 0);
	expect_line(text, "Mode: precopy");
	expect_line(text, "Rounds: 3");
	expect_line(text, "Pages Copied in Pause: 700");
	expect_line(text, "Pages Always Copied: 600");
	expect_line(text, "Pauses Begun: 2");
	expect_line(text, "Pauses Given Up: 0.001234 s");
	expect_line(text, "Pages Written by Devices: 0");
	expect_line(text, "Verdict: point-in-time");
	assert_null(strstr(text, "Pages Written by Devices, "));
	assert_true(infofile_is_live(text));
	free(text);

	st.pages.streamed = 1;
	st.pages.unseen = 5;
	st.pages.unseen_by_type[LD_TYPE_SLAB] = 2;
	st.pages.unseen_by_type[LD_TYPE_KERNEL] = 3;
	assert_int_equal(info_build(&in, &text, &len), 0);
	expect_line(text, "Pages Written by Devices: 5");
	expect_line(text, "Pages Written by Devices, slab: 2");
	expect_line(text, "Pages Written by Devices, kernel: 3");
	expect_line(text, "Verdict: kernel point-in-time, 5 pages written by devices");
	free(text);
}

static void test_is_live(void **state)
{
	(void)state;
	assert_true(infofile_is_live("Mode: live\n"));
	assert_true(infofile_is_live("a: b\nMode: live\nc: d\n"));
	assert_true(infofile_is_live("Mode: freeze\n"));
	assert_false(infofile_is_live(""));
	assert_false(infofile_is_live("Mode: live"));
	assert_false(infofile_is_live("Panic String: Mode: live\n"));
	assert_false(infofile_is_live("Mode: lively\n"));
}

static void explained(const struct failure *f, const char *text)
{
	struct error err = { 0 };

	explain(&err, f);
	if (!strstr(err.text, text))
		fail_msg("'%s' does not say '%s'", err.text, text);
}

static void test_explain(void **state)
{
	struct dump_result r = { .end = { LD_CAUSE_ERROR, .stage = LD_STAGE_WRITE } };
	struct dump_request request = {
		.level = 31, .max_bytes = 5000000, .format = &ld_format_kdump,
	};
	struct failure f = {
		.result = &r, .text = "", .written = 12300000, .request = &request,
		.from = "/proc/kcore", .to = "/var/crash", .limits = { .minfree = 1024 << 10 },
	};

	(void)state;
	r.end.err = -ENOSPC;
	explained(&f, "/var/crash: no space left on the device after 12.3 MB");
	explained(&f, "send the dump elsewhere (-o - | ssh), or use --keep-partial");
	request.level = 0;
	explained(&f, "leave out more with -d, or use --keep-partial");
	r.end.cause = LD_CAUSE_MINFREE;
	explained(&f, "after 12.3 MB the dump would have left less than the 1024 KiB of minfree");
	r.end.cause = LD_CAUSE_ERROR;
	r.end.err = -EDQUOT;
	explained(&f, "quota");
	r.end.err = -EFBIG;
	explained(&f, "ulimit -f");
	f.stream = true;
	f.sent = 4711;
	r.end.err = -EPIPE;
	explained(&f, "/var/crash: the reader closed the stream after 4711 bytes: find out");
	r.end.err = -ECONNRESET;
	explained(&f, "Connection reset by peer after 4711 bytes: find out");
	f.stream = false;
	r.end.err = -EIO;
	explained(&f, "/var/crash: I/O error");
	r.end.at = 77;
	r.end.stage = LD_STAGE_READ;
	explained(&f, "/proc/kcore: cannot read memory at page frame 77: Input/output error");
	r.end.stage = LD_STAGE_CLASSIFY;
	explained(&f, "/proc/kcore: cannot classify page frames at page frame 77: Input/output");
	r.end.stage = LD_STAGE_ALLOCATE;
	r.end.err = -ENOMEM;
	explained(&f, "--memory");
	r.end.stage = LD_STAGE_START;
	r.end.err = -EROFS;
	explained(&f, "cannot write the dump: Read-only file system");
	r.end.stage = LD_STAGE_FLUSH;
	explained(&f, "cannot finish the dump: Read-only file system");
	r.end.err = -ECANCELED;
	r.end.cause = LD_CAUSE_SIGNAL;
	f.limits.signal = SIGTERM;
	explained(&f, "Terminated after 12.3 MB: the dump was discarded");
	r.end.cause = LD_CAUSE_SUSPEND;
	explained(&f, "/var/crash: the dump was discarded after 12.3 MB: the system was about to be suspended");
}

static void explained_so(const struct failure *f, const char *text)
{
	struct error err = { 0 };

	explain(&err, f);
	assert_string_equal(err.text, text);
}

/* Only what helps is advised: at the highest level nothing more can be left out. */
static void test_advice(void **state)
{
	struct dump_result r = { .end = { LD_CAUSE_ERROR, -ETIME } };
	struct dump_request request = {
		.level = 31, .mode = LD_MODE_FREEZE, .format = &ld_format_kdump,
	};
	const struct failure f = {
		.result = &r, .text = "too long", .request = &request, .module = true,
		.from = "/dev/livedump", .to = "/var/crash",
	};
	struct error partial = { 0 };

	(void)state;
	explained_so(&f, "/dev/livedump: too long: use a longer --max-pause, use --freeze=precopy or --freeze=kernel, or leave out --freeze");
	request.mode = LD_MODE_FREEZE_KERNEL;
	request.level = 30;
	explained_so(&f, "/dev/livedump: too long: use a longer --max-pause, leave out more with -d, use --freeze=precopy, or leave out --freeze");
	request.mode = LD_MODE_PRECOPY;
	request.level = 31;
	explained_so(&f, "/dev/livedump: too long: use a longer --max-pause, or leave out --freeze");
	r.end.err = -ENOMEM;
	r.bytes.needed = 1;
	explained_so(&f, "/dev/livedump: too long: use more --memory, or leave out --freeze");
	r.end = (struct dump_end){ .cause = LD_CAUSE_SIZE, .err = -EFBIG };
	request.max_bytes = 5000000;
	explained(&f, ": raise the limit, compress more (-C zstd:9), or use --keep-partial");
	request.level = 0;
	explained(&f, ": raise the limit, leave out more with -d, compress more (-C zstd:9), or use");
	explain_partial(&partial, &r.end, "why");
	assert_string_equal(partial.text,
			    "the dump is partial: why: it was kept as requested: raise the limit for a complete one");
}

/* Programs go by the code, whatever the text says. */
static void test_explain_codes(void **state)
{
	static const struct {
		enum ld_cause cause;
		int err;
		const char *code;
	} ends[] = {
		{ LD_CAUSE_SIGNAL, -ECANCELED, "interrupted" },
		{ LD_CAUSE_SIZE, -EFBIG, "size-limit" },
		{ LD_CAUSE_TIME, -ECANCELED, "time-limit" },
		{ LD_CAUSE_PRESSURE, -ECANCELED, "pressure" },
		{ LD_CAUSE_MINFREE, -ENOSPC, "minfree" },
		{ LD_CAUSE_SUSPEND, -ECANCELED, "suspend" },
		{ LD_CAUSE_POLICY, -EPERM, "policy" },
		{ LD_CAUSE_ERROR, -EPERM, "permission" },
		{ LD_CAUSE_ERROR, -ENOSPC, "no-space" },
		{ LD_CAUSE_ERROR, -EDQUOT, "no-space" },
		{ LD_CAUSE_ERROR, -EFBIG, "file-limit" },
		{ LD_CAUSE_ERROR, -EPIPE, "reader-gone" },
		{ LD_CAUSE_ERROR, -EHOSTUNREACH, "reader-gone" },
		{ LD_CAUSE_ERROR, -EIO, "io-error" },
		{ LD_CAUSE_ERROR, -ENOMEM, "no-memory" },
		{ LD_CAUSE_ERROR, -ETIME, "pause-limit" },
		{ LD_CAUSE_ERROR, -EBUSY, "busy" },
		{ LD_CAUSE_ERROR, -E2BIG, "unsupported" },
		{ LD_CAUSE_ERROR, -EOPNOTSUPP, "unsupported" },
		{ LD_CAUSE_ERROR, -ENOTRECOVERABLE, "other" },
	};
	struct dump_result r = { 0 };
	const struct dump_request request = { .level = 31, .format = &ld_format_kdump };
	struct failure f = {
		.result = &r, .text = "", .from = "/proc/kcore", .to = "/var/crash",
		.request = &request,
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(ends) / sizeof(*ends); i++) {
		struct error err = { 0 }, partial = { 0 };

		r.end = (struct dump_end){ .cause = ends[i / 2].cause, .err = ends[i / 2].err };
		f.module = i % 2;
		f.stream = !strcmp(ends[i / 2].code, "reader-gone");
		explain(&err, &f);
		assert_string_equal(error_code_name(err.code), ends[i / 2].code);
		explain_partial(&partial, &r.end, "why");
		assert_int_equal(partial.code, err.code);
	}
	/* A network file system has no reader. */
	for (unsigned int i = 0; i < 2; i++) {
		struct error err = { 0 };

		r.end = (struct dump_end){ .cause = LD_CAUSE_ERROR, .err = -ETIMEDOUT };
		f.stream = i;
		explain(&err, &f);
		assert_string_equal(error_code_name(err.code), i ? "reader-gone" : "io-error");
	}
}

/* The user's own limits, each with what was asked for. */
static void test_explain_limits(void **state)
{
	struct dump_result r = { .end = { LD_CAUSE_TIME, -ECANCELED } };
	struct dump_request request = {
		.level = 31, .max_bytes = 5000000, .format = &ld_format_kdump,
	};
	struct failure f = {
		.result = &r, .text = "", .request = &request, .to = "/var/crash",
		.limits = { .max_time = 9, .max_pressure = 20, .pressure = 31 },
	};
	char buf[128];

	(void)state;
	explained(&f, "it took longer than the 9 s of --max-time");
	explained(&f, "or use --keep-partial");
	request.keep_partial = true;
	r.end.cause = LD_CAUSE_PRESSURE;
	explained(&f, "memory pressure was 31 %, more than the 20 % of --max-pressure");
	r.end.cause = LD_CAUSE_SIZE;
	r.end.err = -EFBIG;
	explained(&f, "it is longer than the 5.0 MB of --max-size");
	request.keep_partial = false;
	request.format = &ld_format_elf;
	explained(&f, "or use --format kdump");
	r.end.cause = LD_CAUSE_ERROR;
	assert_null(explain_cause(buf, sizeof(buf), &f));
	r.end.cause = LD_CAUSE_SIGNAL;
	assert_string_equal(explain_cause(buf, sizeof(buf), &f), "interrupted");
	f.limits.signal = SIGHUP;
	assert_string_equal(explain_cause(buf, sizeof(buf), &f), "interrupted by SIGHUP");
	f.limits.signal = SIGQUIT;
	assert_string_equal(explain_cause(buf, sizeof(buf), &f), "interrupted by SIGQUIT");
	r.end.cause = LD_CAUSE_SUSPEND;
	assert_string_equal(explain_cause(buf, sizeof(buf), &f),
			    "the system was about to be suspended");
}

static void test_explain_module(void **state)
{
	struct dump_result r = { .end = { LD_CAUSE_ERROR } };
	struct dump_request request = { .level = 31, .format = &ld_format_kdump };
	struct failure f = {
		.result = &r, .text = "another dump is running", .module = true,
		.from = "/dev/livedump", .to = "/var/crash", .request = &request,
	};

	(void)state;
	r.end.err = -EBUSY;
	explained(&f, "/dev/livedump: another dump is running: wait");
	f.text = "this kernel lacks that compression";
	r.end.err = -EOPNOTSUPP;
	explained(&f, "/dev/livedump: this kernel lacks that compression: use --engine kcore");
	f.text = "";
	r.end.err = -EPERM;
	explained(&f, "/dev/livedump: Operation not permitted");
	f.text = "a rule forbids it";
	r.end.err = -EACCES;
	explained(&f, "/dev/livedump: a rule forbids it: use --engine kcore");
	f.text = "";
	r.end.err = -ENOTTY;
	explained(&f, "the module and savecore have different versions");
	r.end.stage = LD_STAGE_ALLOCATE;
	r.end.err = -ENOMEM;
	explained(&f, "/dev/livedump: the kernel does not have enough memory");
	r.end.stage = LD_STAGE_WRITE;
	r.end.err = -ENOSPC;
	explained(&f, "/var/crash: no space left on the device");
	/* Whatever happens to a freeze, an engine that cannot freeze is no way out. */
	request.mode = LD_MODE_FREEZE;
	for (int errnum = 1; errnum < 134; errnum++) {
		struct error err = { 0 };

		r.end.err = -errnum;
		explain(&err, &f);
		if (strstr(err.text, "kcore"))
			fail_msg("for a freeze: %s", err.text);
	}
	r.end.err = -EOPNOTSUPP;
	explained(&f, ": leave out --freeze");
}

static void test_size(void **state)
{
	char buf[32];

	(void)state;
	number_format_size(buf, sizeof(buf), 0);
	assert_string_equal(buf, "0 bytes");
	number_format_size(buf, sizeof(buf), 999);
	assert_string_equal(buf, "999 bytes");
	number_format_size(buf, sizeof(buf), 1000);
	assert_string_equal(buf, "1.0 kB");
	number_format_size(buf, sizeof(buf), 999949);
	assert_string_equal(buf, "999.9 kB");
	number_format_size(buf, sizeof(buf), 999950);
	assert_string_equal(buf, "1.0 MB");
	number_format_size(buf, sizeof(buf), UINT64_MAX);
	assert_string_equal(buf, "18.4 EB");
}

static void test_line(void **state)
{
	struct progress_view view = {
		.name = "write", .done = 250, .total = 1000,
		.elapsed_ns = 1000000000, .page_size = 4000000,
	};
	char buf[512];

	(void)state;
	progress_line(buf, sizeof(buf), 80, &view);
	assert_string_equal(buf, "write  [===========                                 ]  25%   1000 MB/s 0:03 left");
	assert_int_equal(strlen(buf), 80);
	progress_line(buf, sizeof(buf), 30, &view);
	assert_string_equal(buf, "write   25%   1000 MB/s 0:03 l");
	progress_line(buf, sizeof(buf), 0, &view);
	progress_line(buf, sizeof(buf), 10000, &view);
	assert_true(strlen(buf) <= 200);
	view.elapsed_ns = 0;
	progress_line(buf, sizeof(buf), 80, &view);
	assert_non_null(strstr(buf, "-:-- left"));
	view.total = 0;
	progress_line(buf, sizeof(buf), 80, &view);
	assert_non_null(strstr(buf, "  0%"));
	/* The counters are not read all at once. */
	view.done = 2000;
	view.total = 1000;
	view.elapsed_ns = 1;
	progress_line(buf, sizeof(buf), 80, &view);
	assert_non_null(strstr(buf, "100%"));
	assert_non_null(strstr(buf, "0:00 left"));
	view.done = 10;
	view.total = 100010;
	view.elapsed_ns = 1000000000;
	progress_line(buf, sizeof(buf), 80, &view);
	assert_non_null(strstr(buf, "2:46:40 left"));
}

/* When a stage begins there is no rate yet, and none is made up. */
static void test_line_begins(void **state)
{
	struct progress_view view = {
		.name = "write", .done = 900, .total = 1000,
		.elapsed_ns = 1000, .page_size = 4096,
	};
	char buf[512];

	(void)state;
	/* Nine tenths were done before anybody looked. */
	progress_line(buf, sizeof(buf), 80, &view);
	assert_non_null(strstr(buf, " 90%      - MB/s -:-- left"));
	/* What was done before is not done in the time since. */
	view.since = 900;
	view.done = 925;
	view.elapsed_ns = 1000000000;
	view.page_size = 4000000;
	progress_line(buf, sizeof(buf), 80, &view);
	assert_non_null(strstr(buf, " 92%    100 MB/s 0:03 left"));
	/* The counters are those of the stage before, or it stands still. */
	view.since = 1000;
	view.done = 1000;
	progress_line(buf, sizeof(buf), 80, &view);
	assert_non_null(strstr(buf, "100%      - MB/s -:-- left"));
	view.since = 500;
	view.done = 500;
	progress_line(buf, sizeof(buf), 80, &view);
	assert_non_null(strstr(buf, " 50%      - MB/s -:-- left"));
}

/* A signal cancels the dump; none is lost that came before the watch. */
static void test_signal(void **state)
{
	struct ld_control control = { 0 };
	struct progress_config config = { .control = &control };
	struct error err = { 0 };
	struct progress *p;

	(void)state;
	signal(SIGHUP, SIG_IGN);
	progress_block_signals();
	kill(getpid(), SIGHUP);
	assert_int_equal(progress_start(&p, &config, &err), 0);
	assert_int_equal(progress_stop(p), 0);
	assert_int_equal(port_atomic64_read(&control.cancel), 0);

	kill(getpid(), SIGTERM);
	assert_int_equal(progress_start(&p, &config, &err), 0);
	/* The signal is told before the dump is cancelled: who sees one knows the other. */
	for (int i = 0; i < 5000 && !port_atomic64_read(&control.cancel); i++)
		usleep(1000);
	assert_int_equal(ld_control_cause(&control), LD_CAUSE_SIGNAL);
	assert_int_equal(progress_signal(p), SIGTERM);
	assert_int_equal(progress_stop(p), SIGTERM);
}

static void test_memory(void **state)
{
	u64 bytes = 0;

	(void)state;
	assert_true(memory_available("MemTotal: 9 kB\nMemAvailable:   1234 kB\nx: 1\n", &bytes));
	assert_int_equal(bytes, 1234 << 10);
	assert_true(memory_available("MemAvailable: 0 kB\n", &bytes));
	assert_int_equal(bytes, 0);
	assert_false(memory_available("", &bytes));
	assert_false(memory_available("NotMemAvailable: 5 kB\n", &bytes));
	assert_false(memory_available("MemAvailable: many kB\n", &bytes));
	assert_false(memory_available("MemAvailable: 12", &bytes));
	assert_false(memory_available("MemAvailable: 12 MB\n", &bytes));
	assert_false(memory_available("MemAvailable: 99999999999999999999 kB\n", &bytes));
	assert_false(memory_available("MemAvailable: 18446744073709551615 kB\n", &bytes));
}

static void test_cgroup(void **state)
{
	char root[] = "/tmp/test_info.XXXXXX", a[64], b[80];

	(void)state;
	assert_non_null(mkdtemp(root));
	snprintf(a, sizeof(a), "%s/a", root);
	snprintf(b, sizeof(b), "%s/b", a);
	assert_int_equal(mkdir(a, 0700), 0);
	assert_int_equal(mkdir(b, 0700), 0);
	assert_true(cgroup_memory_left(root, "/") == UINT64_MAX);
	assert_true(cgroup_memory_left(root, "/a/b") == UINT64_MAX);
	assert_true(cgroup_memory_left(root, "/not/there") == UINT64_MAX);

	tree_put(b, "memory.max", "max\n");
	tree_put(b, "memory.high", "max\n");
	tree_put(b, "memory.current", "1000\n");
	assert_true(cgroup_memory_left(root, "/a/b") == UINT64_MAX);
	/* Page cache counts as free; of all limits the nearest counts. */
	tree_put(b, "memory.stat", "anon 100\ninactive_anon 7\ninactive_file 300\nslab 5\n");
	tree_put(b, "memory.max", "5000\n");
	assert_int_equal(cgroup_memory_left(root, "/a/b"), 4300);
	tree_put(b, "memory.high", "4000\n");
	assert_int_equal(cgroup_memory_left(root, "/a/b"), 3300);
	tree_put(a, "memory.max", "9000\n");
	tree_put(a, "memory.current", "8500\n");
	assert_int_equal(cgroup_memory_left(root, "/a/b"), 500);
	assert_int_equal(cgroup_memory_left(root, "/a"), 500);
	tree_put(root, "memory.max", "100\n");
	assert_int_equal(cgroup_memory_left(root, "/a"), 100);
	tree_put(a, "memory.current", "9500\n");
	assert_int_equal(cgroup_memory_left(root, "/a/b"), 0);
	tree_put(a, "memory.max", "99999999999999999999\n");
	tree_put(root, "memory.max", "no number\n");
	assert_int_equal(cgroup_memory_left(root, "/a/b"), 3300);

	assert_false(cgroup_limits_time(root, "/a/b"));
	tree_put(b, "cpu.max", "max 100000\n");
	assert_false(cgroup_limits_time(root, "/a/b"));
	tree_put(b, "cpu.max", "20000 100000\n");
	assert_true(cgroup_limits_time(root, "/a/b"));
	assert_false(cgroup_limits_time(root, "/a"));
	tree_put(b, "cpu.max", "max 100000\n");
	tree_put(a, "cpu.max", "150000 100000\n");
	assert_true(cgroup_limits_time(root, "/a/b"));

	assert_false(cgroup_dies_together(root, "/a/b"));
	tree_put(b, "memory.oom.group", "0\n");
	assert_false(cgroup_dies_together(root, "/a/b"));
	tree_put(a, "memory.oom.group", "1\n");
	assert_true(cgroup_dies_together(root, "/a/b"));
	assert_true(cgroup_dies_together(root, "/a"));
	assert_false(cgroup_dies_together(root, "/"));
	tree_put(root, "memory.oom.group", "1\n");
	tree_put(a, "memory.oom.group", "0\n");
	assert_true(cgroup_dies_together(root, "/a/b"));

	assert_true(cgroup_pids_left(root, "/a/b") == UINT64_MAX);
	tree_put(b, "pids.max", "max\n");
	tree_put(a, "pids.max", "40\n");
	tree_put(a, "pids.current", "37\n");
	assert_int_equal(cgroup_pids_left(root, "/a/b"), 3);
	tree_put(b, "pids.max", "5\n");
	tree_put(b, "pids.current", "5\n");
	assert_int_equal(cgroup_pids_left(root, "/a/b"), 0);
	assert_int_equal(tree_remove(root), 0);
}

/* Version 1 has other names, and a number where there is no limit. */
static void test_cgroup_v1(void **state)
{
	char root[] = "/tmp/test_info.XXXXXX", a[64];

	(void)state;
	assert_non_null(mkdtemp(root));
	snprintf(a, sizeof(a), "%s/a", root);
	assert_int_equal(mkdir(a, 0700), 0);
	assert_true(cgroup_v1_memory_left(root, "/a") == UINT64_MAX);
	tree_put(a, "memory.limit_in_bytes", "9223372036854771712\n");
	tree_put(a, "memory.usage_in_bytes", "5000\n");
	assert_true(cgroup_v1_memory_left(root, "/a") == UINT64_MAX);
	tree_put(a, "memory.limit_in_bytes", "8000\n");
	tree_put(a, "memory.stat", "inactive_file 9\ntotal_inactive_file 1000\n");
	assert_int_equal(cgroup_v1_memory_left(root, "/a"), 4000);
	tree_put(root, "memory.limit_in_bytes", "700\n");
	tree_put(root, "memory.usage_in_bytes", "600\n");
	assert_int_equal(cgroup_v1_memory_left(root, "/a/gone"), 100);

	tree_put(a, "cpu.cfs_quota_us", "-1\n");
	assert_false(cgroup_v1_limits_time(root, "/a"));
	tree_put(a, "cpu.cfs_quota_us", "50000\n");
	assert_true(cgroup_v1_limits_time(root, "/a"));
	assert_int_equal(tree_remove(root), 0);
}

static void test_cgroup_find(void **state)
{
	static const char text[] = "12:cpu,cpuacct:/a/b\n7:memory:/m\n2:name=systemd:/s\n0::/two\n";
	char path[16], small[3];

	(void)state;
	assert_true(cgroup_find(text, "cpu", path, sizeof(path)));
	assert_string_equal(path, "/a/b");
	assert_true(cgroup_find(text, "cpuacct", path, sizeof(path)));
	assert_true(cgroup_find(text, "memory", path, sizeof(path)));
	assert_string_equal(path, "/m");
	assert_true(cgroup_find(text, "", path, sizeof(path)));
	assert_string_equal(path, "/two");
	assert_false(cgroup_find(text, "acct", path, sizeof(path)));
	assert_false(cgroup_find(text, "pids", path, sizeof(path)));
	assert_false(cgroup_find(text, "cpu", small, sizeof(small)));
	assert_false(cgroup_find("", "", path, sizeof(path)));
	assert_false(cgroup_find("x\n1\n2:", "memory", path, sizeof(path)));
	assert_true(cgroup_find("0::/only", "", path, sizeof(path)));
	assert_string_equal(path, "/only");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_build),
		cmocka_unit_test(test_is_live),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_explain_codes),
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_explain_limits),
		cmocka_unit_test(test_explain_module),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_line_begins),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_cgroup),
		cmocka_unit_test(test_cgroup_v1),
		cmocka_unit_test(test_cgroup_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
