/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * list.h - the live dumps in a directory, for people and for programs.
 *
 * A dump is what it is; what is said of it comes from its info file, if that is to
 * be believed, and is made printable.
 */
#ifndef LIVEDUMP_LIST_H
#define LIVEDUMP_LIST_H

#include "savecore/dumps/dumps.h"
#include "savecore/json/json.h"

/* Print a line for each dump of @list, which is from @dir. */
void list_print(const struct dump_list *list, int dir, const struct trust *trust, FILE *f);

/* The report of --list on @path. NULL if there is not enough memory. */
json_t *list_json(const struct dump_list *list, int dir, const struct trust *trust,
		  const char *path);

#endif
