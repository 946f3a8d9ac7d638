// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * main.c - livedump-watch: the machine dumps itself when it hangs.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/process/coredump.h"
#include "base/process/personality.h"
#include "cmd_ask.h"
#include "daemon.h"
#include "port/threads.h"

#define EXIT_USAGE	2

enum watch_command {
	COMMAND_DAEMON,
	COMMAND_CHECK,
	COMMAND_STATUS,
	COMMAND_NOW,
	COMMAND_LET_GO,
	COMMAND_WRITE,
};

enum {
	OPTION_CHECK = 256,
	OPTION_STATUS,
	OPTION_NOW,
	OPTION_LET_GO,
	OPTION_WRITE,
	OPTION_JSON,
	OPTION_CONFIG,
	OPTION_SOCKET,
	OPTION_PROC,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "check-config", no_argument, NULL, OPTION_CHECK },
	{ "status", no_argument, NULL, OPTION_STATUS },
	{ "now", required_argument, NULL, OPTION_NOW },
	{ "let-go", no_argument, NULL, OPTION_LET_GO },
	{ "write", required_argument, NULL, OPTION_WRITE },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "socket", required_argument, NULL, OPTION_SOCKET },
	{ "proc", required_argument, NULL, OPTION_PROC },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

struct watch_options {
	enum watch_command command;
	const char *reason;
	const char *directory;
	const char *config;
	const char *socket;
	const char *proc;
	bool json;
};

static void print_usage(void)
{
	puts("usage: livedump-watch [--config FILE] [--socket FILE]\n"
	     "       livedump-watch --check-config [--config FILE]\n"
	     "       livedump-watch --status [--json] [--socket FILE]\n"
	     "       livedump-watch --now REASON [--socket FILE]\n"
	     "       livedump-watch --write DIRECTORY [--socket FILE]\n"
	     "       livedump-watch --let-go [--socket FILE]\n"
	     "\n"
	     "Takes a dump of the running kernel when it hangs: see livedump-watch(8).\n"
	     "\n"
	     "  --check-config   look for errors in the configuration\n"
	     "  --status         tell what the daemon has seen and done; exits 1 if it is not armed\n"
	     "  --now REASON     have the daemon take a dump\n"
	     "  --write DIR      write the dumps that the daemon holds to this directory\n"
	     "  --let-go         have the daemon do without the module for a minute\n"
	     "  --json           answer --status in JSON\n"
	     "  --config FILE    configuration (" CONFIG_FILE ")\n"
	     "  --socket FILE    where the daemon is asked (" CONTROL_SOCKET ")\n"
	     "  --proc DIR       for tests: dump the system that was recorded in DIR\n"
	     "  --help           print this\n"
	     "  --version        print the version");
}

static void set_command(struct watch_options *o, enum watch_command command)
{
	if (o->command && o->command != command) {
		fprintf(stderr, "livedump-watch: give one of --check-config, --status, --now, --write and --let-go\n");
		exit(EXIT_USAGE);
	}
	o->command = command;
}

static void parse(int argc, char **argv, struct watch_options *o)
{
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (c) {
		case OPTION_CHECK:
			set_command(o, COMMAND_CHECK);
			break;
		case OPTION_STATUS:
			set_command(o, COMMAND_STATUS);
			break;
		case OPTION_NOW:
			set_command(o, COMMAND_NOW);
			o->reason = optarg;
			break;
		case OPTION_LET_GO:
			set_command(o, COMMAND_LET_GO);
			break;
		case OPTION_WRITE:
			set_command(o, COMMAND_WRITE);
			o->directory = optarg;
			break;
		case OPTION_JSON:
			o->json = true;
			break;
		case OPTION_CONFIG:
			o->config = optarg;
			break;
		case OPTION_SOCKET:
			o->socket = optarg;
			break;
		case OPTION_PROC:
			o->proc = optarg;
			break;
		case OPTION_HELP:
			print_usage();
			exit(EXIT_SUCCESS);
		case OPTION_VERSION:
			puts("livedump-watch (livedump) " LIVEDUMP_VERSION);
			exit(EXIT_SUCCESS);
		default:
			exit(EXIT_USAGE);
		}
	}
	if (optind < argc) {
		fprintf(stderr, "livedump-watch: extra argument '%s'\n", argv[optind]);
		exit(EXIT_USAGE);
	}
	if (o->json && o->command != COMMAND_STATUS) {
		fprintf(stderr, "livedump-watch: --json goes with --status only\n");
		exit(EXIT_USAGE);
	}
}

int main(int argc, char **argv)
{
	struct watch_options o = {
		.config = CONFIG_FILE, .socket = CONTROL_SOCKET, .proc = "/proc",
	};

	parse(argc, argv, &o);
	coredump_forbid();
	personality_drop();
	/* Answers are of text that others have made; the seed need not be read from a file. */
	json_object_seed(0);
	threads_save_space();
	switch (o.command) {
	case COMMAND_CHECK:
		return cmd_check_config(o.config);
	case COMMAND_STATUS:
		return cmd_status(o.socket, o.json);
	case COMMAND_NOW:
		return cmd_now(o.socket, o.reason);
	case COMMAND_LET_GO:
		return cmd_let_go(o.socket);
	case COMMAND_WRITE:
		return cmd_write(o.socket, o.directory);
	default:
		return daemon_run(o.config, o.socket, o.proc);
	}
}
