// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_frames.c - whether a failure of libkdumpfile is the dump's fault.
 * tests/cli has real ones.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "dumpfile/frames/frames.h"

static void test_errno(void **state)
{
	static const struct {
		kdump_status status;
		int errnum, ret;
	} rows[] = {
		{ KDUMP_OK, ENOMEM, 0 },
		{ KDUMP_ERR_SYSTEM, ENOMEM, -ENOMEM },
		{ KDUMP_ERR_SYSTEM, EIO, -EIO },
		{ KDUMP_ERR_SYSTEM, EBADMSG, -EIO },
		{ KDUMP_ERR_SYSTEM, 0, -EIO },
		{ KDUMP_ERR_NOTIMPL, 0, -EOPNOTSUPP },
		{ KDUMP_ERR_BUSY, 0, -ENOMEM },
		{ KDUMP_ERR_CORRUPT, 0, -EBADMSG },
		{ KDUMP_ERR_CORRUPT, ENOMEM, -ENOMEM },
		{ KDUMP_ERR_NODATA, 0, -EBADMSG },
		{ KDUMP_ERR_ADDRXLAT, 0, -EBADMSG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(frame_errno(rows[i].status, rows[i].errnum), rows[i].ret);
}

static void test_messages(void **state)
{
	const struct dumpfile d = { .file = { .name = "core", .hint = "take another" } };
	static const struct {
		int ret;
		const char *text;
	} rows[] = {
		{ -EBADMSG, "core: it is so: take another" },
		{ -ENOMEM, "core: not enough memory to read it: end other programs" },
		{ -EIO, "core: it is so: Input/output error: see the kernel log" },
		{ -EOPNOTSUPP, "core: it is so: libkdumpfile lacks it: see the kernel log" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct error err = { 0 };

		assert_int_equal(frame_fail(&d, rows[i].ret, "it is so", &err), rows[i].ret);
		assert_string_equal(err.text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errno),
		cmocka_unit_test(test_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
