// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * main.c - waitgraph: who waits for whom in a dump.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/process/coredump.h"
#include "base/process/rlimit.h"
#include "cmd.h"
#include "options.h"
#include "port/procfile.h"
#include "sandbox/sandbox.h"
#include "waitgraph/memory/memory_dump.h"

static int main_fail(const struct error *err, int status)
{
	fprintf(stderr, "waitgraph: %s\n", err->text[0] ? err->text :
		"failed for an unknown reason: please report this as a bug");
	return status;
}

static int main_open_dump(const struct wait_options *opt, struct error *err)
{
	int fd = open(opt->dump, O_RDONLY | O_NOCTTY | O_CLOEXEC), ret;

	if (fd >= 0)
		return fd;
	ret = -errno;
	error_set(err, "%s: %s: name a dump that you may read", opt->dump, strerror(-ret));
	return ret;
}

static char main_late[128];

/* Runs in a signal handler. */
static void main_time_out(int sig)
{
	(void)sig;
	/* If nobody reads it, there is nobody to tell. */
	if (write(STDERR_FILENO, main_late, strlen(main_late)) < 0)
		_exit(STATUS_UNREADABLE);
	_exit(STATUS_UNREADABLE);
}

/* A dump may be made so that reading it never ends, and one may be very large. */
static void main_limit_time(unsigned int seconds)
{
	snprintf(main_late, sizeof(main_late),
		 "waitgraph: reading the dump takes more than %u s: raise --max-time\n", seconds);
	signal(SIGALRM, main_time_out);
	alarm(seconds);
}

/* What a dump contains is not trusted: nothing can be opened from now on. */
static int main_enter_sandbox(const struct wait_options *opt, struct error *err)
{
	const struct sandbox sandbox = SANDBOX_NOWHERE;

	return opt->no_sandbox ? 0 : sandbox_enter(&sandbox, NULL, err);
}

/*
 * Half of what is available, in bytes: what the page frames of a dump take, and no more than
 * that in all. UINT64_MAX: it is not known.
 */
static u64 main_limit_memory(void)
{
	char meminfo[PROCFILE_MAX];
	u64 kib;

	if (procfile_read("/proc/meminfo", meminfo, sizeof(meminfo)) ||
	    !procfile_number(meminfo, "MemAvailable:", " kB", &kib) || kib > UINT64_MAX >> 10)
		return UINT64_MAX;
	kib /= 2;
	rlimit_lower_space(kib << 10);
	return kib << 10;
}

/* Returns the exit status. */
static int main_read_dump(const struct wait_options *opt, int fd, struct error *err)
{
	u64 memory = main_limit_memory();
	struct memory_dump md;
	struct memory m;
	int status;

	if (main_enter_sandbox(opt, err) || memory_dump_open(&md, &m, fd, opt->dump, memory, err))
		return STATUS_UNREADABLE;
	status = cmd_run(opt, &m, &md.d.notes.vmcoreinfo, err);
	if (!memory_dump_is_read(&md, err))
		status = STATUS_UNREADABLE;
	memory_dump_close(&md, &m);
	return status;
}

static int main_run(struct wait_options *opt, struct error *err)
{
	int fd, status = STATUS_UNREADABLE;

	fd = main_open_dump(opt, err);
	if (fd < 0)
		return status;
	main_limit_time(opt->max_time);
	if (!wait_options_open(opt, err))
		status = main_read_dump(opt, fd, err);
	close(fd);
	return status;
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	struct wait_options opt;
	int status = STATUS_FINE;

	coredump_forbid();
	/* Writes fail with EPIPE instead. */
	signal(SIGPIPE, SIG_IGN);
	if (wait_options_parse(argc, argv, &opt, &err))
		return main_fail(&err, STATUS_UNREADABLE);
	if (opt.command == WAIT_HELP)
		wait_options_help(stdout);
	else if (opt.command == WAIT_VERSION)
		puts("waitgraph (livedump) " LIVEDUMP_VERSION);
	else
		status = main_run(&opt, &err);
	if (status >= STATUS_UNREADABLE)
		status = main_fail(&err, status);
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	err.text[0] = '\0';
	error_set(&err, "standard output: %s: redirect it to a file that can be written",
		  strerror(errno));
	return main_fail(&err, STATUS_UNREADABLE);
}
