// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * confine.c - all threads of savecore enter the sandbox.
 */
#include <errno.h>
#include <stdio.h>

#include "base/say.h"
#include "confine.h"
#include "savecore/limits/limits.h"
#include "savecore/limits/memory.h"

/* Name the limit that is in the way of more memory. False: none is. */
static bool confine_name_limit(struct error *err)
{
	struct memory_limits limits;
	const char *name;

	memory_limits_read(&limits);
	name = memory_limits_name(&limits);
	if (name)
		error_set_code(err, ERROR_NO_MEMORY,
			       "not enough memory to enter the sandbox, because of %s\nraise it",
			       name);
	return name;
}

static int confine_thread(const struct sandbox *sandbox, struct sandbox_report *report,
			  struct error *err)
{
	struct error why = { 0 };
	int ret = sandbox_enter(sandbox, report, &why);

	if (ret && !(why.code == ERROR_NO_MEMORY && confine_name_limit(err)))
		error_take(err, NULL, &why);
	return ret;
}

struct watcher {
	const struct sandbox *sandbox;
	struct error err;
};

/* Runs in the watching thread, which was started before the sandbox. */
static void confine_watcher(void *arg)
{
	struct watcher *w = arg;

	confine_thread(w->sandbox, NULL, &w->err);
}

static int confine_threads(const struct sandbox *sandbox, struct progress *progress,
			   const struct confine_params *params, struct error *err)
{
	struct watcher watcher = { .sandbox = sandbox };
	struct sandbox_report report;
	int ret;

	if (params->off) {
		if (params->verbose)
			fputs("savecore: not confined, as requested\n", say_err());
		return 0;
	}
	if (progress)
		progress_run(progress, confine_watcher, &watcher);
	if (watcher.err.text[0]) {
		*err = watcher.err;
		return -EPERM;
	}
	ret = confine_thread(sandbox, &report, err);
	if (!ret && params->verbose)
		fprintf(say_err(), "savecore: confined: %s\n", report.text);
	return ret;
}

static int confine_dropper(void)
{
	static const struct sandbox nowhere = SANDBOX_NOWHERE;
	struct error err = { 0 };

	return confine_thread(&nowhere, NULL, &err);
}

static int confine_not_at_all(void)
{
	return 0;
}

static void confine_start_dropper(const struct confine_params *params)
{
	const struct dropper_params dropper = {
		.fds = params->drops,
		.nr = params->nr_drops,
		.confine = params->off ? confine_not_at_all : confine_dropper,
	};

	if (params->nr_drops && limits_leave_process())
		dropper_start(&dropper);
	else
		dropper_forbid();
}

int confine(const struct sandbox *sandbox, struct progress *progress,
	    const struct confine_params *params, struct error *err)
{
	int ret;

	confine_start_dropper(params);
	ret = confine_threads(sandbox, progress, params, err);

	/* The threads that write what is said start in the sandbox. */
	if (!ret)
		say_begin();
	return ret;
}
