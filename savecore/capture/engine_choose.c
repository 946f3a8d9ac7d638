// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * engine_choose.c - which engine takes the dump.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine_choose.h"
#include "include/uapi/livedump.h"

__attribute__((format(printf, 2, 3)))
static void choice_set_reason(struct engine_choice *choice, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(choice->why, sizeof(choice->why), fmt, ap);
	va_end(ap);
}

static int choice_open(struct engine_choice *choice, const struct engine *engine,
		       struct engine_job *job, struct error *err)
{
	choice->engine = engine;
	return engine->open(&choice->state, job, err);
}

/*
 * Engine module if it can take this dump, else engine kcore. If neither can,
 * the user is told the error of engine kcore.
 */
static int choice_open_any(struct engine_choice *choice, struct engine_job *job,
			   struct error *err)
{
	struct error ignored = { 0 };
	int ret = choice_open(choice, &engine_module, job, &ignored);

	switch (ret) {
	case 0:
		choice_set_reason(choice, "livedump.ko is loaded");
		return 0;
	case -ENOENT:
		choice_set_reason(choice, "no %s", LIVEDUMP_DEVICE);
		break;
	case -ESPIPE:
		choice_set_reason(choice, "the module cannot write streams");
		break;
	case -EOPNOTSUPP:
		choice_set_reason(choice, "the module is too old for a dry run");
		break;
	case -EPROTO:
		choice_set_reason(choice, "the module and savecore have different versions");
		break;
	default:
		choice_set_reason(choice, "%s: %s", LIVEDUMP_DEVICE, strerror(-ret));
	}
	return choice_open(choice, &engine_kcore, job, err);
}

int engine_choose(struct engine_choice *choice, const char *name, bool recorded,
		  struct engine_job *job, struct error *err)
{
	bool freeze = job->request->mode != LD_MODE_LIVE;
	bool any = !strcmp(name, "auto");
	bool module = freeze || !strcmp(name, "module");

	if (any && !recorded && !freeze)
		return choice_open_any(choice, job, err);
	if (!any)
		choice_set_reason(choice, "as requested");
	else if (freeze)
		choice_set_reason(choice, "--freeze needs the module");
	else
		choice_set_reason(choice, "--proc needs kcore");
	return choice_open(choice, module ? &engine_module : &engine_kcore, job, err);
}

void engine_choice_close(struct engine_choice *choice)
{
	if (choice->state)
		choice->engine->close(choice->state);
	choice->state = NULL;
}
