/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * source_kcore.h - the memory source of a stock kernel: /proc/kcore for the
 * content, /proc/kpageflags and the struct pages for the page flags.
 */
#ifndef LIVEDUMP_SOURCE_KCORE_H
#define LIVEDUMP_SOURCE_KCORE_H

#include "core/source.h"
#include "port/error.h"

struct kcore_options {
	/*
	 * Directory with kcore, kpageflags and iomem: "/proc", or one in
	 * which these were recorded.
	 */
	const char *dir;
	unsigned int workers;	/* how many threads will read */
	unsigned int level;	/* dump level: 0 needs no page flags */
};

/*
 * Open and check everything; nothing is opened later. On success *src is the
 * caller's until kcore_close(). On failure returns a negative errno and says
 * in @err what is wrong and what to do about it.
 */
int kcore_open(const struct kcore_options *opt, struct ld_source **src, struct error *err);
void kcore_close(struct ld_source *src);

#endif
