/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * slots.h - the numbers in use in a directory of dumps.
 */
#ifndef LIVEDUMP_SLOTS_H
#define LIVEDUMP_SLOTS_H

#include "port/port.h"

#define SLOT_NAME_MAX	32

struct slots {
	u64 *number;		/* ascending, each once */
	size_t nr;
};

/* "<prefix>.<number>" into a buffer of SLOT_NAME_MAX. */
void slot_name(char *buf, const char *prefix, u64 number);

/* "info.<number>.json" into the same. */
void slot_json_name(char *buf, u64 number);

/* Whether @name is "<prefix>.N" or, if @suffix, "<prefix>.N.<anything>". */
bool slot_parse(const char *name, const char *prefix, bool suffix, u64 *number);

/* All that any dump in @dir has, live or not. Returns 0 or a negative errno. */
int slots_scan(struct slots *slots, int dir);
void slots_free(struct slots *slots);

/*
 * Remove the oldest live dumps, with their info files, so that @max remain.
 * Dump @keep is newest whatever its time says. Removes nothing but regular
 * files livecore.N, and info.N and info.N.json that say they are of a live dump.
 */
int slots_rotate(int dir, u64 keep, unsigned int max);

#endif
