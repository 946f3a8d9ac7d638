// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_verify_early.c - verify dumps that were written in part before it was known which
 * page frames are in them: not all descriptors are used, and not all data.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/format/kdump.h"
#include "savecore/verify/verify.h"
#include "tests/unit/moment.h"

static int verify_file(int fd, char *text)
{
	struct verify_options opt = { .threads = 2, .no_kernel = true };
	struct verify_report report;
	struct error err = { 0 };
	int ret = verify_dump(fd, "file", &opt, &report, &err);

	strcpy(text, err.text);
	return ret;
}

static void expect_good(int fd)
{
	char text[sizeof(((struct error *)NULL)->text)];

	if (verify_file(fd, text))
		fail_msg("not good: %s", text);
}

static void take_early(struct job *j)
{
	lack_memory(j);
	assert_int_equal(ld_dump(&j->p, &j->st), 0);
	/* One round more than with copies of all. */
	assert_true(j->st.precopy.rounds >= 4);
}

static void test_good(void **state)
{
	static const struct ld_codec_ops *const codecs[] = {
		&ld_codec_zstd, &ld_codec_none, &ld_codec_lzo, &ld_codec_zlib,
	};

	(void)state;
	for (unsigned int run = 1; run < 25; run++) {
		struct job j;
		int fd;

		open_churn(&j, run);
		j.request.codec = codecs[run % 4];
		j.request.codec_level = j.request.codec->level_default;
		take_early(&j);
		fd = dump_fd(&j);
		expect_good(fd);
		close(fd);
		close_precopy(&j);
	}
}

/* Where the first descriptor is that no page frame uses. */
static u64 find_spared(const struct job *j)
{
	const struct kdump_header *h = (const void *)j->sink.data;

	return (1 + (u64)h->sub_hdr_size + h->bitmap_blocks) * FAKE_PAGE +
	       j->st.pages.kept * sizeof(struct kdump_desc);
}

static void test_spared(void **state)
{
	char text[sizeof(((struct error *)NULL)->text)];
	struct job j;
	u64 off;
	int fd;

	(void)state;
	open_precopy(&j, job_ranges);
	take_early(&j);
	fd = dump_fd(&j);
	expect_good(fd);
	off = find_spared(&j);
	/* Space for as many more as the page buffer has. */
	for (u64 end = off + 4096 * sizeof(struct kdump_desc); off < end; off += 999) {
		assert_int_equal(pwrite(fd, "x", 1, (off_t)off), 1);
		assert_int_equal(verify_file(fd, text), -EBADMSG);
		assert_non_null(strstr(text, "is not zero"));
		assert_int_equal(pwrite(fd, "", 1, (off_t)off), 1);
	}
	expect_good(fd);
	close(fd);
	close_precopy(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_spared),
	};

	return cmocka_run_group_tests_name("verify, early", tests, NULL, NULL);
}
