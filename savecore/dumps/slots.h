/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * slots.h - the numbers of the dumps in a directory.
 */
#ifndef LIVEDUMP_SLOTS_H
#define LIVEDUMP_SLOTS_H

#include "port/port.h"
#include "savecore/files/trust.h"

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
 * Find the numbers of all dumps in @dir, live dumps and others, whoever they belong
 * to. All functions here that return an int return 0 or a negative errno.
 */
int slots_scan(struct slots *slots, int dir);

/* The same of files that belong to a trusted user, by trust_knows(). */
int slots_scan_trusted(struct slots *slots, int dir, const struct trust *trust);

/* The numbers that info.N, why.N and dmesg.N have, and those that all the other files have. */
int slots_scan_infos(struct slots *slots, int dir);
int slots_scan_dumps(struct slots *slots, int dir);

void slots_free(struct slots *slots);

typedef int (*slots_name_fn)(int dir, const char *name, void *arg);

/* Call fn(dir, name, arg) for all names in @dir until one fails. */
int slots_each_name(int dir, slots_name_fn fn, void *arg);

/*
 * Return @array, enlarged if needed for one more than @nr elements, or NULL. It
 * doubles at powers of two.
 */
void *slots_grow_array(void *array, size_t nr, size_t size);

#endif
