/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rules.h - what starts a dump. Each rule has a name, by which the administrator,
 * info.N and the metrics know it.
 */
#ifndef LIVEDUMP_WATCH_RULES_H
#define LIVEDUMP_WATCH_RULES_H

#include <regex.h>

#include "base/error.h"
#include "port/port.h"

#define RULE_NAME_MAX		32U
#define RULE_PRIORITY_MAX	99U
#define RULES_MAX		64U

/* What names are made of. */
#define RULE_NAME_CHARS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
			"0123456789_-"

enum rule_kind {
	RULE_NONE,		/* nothing is said yet */
	RULE_KMSG,		/* a message of the kernel */
	RULE_TRACEPOINT,
	RULE_HUNG_COUNT,	/* kernel.hung_task_detect_count has grown */
	RULE_BLOCKED,		/* a task is in D state for long */
	RULE_HAND,		/* --now, SIGUSR1 */
};

/* What the kernel tells in more than one way: then several rules are about the same. */
enum rule_cause {
	RULE_CAUSE_OWN,		/* only this rule is about it */
	RULE_CAUSE_HUNG_TASK,
	RULE_CAUSE_RCU_STALL,
};

struct rule {
	char name[RULE_NAME_MAX];
	enum rule_kind kind;
	enum rule_cause cause;
	bool enabled;
	const char *off;	/* enabled by the configuration, but not watched, and why: static */
	bool builtin;		/* no file says what it is about */
	unsigned int priority;	/* of its dumps, 0 to RULE_PRIORITY_MAX */
	unsigned int level;	/* KMSG: messages of higher numbers are not looked at */
	char *text;		/* KMSG: the expression; TRACEPOINT: "system:event" */
	char *filter;		/* TRACEPOINT; NULL: none */
	u64 ms;			/* BLOCKED: for how long */
	regex_t regex;		/* KMSG, if compiled */
	bool compiled;
	u64 seen;		/* how often it has triggered since the daemon started */
};

struct rules {
	struct rule rule[RULES_MAX];
	unsigned int nr;
};

/* The rules that there are without any file. Returns 0 or a negative errno. */
int rules_init(struct rules *rules);
void rules_free(struct rules *rules);

/* The rule of this name, which is added if there is none. NULL: there are too many. */
struct rule *rules_get(struct rules *rules, const char *name);

/* The rule of this name, or NULL. */
struct rule *rules_find(struct rules *rules, const char *name);

/*
 * Parse what a rule is about: "kmsg EXPRESSION", "SYSTEM:EVENT", "SYSTEM:EVENT if FILTER",
 * "hung-task-count" or "blocked-tasks TIME". Returns 0 or a negative errno with @err set.
 */
int rule_parse(struct rule *rule, const char *on, struct error *err);

/* Do not watch the enabled rules of @kind, because of @why, a static text. */
void rules_turn_off(struct rules *rules, enum rule_kind kind, const char *why);

/* The first enabled rule of kind KMSG that fits, or NULL. */
struct rule *rules_match_kmsg(struct rules *rules, unsigned int level, const char *message);

/* The enabled rule of kind TRACEPOINT for @event, without its system, or NULL. */
struct rule *rules_match_event(struct rules *rules, const char *event);

/* The enabled rule of @kind, or NULL: the first one that a file says, before the builtin one. */
struct rule *rules_of_kind(struct rules *rules, enum rule_kind kind);

#endif
