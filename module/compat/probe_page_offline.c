// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/page-flags.h>

void probe(void);
void probe(void)
{
	page_offline_begin();
	page_offline_end();
}
