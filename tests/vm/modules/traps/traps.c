// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * traps.c - sets a trap for livedump, the one that its parameter names, until it
 * is unloaded. Afterwards the parameter "sprung" says how often a dump fell in.
 *
 * offline	a driver takes a page away, in the way of virtio-mem, just when a
 *		dump is about to copy it: after the dump has looked at the page
 * table	some of the memory is not accepted yet, says the firmware's table
 * count	some of the memory is not accepted yet, but no table says which
 * zfs		pages of a file cache, which are marked as OpenZFS marks its own
 * xenpv	the processor says that this is a guest of Xen without translation
 * note		the kernel names an address for VMCOREINFO that has no memory
 * oops		the thread of a dump with the number "thread" crashes: at its
 *		thousandth copy (100: each that copies), or thread 0 when it looks for VMCOREINFO
 *
 * A trap must not depend on chance, so all are set by kprobes or by what the
 * kernel exports. The names of the copying functions are all that they know of
 * livedump.
 */
#include <linux/delay.h>
#include <linux/efi.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/vmstat.h>

#include <asm/cpufeature.h>

MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("what a dump must not fall into");

#define PAGES	64

/* "read while it must not be", coded: it is to be in pages that nobody may read, only. */
#define MARK	"sfbe!xijmf!ju!nvtu!opu!cf"

static char *trap = "";
module_param(trap, charp, 0444);
#define EACH	100
static int thread;
module_param(thread, int, 0444);
static int sprung;
module_param(sprung, int, 0444);
static int tried;
module_param(tried, int, 0444);

static bool is_dump(void)
{
	return !strncmp(current->comm, "livedump/", 9) || !strncmp(current->comm, "migration/", 10);
}

static void fill(void *page)
{
	char *to = page;

	for (size_t at = 0; at < PAGE_SIZE; at++)
		to[at] = MARK[at % sizeof(MARK)] ? MARK[at % sizeof(MARK)] - 1 : 0;
}

/* Where a copying function is about to read: its arguments are to, from, size. */
static const void *copy_from(const struct pt_regs *regs)
{
	return (const void *)regs->si;
}

static int plain_copy(struct kprobe *kp, struct pt_regs *regs);
static struct kprobe copies[] = {
	{ .symbol_name = "copy_from_kernel_nofault", .pre_handler = plain_copy },
	{ .symbol_name = "copy_mc_to_kernel", .pre_handler = plain_copy },
};

static int (*on_copy)(struct pt_regs *regs);

static int plain_copy(struct kprobe *kp, struct pt_regs *regs)
{
	return regs->dx == PAGE_SIZE && is_dump() ? on_copy(regs) : 0;
}

static int watch_copies(int (*fn)(struct pt_regs *regs))
{
	int err;

	on_copy = fn;
	err = register_kprobe(&copies[0]);
	if (err)
		return err;
	err = register_kprobe(&copies[1]);
	if (err)
		unregister_kprobe(&copies[0]);
	return err;
}

static void unwatch_copies(void)
{
	unregister_kprobe(&copies[0]);
	unregister_kprobe(&copies[1]);
}

/* offline: a driver, and the dump that it waits for */

static struct page *pages[PAGES];
static struct task_struct *driver;
static struct page *wanted;	/* to be taken now; set by the copying thread */
static struct page *taken;	/* the last one */

static void take(struct page *page)
{
	page_offline_begin();
	__SetPageOffline(page);
	page_offline_end();
	/* Whatever a hypervisor does to a page that nobody reads any more. */
	fill(page_address(page));
	/* Pairs with offline_on_copy(). */
	smp_store_release(&taken, page);
}

static int driver_thread(void *arg)
{
	while (!kthread_should_stop()) {
		/* Pairs with offline_on_copy(). */
		struct page *page = smp_load_acquire(&wanted);

		if (page) {
			WRITE_ONCE(wanted, NULL);
			take(page);
		}
		cond_resched();
	}
	return 0;
}

