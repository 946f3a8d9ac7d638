// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * arch_x86_64.c - what the module needs from x86-64.
 */
#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/uaccess.h>

#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/segment.h>
#ifdef LIVEDUMP_HAVE_CPUID_BASE
#include <asm/cpuid/api.h>
#endif

#include "arch.h"
#include "arch/x86_64_guest.h"

/* Whether QEMU's TCG emulates the processor. */
static bool arch_on_tcg(void)
{
#ifdef LIVEDUMP_HAVE_CPUID_BASE
	return cpuid_base_hypervisor("TCGTCGTCGTCG", 0);
#else
	return hypervisor_cpuid_base("TCGTCGTCGTCG", 0);
#endif
}

/*
 * In a Xen guest without address translation by the processor, page tables hold
 * machine addresses, not those that the kernel counts its memory by. A program
 * that reads the dump would follow them to other pages, or to none.
 */
static const char arch_xen_pv[] =
	"a paravirtualized guest of Xen (PV) cannot be dumped: use xl dump-core, or PVH or HVM";

/*
 * A guest of AMD SEV-SNP gives each processor that it starts a page for its registers
 * (VMSA), which only the processor itself may touch while it runs. Nothing tells these
 * pages from others.
 */
static const char arch_snp[] =
	"a guest of AMD SEV-SNP with several processors cannot be dumped: it might hang";

/*
 * Nothing marks the pages that Linux gives to the hypervisor for guests, and which it
 * may not touch afterwards.
 */
static const char arch_hyperv[] =
	"a system that runs guests of Hyper-V cannot be dumped: it may not read all its memory";

static void arch_cpuid(u32 leaf, u32 *regs)
{
	cpuid(leaf, &regs[0], &regs[1], &regs[2], &regs[3]);
}

/* A processor that does not have the register is not in a guest of SEV. */
static bool arch_on_snp(void)
{
	u32 low, high;

	return ld_guest_may_be_sev(arch_cpuid) &&
	       !rdmsr_safe(LD_MSR_SEV_STATUS, &low, &high) && low & LD_SEV_STATUS_SNP;
}

const char *livedump_arch_find_obstacle(void)
{
	if (boot_cpu_has(X86_FEATURE_XENPV))
		return arch_xen_pv;
	if (ld_guest_is_hyperv_parent(arch_cpuid))
		return arch_hyperv;
	return num_possible_cpus() > 1 && arch_on_snp() ? arch_snp : NULL;
}

/*
 * copy_mc_to_kernel() survives memory errors and pages that are not mapped only
 * on a processor with ERMS. On an emulated processor it is too slow: it copies a
 * byte at a time.
 */
bool livedump_arch_survives_mc(void)
{
	return IS_ENABLED(CONFIG_ARCH_HAS_COPY_MC) && boot_cpu_has(X86_FEATURE_ERMS) &&
	       !arch_on_tcg();
}

bool livedump_arch_copy_mc(void *to, const void *from)
{
#ifdef CONFIG_ARCH_HAS_COPY_MC
	return !copy_mc_to_kernel(to, from, PAGE_SIZE);
#else
	return false;
#endif
}

/* @frame points to the saved frame pointer, the return address, the caller's stack. */
size_t livedump_arch_registers(struct pt_regs *regs, const unsigned long *frame, void *caller)
{
	regs->bp = frame[0];
	regs->sp = (unsigned long)(frame + 2);
	regs->ip = (unsigned long)caller;
	regs->cs = __KERNEL_CS;
	regs->ss = __KERNEL_DS;
	regs->flags = native_save_fl();
	/* The layout of struct user_regs_struct begins with that of struct pt_regs. */
	return sizeof(*regs);
}

/*
 * vmemmap has its own page tables, mostly with huge pages, which vmalloc_to_pfn()
 * of older kernels does not know.
 */
unsigned long livedump_arch_vmemmap_pfn(const struct page *page)
{
	unsigned long addr = (unsigned long)page;
	unsigned int level;
	pte_t *pte = lookup_address(addr, &level);

	if (!pte)
		return 0;
	switch (level) {
	case PG_LEVEL_1G:
		return pud_pfn(*(pud_t *)pte) + ((addr & ~PUD_MASK) >> PAGE_SHIFT);
	case PG_LEVEL_2M:
		return pmd_pfn(*(pmd_t *)pte) + ((addr & ~PMD_MASK) >> PAGE_SHIFT);
	default:
		return pte_pfn(*pte);
	}
}

/*
 * A module cannot use the symbol at the end of the kernel image. But in the
 * address range for the image nothing else is mapped: its last mapped page is
 * the end.
 */
void livedump_arch_locate_kernel(struct ld_system *sys, u64 stext)
{
	u64 start, end = 0;
	u64 word;

	sys->phys_base = phys_base;
	if (stext < __START_KERNEL_map)
		return;
	start = round_down(stext, PMD_SIZE);
	for (u64 at = start; at < __START_KERNEL_map + KERNEL_IMAGE_SIZE; at += PMD_SIZE)
		if (!copy_from_kernel_nofault(&word, (const void *)(unsigned long)at, sizeof(word)))
			end = at + PMD_SIZE;
	if (!end)
		return;
	sys->kernel_vaddr = start;
	sys->kernel_paddr = start - __START_KERNEL_map + phys_base;
	sys->kernel_size = end - start;
}
