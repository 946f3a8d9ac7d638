/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * nodes.h - what memory there is on the NUMA nodes that this process may take it from.
 */
#ifndef LIVEDUMP_NODES_H
#define LIVEDUMP_NODES_H

#include "port/port.h"

#define NODES_MAX	1024U	/* MAX_NUMNODES of the largest kernels */

struct node_set {
	u64 words[NODES_MAX / 64];
};

/* A line as the kernel prints it, "0-3,7". False: it is another text. */
bool nodes_parse(const char *list, struct node_set *nodes);

/* The nodes that the policy of this thread confines it to. False: it does not. */
bool nodes_of_policy(struct node_set *nodes);

/*
 * Bytes that are free, or file cache of which half counts as free, on the nodes that
 * @status, the text of /proc/PID/status, allows and that are in @policy, which may be NULL.
 * @sys is /sys/devices/system/node. Returns UINT64_MAX if all nodes with memory may be
 * used, or nothing is known of them.
 */
u64 nodes_memory_left(const char *sys, const char *status, const struct node_set *policy);

/* The same of this thread. */
u64 nodes_own_memory_left(void);

#endif
