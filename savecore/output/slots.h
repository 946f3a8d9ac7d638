/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * slots.h - the numbers of the dumps in a directory, and their rotation.
 */
#ifndef LIVEDUMP_SLOTS_H
#define LIVEDUMP_SLOTS_H

#include "port/port.h"

#define SLOT_NAME_MAX	32

struct slots {
	u64 *number;		/* ascending, each once */
	size_t nr;
};

/* Write "<prefix>.<number>" to @buf, which has SLOT_NAME_MAX bytes. */
void slot_name(char *buf, const char *prefix, u64 number);

/* Write "info.<number>.json" to @buf, which has SLOT_NAME_MAX bytes. */
void slot_json_name(char *buf, u64 number);

/* Whether @name is "<prefix>.N" or, if @suffix, "<prefix>.N.<anything>". */
bool slot_parse(const char *name, const char *prefix, bool suffix, u64 *number);

/*
 * Find the numbers of all dumps in @dir, live dumps and others. Returns 0 or a
 * negative errno.
 */
int slots_scan(struct slots *slots, int dir);
void slots_free(struct slots *slots);

/*
 * Remove the oldest live dumps and their info files, so that @max remain. Dump
 * @keep counts as the newest, whatever its time is. Removes only regular files
 * livecore.N, and files info.N and info.N.json that describe a live dump.
 */
int slots_rotate(int dir, u64 keep, unsigned int max);

#endif
