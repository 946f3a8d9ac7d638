// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * written [rules_off=BITS] [running=1] [loops=N] [wait=1]: a test module that has the tracker
 * of livedump.ko, built for tests, follow what is written to, writes to pages in many
 * ways, and prints how many of these the tracker names in a pause:
 *
 *	written: NAME: N of M named
 *
 * rules_off	TRACK_RULE_ bits of module/track/facts.h: rules that are not applied
 * running	a sweep comes between the writes and the pause
 * loops	only begin, sweep and end so many times
 * wait		do nothing until something is written to the parameter collect, and
 *		compare with the page tables at that moment when the module is
 *		unloaded: what the module itself has changed must be over by then
 *
 * At the end it compares the kernel's page tables with those before, but for their
 * accessed and dirty bits:
 *
 *	written: tables: N entries differ, M not dirty
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/jump_label.h>
#include <linux/kfence.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/proc_fs.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/stop_machine.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include <net/sock.h>

#include "core/pages/groups.h"
#include "module/source/source_kernel.h"
#include "module/track/facts.h"

#define PAGES	8U
#define ORDER	9U	/* a page of the direct map: nobody else writes there */

static unsigned int rules_off;
module_param(rules_off, uint, 0444);
static bool running;
module_param(running, bool, 0444);
static unsigned int loops;
module_param(loops, uint, 0444);
static bool wait;
module_param(wait, bool, 0444);

/* What the core needs here of its port; livedump.ko has its own. */
void *port_alloc(size_t size)
{
	return kvzalloc(size, GFP_KERNEL);
}

void port_free(void *mem, size_t size)
{
	kvfree(mem);
}

void port_relax(void)
{
}

#include "core/pages/groups.c"

static struct ld_control control;
static struct ld_source *src;
static struct ld_groups groups;
static struct ld_map named;	/* in the last round and in the pause */
static u64 *before;		/* the page tables, see tables_collect() */
static u64 nr_before;

static unsigned long pfn_of(void *addr)
{
	bool module = (unsigned long)addr >= MODULES_VADDR && (unsigned long)addr < MODULES_END;

	return module || is_vmalloc_addr(addr) ? vmalloc_to_pfn(addr) :
						 PHYS_PFN(virt_to_phys(addr));
}

/* A block of memory of the direct map for those that write by another mapping. */
static struct page *block_alloc(void)
{
	struct page *block = alloc_pages(GFP_KERNEL | __GFP_ZERO, ORDER);

	if (block)
		split_page(block, ORDER);
	return block;
}

static void block_free(struct page *block)
{
	for (unsigned int i = 0; block && i < 1U << ORDER; i++)
		put_page(block + i);
}

/* direct: by the direct map */

static struct page *direct;

static int direct_prepare(void)
{
	direct = block_alloc();
	return direct ? 0 : -ENOMEM;
}

static void direct_write(void)
{
	for (unsigned int i = 0; i < PAGES; i++)
		memset(page_address(direct + i), 1, 8);
}

static unsigned long direct_pfn(unsigned int i)
{
	return page_to_pfn(direct) + i;
}

static void direct_undo(void)
{
	block_free(direct);
}

/* vmalloc, quiet: nobody writes to quiet */

static u8 *area, *quiet;

static int vmalloc_prepare(void)
{
	area = vzalloc(PAGES * PAGE_SIZE);
	quiet = vzalloc(PAGES * PAGE_SIZE);
	return area && quiet ? 0 : -ENOMEM;
}

static void vmalloc_write(void)
{
	for (unsigned int i = 0; i < PAGES; i++)
		area[i * PAGE_SIZE] = 1;
}

static unsigned long vmalloc_pfn_at(unsigned int i)
{
	return vmalloc_to_pfn(area + i * PAGE_SIZE);
}

static unsigned long quiet_pfn(unsigned int i)
{
	return vmalloc_to_pfn(quiet + i * PAGE_SIZE);
}

static void vmalloc_undo(void)
{
	vfree(area);
	vfree(quiet);
}

/* vmap: a mapping that comes and goes between two looks */

static struct page *mapped;

static int vmap_prepare(void)
{
	mapped = block_alloc();
	return mapped ? 0 : -ENOMEM;
}

static void vmap_write(void)
{
	struct page *pages[PAGES];
	u8 *at;

	for (unsigned int i = 0; i < PAGES; i++)
		pages[i] = mapped + i;
	at = vmap(pages, PAGES, VM_MAP, PAGE_KERNEL);
	for (unsigned int i = 0; at && i < PAGES; i++)
		at[i * PAGE_SIZE] = 1;
	vunmap(at);
	/* The kernel unmaps lazily; this is how it is once it has. */
	vm_unmap_aliases();
}

