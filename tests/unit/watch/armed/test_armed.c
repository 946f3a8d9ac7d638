// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_armed.c - what the daemon hears of the process that takes the next dump.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "savecore/report/explain.h"
#include "watch/armed/armed.h"

/* The other end of the socket is the test's, and stays open. */
static int open_pair(struct armed *a)
{
	int socks[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, socks), 0);
	*a = (struct armed)ARMED_INIT;
	a->sock = socks[0];
	return socks[1];
}

static void test_nothing(void **state)
{
	static struct armed_message m;
	struct armed a;
	int other = open_pair(&a);

	(void)state;
	assert_int_equal(armed_read(&a, &m), 0);
	close(other);
	assert_int_equal(armed_read(&a, &m), -EPIPE);
	armed_stop(&a);
}

/* What it had said comes first, then that it has gone, whoever has its socket open. */
static void test_ended(void **state)
{
	static struct armed_message m = { .answer.armed = true };
	struct armed a;
	int other = open_pair(&a);

	(void)state;
	assert_int_equal(write(other, &m, sizeof(m.answer)), sizeof(m.answer));
	a.ended = true;
	assert_int_equal(armed_read(&a, &m), 1);
	assert_true(a.ready);
	assert_int_equal(armed_read(&a, &m), -EPIPE);
	armed_stop(&a);
	assert_false(a.ended);
	close(other);
}

/* The configuration has no --max-size. */
static void test_cut(void **state)
{
	const struct dump_request request = { .max_bytes = 512000000 };
	struct dump_result result = { .end = { .incomplete = true, .cause = LD_CAUSE_SIZE } };
	const struct failure f = {
		.request = &request, .result = &result, .limits.max_time = 300,
	};
	char buf[128];

	(void)state;
	assert_string_equal(armed_explain_cut(buf, sizeof(buf), &f),
			    "it is longer than the 512.0 MB that hold allows");
	result.end.cause = LD_CAUSE_TIME;
	assert_string_equal(armed_explain_cut(buf, sizeof(buf), &f),
			    "it took longer than the 300 s of max-time");
	result.end.cause = LD_CAUSE_SUSPEND;
	assert_string_equal(armed_explain_cut(buf, sizeof(buf), &f),
			    "the system was about to be suspended");
	result.end.cause = LD_CAUSE_ERROR;
	assert_null(armed_explain_cut(buf, sizeof(buf), &f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
