/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kcore_pools.h - find out how the running kernel marks compressed user memory.
 */
#ifndef LIVEDUMP_KCORE_POOLS_H
#define LIVEDUMP_KCORE_POOLS_H

#include "core/source.h"
#include "kcore_pages.h"

/* Where the running kernel describes itself. Any may be missing. */
struct kcore_pools_files {
	const char *btf;	/* its type information */
	const char *zswap;	/* the directory of zswap's parameters */
	const char *meminfo;
};

/*
 * Fill in @pools for the running kernel, whose memory is @src. Returns 0, or -ENOMEM if
 * there is not enough memory to find out: the dump would have what it must not.
 */
int kcore_pools_find(struct kcore_pools *pools, const struct ld_source *src,
		     const struct kcore_pools_files *files);

#endif
