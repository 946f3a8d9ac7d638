// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * rules.c - the rules that there are without any file, and how rules are read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "units.h"

#define LEVEL_DEFAULT		4U	/* KERN_WARNING */
#define PRIORITY_DEFAULT	50U
#define BLOCKED_DEFAULT_MS	120000U	/* as hung_task_timeout_secs */
#define BLOCKED_LEAST_MS	1000U	/* all tasks are looked at several times meanwhile */

#define HUNG_TASK_EVENT		"sched:sched_process_hang"
#define RCU_STALL_EVENT		"rcu:rcu_stall_warning"

/*
 * Parts of a message are text that any user can choose: the name of the task in front of it,
 * 15 bytes ("NAME invoked oom-killer"), an option of mount(2) at its end. So an expression
 * begins with ^, and asks for more than such a name can hold.
 *
 * On x86 the line of an oops begins with "Oops: " since Linux 6.10. Before, that of a trap
 * begins with its name: "divide error: 0000 [#1] PREEMPT SMP". On arm64 it begins with
 * "Internal error: ". Nothing but names of options follows the number.
 */
#define OOPS \
	"^(BUG: (unable to handle |kernel NULL pointer )|" \
	"[kK]ernel BUG at ([^ ]+:[0-9]+!|.*\\[verbose debug info unavailable\\]$)|" \
	"[A-Za-z0-9 :,()/-]+: [0-9a-f]{4,16} \\[#[0-9]+\\]( +[A-Z_]+)* *$)"

#define RCU_STALL \
	"^(rcu: )?INFO: rcu[a-z_]* (self-detected stall|detected (expedited )?stalls) on "

/*
 * "WARNING: CPU: 1 PID: 150 at FILE:12 f+0x1/0x2", since 6.19 "WARNING: FILE:12 at f+0x1/0x2,
 * CPU#1: sh/150", both without the file if the kernel was built so, and what lockdep, KASAN
 * and the memory allocator say of memory that is not as it should be.
 */
#define WARNING \
	"^(WARNING: (CPU: [0-9]+ PID: [0-9]+ at |([^ ]+:[0-9]+ )?at [^ ]+\\+0x|" \
	"possible (circular|recursive|irq) |inconsistent lock state|" \
	"suspicious RCU usage|bad (unlock balance|contention) detected|held lock freed|" \
	"lock held when returning|[A-Z]+-safe -> )|" \
	"BUG: (KASAN|KFENCE|KCSAN): [a-z: -]+ in |BUG: Bad (page (state|map|cache)|rss-counter) |" \
	"BUG: (scheduling while atomic|sleeping function called))"

/*
 * The messages are those of Linux 5.10 to 7.2: kernel/hung_task.c, kernel/watchdog.c,
 * kernel/watchdog_perf.c (watchdog_hld.c), kernel/workqueue.c, kernel/rcu/tree_stall.h,
 * arch/x86/mm/fault.c, arch/x86/kernel/dumpstack.c, lib/bug.c, mm/oom_kill.c. What tells
 * most of a machine that hangs has the highest priority.
 */
