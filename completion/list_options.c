// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * list_options.c - prints savecore's options for completion/savecore.in, as
 * lines of bash: 'letter|name|argument|commands|words'.
 */
#include <stdio.h>

#include "savecore/options/options_table.h"

int main(void)
{
	for (const struct option_row *row = option_rows; !option_is_end(row); row++) {
		printf("'%.1s|%s|%s|", &row->letter, row->name ? row->name : "",
		       row->arg ? row->arg : "");
		for (unsigned int i = 0, nr = 0; i < NR_COMMANDS; i++)
			if (row->commands & COMMAND_BIT(i))
				printf("%s%s", nr++ ? " " : "",
				       option_text(option_by_command(i), false).s);
		printf("|%s'\n", row->complete ? row->complete : "");
	}
	return fflush(stdout) || ferror(stdout);
}
