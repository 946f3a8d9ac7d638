// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/sched/isolation.h>

bool probe(int cpu);
bool probe(int cpu)
{
	return cpu_is_isolated(cpu);
}
