/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * compat.h - differences between kernel versions. LIVEDUMP_HAVE_X is defined if
 * probe_x.c in this directory compiles against the kernel; see Kbuild.
 */
#ifndef LIVEDUMP_COMPAT_H
#define LIVEDUMP_COMPAT_H

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/sched.h>

#ifdef LIVEDUMP_HAVE_VMCORE_INFO
#include <linux/vmcore_info.h>
#else
#include <linux/crash_core.h>
#endif

/* The ID mapping of the mount, which notify_change() needs. */
#ifdef LIVEDUMP_HAVE_IDMAP
#define livedump_file_idmap(file)	file_mnt_idmap(file)
#else
#define livedump_file_idmap(file)	file_mnt_user_ns(file)
#endif

/* The state of a sleep in which the freezers may stop the task. Otherwise they wait for it. */
#ifdef TASK_FREEZABLE
#define LIVEDUMP_TASK_FREEZABLE		TASK_FREEZABLE
#else
#define LIVEDUMP_TASK_FREEZABLE		0
#endif

static inline unsigned long livedump_page_flags(const struct page *page)
{
#ifdef LIVEDUMP_HAVE_MEMDESC_FLAGS
	return READ_ONCE(page->flags.f);
#else
	return READ_ONCE(page->flags);
#endif
}

/* Memory that the system has not accepted from the hypervisor yet. Reading it is fatal. */
static inline bool livedump_page_unaccepted(const struct page *page)
{
#ifdef LIVEDUMP_HAVE_UNACCEPTED
	return PageUnaccepted(page);
#else
	return false;
#endif
}

/* Compressed user memory. Kernels without this page type give it a mapping. */
static inline bool livedump_page_zsmalloc(const struct page *page)
{
#ifdef LIVEDUMP_HAVE_ZSMALLOC
	return PageZsmalloc(page);
#else
	return false;
#endif
}

#endif
