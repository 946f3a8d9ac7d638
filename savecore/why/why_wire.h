/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * why_wire.h - what savecore and the process that reads the dump tell each other.
 */
#ifndef LIVEDUMP_WHY_WIRE_H
#define LIVEDUMP_WHY_WIRE_H

#include <stdio.h>
#include <sys/types.h>

#include "base/error.h"
#include "waitgraph/summary.h"

#define WHY_TEXT_MAX	14000U		/* bytes of a summary; the rest is cut */
#define WHY_NAME_MAX	256U

/* As summary_of_file(). */
typedef int why_fn(FILE *out, int fd, const char *name, struct summary *s, struct error *err);

/* With the descriptor of the dump. */
struct why_gift {
	u64 memory;			/* bytes that may be mapped beyond what is mapped */
	u32 sandbox;
	u32 pad;
};

struct why_question {
	char name[WHY_NAME_MAX];
	u32 pid;			/* whose hang it is about; 0: of no one */
};

/* Text of @size bytes follows: the summary, or an error. */
struct why_reply {
	u32 status;			/* see waitgraph/reading.h */
	u32 size;
	char signature[SIGNATURE_SIZE];
};

/* Read or write all of @size bytes. Returns 0 or a negative errno; -EPIPE at the end. */
int why_read(int fd, void *buf, size_t size);
int why_write(int fd, const void *buf, size_t size);

/* The other process; does not return. @parent: the process that started it. */
void why_child(int sock, pid_t parent, why_fn *summarize);

#endif
