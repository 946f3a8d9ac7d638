/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* tree.h - made-up directories. Include it after cmocka.h. */
#ifndef LIVEDUMP_TEST_TREE_H
#define LIVEDUMP_TEST_TREE_H

#include <ftw.h>
#include <stdio.h>

static inline int tree_remove_one(const char *path, const struct stat *st, int flag,
				  struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

/* Remove a directory and all below it. Wants _GNU_SOURCE. */
static inline int tree_remove(const char *path)
{
	return nftw(path, tree_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Make a file with this content, or replace what it has. */
static inline void tree_put(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

#endif
