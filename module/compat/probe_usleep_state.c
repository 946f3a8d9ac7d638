// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/delay.h>
#include <linux/sched.h>

void probe(void);
void probe(void)
{
	usleep_range_state(1, 2, TASK_IDLE);
}