/* Preemption is off here. Give the driver the time to take the page. */
static int offline_on_copy(struct pt_regs *regs)
{
	const void *from = copy_from(regs);

	for (unsigned int i = 0; i < PAGES; i++) {
		if (!pages[i] || from != page_address(pages[i]) || tried >= PAGES)
			continue;
		tried++;
		/* Pairs with driver_thread(). */
		smp_store_release(&wanted, pages[i]);
		for (unsigned int ms = 0; ms < 40; ms++) {
			/* Pairs with take(). */
			if (smp_load_acquire(&taken) == pages[i])
				break;
			mdelay(1);
		}
		/* What comes next reads the page. */
		sprung += READ_ONCE(taken) == pages[i];
		break;
	}
	return 0;
}

static int offline_set(void)
{
	for (unsigned int i = 0; i < PAGES; i++) {
		pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!pages[i])
			return -ENOMEM;
		memset(page_address(pages[i]), 0x55, PAGE_SIZE);
	}
	driver = kthread_run(driver_thread, NULL, "traps");
	if (IS_ERR(driver))
		return PTR_ERR(driver);
	return watch_copies(offline_on_copy);
}

static void offline_clear(void)
{
	unwatch_copies();
	kthread_stop(driver);
	for (unsigned int i = 0; i < PAGES; i++) {
		if (PageOffline(pages[i]))
			__ClearPageOffline(pages[i]);
		__free_page(pages[i]);
	}
}

/* table, count: memory that is not accepted yet */

#ifdef CONFIG_UNACCEPTED_MEMORY
static struct efi_unaccepted_memory *table;
static struct page *block;

static bool in_block(const void *from)
{
	const void *start = page_address(block);

	return from >= start && from < start + PMD_SIZE;
}

static int table_on_copy(struct pt_regs *regs)
{
	sprung += in_block(copy_from(regs));
	return 0;
}

/* One bit is set, for the 2 MiB at @block. */
static int table_set(void)
{
	block = alloc_pages(GFP_KERNEL, get_order(PMD_SIZE));
	table = (void *)get_zeroed_page(GFP_KERNEL);
	if (!block || !table)
		return -ENOMEM;
	for (size_t at = 0; at < PMD_SIZE; at += PAGE_SIZE)
		fill(page_address(block) + at);
	table->version = 1;
	table->unit_size = PMD_SIZE;
	table->phys_base = page_to_phys(block) - PMD_SIZE;
	table->size = sizeof(table->bitmap[0]);
	table->bitmap[0] = BIT(1);
	/* The kernel may look at the table as soon as it is there. */
	smp_wmb();
	efi.unaccepted = virt_to_phys(table);
	pr_info("traps: not accepted: %#llx\n", (u64)page_to_phys(block));
	return watch_copies(table_on_copy);
}

static void table_clear(void)
{
	unwatch_copies();
	efi.unaccepted = EFI_INVALID_TABLE_ADDR;
	free_page((unsigned long)table);
	__free_pages(block, get_order(PMD_SIZE));
}

static int count_set(void)
{
	block = alloc_page(GFP_KERNEL);
	if (!block)
		return -ENOMEM;
	mod_zone_page_state(page_zone(block), NR_UNACCEPTED, MAX_ORDER_NR_PAGES);
	return 0;
}

static void count_clear(void)
{
	mod_zone_page_state(page_zone(block), NR_UNACCEPTED, -(long)MAX_ORDER_NR_PAGES);
	__free_page(block);
}
#endif

/* zfs: what no dump of level 31 may have */

#define ZFS_ORDER	2
#define ZFS_MARK	0x2f5abdf11ecac4eUL	/* ABD_FILE_CACHE_PAGE of OpenZFS */

/* Every second page is a compound one, of which the head alone is marked. */
static unsigned int zfs_order(unsigned int i)
{
	return i & 1 ? ZFS_ORDER : 0;
}

