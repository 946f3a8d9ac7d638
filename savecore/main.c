// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * main.c - savecore: take, verify, restore or list dumps of the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/process/coredump.h"
#include "base/process/dropper.h"
#include "base/process/personality.h"
#include "base/say.h"
#include "port/threads.h"
#include "savecore/commands/cmd_list.h"
#include "savecore/commands/cmd_restore.h"
#include "savecore/commands/cmd_verify.h"
#include "savecore/live/cmd_live.h"
#include "savecore/report/progress.h"

/*
 * How long a dump that is stored waits for a terminal or a pipe to take what is said
 * about it. Signals are blocked then.
 */
#define READER_MS	3000
#define LAST_WORDS_MS	1000

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
	fprintf(say_err(), "savecore: %s\n", err->text[0] ? err->text :
		"failed for an unknown reason: please report this as a bug");
	return status;
}

/*
 * Wait until all has been written, at most @ms milliseconds. Output that could not
 * be written is a failure. The line says what was done all the same.
 */
static int main_flush(const struct reply *reply, int status, int ms)
{
	struct error err = { 0 };
	int ret = say_end(ms);

	if (!ret)
		return status;
	error_set(&err, "standard output: %s%s%s\nredirect it to a file that can be written",
		  ret == -ETIMEDOUT ? "nobody reads it" : strerror(-ret),
		  reply->done[0] ? ": " : "", reply->done);
	main_report_failure(&err, status);
	say_end(LAST_WORDS_MS);
	return status ? status : EXIT_FAILURE;
}

static int main_run_command(const struct options *opt, struct reply *reply, struct error *err)
{
	switch (opt->command) {
	case COMMAND_VERIFY:
		return cmd_verify(opt, reply, err);
	case COMMAND_RESTORE:
		progress_block_signals();
		return cmd_restore(opt, reply, err);
	case COMMAND_LIST:
		return cmd_list(opt, reply, err);
	default:
		progress_block_signals();
		return cmd_live(opt, reply, err);
	}
}

/* A command that blocks no signals ends on one, whatever it waits for. */
static int main_patience(const struct options *opt)
{
	return opt->command == COMMAND_LIVE || opt->command == COMMAND_RESTORE ? READER_MS :
									  SAY_FOREVER;
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	struct reply reply = { 0 };
	struct options opt;
	int status, printed;

	open_standard_streams();
	coredump_forbid();
	personality_drop();
	threads_save_space();
	say_open();
	/* Writes fail with EPIPE or EFBIG instead. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	status = options_parse(argc, argv, &opt, &err) ? EXIT_USAGE : EXIT_SUCCESS;
	if (!status && opt.command == COMMAND_HELP) {
		options_help(say_out());
		return main_flush(&reply, status, SAY_FOREVER);
	}
	if (!status && opt.command == COMMAND_VERSION) {
		fputs("savecore (livedump) " LIVEDUMP_VERSION "\n", say_out());
		return main_flush(&reply, status, SAY_FOREVER);
	}
	reply.json = opt.target.json;
	reply.on_stderr = !opt.target.dry_run && opt.target.output &&
			  !strcmp(opt.target.output, "-");
	reply.command = options_command_name(&opt);
	if (!status)
		status = main_run_command(&opt, &reply, &err);
	dropper_end();
	if (status)
		main_report_failure(&err, status);
	printed = reply_print(&reply, status, &err);
	if (printed != status)
		main_report_failure(&err, printed);
	return main_flush(&reply, printed, main_patience(&opt));
}