static unsigned long vmap_pfn_at(unsigned int i)
{
	return page_to_pfn(mapped) + i;
}

static void vmap_undo(void)
{
	block_free(mapped);
}

/* lost: an attribute changes, and the dirty bit gets lost */

static u8 *attr;

static int lost_prepare(void)
{
	attr = vzalloc(PAGES * PAGE_SIZE);
	return attr ? 0 : -ENOMEM;
}

static void lost_write(void)
{
	unsigned int level;

	for (unsigned int i = 0; i < PAGES; i++) {
		u8 *at = attr + i * PAGE_SIZE;
		pte_t *pte = lookup_address((unsigned long)at, &level);

		WRITE_ONCE(*at, 1);
		if (pte && level == PG_LEVEL_4K)
			set_pte(pte, __pte((pte_val(*pte) & ~_PAGE_DIRTY) ^ _PAGE_NX));
	}
}

static unsigned long lost_pfn(unsigned int i)
{
	return vmalloc_to_pfn(attr + i * PAGE_SIZE);
}

static void lost_undo(void)
{
	vfree(attr);
}

/* percpu */

struct percpu_page {
	u8 data[PAGE_SIZE];
};

static struct percpu_page __percpu *percpu;

static int percpu_prepare(void)
{
	percpu = __alloc_percpu(sizeof(*percpu), 8);
	return percpu ? 0 : -ENOMEM;
}

static void percpu_write(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		per_cpu_ptr(percpu, cpu)->data[0]++;
}

static unsigned long percpu_pfn(unsigned int i)
{
	return pfn_of(per_cpu_ptr(percpu, i % nr_cpu_ids));
}

static void percpu_undo(void)
{
	free_percpu(percpu);
}

/* text: code is patched */

static DEFINE_STATIC_KEY_FALSE(key);

static noinline bool text_patched(void)
{
	return static_branch_unlikely(&key);
}

static int text_prepare(void)
{
	return text_patched() ? -EINVAL : 0;
}

static void text_write(void)
{
	static_branch_enable(&key);
}

static unsigned long text_pfn(unsigned int i)
{
	return pfn_of(text_patched);
}

static void text_undo(void)
{
	if (static_key_enabled(&key))
		static_branch_disable(&key);
}

/* image: code of the kernel's image is patched, near this function */

#define IMAGE_CODE	((u8 *)PTR_ALIGN_DOWN((u8 *)__alloc_skb, PAGE_SIZE))

static u8 *image;

static int image_prepare(void)
{
	image = vmalloc(2 * PAGE_SIZE);
	if (!image)
		return -ENOMEM;
	memcpy(image, IMAGE_CODE, 2 * PAGE_SIZE);
	return static_key_enabled(&memalloc_socks_key) ? -EBUSY : 0;
}

static void image_write(void)
{
	static_branch_enable(&memalloc_socks_key);
}

/* The page in which something has changed. */
static unsigned long image_pfn(unsigned int i)
{
	for (u8 *at = IMAGE_CODE; at < IMAGE_CODE + 2 * PAGE_SIZE; at += PAGE_SIZE)
		if (memcmp(at, image + (at - IMAGE_CODE), PAGE_SIZE))
			return PHYS_PFN(__pa_symbol(at));
	pr_err("no code was patched\n");
	return 0;
}

static void image_undo(void)
{
	if (static_key_enabled(&memalloc_socks_key))
		static_branch_disable(&memalloc_socks_key);
	vfree(image);
}

/* user: a program writes to pages of the kernel's */

static struct page *shared;
static unsigned long user;

static int user_mmap(struct file *file, struct vm_area_struct *vma)
{
	int err = 0;

	for (unsigned int i = 0; i < PAGES && !err; i++)
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, shared + i);
	return err;
}

static const struct proc_ops user_ops = {
	.proc_mmap = user_mmap,
};

