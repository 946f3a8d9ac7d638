/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kcore_iomem.h - the memory that is reserved for a crash kernel, from
 * /proc/iomem.
 */
#ifndef LIVEDUMP_KCORE_IOMEM_H
#define LIVEDUMP_KCORE_IOMEM_H

#include "base/error.h"
#include "core/source.h"
#include "kcore_files.h"

#define KCORE_CRASH_SIZE	"kexec_crash_size"	/* of /sys/kernel; bytes, 0: none */

/* The memory of crash kernels, as ranges of page frames in the order of the file. */
struct kcore_crash {
	struct ld_range *range;	/* the caller frees it */
	unsigned int nr;
	bool hidden;		/* there is some, and the file does not say where */
};

/*
 * Read the "Crash kernel" lines of @fd. The kernel shows zeros instead of addresses to
 * a process without CAP_SYS_ADMIN: from such lines follows no range. On failure returns
 * a negative errno with @err set. @name is the file's name in messages.
 */
int kcore_iomem_crash(int fd, unsigned int page_shift, struct kcore_crash *crash,
		      const char *name, struct error *err);

/* Whether the kernel may have reserved memory for a crash kernel: it does not say none. */
bool kcore_iomem_may_be_reserved(const struct kcore_files *files);

#endif
