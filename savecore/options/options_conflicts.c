// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * options_conflicts.c - options that do not go with a command or with another
 * option.
 */
#include <errno.h>
#include <string.h>

#include "options_table.h"

struct option_conflict {
	enum savecore_command command;
	const char *option;		/* name of the option */
	const char *other;		/* name of the other option, or text for when() */
	bool (*when)(const struct options *opt);
	bool needs;			/* refuse if the other one is missing */
	const char *why;
};

static bool options_use_kcore(const struct options *opt)
{
	return !strcmp(opt->engine.engine, "kcore");
}

static bool options_use_module(const struct options *opt)
{
	return !strcmp(opt->engine.engine, "module");
}

static bool options_insist_on_live(const struct options *opt)
{
	return opt->engine.live_only;
}

bool options_read_nothing_ahead(const struct options *opt)
{
	return opt->engine.memory_given && !opt->request.memory;
}

static bool options_have_directory(const struct options *opt)
{
	return opt->target.directory;
}

/* Use -L where --live or --memory 0 has ruled out any other. */
static bool options_are_for_live(const struct options *opt)
{
	return opt->request.mode == LD_MODE_LIVE && !opt->engine.kind_open;
}

/*
 * --dry-run goes with all options of a dump, also with those that do not change
 * the estimate: the user only adds it to the command line of a dump.
 */
static const struct option_conflict option_conflicts[] = {
	{ COMMAND_LIVE, "output", "a directory", options_have_directory,
	  .why = "use one or the other" },
	{ COMMAND_LIVE, "maxdumps", "output",
	  .why = "it is for live dumps in a directory" },
	{ COMMAND_LIVE, "max-total", "output",
	  .why = "it is for live dumps in a directory" },
	{ COMMAND_LIVE, "proc", "--engine module", options_use_module,
	  .why = "only kcore reads recorded memory" },
	{ COMMAND_LIVE, "freeze", "--engine kcore", options_use_kcore,
	  .why = "only the kernel module can freeze the system" },
	{ COMMAND_LIVE, "freeze", "proc",
	  .why = "only the kernel module can freeze the system" },
	{ COMMAND_LIVE, "freeze", "--live", options_insist_on_live,
	  .why = "it takes a live dump; use -L" },
	{ COMMAND_LIVE, "freeze", "--memory 0", options_read_nothing_ahead,
	  .why = "a frozen dump needs memory for the copy" },
	{ COMMAND_LIVE, "max-pause", "--engine kcore", options_use_kcore,
	  .why = "only the kernel module can freeze the system" },
	{ COMMAND_LIVE, "max-pause", "proc",
	  .why = "only the kernel module can freeze the system" },
	{ COMMAND_LIVE, "max-pause", "a live dump", options_are_for_live,
	  .why = "it limits how long a freeze pauses the system" },
	{ COMMAND_LIVE, "no-boost", "freeze",
	  .why = "nothing else runs while the system is paused" },
	{ COMMAND_LIVE, "threads", "freeze",
	  .why = "the kernel module chooses its own threads" },
	{ COMMAND_LIVE, "threads", "--engine module", options_use_module,
	  .why = "the kernel module chooses its own threads" },
	{ COMMAND_RESTORE, "threads", "no-verify",
	  .why = "only verifying uses threads" },
};

static bool option_is_given(const struct option_row *row, const struct options_use *use)
{
	return use->rows[row - option_rows] != OPTION_NOT_GIVEN;
}

static int options_check_pair(const struct option_conflict *c, const struct options *opt,
			      const struct options_use *use, struct error *err)
{
	const struct option_row *row = option_by_name(c->option);
	const struct option_row *other = c->when ? NULL : option_by_name(c->other);
	struct option_text name;
	bool have;

	if (opt->command != c->command || !option_is_given(row, use))
		return 0;
	have = other ? option_is_given(other, use) : c->when(opt);
	if (have == c->needs)
		return 0;
	name = option_text_used(row, use);
	error_set(err, "%s %s %s: %s", name.s, c->needs ? "needs" : "does not go with",
		  other ? option_text_used(other, use).s : c->other, c->why);
	return -EINVAL;
}

int options_check_command(const struct options *opt, const struct options_use *use,
			  struct error *err)
{
	const struct option_row *command = option_by_command(opt->command);
	char legal[64];

	for (const struct option_row *row = option_rows; !option_is_end(row); row++) {
		if (!option_is_given(row, use) || row->commands & COMMAND_BIT(opt->command))
			continue;
		option_list_commands(legal, sizeof(legal), row->commands);
		error_set(err, "%s does not go with %s: it is for %s",
			  option_text_used(row, use).s, option_text_used(command, use).s, legal);
		return -EINVAL;
	}
	return 0;
}

int options_check_conflicts(const struct options *opt, const struct options_use *use,
			    struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < sizeof(option_conflicts) / sizeof(*option_conflicts) && !ret; i++)
		ret = options_check_pair(&option_conflicts[i], opt, use, err);
	return ret;
}
