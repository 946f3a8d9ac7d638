// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * reading.c - read a kernel and its tasks.
 */
#include <errno.h>

#include "reading.h"

int reading_open(struct reading *r, const struct kernel_files *files, struct memory *m,
		 const struct vmcoreinfo *vi, struct error *err)
{
	int ret;

	*r = (struct reading){ 0 };
	ret = kernel_open(&r->k, m, vi, files, err);
	if (!ret)
		ret = unwind_prepare(&r->unwind, &r->k, err);
	if (!ret)
		ret = cpus_read(&r->cpus, &r->k, err);
	if (!ret)
		ret = tasks_read(&r->tasks, &r->k, &r->cpus, err);
	if (ret)
		return ret == -ENOMEM ? STATUS_UNREADABLE : STATUS_UNKNOWN;
	if (r->tasks.nr)
		return STATUS_FINE;
	error_set(err, "the list of tasks cannot be read: take another dump");
	return STATUS_UNREADABLE;
}

void reading_close(struct reading *r)
{
	tasks_free(&r->tasks);
	cpus_free(&r->cpus);
	kernel_close(&r->k);
}
