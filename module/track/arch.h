/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arch.h - what the tracker needs from the kernel's architecture. One of
 * module/track/arch_*.c implements it; Kbuild chooses which.
 */
#ifndef LIVEDUMP_TRACK_ARCH_H
#define LIVEDUMP_TRACK_ARCH_H

#include "module/tables/walk.h"

/* Why the page tables of this system cannot be used, or NULL. */
const char *track_arch_find_obstacle(void);

/*
 * Set the paging, the root and the address space of @tables. @root is the physical
 * address of the kernel's page tables, as VMCOREINFO has it. Returns false if the
 * current context uses other ones.
 */
bool track_arch_open(struct track_tables *tables, const struct ld_source *src, u64 root);

/*
 * Flush all that this processor has of translations, global ones, too, and those
 * of other address spaces. Interrupts are disabled.
 */
void track_arch_flush(void);

/* The end of the addresses of the kernel's image. */
u64 track_arch_image_end(void);

/*
 * Find out whether track_arch_count_patches() can be relied on. The first call stops all
 * processors, so it must not come when the module is loaded: that may be for a system with a
 * processor that does not answer, see livedump_answer_processors().
 */
void track_arch_find_patches(void);

/*
 * How often the kernel's code was patched since the system was started, about: what
 * counts is whether it is the same as before. Returns false if it is not known.
 */
bool track_arch_count_patches(u64 *count);

/* Page frames that the processor writes to by mappings that are not the kernel's. */
void track_arch_add_hidden(struct ld_map *map);

#endif
