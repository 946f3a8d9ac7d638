// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * options.c - parse the command line of waitgraph. The option that names a command
 * excludes the others.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>

#include "base/numbers.h"
#include "options.h"

enum {
	OPTION_LOG = 256, OPTION_TASKS, OPTION_TASK, OPTION_SYMBOLS, OPTION_BTF, OPTION_JSON,
	OPTION_DOT, OPTION_ALL, OPTION_MAX_TIME, OPTION_NO_SANDBOX, OPTION_HELP, OPTION_VERSION,
};

static const struct option wait_options_long[] = {
	{ "log", no_argument, NULL, OPTION_LOG },
	{ "tasks", no_argument, NULL, OPTION_TASKS },
	{ "task", required_argument, NULL, OPTION_TASK },
	{ "symbols", required_argument, NULL, OPTION_SYMBOLS },
	{ "btf", required_argument, NULL, OPTION_BTF },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "dot", no_argument, NULL, OPTION_DOT },
	{ "all", no_argument, NULL, OPTION_ALL },
	{ "max-time", required_argument, NULL, OPTION_MAX_TIME },
	{ "no-sandbox", no_argument, NULL, OPTION_NO_SANDBOX },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

void wait_options_help(FILE *out)
{
	fputs("usage: waitgraph [option ...] dump\n"
	      "\n"
	      "Tells which tasks of the kernel in a dump wait for each other, and who holds\n"
	      "what they wait for.\n"
	      "\n"
	      "  --tasks             list all tasks with their stacks instead\n"
	      "  --log               print the kernel's log instead\n"
	      "  --task PID          only this task, with its stack\n"
	      "  --all               print all, also what does not fit on a screen\n"
	      "  --json              print JSON, with all there is\n"
	      "  --dot               print a drawing of all waits, for dot(1)\n"
	      "  --symbols FILE      the kernel's symbols: its System.map or vmlinux\n"
	      "  --btf FILE          the kernel's types: its vmlinux, or a copy of\n"
	      "                      /sys/kernel/btf/vmlinux\n"
	      "  --max-time SECONDS  give up after SECONDS (default: 60)\n"
	      "  --no-sandbox        do not give up capabilities and system calls\n"
	      "  --help              print this\n"
	      "  --version           print the version\n"
	      "\n"
	      "Exit status: 0 nothing hangs, 1 something does, 2 the dump cannot be read or\n"
	      "the command line is wrong, 3 symbols or types are missing.\n", out);
}

static int wait_options_command(struct wait_options *opt, enum wait_command command,
				struct error *err)
{
	if (opt->command != WAIT_GRAPH && opt->command != command) {
		error_set(err, "only one of --tasks, --task, --log, --help and --version may be given");
		return -EINVAL;
	}
	opt->command = command;
	return 0;
}

static int wait_options_set(struct wait_options *opt, int option, const char *name,
			    struct error *err)
{
	switch (option) {
	case OPTION_LOG:
		return wait_options_command(opt, WAIT_LOG, err);
	case OPTION_TASKS:
		return wait_options_command(opt, WAIT_TASKS, err);
	case OPTION_TASK:
		if (!number_parse(optarg, 1, INT32_MAX, &opt->pid)) {
			error_set(err, "'%s' is not a PID: use a number", optarg);
			return -EINVAL;
		}
		return wait_options_command(opt, WAIT_TASKS, err);
	case OPTION_SYMBOLS:
		opt->files.symbols.name = optarg;
		return 0;
	case OPTION_BTF:
		opt->files.types.name = optarg;
		return 0;
	case OPTION_JSON:
		opt->json = true;
		return 0;
	case OPTION_DOT:
		opt->dot = true;
		return 0;
	case OPTION_ALL:
		opt->all = true;
		return 0;
	case OPTION_MAX_TIME:
		if (number_count(optarg, WAIT_TIME_MAX, &opt->max_time))
			return 0;
		error_set(err, "'%s' is not a time: use 1 to %d seconds", optarg, WAIT_TIME_MAX);
		return -EINVAL;
	case OPTION_NO_SANDBOX:
		opt->no_sandbox = true;
		return 0;
	case OPTION_HELP:
		return wait_options_command(opt, WAIT_HELP, err);
	case OPTION_VERSION:
		return wait_options_command(opt, WAIT_VERSION, err);
	case ':':
		error_set(err, "%s needs an argument: see waitgraph --help", name);
		return -EINVAL;
	default:
		error_set(err, "'%s' is not valid: see waitgraph --help", name ? name : "option");
		return -EINVAL;
	}
}

/* Refuse what does not go together. */
static int wait_options_check(const struct wait_options *opt, struct error *err)
{
	const char *command = opt->command == WAIT_LOG ? "--log" : "--tasks and --task";

	if (opt->json && opt->command == WAIT_LOG)
		error_set(err, "--json does not go with --log: leave it out");
	else if (opt->dot && opt->command != WAIT_GRAPH)
		error_set(err, "--dot does not go with %s: leave it out", command);
	else if (opt->all && opt->command != WAIT_GRAPH)
		error_set(err, "--all does not go with %s, which print all anyway: leave it out",
			  command);
	else if (opt->dot && opt->json)
		error_set(err, "--dot does not go with --json: leave one of them out");
	else
		return 0;
	return -EINVAL;
}

int wait_options_parse(int argc, char **argv, struct wait_options *opt, struct error *err)
{
	int option, ret;

	*opt = (struct wait_options){ .command = WAIT_GRAPH, .max_time = WAIT_TIME };
	opterr = 0;
	optind = 0;
	while ((option = getopt_long(argc, argv, ":", wait_options_long, NULL)) != -1) {
		ret = wait_options_set(opt, option, argv[optind - 1], err);
		if (ret)
			return ret;
	}
	if (opt->command == WAIT_HELP || opt->command == WAIT_VERSION)
		return 0;
	ret = wait_options_check(opt, err);
	if (ret)
		return ret;
	if (argc - optind != 1) {
		error_set(err, "%s: see waitgraph --help",
			  optind < argc ? "more than one dump was named" : "name a dump");
		return -EINVAL;
	}
	opt->dump = argv[optind];
	return 0;
}

static int wait_options_open_file(struct kernel_file *file, struct error *err)
{
	int ret;

	if (!file->name)
		return 0;
	file->fd = open(file->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (file->fd >= 0)
		return 0;
	ret = -errno;
	error_set(err, "%s: %s: name a file that you may read", file->name, strerror(-ret));
	return ret;
}

int wait_options_open(struct wait_options *opt, struct error *err)
{
	int ret = wait_options_open_file(&opt->files.symbols, err);

	return ret ? ret : wait_options_open_file(&opt->files.types, err);
}