static int user_prepare(void)
{
	struct file *file;

	/* The caller would be another one when the module is unloaded. */
	if (wait)
		return 0;
	shared = block_alloc();
	if (!shared || !proc_create("written", 0600, NULL, &user_ops))
		return -ENOMEM;
	file = filp_open("/proc/written", O_RDWR, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	user = vm_mmap(file, 0, PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	fput(file);
	return IS_ERR_VALUE(user) ? (int)user : 0;
}

static void user_write(void)
{
	for (unsigned int i = 0; i < PAGES; i++)
		if (put_user(1, (u8 __user *)(user + i * PAGE_SIZE)))
			pr_err("no user page\n");
}

static unsigned long user_pfn(unsigned int i)
{
	return page_to_pfn(shared) + i;
}

static void user_undo(void)
{
	if (wait)
		return;
	if (user && !IS_ERR_VALUE(user))
		vm_munmap(user, PAGES * PAGE_SIZE);
	remove_proc_entry("written", NULL);
	block_free(shared);
}

static const struct way {
	const char *name;
	int (*prepare)(void);
	void (*write)(void);
	unsigned long (*pfn)(unsigned int i);
	void (*undo)(void);
} ways[] = {
	{ "direct", direct_prepare, direct_write, direct_pfn, direct_undo },
	{ "vmalloc", vmalloc_prepare, vmalloc_write, vmalloc_pfn_at, vmalloc_undo },
	{ "quiet", NULL, NULL, quiet_pfn, NULL },
	{ "vmap", vmap_prepare, vmap_write, vmap_pfn_at, vmap_undo },
	{ "lost", lost_prepare, lost_write, lost_pfn, lost_undo },
	{ "percpu", percpu_prepare, percpu_write, percpu_pfn, percpu_undo },
	{ "text", text_prepare, text_write, text_pfn, text_undo },
	{ "image", image_prepare, image_write, image_pfn, image_undo },
	{ "user", user_prepare, user_write, user_pfn, user_undo },
};

static void take_all(unsigned int worker, unsigned int workers)
{
	for (u64 n = worker; n < groups.nr_chunks; n += workers) {
		u64 chunk = ld_groups_chunk(&groups, n);

		src->tracker->take(src, worker, chunk, ld_map_chunk(&named, chunk));
	}
}

static int pause_work(void *arg, unsigned int worker, unsigned int round)
{
	if (round == 0)
		return src->tracker->sweep_paused(src, worker, num_online_cpus());
	take_all(worker, num_online_cpus());
	return 0;
}

static int sweep_and_take(struct ld_tracker_counts *counts)
{
	int err = src->tracker->sweep(src, &control, counts);

	if (err)
		return err;
	take_all(0, 1);
	pr_info("sweep: changed %llu, always %llu, reclassify %llu, %llu us\n", counts->changed,
		counts->always, counts->reclassify, counts->scan_ns / 1000);
	return 0;
}

static void report(void)
{
	for (unsigned int w = 0; w < ARRAY_SIZE(ways); w++) {
		unsigned int n = 0;

		for (unsigned int i = 0; i < PAGES; i++)
			n += ld_map_any(&named, ways[w].pfn(i), ways[w].pfn(i) + 1);
		pr_info("%s: %u of %u named\n", ways[w].name, n, PAGES);
	}
}

static int follow(void)
{
	struct ld_tracker_counts counts;
	u64 pause_ns;
	int err;

	for (unsigned int i = 0; i < 3; i++) {
		err = sweep_and_take(&counts);
		if (err)
			return err;
	}
	memset(named.words, 0, ld_map_bytes(&groups));
	for (unsigned int w = 0; w < ARRAY_SIZE(ways); w++)
		if (ways[w].write)
			ways[w].write();
	if (running)
		err = sweep_and_take(&counts);
	if (!err)
		err = src->freezer->stop(src, num_online_cpus(), 2, pause_work, NULL, &pause_ns);
	if (err)
		return err;
	pr_info("pause of %llu us\n", pause_ns / 1000);
	report();
	return 0;
}

static int follow_loops(void)
{
	struct ld_tracker_counts counts;
	const char *why;
	int err = 0;

	for (unsigned int i = 0; i < loops && !err; i++) {
		err = src->tracker->begin(src, 2, LD_LEVEL_MAX, &why);
		if (!err)
			err = src->tracker->sweep(src, &control, &counts);
		src->tracker->end(src);
	}
	return err;
}

/* The direct map, the array of struct pages, and the kernel's image: nobody else changes these. */
struct tables {
	u64 *entries;		/* NULL: only count */
	u64 nr;
	u64 clean;		/* writable, but not dirty */
};

static bool tables_skip(u64 at, u64 span)
{
	return !(at + span > PAGE_OFFSET && at < PAGE_OFFSET + (src->max_pfn << PAGE_SHIFT)) &&
	       !(at + span > VMEMMAP_START && at < (u64)(vmemmap + src->max_pfn)) &&
	       !(at + (span - 1) >= __START_KERNEL_map && at < __START_KERNEL_map + SZ_512M);
}

static void tables_walk(struct tables *t, u64 *table, unsigned int level, u64 at)
{
	u64 span = 1ULL << (12 + (level - 1) * 9);
	unsigned int top = pgtable_l5_enabled() ? 5 : 4;

	for (unsigned int i = level == top ? 256 : 0; i < 512; i++) {
		u64 entry = READ_ONCE(table[i]);
		bool leaf = level == 1 || (entry & _PAGE_PSE && level <= 3);

		if (!entry || tables_skip(at + i * span, span))
			continue;
		if (t->entries && t->nr < nr_before)
			t->entries[t->nr] = entry & ~(_PAGE_ACCESSED | _PAGE_DIRTY);
		t->nr++;
		if (entry & _PAGE_PRESENT && leaf)
			t->clean += entry & _PAGE_RW && !(entry & _PAGE_DIRTY);
		else if (entry & _PAGE_PRESENT)
			tables_walk(t, __va(entry & PTE_PFN_MASK), level - 1, at + i * span);
	}
}

static int tables_collect(void *arg)
{
	unsigned int top = pgtable_l5_enabled() ? 5 : 4;

	tables_walk(arg, __va(read_cr3_pa()), top, 0 - (1ULL << (12 + top * 9)));
	return 0;
}

static int tables_before(void)
{
	struct tables t = {};

	stop_machine(tables_collect, &t, NULL);
	/* This allocation adds to other tables only. */
	nr_before = t.nr + 4096;
	before = vzalloc(nr_before * sizeof(u64));
	if (!before)
		return -ENOMEM;
	t = (struct tables){ .entries = before };
	stop_machine(tables_collect, &t, NULL);
	pr_info("tables: %llu entries, %llu not dirty\n", t.nr, t.clean);
	return 0;
}

static int collect_set(const char *val, const struct kernel_param *kp)
{
	return before ? -EBUSY : tables_before();
}

static const struct kernel_param_ops collect_ops = {
	.set = collect_set,
};

module_param_cb(collect, &collect_ops, NULL, 0200);

static int tables_after(void)
{
	u64 *after = vzalloc(nr_before * sizeof(u64)), differ = 0;
	struct tables t = { .entries = after };

	if (!after)
		return -ENOMEM;
	stop_machine(tables_collect, &t, NULL);
	for (u64 i = 0; i < nr_before; i++)
		differ += before[i] != after[i];
	pr_info("tables: %llu entries differ, %llu not dirty\n", differ, t.clean);
	vfree(after);
	return 0;
}

static int run_all(void)
{
	const char *why = NULL;
	int err;

	if (wait)
		return 0;
	err = tables_before();
	if (err)
		return err;
	if (loops) {
		err = follow_loops();
	} else {
		err = src->tracker->begin(src, num_online_cpus(), LD_LEVEL_MAX, &why);
		if (!err)
			err = follow();
		src->tracker->end(src);
	}
	if (why)
		pr_info("refused: %s\n", why);
	return err ?: tables_after();
}

static int prepare_and_run(void)
{
	int err = ld_groups_open(&groups, src);

	named.groups = &groups;
	named.words = vzalloc(ld_map_bytes(&groups));
	if (!named.words)
		err = -ENOMEM;
	for (unsigned int w = 0; w < ARRAY_SIZE(ways) && !err; w++)
		if (ways[w].prepare)
			err = ways[w].prepare();
	return err ?: run_all();
}

static void finish(void)
{
	for (unsigned int w = 0; w < ARRAY_SIZE(ways); w++)
		if (ways[w].undo)
			ways[w].undo();
	vfree(before);
	vfree(named.words);
	ld_groups_close(&groups);
	livedump_source_close(src);
}

static int __init written_init(void)
{
	int err = livedump_source_open(&src, &control, LD_MODE_FREEZE);

	if (err)
		return err;
	livedump_track_rules_off = rules_off;
	err = prepare_and_run();
	livedump_track_rules_off = 0;
	if (!err && wait)
		return 0;
	finish();
	/* All is done: the module need not be unloaded. */
	return err ?: -ENODEV;
}

static void __exit written_exit(void)
{
	if (before)
		tables_after();
	finish();
}

module_init(written_init);
module_exit(written_exit);

MODULE_DESCRIPTION("writes to memory in many ways");
MODULE_LICENSE("Dual BSD/GPL");