static int zfs_set(void)
{
	for (unsigned int i = 0; i < PAGES; i++) {
		unsigned int order = zfs_order(i);

		pages[i] = alloc_pages(GFP_KERNEL | (order ? __GFP_COMP : 0), order);
		if (!pages[i])
			return -ENOMEM;
		for (size_t at = 0; at < PAGE_SIZE << order; at += PAGE_SIZE)
			fill(page_address(pages[i]) + at);
		get_page(pages[i]);
		SetPagePrivate(pages[i]);
		set_page_private(pages[i], ZFS_MARK);
	}
	return 0;
}

static void zfs_clear(void)
{
	for (unsigned int i = 0; i < PAGES; i++) {
		set_page_private(pages[i], 0);
		ClearPagePrivate(pages[i]);
		put_page(pages[i]);
		__free_pages(pages[i], zfs_order(i));
	}
}

/* xenpv */

static int xenpv_set(void)
{
	set_cpu_cap(&boot_cpu_data, X86_FEATURE_XENPV);
	return 0;
}

static void xenpv_clear(void)
{
	clear_bit(X86_FEATURE_XENPV, (unsigned long *)boot_cpu_data.x86_capability);
}

/* note */

static int note_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	regs->ax = 0x3ffffff00000;	/* above what any of these machines has */
	sprung++;
	return 0;
}

static struct kretprobe note_probe = {
	.kp.symbol_name = "paddr_vmcoreinfo_note",
	.handler = note_return,
};

static int note_set(void)
{
	return register_kretprobe(&note_probe);
}

static void note_clear(void)
{
	unregister_kretprobe(&note_probe);
}

/* oops */

static noinline void crash(void)
{
	WRITE_ONCE(*(int *)8, 0);
}

/* Whoever has called the function that is being entered calls crash() instead. */
static int crash_instead(struct pt_regs *regs)
{
	sprung++;
	regs->ip = (unsigned long)crash;
	return 1;
}

/* The number of the current thread, or -1 if it is not one that is to crash. */
static int my_number(void)
{
	int n = strncmp(current->comm, "livedump/", 9) ? -1 : current->comm[9] - '0';

	return n == thread || (n > 0 && thread == EACH) ? n : -1;
}

static int oops_on_copy(struct pt_regs *regs)
{
	static int copies[10];
	int n = my_number();

	return n >= 0 && n < 10 && ++copies[n] == 1000 ? crash_instead(regs) : 0;
}

static int oops_on_note(struct kprobe *kp, struct pt_regs *regs)
{
	return my_number() >= 0 && !sprung ? crash_instead(regs) : 0;
}

static struct kprobe oops_note = {
	.symbol_name = "paddr_vmcoreinfo_note",
	.pre_handler = oops_on_note,
};

static int oops_set(void)
{
	return thread ? watch_copies(oops_on_copy) : register_kprobe(&oops_note);
}

static void oops_clear(void)
{
	if (thread)
		unwatch_copies();
	else
		unregister_kprobe(&oops_note);
}

static const struct {
	const char *name;
	int (*set)(void);
	void (*clear)(void);
} traps[] = {
	{ "offline", offline_set, offline_clear },
#ifdef CONFIG_UNACCEPTED_MEMORY
	{ "table", table_set, table_clear },
	{ "count", count_set, count_clear },
#endif
	{ "zfs", zfs_set, zfs_clear },
	{ "xenpv", xenpv_set, xenpv_clear },
	{ "note", note_set, note_clear },
	{ "oops", oops_set, oops_clear },
};

static unsigned int which;

static int __init traps_init(void)
{
	for (which = 0; which < ARRAY_SIZE(traps); which++)
		if (!strcmp(traps[which].name, trap))
			return traps[which].set();
	return -EOPNOTSUPP;
}

static void __exit traps_exit(void)
{
	traps[which].clear();
}

module_init(traps_init);
module_exit(traps_exit);
