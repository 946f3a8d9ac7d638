// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kcore_guest.c - what only virtual machines have.
 *
 * A confidential guest (Intel TDX, AMD SEV-SNP) must accept memory from its
 * hypervisor before it touches it, or it is ended. The kernel does this as memory
 * is needed, in the largest blocks of its page allocator, and counts in
 * nr_unaccepted the page frames that are left. The count only falls. /proc/kcore
 * reads as zeros what is left, but /proc/kpageflags has nothing to say of it.
 * Since 6.12 a page type tells these blocks. No kernel without this page type is
 * relied on to leave them alone.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/hint.h"
#include "kcore_guest.h"
#include "port/procfile.h"

/* Page types are the highest byte of the mapcount, include/linux/page-flags.h of Linux 6.12. */
#define TYPE_BUDDY	0xf0000000U
#define TYPE_UNACCEPTED	0xf7000000U

#define ORDERS_MAX	20U	/* x86 has 11 */

int kcore_guest_check_xen(const char *guest_type, struct error *err)
{
	char text[16];

	if (procfile_read(guest_type, text, sizeof(text)) || strcmp(text, "PV\n") != 0)
		return 0;
	error_set(err, "paravirtualized guests of Xen (PV) are not supported, because their page tables hold machine addresses\nuse xl dump-core in the control domain, or run the guest as PVH or HVM");
	return -EOPNOTSUPP;
}

/*
 * The kernel gives each processor that it starts a page for its registers (VMSA), which
 * only the processor itself may touch while it runs. Neither the page flags nor /proc/kcore
 * tell it from other pages. Linux 6.16 marks them before it starts a crash kernel.
 */
int kcore_guest_check_snp(const char *device, unsigned int cpus, struct error *err)
{
	if (cpus < 2 || access(device, F_OK))
		return 0;
	error_set(err, "guests of AMD SEV-SNP with several processors are not supported, because reading the pages that hold the processors' registers may hang the system\ndump the guest by kdump, or start it with one processor");
	return -EOPNOTSUPP;
}

/* The value of nr_unaccepted, 0 if the kernel has no such line. */
static int kcore_guest_count(int vmstat, u64 *count, const char *name, struct error *err)
{
	static const char key[] = "nr_unaccepted ";
	char text[PROCFILE_MAX];
	int rc = procfile_read_fd(vmstat, text, sizeof(text));

	*count = 0;
	if (rc) {
		error_set(err, "cannot read %s: %s\n%s", name, strerror(-rc),
			  hint_of(HINT_KERNEL, -rc));
		return rc;
	}
	if (!procfile_find(text, key) || procfile_number(text, key, "\n", count))
		return 0;
	error_set_code(err, ERROR_BAD_MEMORY_IMAGE, "%s: nr_unaccepted is not a number", name);
	return -EINVAL;
}

/* The page type of a block that is not accepted, 0 if the kernel has none. */
static u32 kcore_guest_type(const struct vmcoreinfo *vi)
{
	u64 type;

	if (vmcoreinfo_num(vi, "NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)", &type))
		return (u32)type;
	/* VMCOREINFO has it only in later kernels, but this encoding came with it. */
	if (vmcoreinfo_num(vi, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", &type) &&
	    (u32)type == TYPE_BUDDY)
		return TYPE_UNACCEPTED;
	return 0;
}

int kcore_guest_find_unaccepted(struct kcore_pages *pages, const struct kcore_elf *elf, int vmstat,
				const char *name, struct error *err)
{
	struct vmcoreinfo vi = { elf->vmcoreinfo, elf->vmcoreinfo_size };
	u64 count, orders;
	int rc = kcore_guest_count(vmstat, &count, name, err);

	if (rc || !count)
		return rc;
	pages->unaccepted = kcore_guest_type(&vi);
	if (!pages->unaccepted || !vmcoreinfo_num(&vi, "LENGTH(zone.free_area)", &orders) ||
	    !orders || orders > ORDERS_MAX) {
		error_set(err, "%llu MiB of memory are not accepted from the hypervisor yet, and this kernel does not tell which\nuse the kernel module, or boot with accept_memory=eager",
			  (unsigned long long)(count >> (20 - elf->arch->page_shift)));
		return -EOPNOTSUPP;
	}
	pages->block = 1U << (orders - 1);
	return 0;
}
