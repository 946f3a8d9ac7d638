// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * overcommit.c - whether the kernel promises memory that it may not have.
 */
#include <sys/mman.h>

#include "overcommit.h"
#include "procfile.h"

bool overcommit_is_strict(void)
{
	char mode[8];

	return !procfile_read("/proc/sys/vm/overcommit_memory", mode, sizeof(mode)) &&
	       mode[0] == '2';
}

u64 overcommit_admin_reserve(void)
{
	char text[32];
	u64 kib;

	if (!overcommit_is_strict() ||
	    procfile_read("/proc/sys/vm/admin_reserve_kbytes", text, sizeof(text)) ||
	    !procfile_number(text, "", "\n", &kib))
		return 0;
	return kib << 10;
}

bool overcommit_can_have(size_t bytes)
{
	void *mem;

	bytes += overcommit_admin_reserve();
	mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return mem != MAP_FAILED && !munmap(mem, bytes);
}
