/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json.h - print tasks and waits as JSON, for programs. Both functions return 0, or a
 * negative errno and set @err.
 */
#ifndef LIVEDUMP_WAITGRAPH_JSON_H
#define LIVEDUMP_WAITGRAPH_JSON_H

#include "graph.h"

/* @tasks ends with NULL. */
int json_print_tasks(FILE *out, const struct kernel *k, const struct unwind_fields *unwind,
		     const struct task **tasks, struct error *err);

/* @signature may be "". */
int json_print_waits(const struct graph *g, const char *signature, struct error *err);

#endif
