// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/sched/isolation.h>

bool probe(int cpu);
bool probe(int cpu)
{
	return housekeeping_test_cpu(cpu, HK_FLAG_DOMAIN) &&
	       housekeeping_test_cpu(cpu, HK_FLAG_TICK);
}
