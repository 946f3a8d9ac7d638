// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * options_parse.c - parse the command line with the tables of options_table.c.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "core/pages/filter.h"
#include "options_table.h"

/* getopt returns this plus the number of the row for a long option. */
#define LONG_BASE	0x100

struct options_getopt {
	char letters[2 + 3 * OPTION_ROWS_MAX];
	struct option names[OPTION_ROWS_MAX + 1];
};

static int option_has_arg(const struct option_row *row)
{
	if (!row->arg)
		return no_argument;
	return row->arg[0] == '[' ? optional_argument : required_argument;
}

static void options_build_getopt(struct options_getopt *g)
{
	struct option *name = g->names;
	char *letter = g->letters;

	memset(g, 0, sizeof(*g));
	*letter++ = ':';	/* getopt returns ':' for a missing argument */
	for (const struct option_row *row = option_rows; !option_is_end(row); row++) {
		int has_arg = option_has_arg(row);

		if (row->letter) {
			*letter++ = row->letter;
			for (int i = 0; i < has_arg; i++)
				*letter++ = ':';
		}
		if (row->name)
			*name++ = (struct option){
				row->name, has_arg, NULL, LONG_BASE + (int)(row - option_rows),
			};
	}
}

/* The row for a value that getopt returned. */
static const struct option_row *option_by_value(int c)
{
	if (c >= LONG_BASE)
		return &option_rows[c - LONG_BASE];
	for (const struct option_row *row = option_rows; !option_is_end(row); row++)
		if (row->letter == c)
			return row;
	return NULL;
}

static int options_refuse(int c, char **argv, struct error *err)
{
	/* For a letter that others follow in its word, this is the word before it. */
	const char *word = argv[optind - 1];
	bool is_letter = optopt > 0 && optopt < LONG_BASE;

	return options_refuse_word(word, is_letter ? (char)optopt : 0, c == ':', err);
}

/* A command line has one command. */
static int options_set_command(struct options *opt, const struct option_row *row,
			       const struct options_use *use, struct error *err)
{
	const struct option_row *other = option_by_command(opt->command);

	if (other == row) {
		error_set(err, "%s is given twice\ngive one command", option_text_used(row, use).s);
		return -EINVAL;
	}
	if (other) {
		error_set(err, "%s does not go with %s\ngive one command",
			  option_text_used(row, use).s, option_text_used(other, use).s);
		return -EINVAL;
	}
	opt->command = row->command;
	return 0;
}

static int options_set_value(struct options *opt, const struct option_row *row,
			     const struct options_use *use, struct error *err)
{
	struct error why = { 0 };
	int ret = row->parse(row, opt, row->value ? row->value : optarg, &why);

	if (ret)
		error_take(err, option_text_used(row, use).s, &why);
	return ret;
}

static int options_read_words(int argc, char **argv, struct options *opt,
			      struct options_use *use, struct error *err)
{
	struct options_getopt g;
	int c, ret = 0;

	options_build_getopt(&g);
	optind = 0;
	opterr = 0;
	while (!ret && (c = getopt_long(argc, argv, g.letters, g.names, NULL)) != -1) {
		const struct option_row *row;

		if (c == '?' || c == ':')
			return options_refuse(c, argv, err);
		row = option_by_value(c);
		use->rows[row - option_rows] = c >= LONG_BASE ? OPTION_LONG : OPTION_SHORT;
		if (row->command == COMMAND_HELP || row->command == COMMAND_VERSION) {
			opt->command = row->command;
			return 0;
		}
		if (row->command)
			ret = options_set_command(opt, row, use, err);
		if (!ret && row->parse)
			ret = options_set_value(opt, row, use, err);
	}
	return ret;
}

/* Read the operands, which follow the options. */
static int options_read_operands(int argc, char **argv, struct options *opt, struct error *err)
{
	const struct command_row *row = &command_rows[opt->command];
	int nr = argc - optind;

	if (nr < row->operands_min)
		error_set(err, "%s", row->too_few);
	else if (nr > row->operands_max)
		error_set(err, "extra argument '%s': %s", argv[optind + row->operands_max],
			  row->too_many);
	else if (nr && !*argv[optind])
		error_set(err, "the name of the %s is empty\ngive a name", row->what);
	else if (nr)
		*(const char **)((char *)opt + row->operand) = argv[optind];
	return err->text[0] ? -EINVAL : 0;
}

/*
 * -L leaves it to savecore which kind of dump it takes, --live does not. Without the
 * module, and without memory to copy to, it can only be live.
 */
static void options_set_kind(struct options *opt, const struct options_use *use)
{
	const struct option_row *live = option_by_command(COMMAND_LIVE);

	opt->engine.live_only = use->rows[live - option_rows] == OPTION_LONG;
	opt->engine.kind_open = opt->command == COMMAND_LIVE && !opt->engine.live_only &&
				opt->request.mode == LD_MODE_LIVE && !opt->engine.recorded &&
				strcmp(opt->engine.engine, "kcore") &&
				!options_read_nothing_ahead(opt);
	if (opt->request.max_pause_ns)
		return;
	opt->request.max_pause_open = true;
	if (opt->engine.kind_open || opt->request.mode == LD_MODE_PRECOPY)
		opt->request.max_pause_ns = LIVEDUMP_PAUSE_PRECOPY * NS_PER_MS;
	else
		opt->request.max_pause_ns = LIVEDUMP_PAUSE_DEFAULT * NS_PER_MS;
}

static int options_parse_all(int argc, char **argv, struct options *opt, struct error *err)
{
	struct options_use use = { 0 };
	int ret;

	*opt = (struct options){
		.request = {
			.format = &ld_format_kdump,
			.level = LD_LEVEL_MAX,
			.boost = true,
		},
		.engine = { .engine = "auto", .proc = OPTIONS_PROC },
	};
	ret = options_read_words(argc, argv, opt, &use, err);
	if (ret || opt->command == COMMAND_HELP || opt->command == COMMAND_VERSION)
		return ret;
	if (!opt->command) {
		error_set(err, "no command: use -L for a live dump, or --verify, --restore or --list\nsee savecore --help");
		return -EINVAL;
	}
	options_set_kind(opt, &use);
	/* The operand of --restore sets the output, as -o does: refuse -o first. */
	ret = options_check_command(opt, &use, err);
	if (!ret)
		ret = options_read_operands(argc, argv, opt, err);
	if (!ret)
		ret = options_check_conflicts(opt, &use, err);
	if (!ret && opt->command == COMMAND_LIVE)
		ret = options_choose_codec(opt, err);
	/* Recorded memory does not change while it is read: no boost is needed. */
	if (opt->engine.recorded)
		opt->request.boost = false;
	if (!opt->target.directory)
		opt->target.directory = OPTIONS_DIRECTORY;
	return ret;
}

int options_parse(int argc, char **argv, struct options *opt, struct error *err)
{
	int ret = options_parse_all(argc, argv, opt, err);

	if (!ret)
		return 0;
	if (err->code == ERROR_NONE)
		err->code = ERROR_USAGE;
	/* It may come after the word that was refused. */
	if (options_ask_for_json(argc, argv))
		opt->target.json = true;
	return ret;
}

const char *options_command_name(const struct options *opt)
{
	return opt->command ? option_by_command(opt->command)->name : "none";
}
