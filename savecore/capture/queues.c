// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * queues.c - find the run queues of the running kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queues.h"
#include "waitgraph/types/types.h"

/* Lines are "address type name", and "[module]" for what is a module's. */
static u64 queues_symbol(const char *path, const char *name)
{
	char *line = NULL, symbol[64], module[64];
	size_t size = 0;
	u64 addr, found = 0;
	FILE *f = fopen(path, "re");

	if (!f)
		return 0;
	while (!found && getline(&line, &size, f) > 0)
		if (sscanf(line, "%" SCNx64 " %*c %63s %63s", &addr, symbol, module) == 2 &&
		    !strcmp(symbol, name))
			found = addr;
	free(line);
	fclose(f);
	return found;
}

/* Returns 0, or a negative errno if they are not known. */
static int queues_members(struct ld_list_queues *queues, const char *path)
{
	static const struct field_row rows[] = {
		{ "rq", "curr", false },
		{ "rq", "idle", false },
	};
	struct kernel_file file = { path, open(path, O_RDONLY | O_CLOEXEC) };
	struct types types = { NULL };
	struct field f[2] = { { 0 } };
	struct error err = { 0 };
	int ret;

	if (file.fd < 0)
		return -errno;
	ret = types_read_file(&types, &file, NULL, &err);
	if (!ret)
		ret = types_fields(&types, rows, 2, f, &err);
	if (!ret && (f[0].size != sizeof(u64) || f[1].size != sizeof(u64)))
		ret = -ENOENT;
	queues->curr = f[0].off;
	queues->idle = f[1].off;
	types_free(&types);
	close(file.fd);
	return ret;
}

void queues_find_in(struct ld_list_queues *queues, const char *symbols, const char *btf)
{
	*queues = (struct ld_list_queues){ .addr = queues_symbol(symbols, "runqueues") };
	if (queues->addr && queues_members(queues, btf))
		*queues = (struct ld_list_queues){ 0 };
}

void queues_find(struct ld_list_queues *queues)
{
	queues_find_in(queues, "/proc/kallsyms", "/sys/kernel/btf/vmlinux");
}
