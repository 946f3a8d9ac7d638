/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * symptom.h - what tells that two triggers have the same cause: the rule, the kernel's
 * message without its numbers, and the function in which the task waits. Rules that are
 * about the same share a name, and have the task in place of the message, or nothing.
 */
#ifndef LIVEDUMP_WATCH_SYMPTOM_H
#define LIVEDUMP_WATCH_SYMPTOM_H

#include "port/port.h"

#define SYMPTOM_TEXT_MAX	256U	/* of a message; the rest does not count */
#define SYMPTOM_HEX		17U	/* of a symptom as text, with the terminator */

/* In place of a rule's name, where several rules are about the same. */
#define SYMPTOM_HUNG_TASK	"hung-task"
#define SYMPTOM_RCU_STALL	"rcu-stall"

/* Copy @message to @buf, of SYMPTOM_TEXT_MAX bytes, with # for each number. */
void symptom_strip(char *buf, const char *message);

/* Never 0. @function may be "". */
u64 symptom_of(const char *rule, const char *message, const char *function);

/* The same for what hangs, as a signature of waitgraph says. */
u64 symptom_of_signature(const char *signature);

void symptom_text(char *buf, u64 symptom);

#endif
