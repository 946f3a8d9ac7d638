// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * main.c - savecore: take, verify or restore a dump of the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd_live.h"
#include "cmd_restore.h"
#include "cmd_verify.h"
#include "savecore/report/progress.h"

/*
 * Open standard streams that are closed, so that no other file gets their
 * descriptor. They are opened read-only: writing to them fails.
 */
static void open_standard_streams(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int main_report_failure(const struct error *err, int status)
{
	fprintf(stderr, "savecore: %s\n", err->text[0] ? err->text :
		"failed for an unknown reason: please report this as a bug");
	return status;
}

/* Output that could not be written is a failure. */
static int flush_stdout(int status)
{
	struct error err = { 0 };

	if (!fflush(stdout) && !ferror(stdout))
		return status;
	error_set(&err, "standard output: %s: redirect it to a file that can be written",
		  strerror(errno));
	return main_report_failure(&err, status ? status : EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	struct options opt;
	int status;

	open_standard_streams();
	/* Writes fail with EPIPE or EFBIG instead. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (options_parse(argc, argv, &opt, &err))
		return main_report_failure(&err, EXIT_USAGE);
	switch (opt.command) {
	case COMMAND_HELP:
		options_help(stdout);
		return flush_stdout(EXIT_SUCCESS);
	case COMMAND_VERSION:
		puts("savecore (livedump) " LIVEDUMP_VERSION);
		return flush_stdout(EXIT_SUCCESS);
	case COMMAND_VERIFY:
		status = cmd_verify(&opt, &err);
		break;
	case COMMAND_RESTORE:
		progress_block_signals();
		status = cmd_restore(&opt, &err);
		break;
	default:
		progress_block_signals();
		status = cmd_live(&opt, &err);
	}
	if (status)
		status = main_report_failure(&err, status);
	return flush_stdout(status);
}
