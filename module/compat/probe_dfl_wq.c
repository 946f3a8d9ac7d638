// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/workqueue.h>

const void *probe(void);
const void *probe(void)
{
	return system_dfl_wq;
}
