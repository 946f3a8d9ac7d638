/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lists_module.h - whether the kernel's lists are whole in a live dump, for the core.
 */
#ifndef LIVEDUMP_LISTS_MODULE_H
#define LIVEDUMP_LISTS_MODULE_H

#include "core/checker.h"
#include "core/control.h"
#include "core/lists/lists.h"

struct livedump_lists {
	struct ld_checker checker;	/* what the core gets */
	struct ld_lists lists;		/* where this kernel has what */
	struct ld_lists_memory memory;	/* what is looked at: copies */
	const struct ld_pagebuf *copies;
	struct ld_again *again;		/* copies page frames again, valid during a look */
	const struct ld_control *control;
};

/*
 * The checker of a dump that @control can cancel, in @l, which must stay until the dump has
 * ended. @queues is what the caller says. NULL if the lists of this kernel are not known.
 */
struct ld_checker *livedump_lists_open(struct livedump_lists *l,
				       const struct ld_list_queues *queues,
				       const struct ld_control *control);

#endif
