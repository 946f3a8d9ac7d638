/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * budget.h - how much memory a dump may allocate for its page buffer.
 */
#ifndef LIVEDUMP_BUDGET_H
#define LIVEDUMP_BUDGET_H

#include "cgroup.h"
#include "core/request.h"

/*
 * Lower request->memory, what the caller allows, to what a dump whose threads are
 * in @c may have, as of now. For a freeze 0 becomes the share of the module. Lower
 * *@workers to what the group has memory for.
 */
void livedump_budget_apply(struct dump_request *request, unsigned int *workers,
			   const struct livedump_cgroup *c);

#endif
