// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd_verify.c - savecore --verify: check a dump.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd_verify.h"
#include "savecore/capture/memory.h"
#include "savecore/sandbox/confine.h"
#include "input.h"
#include "port/threads.h"
#include "savecore/verify/verify.h"
#include "savecore/verify/verify_scratch.h"

int cmd_verify(const struct options *opt, struct error *err)
{
	struct verify_options options = {
		.threads = opt->threads ? opt->threads : threads_default(),
		.pipe = true,
		.memory = memory_default(false),
	};
	static const struct sandbox sandbox = SANDBOX_NOWHERE;
	const struct confine_params confined = {
		.off = opt->no_sandbox,
		.verbose = opt->verbose,
	};
	struct verify_report report;
	const char *name;
	char text[400];
	int fd, ret;

	fd = input_open(opt->input, &name, err);
	if (fd < 0)
		return EXIT_FAILURE;
	ret = scratch_prepare(fd, name, &options.scratch, err);
	if (!ret)
		ret = confine(&sandbox, NULL, &confined, err);
	if (!ret)
		ret = verify_dump(fd, name, &options, &report, err);
	close(fd);
	if (ret)
		return EXIT_FAILURE;
	verify_describe(text, sizeof(text), &report);
	printf("%s: %s\n", name, text);
	if (opt->verbose)
		verify_say_time(&report);
	return EXIT_SUCCESS;
}
