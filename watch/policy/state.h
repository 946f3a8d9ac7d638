/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * state.h - the policy's memory as text, which survives restarts and reboots.
 *
 *	livedump-watch state 1
 *	boot ID			of the boot in which it was written
 *	clock BOOT REAL		when it was written, in milliseconds
 *	dumps N PRIORITY	since that boot, of this or a higher priority, the highest first
 *	day BOOT PRIORITY	of a dump, the newest first
 *	symptom HEX BOOT DUMPS SUPPRESSED SAFE
 *
 * In the same boot the times count as they are. In a later one the age of each is what
 * it was when the text was written, and the time since by the wall clock: at least 0,
 * because that clock may be wrong until the network is up. Then a symptom is suppressed
 * too long at worst, by one interval.
 *
 * SAFE is 0 if the dump was in memory only: a symptom of an earlier boot is forgotten with
 * it. Older daemons wrote no SAFE and no PRIORITY: such a dump counts as safe, and for all
 * priorities. Their line "backoff MS" is not used: it follows from the days.
 */
#ifndef LIVEDUMP_WATCH_STATE_H
#define LIVEDUMP_WATCH_STATE_H

#include "policy.h"

#define STATE_MAX	32768U		/* bytes of the text */
#define STATE_BOOT_MAX	40U		/* of a boot ID, with the terminator */

/* Write the text to @buf, of STATE_MAX bytes. Returns its length. */
size_t state_write(char *buf, const struct policy *p, struct policy_clock now, const char *boot);

/* Read it. Returns false, and empties @p, if it is no such text. */
bool state_read(struct policy *p, const char *text, struct policy_clock now, const char *boot);

/* The ID of this boot. */
void state_boot_id(char id[STATE_BOOT_MAX]);

#endif
