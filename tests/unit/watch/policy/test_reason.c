// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* test_reason.c - what has triggered a dump, as text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "watch/policy/reason.h"

static void test_lines(void **state)
{
	char buf[LIVEDUMP_REASON_MAX];
	json_t *record = json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:i}", "rule", "hung-task",
				   "symptom", "0123", "message", "task x\xc3\xa4 blocked\n", "task",
				   "x", "pid", 17, "function", "", "priority", 3);

	(void)state;
	reason_of_record(buf, record);
	assert_string_equal(buf, "Trigger: hung-task\nSymptom: 0123\n"
			    "Trigger Message: task x\\xc3\\xa4 blocked\\x0a\nTrigger Task: x (17)\n");
	json_decref(record);
	reason_of_record(buf, NULL);
	assert_string_equal(buf, "");
}

/* The longest values that there are fit, escaped; of longer ones no half line is left. */
static void test_long(void **state)
{
	char buf[LIVEDUMP_REASON_MAX], message[256], big[4000];
	json_t *record;

	(void)state;
	memset(message, '\\', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	record = json_pack("{s:s, s:s, s:s, s:s, s:i, s:s}", "rule", message + 256 - 32,
			   "symptom", message + 256 - 17, "message", message,
			   "task", message + 256 - 32, "pid", -1, "function", message + 256 - 64);
	reason_of_record(buf, record);
	assert_in_range(strlen(buf), 1500, sizeof(buf) - 1);
	assert_non_null(strstr(buf, "\nTrigger Function: \\x5c"));
	assert_int_equal(buf[strlen(buf) - 1], '\n');
	json_decref(record);
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	record = json_pack("{s:s, s:s, s:s, s:s}", "rule", big, "symptom", big, "message", big,
			   "function", big);
	reason_of_record(buf, record);
	assert_in_range(strlen(buf), 3000, sizeof(buf) - 1);
	assert_int_equal(buf[strlen(buf) - 1], '\n');
	json_decref(record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
