// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * need_oldest.c - what came to the kernel last of all that has no substitute in
 * this directory. A kernel that this does not compile with is too old.
 */
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/uaccess.h>

long need(void *to, const void *from);
long need(void *to, const void *from)
{
	if (security_locked_down(LOCKDOWN_KCORE))
		return 0;
	sched_set_fifo_low(current);
#ifdef CONFIG_ARCH_HAS_COPY_MC
	if (copy_mc_to_kernel(to, from, PAGE_SIZE))
		return 0;
#endif
	return copy_from_kernel_nofault(to, from, PAGE_SIZE);
}
