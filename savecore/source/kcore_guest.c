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
#include <fcntl.h>
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
 * Linux has no list of the pages that it has given to the hypervisor, and no mark on them:
 * they look like any that the kernel has allocated.
 */
int kcore_guest_check_hyperv(ld_cpuid_fn cpuid, struct error *err)
{
	if (!ld_guest_is_hyperv_parent(cpuid))
		return 0;
	error_set(err, "a system that runs guests of Hyper-V (root partition, L1VH) is not supported, because it gives memory to the hypervisor that cannot be told from other memory, and reading it may crash the system\ndump the guests, or use kdump");
	return -EOPNOTSUPP;
}

/*
 * Whether SEV_STATUS says SEV-SNP, or a negative errno if that cannot be known. EIO is
 * the processor's answer: it does not have the register, which each guest of SEV has.
 */
static int kcore_guest_read_snp(const char *msr)
{
	int fd = open(msr, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), rc;
	u64 status;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = pread(fd, &status, sizeof(status), LD_MSR_SEV_STATUS);
	rc = n < 0 ? -errno : -ENODATA;
	close(fd);
	if (n == sizeof(status))
		return (status & LD_SEV_STATUS_SNP) != 0;
	return rc == -EIO ? 0 : rc;
}

/*
 * The kernel gives each processor that it starts a page for its registers (VMSA), which
 * only the processor itself may touch while it runs. Neither the page flags nor /proc/kcore
 * tell it from other pages. Linux 6.16 marks them before it starts a crash kernel.
 *
 * There may be no device although this is such a guest: /sys may be hidden, or to make
 * the device has failed. So its absence counts only if no processor could be in one.
 */
int kcore_guest_check_snp(const struct kcore_guest *guest, struct error *err)
{
	int rc = 0;

	if (guest->cpus < 2)
		return 0;
	if (access(guest->snp_device, F_OK)) {
		if (!ld_guest_may_be_sev(guest->cpuid))
			return 0;
		rc = kcore_guest_read_snp(guest->msr);
		if (!rc)
			return 0;
	}
	if (rc < 0) {
		error_set(err, "cannot tell whether this is a guest of AMD SEV-SNP, where reading the pages that hold the processors' registers may hang the system: cannot read %s: %s\nload the module msr (modprobe msr), or livedump.ko, which needs no such file",
			  guest->msr, strerror(-rc));
		return -EOPNOTSUPP;
	}
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
