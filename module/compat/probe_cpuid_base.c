// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/types.h>
#include <asm/processor.h>
#include <asm/cpuid/api.h>

int probe(void);
int probe(void)
{
	return cpuid_base_hypervisor("", 0);
}
