/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * engine_choose.h - which engine takes the dump.
 */
#ifndef LIVEDUMP_ENGINE_CHOOSE_H
#define LIVEDUMP_ENGINE_CHOOSE_H

#include "engine.h"

/* The engine of a dump. Open if @state is not NULL. */
struct engine_choice {
	const struct engine *engine;
	void *state;			/* see engine->open() */
	char why[128];			/* for the user: why this engine */
};

/*
 * Choose an engine for @job and open it. @name is "auto", "kcore" or "module".
 * @recorded: memory is read from files, which only engine kcore can do.
 * Returns 0 or a negative errno, with @err set.
 */
int engine_choose(struct engine_choice *choice, const char *name, bool recorded,
		  struct engine_job *job, struct error *err);

void engine_choice_close(struct engine_choice *choice);

#endif
