/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kcore_guest.h - what only virtual machines have: memory that is not accepted
 * from the hypervisor yet, and addresses that are not the kernel's own.
 */
#ifndef LIVEDUMP_KCORE_GUEST_H
#define LIVEDUMP_KCORE_GUEST_H

#include "arch/x86_64_guest.h"
#include "kcore_pages.h"

/*
 * @guest_type is the file in which Xen says what kind of guest this is; it need
 * not be there. Returns 0, or -EOPNOTSUPP with @err set for a kind whose memory
 * cannot be dumped.
 */
int kcore_guest_check_xen(const char *guest_type, struct error *err);

/*
 * Hosts of guests of Hyper-V. Returns 0, or -EOPNOTSUPP with @err set if some pages
 * cannot be read without harm.
 */
int kcore_guest_check_hyperv(ld_cpuid_fn cpuid, struct error *err);

/* Where to find out about the virtual machine. */
struct kcore_guest {
	ld_cpuid_fn cpuid;
	const char *snp_device;	/* the directory of the device that only guests of SEV-SNP have */
	const char *msr;	/* the file of a processor's model-specific registers */
	unsigned int cpus;	/* processors that the kernel may start */
};

/*
 * Guests of AMD SEV-SNP. Returns 0, or -EOPNOTSUPP with @err set if some pages cannot be
 * read without harm, or if it cannot be told whether there are such.
 */
int kcore_guest_check_snp(const struct kcore_guest *guest, struct error *err);

/*
 * If memory is not accepted yet, have @pages find it. @vmstat is the file of this
 * name in /proc. Returns 0, or a negative errno with @err set: -EOPNOTSUPP if the
 * kernel does not tell such memory from other memory. @name is the file's name in
 * messages.
 */
int kcore_guest_find_unaccepted(struct kcore_pages *pages, const struct kcore_elf *elf, int vmstat,
				const char *name, struct error *err);

#endif
