// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd_verify.c - savecore --verify: is this dump good?
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd_verify.h"
#include "sandbox.h"
#include "threads.h"
#include "verify.h"

/* What a dump may make of libkdumpfile, and of savecore, is to harm nothing. */
static int confine(const struct options *opt, struct error *err)
{
	static const struct sandbox sandbox = SANDBOX_NOWHERE;
	struct sandbox_report report;
	int ret;

	if (opt->no_sandbox) {
		if (opt->verbose)
			fputs("savecore: not confined, as told\n", stderr);
		return 0;
	}
	ret = sandbox_enter(&sandbox, &report, err);
	if (!ret && opt->verbose)
		fprintf(stderr, "savecore: confined: %s\n", report.text);
	return ret;
}

int cmd_verify(const struct options *opt, struct error *err)
{
	struct verify_options options = {
		.threads = opt->threads ? opt->threads : threads_default(),
	};
	struct verify_report report;
	char text[400];
	int fd, ret;

	/* What is no file is refused, but only once it is open: do not wait for it. */
	fd = open(opt->verify, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		error_set(err, "%s: %s: name a dump that you may read", opt->verify,
			  strerror(errno));
		return EXIT_FAILURE;
	}
	ret = verify_scratch(fd, opt->verify, &options.scratch, err);
	if (!ret)
		ret = confine(opt, err);
	if (!ret)
		ret = verify_dump(fd, opt->verify, &options, &report, err);
	close(fd);
	if (ret)
		return EXIT_FAILURE;
	verify_describe(text, sizeof(text), &report);
	printf("%s: %s\n", opt->verify, text);
	if (opt->verbose)
		fprintf(stderr, "savecore: verified in %" PRIu64 ".%03" PRIu64 " s\n",
			report.elapsed_ns / 1000000000, report.elapsed_ns / 1000000 % 1000);
	return EXIT_SUCCESS;
}
