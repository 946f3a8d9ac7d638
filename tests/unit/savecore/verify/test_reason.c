// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_reason.c - why a dump was taken is in the dump, in both formats, is found there,
 * and is part of what its checksums are of.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "savecore/verify/verify.h"
#include "tests/unit/job.h"

static const char because[] = "Trigger: by-hand\nTrigger Message: because of this\n";

static int verify(int fd, struct verify_report *report, struct error *err)
{
	struct verify_options opt = { .threads = 1, .no_kernel = true };

	memset(err, 0, sizeof(*err));
	return verify_dump(fd, "file", &opt, report, err);
}

static void expect_reason(int fd, const char *text)
{
	struct verify_report report;
	struct error err;

	if (verify(fd, &report, &err))
		fail_msg("not good: %s", err.text);
	assert_string_equal(report.reason, text);
}

/* Every bit of the note at @at, its header too. */
static void flip_note(int fd, u64 at, u64 size)
{
	for (u64 off = at; off < at + size; off++) {
		struct verify_report report;
		struct error err;
		u8 was, now;

		assert_int_equal(pread(fd, &was, 1, (off_t)off), 1);
		now = was ^ (u8)(1 << off % 8);
		assert_int_equal(pwrite(fd, &now, 1, (off_t)off), 1);
		assert_int_equal(verify(fd, &report, &err), -EBADMSG);
		assert_int_equal(pwrite(fd, &was, 1, (off_t)off), 1);
	}
}

static void test_in_dump(void **state)
{
	(void)state;
	for (unsigned int i = 0; ld_formats[i]; i++) {
		const u8 *note;
		struct job j;
		int fd;

		job_open(&j, job_ranges);
		j.request.format = ld_formats[i];
		if (!ld_formats[i]->compresses)
			j.request.codec = &ld_codec_none;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		fd = dump_fd(&j);
		expect_reason(fd, "");
		close(fd);
		fake_sink_close(&j.sink);
		fake_sink_open(&j.sink, false);
		j.request.reason = (struct dump_reason){ because, sizeof(because) - 1 };
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		fd = dump_fd(&j);
		expect_reason(fd, because);
		note = memmem(j.sink.data, j.sink.size, because, sizeof(because) - 1);
		assert_non_null(note);
		flip_note(fd, (u64)(note - j.sink.data) - 24, 24 + sizeof(because) - 1);
		close(fd);
		job_close(&j);
	}
}

/* It is not in the next dump of the same source, which is not longer. */
static void test_only_once(void **state)
{
	struct job j;
	u64 size;
	int fd;

	(void)state;
	job_open(&j, job_ranges);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	size = j.st.bytes.file;
	j.request.reason = (struct dump_reason){ because, sizeof(because) - 1 };
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	j.request.reason = (struct dump_reason){ 0 };
	fake_sink_close(&j.sink);
	fake_sink_open(&j.sink, false);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(j.st.bytes.file, size);
	fd = dump_fd(&j);
	expect_reason(fd, "");
	close(fd);
	job_close(&j);
}

/* Nothing is written then. */
static void test_refused(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	j.request.reason = (struct dump_reason){ "a\x1b[1mb", 6 };
	assert_int_equal(ld_dump(&j.p, &j.st), -EINVAL);
	assert_int_equal(j.st.end.stage, LD_STAGE_START);
	assert_int_equal(j.st.end.err, -EINVAL);
	assert_int_equal(j.sink.size, 0);
	job_close(&j);
}

static void expect_printed(const char *reason, const char *want)
{
	struct verify_report report = { 0 };
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	strcpy(report.reason, reason);
	verify_print_reason(&report, f);
	fclose(f);
	assert_string_equal(text, want);
	free(text);
}

static void test_print(void **state)
{
	(void)state;
	expect_printed("", "");
	expect_printed(because, "  Trigger: by-hand\n  Trigger Message: because of this\n");
	expect_printed("\n\na\nb", "  a\n  b\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_dump),
		cmocka_unit_test(test_only_once),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
