// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * main.c - savecore: store a dump of the kernel, verify or restore one.
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
 * No file that is opened later may become a standard stream. One that was
 * closed is opened so that writing to it fails.
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

static int fail(const struct error *err, int status)
{
	fprintf(stderr, "savecore: %s\n", err->text[0] ? err->text :
		"failed for an unknown cause: please report it");
	return status;
}

/* What was printed may never have arrived: that is a failure, too. */
static int flush_stdout(int status)
{
	struct error err = { 0 };

	if (!fflush(stdout) && !ferror(stdout))
		return status;
	error_set(&err, "standard output: %s: redirect it to where it can be written",
		  strerror(errno));
	return fail(&err, status ? status : EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	struct options opt;
	int status;

	open_standard_streams();
	/* The calls that would raise these fail then, and say so. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (options_parse(argc, argv, &opt, &err))
		return fail(&err, EXIT_USAGE);
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
		status = fail(&err, status);
	return flush_stdout(status);
}
