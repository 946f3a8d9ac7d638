// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * confine.c - all threads of savecore enter the sandbox.
 */
#include <errno.h>
#include <stdio.h>

#include "port/say.h"
#include "confine.h"

struct watcher {
	const struct sandbox *sandbox;
	struct error err;
};

/* Runs in the watching thread, which was started before the sandbox. */
static void confine_watcher(void *arg)
{
	struct watcher *w = arg;

	sandbox_enter(w->sandbox, NULL, &w->err);
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
	ret = sandbox_enter(sandbox, &report, err);
	if (!ret && params->verbose)
		fprintf(say_err(), "savecore: confined: %s\n", report.text);
	return ret;
}

int confine(const struct sandbox *sandbox, struct progress *progress,
	    const struct confine_params *params, struct error *err)
{
	int ret = confine_threads(sandbox, progress, params, err);

	/* The threads that write what is said start in the sandbox. */
	if (!ret)
		say_begin();
	return ret;
}
