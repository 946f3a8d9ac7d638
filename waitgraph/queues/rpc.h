/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rpc.h - tasks that wait for an answer of a server: NFS.
 */
#ifndef LIVEDUMP_WAITGRAPH_RPC_H
#define LIVEDUMP_WAITGRAPH_RPC_H

#include "waitgraph/finder/finder.h"

enum rpc_field {
	RPC_STATE, RPC_LIST, RPC_XPRT, RPC_QUEUE,	/* of a task */
	RPC_SERVER, RPC_QUEUE_NAME,
	NR_RPC_FIELDS
};

struct rpc_finder {
	struct field fields[NR_RPC_FIELDS];
	bool usable;
};

void rpc_open(struct rpc_finder *r, const struct wait_finder *f);

/* If @wait, for a bit, is one for the answer to an RPC, tell so, and of which server. */
void rpc_refine(const struct rpc_finder *r, const struct wait_finder *f, struct wait *wait);

#endif
