/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * x86_64_guest.h - what an x86-64 processor tells of the virtual machine in which it is.
 *
 * This is of the processor at hand, not of an architecture that is dumped, so it is no
 * part of struct ld_arch. Both engines decide by it what they must not read.
 */
#ifndef LIVEDUMP_X86_64_GUEST_H
#define LIVEDUMP_X86_64_GUEST_H

#include "port/port.h"

/* Sets @regs to what CPUID has for @leaf: eax, ebx, ecx, edx. */
typedef void (*ld_cpuid_fn)(u32 leaf, u32 *regs);

/* A processor leaves this bit clear. Hypervisors set it. */
#define LD_CPUID_FEATURES		1U
#define LD_CPUID_ECX_HYPERVISOR		(1U << 31)

/* AMD's manual, volume 2, 15.34: the features of encrypted memory, and SEV_STATUS. */
#define LD_CPUID_EXTENDED_MAX		0x80000000U
#define LD_CPUID_ENCRYPTION		0x8000001fU
#define LD_CPUID_EAX_SEV		(1U << 1)
#define LD_MSR_SEV_STATUS		0xc0010131U
#define LD_SEV_STATUS_SNP		(1U << 2)

/*
 * Microsoft's Hypervisor Top Level Functional Specification, "Feature Discovery": the last
 * leaf and "Microsoft Hv", and in ebx what this partition may do. Linux decides by the
 * same two bits what it is: hv_identify_partition_type() in its drivers/hv/hv_common.c.
 */
#define LD_CPUID_HYPERV			0x40000000U
#define LD_CPUID_HYPERV_EBX		0x7263694dU
#define LD_CPUID_HYPERV_ECX		0x666f736fU
#define LD_CPUID_HYPERV_EDX		0x76482074U
#define LD_CPUID_HYPERV_FEATURES	0x40000003U
#define LD_CPUID_EBX_CREATE_PARTITIONS	(1U << 0)
#define LD_CPUID_EBX_ISOLATION		(1U << 22)

static inline bool ld_guest_is(ld_cpuid_fn cpuid)
{
	u32 regs[4];

	cpuid(LD_CPUID_FEATURES, regs);
	return regs[2] & LD_CPUID_ECX_HYPERVISOR;
}

/* Whether this may be a guest of AMD SEV. SEV_STATUS, which it then has, tells the kind. */
static inline bool ld_guest_may_be_sev(ld_cpuid_fn cpuid)
{
	u32 regs[4];

	if (!ld_guest_is(cpuid))
		return false;
	cpuid(LD_CPUID_EXTENDED_MAX, regs);
	if (regs[0] < LD_CPUID_ENCRYPTION)
		return false;
	cpuid(LD_CPUID_ENCRYPTION, regs);
	return regs[0] & LD_CPUID_EAX_SEV;
}

/*
 * Whether this runs guests of Hyper-V, as the root partition or in one (L1VH). It gives
 * pages to the hypervisor for them, which from then on nobody else may touch.
 */
static inline bool ld_guest_is_hyperv_parent(ld_cpuid_fn cpuid)
{
	u32 regs[4];

	if (!ld_guest_is(cpuid))
		return false;
	cpuid(LD_CPUID_HYPERV, regs);
	if (regs[0] < LD_CPUID_HYPERV_FEATURES || regs[1] != LD_CPUID_HYPERV_EBX ||
	    regs[2] != LD_CPUID_HYPERV_ECX || regs[3] != LD_CPUID_HYPERV_EDX)
		return false;
	cpuid(LD_CPUID_HYPERV_FEATURES, regs);
	return regs[1] & LD_CPUID_EBX_CREATE_PARTITIONS && !(regs[1] & LD_CPUID_EBX_ISOLATION);
}

#ifndef __KERNEL__
#ifdef __x86_64__
#include <cpuid.h>

static inline void ld_cpuid(u32 leaf, u32 *regs)
{
	__cpuid_count(leaf, 0, regs[0], regs[1], regs[2], regs[3]);
}
#else
static inline void ld_cpuid(u32 leaf, u32 *regs)
{
	(void)leaf;
	memset(regs, 0, 4 * sizeof(*regs));
}
#endif
#endif

#endif