static const struct {
	const char *name;
	const char *on;
	unsigned int priority;
	bool enabled;
	enum rule_cause cause;
} builtin[] = {
	{ "hung-task", HUNG_TASK_EVENT, 60, true, RULE_CAUSE_HUNG_TASK },
	{ "hung-task-log", "kmsg ^INFO: task .* blocked (for more than|in I/O wait for more than)",
	  60, true, RULE_CAUSE_HUNG_TASK },
	{ "hung-task-count", "hung-task-count", 60, true, RULE_CAUSE_HUNG_TASK },
	{ "blocked-tasks", "blocked-tasks 120s", 60, true, RULE_CAUSE_HUNG_TASK },
	{ "rcu-stall", RCU_STALL_EVENT, 55, true, RULE_CAUSE_RCU_STALL },
	{ "rcu-stall-log", "kmsg " RCU_STALL, 55, true, RULE_CAUSE_RCU_STALL },
	{ "soft-lockup", "kmsg ^(watchdog: )?BUG: soft lockup - CPU#[0-9]+ stuck for ", 55, true,
	  RULE_CAUSE_OWN },
	{ "hard-lockup", "kmsg ^(NMI )?watchdog: (CPU[0-9]+: )?Watchdog detected hard LOCKUP on cpu ",
	  55, true, RULE_CAUSE_OWN },
	{ "workqueue-stall", "kmsg ^BUG: workqueue lockup - pool", 55, true, RULE_CAUSE_OWN },
	{ "oops", "kmsg " OOPS, 70, true, RULE_CAUSE_OWN },
	{ "warning", "kmsg " WARNING, 20, true, RULE_CAUSE_OWN },
	{ "oom", "kmsg ^(Out of memory: Killed|Memory cgroup out of memory: Killed|oom-kill:constraint)",
	  30, false, RULE_CAUSE_OWN },
	{ "by-hand", NULL, 90, true, RULE_CAUSE_OWN },
};

