// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * daemon_judge.c - whether a trigger starts a dump.
 *
 * One that comes while no dump can be taken may be of an event that is told once. The one of
 * the highest priority is remembered, and judged again when the next process is armed.
 */
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "watch/child/log.h"
#include "watch/policy/symptom.h"

#define ROOM_LEAST	((u64)1 << 20)	/* no dump is smaller */
#define REFUSED_MS	3600000
#define LATER_MS	600000		/* what is older tells nothing of the machine as it is */

void judge_refuse(struct daemon *d, const struct trigger *t, u64 symptom,
		  enum policy_verdict verdict)
{
	s64 now = policy_now().boot, *said = &d->refused[t->rule - d->config.rules.rule][verdict];

	/* A storm of triggers shall not become one of messages. */
	if (!*said || now - *said >= REFUSED_MS) {
		*said = now;
		log_line(LOG_NOTICE, "rule %s: no dump (%s): %s; for an hour others are only counted",
			 t->rule->name, policy_verdict_name(verdict), t->message);
	}
	policy_refuse(&d->policy, symptom, verdict);
	d->files.stale = true;
}

/* What several rules are about has one symptom, whichever of them sees it first. */
static u64 judge_symptom(const struct trigger *t)
{
	switch (t->rule->cause) {
	case RULE_CAUSE_HUNG_TASK:
		return symptom_of(SYMPTOM_HUNG_TASK, t->task, t->function);
	case RULE_CAUSE_RCU_STALL:
		return symptom_of(SYMPTOM_RCU_STALL, "", "");
	default:
		return symptom_of(t->rule->name, t->message, t->function);
	}
}

/* Whether a dump of this priority could be held at all, and can be taken now. */
static bool judge_is_possible(struct daemon *d, const struct trigger *t, u64 symptom)
{
	if (hold_room(&d->hold, t->priority) < ROOM_LEAST) {
		judge_refuse(d, t, symptom, POLICY_ROOM);
		return false;
	}
	if (arm_is_ready(d))
		return true;
	d->stats.failures++;
	d->files.dirty = true;
	log_line(LOG_ERR, "rule %s: no dump, not armed: %s: %s", t->rule->name, d->arm.why,
		 t->message);
	return false;
}

/* What is in the way of any trigger of this priority now, whatever its cause is. */
static enum policy_verdict judge_now(const struct daemon *d, s64 now, unsigned int priority)
{
	enum policy_verdict verdict;

	if (dump_is_busy(d))
		return POLICY_BUSY;
	verdict = policy_judge(&d->policy, &d->config.limits, now, priority, 0);
	return verdict == POLICY_DUMP && !arm_is_ready(d) ? POLICY_UNARMED : verdict;
}

/*
 * The dump that is being taken may have no sign of what has happened since it began. It
 * counts as one of this cause only for what has no higher priority.
 */
static bool judge_is_higher(const struct daemon *d, unsigned int priority)
{
	const struct trigger *running = dump_is_busy(d) ? &d->dump.trigger : NULL;

	if (running && running->rule->kind != RULE_HAND && priority <= running->priority)
		return false;
	return !d->later.trigger.rule || priority > d->later.trigger.priority;
}

static void judge_remember(struct daemon *d, struct trigger *t, s64 now)
{
	/* In a storm most have not even their rule's priority for it. */
	if (!judge_is_higher(d, t->rule->priority))
		return;
	trigger_find_task(t);
	trigger_set_priority(t, "/proc");
	if (judge_is_higher(d, t->priority))
		d->later = (struct daemon_later){ .trigger = *t, .when = now };
}

static void judge_trigger(struct daemon *d, struct trigger *t)
{
	struct policy_clock now = policy_now();
	enum policy_verdict verdict;
	u64 symptom;

	/* In a storm it does not matter which task it is: that takes some time to find out. */
	verdict = judge_now(d, now.boot, t->rule->priority);
	if (verdict == POLICY_BUSY || verdict == POLICY_UNARMED)
		judge_remember(d, t, now.boot);
	if (verdict != POLICY_DUMP) {
		judge_refuse(d, t, 0, verdict);
		return;
	}
	trigger_find_task(t);
	/*
	 * One that writes to the disk that hangs, and would be dumped for ever. The count of hung
	 * tasks does not tell whether it is one.
	 */
	if (trigger_is_own(t, "/proc", getpid()) ||
	    (t->rule->kind == RULE_HUNG_COUNT && write_is_active(d))) {
		judge_refuse(d, t, 0, POLICY_OWN);
		return;
	}
	symptom = judge_symptom(t);
	trigger_set_priority(t, "/proc");
	verdict = policy_judge(&d->policy, &d->config.limits, now.boot, t->priority, symptom);
	if (verdict != POLICY_DUMP)
		judge_refuse(d, t, symptom, verdict);
	else if (judge_is_possible(d, t, symptom))
		dump_fire(d, t, symptom, now, -1);
}

void judge_on_trigger(void *arg, struct trigger *t)
{
	t->rule->seen++;
	judge_trigger(arg, t);
}

void judge_again(struct daemon *d, s64 now)
{
	struct daemon_later later = d->later;

	d->later = (struct daemon_later){ 0 };
	if (later.trigger.rule && now - later.when < LATER_MS)
		judge_trigger(d, &later.trigger);
}

/* An administrator who asks for a dump gets one, however many there were. */
void judge_by_hand(struct daemon *d, const char *reason, int asker)
{
	struct trigger t = { .rule = rules_of_kind(&d->config.rules, RULE_HAND) };
	const char *why = NULL;

	if (t.rule) {
		t.rule->seen++;
		t.priority = t.rule->priority;
		trigger_set_message(&t, reason);
	}
	if (!t.rule)
		why = "the rule by-hand is disabled";
	else if (dump_is_busy(d))
		why = "a dump is being taken";
	else if (!judge_is_possible(d, &t, 0))
		why = arm_is_ready(d) ? "there is no room: what is held has the same priority" :
					d->arm.why;
	if (why && asker < 0)
		log_line(LOG_ERR, "%s: no dump: %s", reason, why);
	else if (why)
		control_answer(&d->control, asker, false, why);
	else
		dump_fire(d, &t, symptom_of(t.rule->name, t.message, ""), policy_now(), asker);
}
