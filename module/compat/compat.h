/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * compat.h - differences between kernel versions. LIVEDUMP_HAVE_X is defined if
 * probe_x.c in this directory compiles against the kernel; see Kbuild.
 */
#ifndef LIVEDUMP_COMPAT_H
#define LIVEDUMP_COMPAT_H

#include <linux/delay.h>
#include <linux/freezer.h>
#include <linux/fs.h>
#include <linux/ioprio.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/page-flags.h>
#include <linux/sched.h>
#include <linux/sched/isolation.h>
#include <linux/workqueue.h>

#ifdef LIVEDUMP_HAVE_VMCORE_INFO
#include <linux/vmcore_info.h>
#else
#include <linux/crash_core.h>
#endif

/*
 * Begin vfs_iocb_iter_write(), unless the file system is frozen. That function
 * holds off a freeze by itself if there is file_write_not_started(), which came
 * with this change (6.8). To hold it off here, too, would be a deadlock with a
 * freeze that comes between the two. Before, the caller had to.
 */
#if defined(LIVEDUMP_HAVE_VFS_STARTS_WRITE)
static inline bool livedump_try_start_write(struct file *file)
{
	struct super_block *sb = file_inode(file)->i_sb;

	if (!sb_start_write_trylock(sb))
		return false;
	sb_end_write(sb);
	return true;
}

static inline void livedump_end_write(struct file *file)
{
}
#elif defined(LIVEDUMP_HAVE_CALL_WRITE_ITER)	/* this went away later */
static inline bool livedump_try_start_write(struct file *file)
{
	return sb_start_write_trylock(file_inode(file)->i_sb);
}

static inline void livedump_end_write(struct file *file)
{
	sb_end_write(file_inode(file)->i_sb);
}
#else
#error "livedump does not know whether vfs_iocb_iter_write() of this kernel holds off a freeze"
#endif

/*
 * Whether the current task may write to the file, and whose rights count for
 * truncating it: those of the opener, too, or of the current task only, where
 * the kernel does not let a module ask the former.
 */
#ifdef LIVEDUMP_HAVE_RW_VERIFY_AREA
static inline int livedump_may_write(struct file *file)
{
	loff_t pos = 0;

	return rw_verify_area(WRITE, file, &pos, 1);
}

#define livedump_truncate_cred(file)	((file)->f_cred)
#else
static inline int livedump_may_write(struct file *file)
{
	return 0;
}

#define livedump_truncate_cred(file)	current_cred()
#endif

#ifndef IOPRIO_DEFAULT
#define IOPRIO_DEFAULT	IOPRIO_PRIO_VALUE(IOPRIO_CLASS_NONE, 0)
#endif

/*
 * Sleep without adding to the load average, where the kernel has a function for
 * that. The sleep is too short to be taken for a hang.
 */
static inline void livedump_usleep_idle(unsigned long min, unsigned long max)
{
#ifdef LIVEDUMP_HAVE_USLEEP_STATE
	usleep_range_state(min, max, TASK_IDLE);
#else
	usleep_range(min, max);
#endif
}

/* page_ref_count() takes no const pointer in all kernels. */
static inline int livedump_page_ref_count(const struct page *page)
{
	return atomic_read(&page->_refcount);
}

/* The name that it had before. */
#ifndef module_put_and_kthread_exit
#define module_put_and_kthread_exit(code)	module_put_and_exit(code)
#endif

/*
 * The processors that are not isolated, under RCU: since Linux 7.0 others are isolated while
 * the system runs. Before 5.18 the kernel had another name for
 * them, and the number of a bit for a bit.
 */
static inline const struct cpumask *livedump_housekeeping_cpus(void)
{
#ifdef LIVEDUMP_HAVE_HK_TYPE
	return housekeeping_cpumask(HK_TYPE_DOMAIN);
#else
	return housekeeping_cpumask(HK_FLAG_DOMAIN);
#endif
}

/* Whose workers the scheduler may put on any processor. The old name is deprecated. */
#ifdef LIVEDUMP_HAVE_DFL_WQ
#define livedump_unbound_wq		system_dfl_wq
#else
#define livedump_unbound_wq		system_unbound_wq
#endif

/* The state of a sleep in which the freezers may stop the task. Otherwise they wait for it. */
#ifdef TASK_FREEZABLE
#define LIVEDUMP_TASK_FREEZABLE		TASK_FREEZABLE
#else
#define LIVEDUMP_TASK_FREEZABLE		0
#endif

/* Before Linux 6.1 there is none, and a suspend fails if the task does not stop by itself. */
static inline void livedump_try_to_freeze(void)
{
#ifndef TASK_FREEZABLE
	try_to_freeze();
#endif
}

static inline unsigned long livedump_page_flags(const struct page *page)
{
#ifdef LIVEDUMP_HAVE_MEMDESC_FLAGS
	return READ_ONCE(page->flags.f);
#else
	return READ_ONCE(page->flags);
#endif
}

/*
 * Exclude drivers that take single pages away, see module/crew/hotplug.c. Kernels
 * before 5.14 have no such lock. Their drivers do not promise the hypervisor to
 * leave removed memory alone, so it lets them read it.
 */