static int rule_set_text(char **text, const char *value, size_t len)
{
	char *copy = strndup(value, len);

	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

static int rule_parse_kmsg(struct rule *rule, const char *expression, struct error *err)
{
	char why[128];
	regex_t regex;
	int ret;

	ret = regcomp(&regex, expression, REG_EXTENDED | REG_NOSUB);
	if (ret) {
		regerror(ret, &regex, why, sizeof(why));
		error_set(err, "'%s' is not a regular expression: %s", expression, why);
		return -EINVAL;
	}
	if (rule_set_text(&rule->text, expression, strlen(expression))) {
		regfree(&regex);
		return -ENOMEM;
	}
	if (rule->compiled)
		regfree(&rule->regex);
	rule->regex = regex;
	rule->compiled = true;
	rule->kind = RULE_KMSG;
	return 0;
}

static int rule_parse_tracepoint(struct rule *rule, const char *on, struct error *err)
{
	size_t system = strspn(on, RULE_NAME_CHARS), event = 0, len;
	const char *filter;

	if (on[system] == ':')
		event = strspn(on + system + 1, RULE_NAME_CHARS);
	len = system + 1 + event;
	if (!system || !event || (on[len] && strncmp(on + len, " if ", 4) != 0)) {
		error_set(err, "'%s' is not a trigger\nuse kmsg EXPRESSION, SYSTEM:EVENT, SYSTEM:EVENT if FILTER, hung-task-count or blocked-tasks TIME",
			  on);
		return -EINVAL;
	}
	filter = on[len] ? on + len + 4 : "";
	if (on[len] && !filter[strspn(filter, " ")]) {
		error_set(err, "'%s' has no filter after if", on);
		return -EINVAL;
	}
	free(rule->filter);
	rule->filter = NULL;
	if (*filter && rule_set_text(&rule->filter, filter, strlen(filter)))
		return -ENOMEM;
	rule->kind = RULE_TRACEPOINT;
	if (!strncmp(on, HUNG_TASK_EVENT, len) && !HUNG_TASK_EVENT[len])
		rule->cause = RULE_CAUSE_HUNG_TASK;
	if (!strncmp(on, RCU_STALL_EVENT, len) && !RCU_STALL_EVENT[len])
		rule->cause = RULE_CAUSE_RCU_STALL;
	return rule_set_text(&rule->text, on, len);
}

int rule_parse(struct rule *rule, const char *on, struct error *err)
{
	rule->builtin = false;
	rule->cause = RULE_CAUSE_OWN;
	if (!strncmp(on, "kmsg ", 5))
		return rule_parse_kmsg(rule, on + 5 + strspn(on + 5, " "), err);
	if (!strcmp(on, "hung-task-count")) {
		rule->kind = RULE_HUNG_COUNT;
		rule->cause = RULE_CAUSE_HUNG_TASK;
		return 0;
	}
	if (!strncmp(on, "blocked-tasks", 13) && (!on[13] || on[13] == ' ')) {
		rule->ms = BLOCKED_DEFAULT_MS;
		if (on[13] && (!units_time(on + 14, &rule->ms) || rule->ms < BLOCKED_LEAST_MS)) {
			error_set(err, "'%s' is not a time of at least 1 s\nuse a number with s, min, h or d",
				  on + 14);
			return -EINVAL;
		}
		rule->kind = RULE_BLOCKED;
		rule->cause = RULE_CAUSE_HUNG_TASK;
		return 0;
	}
	return rule_parse_tracepoint(rule, on, err);
}

struct rule *rules_find(struct rules *rules, const char *name)
{
	for (unsigned int i = 0; i < rules->nr; i++)
		if (!strcmp(rules->rule[i].name, name))
			return &rules->rule[i];
	return NULL;
}

struct rule *rules_get(struct rules *rules, const char *name)
{
	struct rule *rule = rules_find(rules, name);
	size_t len = strlen(name);

	if (rule || rules->nr == RULES_MAX || len >= RULE_NAME_MAX)
		return rule;
	rule = &rules->rule[rules->nr++];
	*rule = (struct rule){
		.enabled = true,
		.priority = PRIORITY_DEFAULT,
		.level = LEVEL_DEFAULT,
	};
	memcpy(rule->name, name, len + 1);
	return rule;
}

int rules_init(struct rules *rules)
{
	struct error err = { 0 };
	int ret = 0;

	rules->nr = 0;
	for (size_t i = 0; i < sizeof(builtin) / sizeof(*builtin) && !ret; i++) {
		struct rule *rule = rules_get(rules, builtin[i].name);

		rule->priority = builtin[i].priority;
		rule->enabled = builtin[i].enabled;
		if (builtin[i].on)
			ret = rule_parse(rule, builtin[i].on, &err);
		else
			rule->kind = RULE_HAND;
		rule->cause = builtin[i].cause;
		rule->builtin = true;
	}
	return ret;
}

void rules_free(struct rules *rules)
{
	for (unsigned int i = 0; i < rules->nr; i++) {
		struct rule *rule = &rules->rule[i];

		free(rule->text);
		free(rule->filter);
		if (rule->compiled)
			regfree(&rule->regex);
	}
	rules->nr = 0;
}

void rules_turn_off(struct rules *rules, enum rule_kind kind, const char *why)
{
	for (unsigned int i = 0; i < rules->nr; i++) {
		struct rule *rule = &rules->rule[i];

		if (rule->kind != kind || !rule->enabled)
			continue;
		rule->enabled = false;
		rule->off = why;
	}
}

struct rule *rules_match_kmsg(struct rules *rules, unsigned int level, const char *message)
{
	for (unsigned int i = 0; i < rules->nr; i++) {
		struct rule *rule = &rules->rule[i];

		if (rule->kind == RULE_KMSG && rule->enabled && level <= rule->level &&
		    !regexec(&rule->regex, message, 0, NULL, 0))
			return rule;
	}
	return NULL;
}

struct rule *rules_match_event(struct rules *rules, const char *event)
{
	for (unsigned int i = 0; i < rules->nr; i++) {
		struct rule *rule = &rules->rule[i];

		if (rule->kind == RULE_TRACEPOINT && rule->enabled &&
		    !strcmp(strchr(rule->text, ':') + 1, event))
			return rule;
	}
	return NULL;
}

struct rule *rules_of_kind(struct rules *rules, enum rule_kind kind)
{
	struct rule *found = NULL;

	for (unsigned int i = 0; i < rules->nr; i++) {
		struct rule *rule = &rules->rule[i];

		if (rule->kind == kind && rule->enabled && (!found || found->builtin))
			found = rule;
	}
	return found;
}
