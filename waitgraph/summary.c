// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * summary.c - find the waits in a dump, and print them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "summary.h"
#include "waitgraph/memory/memory_dump.h"
#include "waitgraph/report/json.h"
#include "waitgraph/report/print.h"

#define SUMMARY_LINES	20U		/* of the report; some more lines follow it */

/* What the report does not tell. */
static void summary_print_rest(const struct graph *g, const struct summary *s,
			       const char *signature)
{
	if (*signature)
		fprintf(g->out, "signature: %s\n", signature);
	if (strcmp(s->signature, signature) != 0)
		fprintf(g->out, "signature of what holds up %u: %s\n", s->pid, s->signature);
	if (g->waits->not_known)
		fprintf(g->out, "(%u kinds of lock are not known in this kernel)\n",
			g->waits->not_known);
	print_unreadable(g->out, g->k, g->tasks);
}

static int summary_print(struct graph *g, const struct summary *s, const char *signature,
			 struct error *err)
{
	FILE *out = g->out;
	char *text = NULL;
	size_t size;
	int ret;

	g->limits = s->format == SUMMARY_ALL ? GRAPH_ALL : GRAPH_SCREEN;
	g->out = open_memstream(&text, &size);
	ret = g->out ? graph_print(g, err) : -ENOMEM;
	if (g->out && fclose(g->out) && !ret)
		ret = -ENOMEM;
	g->out = out;
	if (ret) {
		error_set(err, "the report: not enough memory");
	} else {
		print_cut(out, text, s->format == SUMMARY_ALL ? UINT32_MAX : SUMMARY_LINES);
		summary_print_rest(g, s, signature);
	}
	free(text);
	return ret;
}

int summary_write(FILE *out, const struct reading *r, struct summary *s, struct error *err)
{
	char signature[SIGNATURE_SIZE];
	struct waits waits;
	struct graph g = {
		.out = out,
		.k = &r->k,
		.tasks = &r->tasks,
		.unwind = &r->unwind,
		.waits = &waits,
	};
	int ret, status = STATUS_UNREADABLE;

	ret = waits_find(&waits, &r->k, &r->tasks, &r->unwind, err);
	if (!ret)
		ret = graph_find(&g, err);
	if (!ret)
		ret = signature_make(&g, 0, signature, err);
	if (!ret && s->pid)
		ret = signature_make(&g, s->pid, s->signature, err);
	else if (!ret)
		memcpy(s->signature, signature, sizeof(s->signature));
	if (!ret && s->format == SUMMARY_JSON)
		ret = json_print_waits(&g, signature, err);
	else if (!ret && s->format == SUMMARY_DOT)
		ret = graph_draw(&g, err);
	else if (!ret)
		ret = summary_print(&g, s, signature, err);
	if (!ret)
		status = graph_hangs(&g) ? STATUS_HANGS : STATUS_FINE;
	graph_free(&g);
	waits_free(&waits);
	return status;
}

int summary_of_file(FILE *out, int fd, const char *name, struct summary *s, struct error *err)
{
	const struct kernel_files none = { { NULL, -1 }, { NULL, -1 } };
	struct memory_dump md;
	struct reading r;
	struct memory m;
	int status;

	s->signature[0] = '\0';
	if (memory_dump_open(&md, &m, fd, name, UINT64_MAX, err))
		return STATUS_UNREADABLE;
	status = reading_open(&r, &none, &m, &md.d.notes.vmcoreinfo, err);
	if (!status)
		status = summary_write(out, &r, s, err);
	reading_close(&r);
	if (!memory_dump_is_read(&md, err))
		status = STATUS_UNREADABLE;
	memory_dump_close(&md, &m);
	return status;
}
