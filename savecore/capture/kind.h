/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kind.h - which kind of dump is taken if the user leaves it open: a point-in-time
 * dump if its pause is short, else a live one.
 */
#ifndef LIVEDUMP_KIND_H
#define LIVEDUMP_KIND_H

#include "engine_choose.h"

struct kind {
	bool open;		/* a pre-copied dump is tried first; only with engine module */
	u64 memory;		/* for its page buffer: request.memory of a freeze */
	char why[256];		/* why the dump is of its kind; empty if it was not left open */
};

/*
 * Whether the loaded module takes pre-copied dumps at all. If not, ->why says so. Call
 * it before the sandbox is entered.
 */
bool kind_is_allowed(struct kind *kind);

/* The parameters of the loaded module. */
#define KIND_PARAMETERS	"/sys/module/livedump/parameters/"

/*
 * What the module in @parameters forbids is not asked for, as long as no user did: the boost,
 * and a pause that is longer than it allows. Call it before the sandbox is entered.
 */
void kind_obey_module(struct dump_request *request, const char *parameters);

/*
 * Take the dump with the engine of @choice. @request is that of @job, for a live
 * dump. If kind->open and a pre-copied one is taken, its mode and memory change to
 * those. Returns as the engine's dump() does.
 */
int kind_dump(struct kind *kind, const struct engine_choice *choice, struct engine_job *job,
	      struct dump_request *request);

#endif
