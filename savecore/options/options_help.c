// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * options_help.c - savecore --help.
 */
#include <string.h>

#include "options_table.h"

#define HELP_WIDTH	80
#define HELP_COLUMN	25	/* where the help texts start */

static const char help_intro[] =
	"Dump the memory of the running kernel to livecore.N in DIRECTORY (default:\n"
	OPTIONS_DIRECTORY "), list the dumps there, verify a dump, or restore one from a stream.\n";

/* Print @text from HELP_COLUMN on, wrapped at HELP_WIDTH. */
static void help_print_text(FILE *f, const char *text)
{
	size_t column = HELP_COLUMN;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (column > HELP_COLUMN && column + 1 + len > HELP_WIDTH) {
			fprintf(f, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		} else if (column > HELP_COLUMN) {
			fputc(' ', f);
			column++;
		}
		fprintf(f, "%.*s", (int)len, text);
		column += len;
		text += len + strspn(text + len, " ");
	}
	fputc('\n', f);
}

static void help_print_option(FILE *f, const struct option_row *row)
{
	char letter[8] = "  ", name[64];
	int len;

	if (row->letter)
		snprintf(letter, sizeof(letter), "-%c", row->letter);
	if (!row->name)
		name[0] = '\0';
	else	/* optional arguments have their "=" in the table */
		snprintf(name, sizeof(name), "%s --%s%s%s", row->letter ? "," : " ", row->name,
			 row->arg && row->arg[0] != '[' ? " " : "", row->arg ? row->arg : "");
	len = fprintf(f, "  %s%s", letter, name);
	if (len > HELP_COLUMN - 2)
		fprintf(f, "\n%*s", HELP_COLUMN, "");
	else
		fprintf(f, "%*s", HELP_COLUMN - len, "");
	help_print_text(f, row->help);
}

/* Whether @row is the first one with its set of commands. */
static bool help_begins_group(const struct option_row *row)
{
	for (const struct option_row *r = option_rows; r < row; r++)
		if (!r->command && r->commands == row->commands)
			return false;
	return !row->command;
}

static void help_print_group(FILE *f, unsigned int commands)
{
	char legal[64];

	option_list_commands(legal, sizeof(legal), commands);
	fprintf(f, "\nOptions for %s:\n", legal);
	for (const struct option_row *row = option_rows; !option_is_end(row); row++)
		if (!row->command && row->commands == commands)
			help_print_option(f, row);
}

void options_help(FILE *f)
{
	const char *begin = "usage:";

	for (unsigned int i = 0; i < NR_COMMANDS; i++) {
		if (!command_rows[i].usage)
			continue;
		fprintf(f, "%-6s savecore %s\n", begin, command_rows[i].usage);
		begin = "";
	}
	fprintf(f, "\n%s\nCommands:\n", help_intro);
	for (const struct option_row *row = option_rows; !option_is_end(row); row++)
		if (row->command)
			help_print_option(f, row);
	for (const struct option_row *row = option_rows; !option_is_end(row); row++)
		if (help_begins_group(row))
			help_print_group(f, row->commands);
}
