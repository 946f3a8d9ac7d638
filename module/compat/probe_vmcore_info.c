// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/vmcore_info.h>

phys_addr_t probe(void);
phys_addr_t probe(void)
{
	return paddr_vmcoreinfo_note();
}
