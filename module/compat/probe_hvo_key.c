// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/mm.h>

bool probe(void);
bool probe(void)
{
	return static_key_enabled(&hugetlb_optimize_vmemmap_key);
}
