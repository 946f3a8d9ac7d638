/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ways.h - the ways in which written.c, which includes it, writes to pages.
 */
#ifndef WRITTEN_WAYS_H
#define WRITTEN_WAYS_H

#include <linux/delay.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/jump_label.h>
#include <linux/kfence.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/percpu.h>
#include <linux/proc_fs.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include <net/sock.h>

#define PAGES	8U
#define ORDER	9U	/* a page of the direct map: nobody else writes there */

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

static void *block_map(struct page *block)
{
	struct page *pages[PAGES];

	for (unsigned int i = 0; i < PAGES; i++)
		pages[i] = block + i;
	return vmap(pages, PAGES, VM_MAP, PAGE_KERNEL);
}

static void write_by_vmap(struct page *block)
{
	u8 *at = block_map(block);

	for (unsigned int i = 0; at && i < PAGES; i++)
		at[i * PAGE_SIZE] = 1;
	vunmap(at);
	/* The kernel unmaps lazily; this is how it is once it has. */
	vm_unmap_aliases();
}

static void vmap_write(void)
{
	write_by_vmap(mapped);
}

static unsigned long vmap_pfn_at(unsigned int i)
{
	return page_to_pfn(mapped) + i;
}

static void vmap_undo(void)
{
	block_free(mapped);
}

/* ring: mapped as a driver maps a ring if there is an IOMMU, and written unseen */

struct ring {
	struct page *block;
	u64 *map;
};

static struct ring ring, polled;

static int ring_open(struct ring *r)
{
	r->block = block_alloc();
	if (!r->block)
		return -ENOMEM;
	r->map = block_map(r->block);
	return r->map ? 0 : -ENOMEM;
}

static void ring_close(struct ring *r)
{
	vunmap(r->map);
	block_free(r->block);
}

static int ring_prepare(void)
{
	return ring_open(&ring);
}

static void ring_write(void)
{
	write_by_vmap(ring.block);
}

static unsigned long ring_pfn(unsigned int i)
{
	return page_to_pfn(ring.block) + i;
}

static void ring_undo(void)
{
	ring_close(&ring);
}

/* polled: the same, written only after the comparison, and then read by the driver */

static int polled_prepare(void)
{
	return ring_open(&polled);
}

static void polled_write(void)
{
	write_by_vmap(polled.block);
	for (unsigned int i = 0; i < PAGES; i++)
		READ_ONCE(polled.map[i * PAGE_SIZE / sizeof(u64)]);
}

static unsigned long polled_pfn(unsigned int i)
{
	return page_to_pfn(polled.block) + i;
}

static void polled_undo(void)
{
	ring_close(&polled);
}

/* under, over: the same as vmap, in the first and the last of much memory */

static struct page **raw;
static unsigned int nr_raw;

static int raw_prepare(void)
{
	raw = kvcalloc(raw_mb / 2 + 1, sizeof(*raw), GFP_KERNEL);
	if (!raw)
		return -ENOMEM;
	for (nr_raw = 0; nr_raw < raw_mb / 2; nr_raw++) {
		raw[nr_raw] = block_alloc();
		if (!raw[nr_raw])
			return -ENOMEM;
	}
	return 0;
}

static struct page *raw_block(bool last)
{
	struct page *block = raw[0];

	for (unsigned int i = 1; i < nr_raw; i++) {
		bool above = raw[i] > block;

		if (above == last)
			block = raw[i];
	}
	return block;
}

static void raw_write(void)
{
	if (!nr_raw)
		return;
	write_by_vmap(raw_block(false));
	write_by_vmap(raw_block(true));
}

static unsigned long under_pfn(unsigned int i)
{
	return nr_raw ? page_to_pfn(raw_block(false)) + i : 0;
}

static unsigned long over_pfn(unsigned int i)
{
	return nr_raw ? page_to_pfn(raw_block(true)) + i : 0;
}

static void raw_undo(void)
{
	while (nr_raw)
		block_free(raw[--nr_raw]);
	kvfree(raw);
}

/* kfence: nobody writes to these, but its page tables are changed all the time */

#define KFENCE_TRIES	1000000U

static void *guarded[PAGES];

static int kfence_prepare(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < KFENCE_TRIES && n < PAGES; i++) {
		void *obj = kmalloc(128, GFP_KERNEL);

		if (is_kfence_address(obj))
			guarded[n++] = obj;
		else
			kfree(obj);
		if (i % 64 == 0)
			usleep_range(100, 200);
#ifdef CONFIG_KFENCE
		/* Not turned on. */
		if (!READ_ONCE(__kfence_pool))
			break;
#else
		break;
#endif
	}
	return 0;
}

static unsigned long kfence_pfn(unsigned int i)
{
	return guarded[i] ? PHYS_PFN(virt_to_phys(guarded[i])) : 0;
}

static void kfence_undo(void)
{
	for (unsigned int i = 0; i < PAGES; i++)
		kfree(guarded[i]);
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

#define IMAGE_CODE	((u8 *)((unsigned long)__alloc_skb & PAGE_MASK))

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
	{ "ring", ring_prepare, ring_write, ring_pfn, ring_undo },
	{ "polled", polled_prepare, polled_write, polled_pfn, polled_undo },
	{ "under", raw_prepare, raw_write, under_pfn, raw_undo },
	{ "over", NULL, NULL, over_pfn, NULL },
	{ "kfence", kfence_prepare, NULL, kfence_pfn, kfence_undo },
	{ "lost", lost_prepare, lost_write, lost_pfn, lost_undo },
	{ "percpu", percpu_prepare, percpu_write, percpu_pfn, percpu_undo },
	{ "text", text_prepare, text_write, text_pfn, text_undo },
	{ "image", image_prepare, image_write, image_pfn, image_undo },
	{ "user", user_prepare, user_write, user_pfn, user_undo },
};

#endif
