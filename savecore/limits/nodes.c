// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * nodes.c - where a cpuset or a policy leaves only some nodes, a process that wants more
 * than these have is killed, however much memory the others have. MemAvailable is that of
 * all nodes.
 */
#include <limits.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "nodes.h"
#include "port/procfile.h"

#define SYS	"/sys/devices/system/node"

static bool nodes_has(const struct node_set *nodes, unsigned int node)
{
	return nodes->words[node / 64] >> node % 64 & 1;
}

/* A number, after which @p is moved. NODES_MAX: there is none, or it is too large. */
static unsigned long nodes_parse_number(const char **p)
{
	char *end;
	unsigned long node;

	if (**p < '0' || **p > '9')
		return NODES_MAX;
	node = strtoul(*p, &end, 10);
	*p = end;
	return node < NODES_MAX ? node : NODES_MAX;
}

bool nodes_parse(const char *list, struct node_set *nodes)
{
	const char *p = list;

	*nodes = (struct node_set){ 0 };
	for (;;) {
		unsigned long first = nodes_parse_number(&p), last = first;

		if (*p == '-') {
			p++;
			last = nodes_parse_number(&p);
		}
		if (first > last || last >= NODES_MAX)
			return false;
		for (; first <= last; first++)
			nodes->words[first / 64] |= 1ULL << first % 64;
		if (*p != ',')
			return *p == '\n' || !*p;
		p++;
	}
}

bool nodes_of_policy(struct node_set *nodes)
{
	unsigned long mask[NODES_MAX / (8 * sizeof(unsigned long))] = { 0 };
	const unsigned int bits = 8 * sizeof(*mask);
	int mode;

	*nodes = (struct node_set){ 0 };
	/* The kernel takes one bit less than it is told. */
	if (syscall(SYS_get_mempolicy, &mode, mask, (unsigned long)NODES_MAX + 1, NULL, 0UL) ||
	    (mode & ~MPOL_MODE_FLAGS) != MPOL_BIND)
		return false;
	for (unsigned int i = 0; i < NODES_MAX; i++)
		nodes->words[i / 64] |= (u64)(mask[i / bits] >> i % bits & 1) << i % 64;
	return true;
}

/* Of a file of one node, where each line begins with its name. */
static u64 nodes_read_kib(const char *text, unsigned int node, const char *name)
{
	char key[48];
	u64 kib;

	snprintf(key, sizeof(key), "Node %u %s:", node, name);
	return procfile_number(text, key, " kB\n", &kib) ? kib : 0;
}

static u64 nodes_one_left(const char *sys, unsigned int node)
{
	char path[PATH_MAX], text[PROCFILE_MAX];

	snprintf(path, sizeof(path), "%s/node%u/meminfo", sys, node);
	procfile_read(path, text, sizeof(text));
	return (nodes_read_kib(text, node, "MemFree") +
		(nodes_read_kib(text, node, "Active(file)") +
		 nodes_read_kib(text, node, "Inactive(file)")) / 2) << 10;
}

u64 nodes_memory_left(const char *sys, const char *status, const struct node_set *policy)
{
	const char *list = procfile_find(status, "Mems_allowed_list:\t");
	struct node_set allowed, there;
	char path[PATH_MAX], text[PROCFILE_MAX];
	bool all = true;
	u64 left = 0;

	snprintf(path, sizeof(path), "%s/has_memory", sys);
	procfile_read(path, text, sizeof(text));
	if (!nodes_parse(text, &there))
		return UINT64_MAX;
	if (!list || !nodes_parse(list, &allowed))
		allowed = there;
	for (unsigned int node = 0; node < NODES_MAX; node++) {
		if (!nodes_has(&there, node))
			continue;
		if (!nodes_has(&allowed, node) || (policy && !nodes_has(policy, node)))
			all = false;
		else
			left += nodes_one_left(sys, node);
	}
	return all ? UINT64_MAX : left;
}

u64 nodes_own_memory_left(void)
{
	char status[PROCFILE_MAX];
	struct node_set policy;
	bool bound = nodes_of_policy(&policy);

	procfile_read("/proc/self/status", status, sizeof(status));
	return nodes_memory_left(SYS, status, bound ? &policy : NULL);
}
