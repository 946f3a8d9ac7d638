/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * queues.h - where the running kernel has its run queues. The module needs to be told.
 */
#ifndef LIVEDUMP_QUEUES_H
#define LIVEDUMP_QUEUES_H

#include "core/lists/layout.h"

/*
 * By /proc/kallsyms and the kernel's types. All is 0 if they do not tell: a kernel without
 * them, or an administrator who hides addresses (kernel.kptr_restrict=2).
 */
void queues_find(struct ld_list_queues *queues);

/* The same, from the files @symbols and @btf. */
void queues_find_in(struct ld_list_queues *queues, const char *symbols, const char *btf);

#endif
