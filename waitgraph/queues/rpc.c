// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * rpc.c - who waits for an RPC waits for a bit of its state. It is on the list of all of
 * its client. Source: net/sunrpc/sched.c.
 */
#include <stdio.h>

#include "rpc.h"
#include "waitgraph/kernel/module_types.h"

#define RPC_NAME_SIZE	40U

static const struct field_row rpc_rows[NR_RPC_FIELDS] = {
	[RPC_STATE] = { "rpc_task", "tk_runstate", false },
	[RPC_LIST] = { "rpc_task", "tk_task", false },
	[RPC_XPRT] = { "rpc_task", "tk_xprt", false },
	[RPC_QUEUE] = { "rpc_task", "tk_waitqueue", false },
	[RPC_SERVER] = { "rpc_xprt", "servername", false },
	[RPC_QUEUE_NAME] = { "rpc_wait_queue", "name", true },
};

static const char *const rpc_functions[] = {
	"rpc_wait_bit_killable", "__rpc_execute", "__rpc_wait_for_completion_task",
	"rpc_wait_for_completion_task", NULL
};

/* It is a module, but on few kernels. */
void rpc_open(struct rpc_finder *r, const struct wait_finder *f)
{
	struct error ignored = { 0 };
	struct types types = { 0 };

	r->usable = finder_fields(f, rpc_rows, NR_RPC_FIELDS, r->fields);
	if (r->usable)
		return;
	r->usable = module_types_read(&types, f->k, "sunrpc") &&
		!types_fields(&types, rpc_rows, NR_RPC_FIELDS, r->fields, &ignored);
	types_free(&types);
}

/* Read the string that the member @field of the structure at @base points to. */
static bool rpc_string(const struct wait_finder *f, u64 base, const struct field *field,
		       char buf[RPC_NAME_SIZE])
{
	u64 at;

	return field->there && !field_read(f->k->m, base, field, &at) && at &&
		!memory_string(f->k->m, at, buf, RPC_NAME_SIZE);
}

void rpc_refine(const struct rpc_finder *r, const struct wait_finder *f, struct wait *wait)
{
	u64 task = wait->lock - r->fields[RPC_STATE].off, list, next, back, xprt, queue;
	char server[RPC_NAME_SIZE], name[RPC_NAME_SIZE];

	if (!finder_is_in(f, rpc_functions))
		return;
	wait->kind = &wait_kinds[KIND_RPC];
	list = task + r->fields[RPC_LIST].off;
	if (!r->usable || memory_u64(f->k->m, list, &next) ||
	    memory_u64(f->k->m, next + 8, &back) || back != list)
		return;
	wait->lock = task;
	if (field_read(f->k->m, task, &r->fields[RPC_XPRT], &xprt) || !xprt ||
	    !rpc_string(f, xprt, &r->fields[RPC_SERVER], server))
		return;
	wait->device = xprt;
	finder_set_about(wait, "server %s", server);
	if (!field_read(f->k->m, task, &r->fields[RPC_QUEUE], &queue) && queue &&
	    rpc_string(f, queue, &r->fields[RPC_QUEUE_NAME], name))
		finder_set_about(wait, "server %s, queue %s", server, name);
}
