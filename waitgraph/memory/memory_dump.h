/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memory_dump.h - memory that is read from a dump, by the page tables in it.
 */
#ifndef LIVEDUMP_WAITGRAPH_MEMORY_DUMP_H
#define LIVEDUMP_WAITGRAPH_MEMORY_DUMP_H

#include "dumpfile/frames/translate.h"
#include "memory.h"

struct memory_dump {
	struct dumpfile d;
	struct translation tables;
	int failed;			/* 0, or why reading failed first: a negative errno */
	struct error why;		/* the same, if it failed */
};

/*
 * Open the dump in the file @fd, whose name is @name, and @m as its memory. @md and
 * @name must stay valid until memory_dump_close(). Opening may take @memory bytes.
 * Returns 0, or a negative errno and sets @err: -ENOMEM before it takes more.
 */
int memory_dump_open(struct memory_dump *md, struct memory *m, int fd, const char *name,
		     u64 memory, struct error *err);
void memory_dump_close(struct memory_dump *md, struct memory *m);

/*
 * Whether all reading was done that the dump has pages for: not every page of a kernel is
 * in its dump, but the file, memory and time are to be had. Else sets @err, also if there
 * is an error in it, which came of that.
 */
bool memory_dump_is_read(const struct memory_dump *md, struct error *err);

#endif