#ifdef LIVEDUMP_HAVE_PAGE_OFFLINE
#define livedump_page_offline_begin()	page_offline_begin()
#define livedump_page_offline_end()	page_offline_end()
#else
#include <linux/virtio_mem.h>
#ifdef VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE
#error livedump cannot keep drivers of this kernel from removing pages while they are read
#endif
#define livedump_page_offline_begin()	do { } while (0)
#define livedump_page_offline_end()	do { } while (0)
#endif

/*
 * Whether struct pages of huge pages of programs were, or are about to be, mapped to the
 * same page frames (HVO). Each of these is set before page tables are changed: up to 6.19 a
 * switch that counts such huge pages, later the page frame that a zone has for them.
 */
static inline bool livedump_hvo_is_used(void)
{
	/* The other is its name up to Linux 5.18. */
#if !defined(CONFIG_HUGETLB_PAGE_OPTIMIZE_VMEMMAP) && \
	!defined(CONFIG_HUGETLB_PAGE_FREE_VMEMMAP)
	return false;
#elif defined(LIVEDUMP_HAVE_HVO_KEY)
	return static_key_enabled(&hugetlb_optimize_vmemmap_key);
#elif defined(LIVEDUMP_HAVE_VMEMMAP_TAILS)
	int nid;

	for_each_online_node(nid)
		for (unsigned int i = 0; i < MAX_NR_ZONES; i++)
			for (unsigned int order = 0; order < NR_VMEMMAP_TAILS; order++)
				if (READ_ONCE(NODE_DATA(nid)->node_zones[i].vmemmap_tails[order]))
					return true;
	return false;
#else
	return true;
#endif
}

/*
 * Whether the struct page says that the system has not accepted a block from the
 * hypervisor yet. If it does not, that means nothing: see module/source/unaccepted.c.
 */
static inline bool livedump_page_unaccepted(const struct page *page)
{
#ifdef LIVEDUMP_HAVE_UNACCEPTED
	return PageUnaccepted(page);
#else
	return false;
#endif
}

/*
 * Compressed user memory. Kernels without this page type give it a mapping that
 * says it is movable.
 */
#if IS_ENABLED(CONFIG_ZSMALLOC) && !defined(LIVEDUMP_HAVE_ZSMALLOC) && \
	!defined(PAGE_MAPPING_MOVABLE)
#error "livedump cannot recognize zsmalloc's pages, which hold user memory, on this kernel"
#endif

static inline bool livedump_page_zsmalloc(const struct page *page)
{
#ifdef LIVEDUMP_HAVE_ZSMALLOC
	return PageZsmalloc(page);
#else
	return false;
#endif
}

/*
 * Whether a program has mapped a page of the kernel's. In newer kernels the pages of
 * a large folio need not have counts of their own.
 */
#if defined(CONFIG_NO_PAGE_MAPCOUNT) && !defined(LIVEDUMP_HAVE_LARGE_MAPCOUNT)
#error "livedump cannot tell which pages programs have mapped on this kernel"
#endif

static inline bool livedump_page_mapped(struct page *page)
{
#ifdef LIVEDUMP_HAVE_LARGE_MAPCOUNT
	const struct folio *folio = page_folio(page);

	if (folio_test_large(folio) && atomic_read(&folio->_large_mapcount) >= 0)
		return true;
#endif
	return atomic_read(&page->_mapcount) >= 0;
}

/*
 * All page tables of programs are on a list, in the struct pages of their roots, which
 * also tell whose they are. To look through it takes struct mm_struct, too, of which
 * some kernels do not know whose it is.
 */
#if defined(CONFIG_MEMCG) && defined(LIVEDUMP_HAVE_PTDESC_MM)
#define LIVEDUMP_HAVE_ROOTS
static inline struct list_head *livedump_root_node(struct page *page)
{
	return &page_ptdesc(page)->pt_list;
}

static inline struct page *livedump_root_page(struct list_head *node)
{
	return ptdesc_page(container_of(node, struct ptdesc, pt_list));
}

static inline struct mm_struct *livedump_root_mm(struct page *page)
{
	return READ_ONCE(page_ptdesc(page)->pt_mm);
}
#elif defined(CONFIG_MEMCG) && defined(LIVEDUMP_HAVE_PAGE_MM)
#define LIVEDUMP_HAVE_ROOTS
static inline struct list_head *livedump_root_node(struct page *page)
{
	return &page->lru;
}

static inline struct page *livedump_root_page(struct list_head *node)
{
	return container_of(node, struct page, lru);
}

static inline struct mm_struct *livedump_root_mm(struct page *page)
{
	return READ_ONCE(page->pt_mm);
}
#endif

/* What a test module may call of the module that module/build -t builds. */
#ifdef CONFIG_LIVEDUMP_TWICE
#define EXPORT_SYMBOL_FOR_TESTS(name)	EXPORT_SYMBOL_GPL(name)
#else
#define EXPORT_SYMBOL_FOR_TESTS(name)	struct livedump_no_export
#endif

#endif
