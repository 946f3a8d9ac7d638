// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * options_names.c - which option a word of the command line may mean.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "options_table.h"

/* The length of the name in "--NAME" or "--NAME=VALUE"; 0 if @word is no long option. */
static size_t option_name_length(const char *word)
{
	return !strncmp(word, "--", 2) ? strcspn(word + 2, "=") : 0;
}

static bool option_begins_with(const struct option_row *row, const char *word)
{
	size_t len = option_name_length(word);

	return len && row->name && !strncmp(row->name, word + 2, len);
}

/* "--force, --format and --freeze", the options that @word may be short for. */
static unsigned int option_list_names(char *buf, size_t size, const char *word)
{
	unsigned int nr = 0, left = 0;
	size_t len = 0;

	for (const struct option_row *row = option_rows; !option_is_end(row); row++)
		left += option_begins_with(row, word);
	buf[0] = '\0';
	for (const struct option_row *row = option_rows; !option_is_end(row); row++) {
		if (!option_begins_with(row, word) || len >= size)
			continue;
		len += (size_t)snprintf(buf + len, size - len, "%s--%s", !nr ? "" :
					nr + 1 == left ? " or " : ", ", row->name);
		nr++;
	}
	return left;
}

static int options_refuse_long(const char *word, struct error *err)
{
	size_t len = option_name_length(word);
	unsigned int nr;
	char names[256];

	nr = option_list_names(names, sizeof(names), word);
	if (nr > 1)
		error_set_code(err, ERROR_USAGE, "option %s: ambiguous\nwrite %s", word, names);
	else if (nr)
		error_set_code(err, ERROR_USAGE, "option %s: takes no argument\nleave out '%s'",
			       word, word + 2 + len);
	else
		error_set_code(err, ERROR_USAGE, "option %s: unknown\nsee savecore --help", word);
	return -EINVAL;
}

int options_refuse_word(const char *word, char letter, bool lacks_argument, struct error *err)
{
	if (lacks_argument && letter)
		error_set_code(err, ERROR_USAGE, "option -%c: needs an argument\nsee savecore --help",
			       letter);
	else if (lacks_argument)
		error_set_code(err, ERROR_USAGE, "option %s: needs an argument\nsee savecore --help",
			       word);
	else if (letter)
		error_set_code(err, ERROR_USAGE, "option -%c: unknown\nsee savecore --help",
			       letter);
	else
		return options_refuse_long(word, err);
	return -EINVAL;
}

bool options_ask_for_json(int argc, char **argv)
{
	const struct option_row *json = option_by_name("json");
	char names[256];

	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (option_begins_with(json, argv[i]) && !strchr(argv[i], '=') &&
		    option_list_names(names, sizeof(names), argv[i]) == 1)
			return true;
	return false;
}
