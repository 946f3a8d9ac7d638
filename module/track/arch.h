/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arch.h - the architecture-specific part of the tracker. One of
 * module/track/arch_*.c implements it; Kbuild chooses which.
 */
#ifndef LIVEDUMP_TRACK_ARCH_H
#define LIVEDUMP_TRACK_ARCH_H

#include "module/tables/walk.h"

/* The reason why the page tables of this system cannot be used, or NULL. */
const char *track_arch_find_obstacle(void);

/*
 * Set the paging, the root and the address ranges of @tables. @root is the physical
 * address of the kernel's page tables, from VMCOREINFO. Returns false if the page
 * tables at @root are not the ones in use.
 */
bool track_arch_open(struct track_tables *tables, const struct ld_source *src, u64 root);

/*
 * Flush the whole TLB of this processor, with global entries and those of other
 * address spaces. Interrupts are disabled.
 */
void track_arch_flush(void);

/* The end of the address range of the kernel image. */
u64 track_arch_image_end(void);

/*
 * Find out whether track_arch_count_patches() works. The first call stops all processors, so
 * do not call it while the module is loaded: the system may have a processor that does not
 * answer, see livedump_answer_processors().
 */
void track_arch_find_patches(void);

/*
 * Whether a large page of the direct map that was split must not be joined again: this machine
 * counts on its small entries.
 */
bool track_arch_keeps_split(void);

/*
 * Store in *@count a number that changes whenever the kernel's code is patched. Returns
 * false if it is not known.
 */
bool track_arch_count_patches(u64 *count);

/* Add to @map the page frames that the kernel writes while it uses other page tables. */
void track_arch_add_hidden(struct ld_map *map);

#endif
