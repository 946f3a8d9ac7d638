/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * source_kcore.h - the memory source that needs no kernel module: content from
 * /proc/kcore, page flags from /proc/kpageflags and from the struct pages.
 */
#ifndef LIVEDUMP_SOURCE_KCORE_H
#define LIVEDUMP_SOURCE_KCORE_H

#include "base/error.h"
#include "core/source.h"

struct kcore_options {
	/*
	 * The directory with kcore, kpageflags and iomem: "/proc", or a
	 * recorded one (see kcore_system.h).
	 */
	const char *dir;
	unsigned int workers;	/* number of threads that will read */
	unsigned int level;	/* dump level: 0 needs no page flags */
};

/*
 * Open and check all files; nothing is opened later. On success *src belongs to
 * the caller until kcore_close(). On failure returns a negative errno and says
 * in @err what is wrong and what to do about it.
 */
int kcore_open(const struct kcore_options *opt, struct ld_source **src, struct error *err);
void kcore_close(struct ld_source *src);

/*
 * Whether the memory that is reserved for a crash kernel is dumped like any other,
 * because a process without CAP_SYS_ADMIN is not told where it is.
 */
bool kcore_has_crash_kernel(const struct ld_source *src);

#endif
