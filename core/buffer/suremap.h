/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * suremap.h - which page frames are the kernel's for sure.
 *
 * A page that is being filled for a program is on no list and in no mapping yet.
 * Its struct page looks like that of a page that the kernel uses for something
 * without a type of its own (LD_TYPE_KERNEL). So a page frame of that type is
 * the kernel's for sure only if the kernel has mapped it at an address of its
 * own, other than in the direct map of all memory: stacks, vmalloc, modules. All
 * other page types say for sure whose a page is.
 *
 * The type is that of the moment of the copy. The mappings are those of before it: a
 * stack may have become a program's page by then.
 */
#ifndef LIVEDUMP_SUREMAP_H
#define LIVEDUMP_SUREMAP_H

#include "core/control.h"
#include "core/pages/chunk.h"
#include "core/pages/groups.h"

struct ld_suremap {
	struct ld_map typed;	/* copied with such a type; words are NULL: not opened */
	struct ld_map mapped;
};

/*
 * Open maps of the page frames of @groups. Returns 0 or -ENOMEM. Close them in both
 * cases, and before @groups. They may be written in a pause.
 */
int ld_suremap_open(struct ld_suremap *sure, const struct ld_groups *groups);
void ld_suremap_close(struct ld_suremap *sure);

/*
 * Add the page frames that are mapped in the kernel's page tables now. If these
 * cannot be found, or are damaged, some are missing. Only one worker, @worker,
 * may use @src. Returns 0 or -ENOMEM, or -ECANCELED.
 */
int ld_suremap_add_mapped(struct ld_suremap *sure, struct ld_source *src, unsigned int worker,
			  const struct ld_control *control);

/* Those page frames of @frames are typed for which @scan has a type that is sure. */
void ld_suremap_set_types(struct ld_suremap *sure, u64 chunk, const u64 *frames,
			  const struct ld_scan *scan);

static inline bool ld_suremap_is_open(const struct ld_suremap *sure)
{
	return sure->typed.words;
}

#endif
