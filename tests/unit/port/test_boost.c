// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_boost.c - after a boost a thread has the policy, nice value and flags that it
 * had before, and one that is ahead of others already is left alone.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "port/port.h"
#include "tests/unit/root.h"

struct policy {
	int policy;
	int priority;
	int nice;
};

static bool is_now(const struct policy *p)
{
	struct sched_param param;

	return sched_getscheduler(0) == p->policy && !sched_getparam(0, &param) &&
	       param.sched_priority == p->priority && getpriority(PRIO_PROCESS, 0) == p->nice;
}

/* Runs in a child. Returns the number of the step that was wrong, 0 if all were right. */
static int boosted(const struct policy *p)
{
	struct sched_param param = { .sched_priority = p->priority };
	int base = p->policy & ~SCHED_RESET_ON_FORK;
	bool ahead = base == SCHED_FIFO || base == SCHED_RR;
	struct policy want = ahead ? *p : (struct policy){
		.policy = SCHED_FIFO | (p->policy & SCHED_RESET_ON_FORK), .priority = 1,
		.nice = p->nice,
	};

	if (setpriority(PRIO_PROCESS, 0, p->nice) || sched_setscheduler(0, p->policy, &param))
		return 1;
	port_boost(false);
	if (!is_now(p))
		return 2;
	port_boost(true);
	if (!is_now(&want))
		return 3;
	port_boost(true);
	port_boost(false);
	if (!is_now(p))
		return 4;
	port_boost(false);
	return is_now(p) ? 0 : 5;
}

static void test_restored(void **state)
{
	static const struct policy policies[] = {
		{ SCHED_OTHER, 0, 0 }, { SCHED_OTHER, 0, 7 }, { SCHED_BATCH, 0, 5 },
		{ SCHED_IDLE, 0, 19 }, { SCHED_BATCH | SCHED_RESET_ON_FORK, 0, 3 },
		{ SCHED_FIFO, 5, 0 }, { SCHED_RR, 9, 0 },
		{ SCHED_FIFO | SCHED_RESET_ON_FORK, 2, 0 },
	};

	(void)state;
	/* Others may have no right to a boost. */
	needs_root();
	for (size_t i = 0; i < sizeof(policies) / sizeof(*policies); i++) {
		int status, step;
		pid_t pid = fork();

		if (!pid)
			_exit(boosted(&policies[i]));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		step = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		if (step)
			print_error("policy %d: step %d\n", policies[i].policy, step);
		assert_int_equal(step, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_restored) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
