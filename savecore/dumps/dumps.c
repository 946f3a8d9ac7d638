// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * dumps.c - the live dumps in a directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "dumps.h"
#include "slots.h"

#define BLOCK	512		/* of st_blocks */
#define UNIT	4096ULL		/* in which file systems store files */

u64 dumps_disk_bytes(const struct stat *st)
{
	u64 taken = (u64)st->st_blocks * BLOCK, most = ((u64)st->st_size + UNIT - 1) / UNIT * UNIT;

	return taken < most ? taken : most;
}

struct dumps_search {
	struct dump_list *list;
	const struct trust *trust;
};

static int dumps_add(int dir, const char *name, void *arg)
{
	const struct dumps_search *search = arg;
	struct dump_list *list = search->list;
	struct stored_dump *array;
	struct stat st;
	u64 number;

	if (!slot_parse(name, "livecore", false, &number) ||
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return 0;
	if (!trust_knows(search->trust, &st)) {
		list->foreign++;
		return 0;
	}
	if (!S_ISREG(st.st_mode))
		return 0;
	array = slots_grow_array(list->dump, list->nr, sizeof(*array));
	if (!array)
		return -ENOMEM;
	list->dump = array;
	list->dump[list->nr++] = (struct stored_dump){
		.number = number,
		.bytes = (u64)st.st_size,
		.disk = dumps_disk_bytes(&st),
		.own = trust_owns(search->trust, &st),
	};
	return 0;
}

static int dumps_compare(const void *a, const void *b)
{
	const struct stored_dump *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

int dumps_read(struct dump_list *list, int dir, const struct trust *trust)
{
	struct dumps_search search = { .list = list, .trust = trust };
	int err;

	*list = (struct dump_list){ 0 };
	err = slots_each_name(dir, dumps_add, &search);
	if (err)
		dumps_free(list);
	else if (list->nr)
		qsort(list->dump, list->nr, sizeof(*list->dump), dumps_compare);
	return err;
}

void dumps_free(struct dump_list *list)
{
	free(list->dump);
	*list = (struct dump_list){ 0 };
}

int dumps_read_info(char *text, int dir, const char *name, const struct trust *trust,
		    trust_fn trusts)
{
	int fd = trust_open(trust, dir, name, trusts);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, text, DUMPS_INFO_MAX - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return (int)n;
	text[n] = '\0';
	return 0;
}
