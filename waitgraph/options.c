// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * options.c - parse the command line of waitgraph. The option that names a command
 * excludes the others.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "options.h"
#include "port/numbers.h"

enum {
	OPTION_LOG = 256, OPTION_TASKS, OPTION_TASK, OPTION_SYMBOLS, OPTION_BTF, OPTION_JSON,
	OPTION_HELP, OPTION_VERSION,
};

static const struct option wait_options_long[] = {
	{ "log", no_argument, NULL, OPTION_LOG },
	{ "tasks", no_argument, NULL, OPTION_TASKS },
	{ "task", required_argument, NULL, OPTION_TASK },
	{ "symbols", required_argument, NULL, OPTION_SYMBOLS },
	{ "btf", required_argument, NULL, OPTION_BTF },
	{ "json", no_argument, NULL, OPTION_JSON },
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
	      "  --json              print JSON, with all there is\n"
	      "  --symbols FILE      the kernel's symbols: its System.map or vmlinux\n"
	      "  --btf FILE          the kernel's types: its vmlinux, or a copy of\n"
	      "                      /sys/kernel/btf/vmlinux\n"
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
		opt->files.symbols = optarg;
		return 0;
	case OPTION_BTF:
		opt->files.types = optarg;
		return 0;
	case OPTION_JSON:
		opt->json = true;
		return 0;
	case OPTION_HELP:
		return wait_options_command(opt, WAIT_HELP, err);
	case OPTION_VERSION:
		return wait_options_command(opt, WAIT_VERSION, err);
	default:
		error_set(err, "'%s' is not valid: see waitgraph --help", name ? name : "option");
		return -EINVAL;
	}
}

int wait_options_parse(int argc, char **argv, struct wait_options *opt, struct error *err)
{
	int option, ret;

	*opt = (struct wait_options){ .command = WAIT_GRAPH };
	opterr = 0;
	optind = 0;
	while ((option = getopt_long(argc, argv, "", wait_options_long, NULL)) != -1) {
		ret = wait_options_set(opt, option, argv[optind - 1], err);
		if (ret)
			return ret;
	}
	if (opt->command == WAIT_HELP || opt->command == WAIT_VERSION)
		return 0;
	if (opt->json && opt->command == WAIT_LOG) {
		error_set(err, "--json does not go with --log: leave it out");
		return -EINVAL;
	}
	if (argc - optind != 1) {
		error_set(err, "%s: see waitgraph --help",
			  optind < argc ? "more than one dump was named" : "name a dump");
		return -EINVAL;
	}
	opt->dump = argv[optind];
	return 0;
}
