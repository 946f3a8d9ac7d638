// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * daemon_dump.c - from a trigger to a dump that is held.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/numbers.h"
#include "daemon.h"
#include "watch/child/log.h"
#include "watch/hold/notify.h"
#include "watch/policy/reason.h"
#include "watch/policy/symptom.h"

#define ROOM_LEAST	((u64)1 << 20)	/* no dump is smaller */
#define DEATHS_MAX	6U		/* then it is replaced after a minute */

static void dump_refuse(struct daemon *d, const struct trigger *t, u64 symptom,
			enum policy_verdict verdict)
{
	/* A storm of triggers shall not become one of messages. */
	if (!d->policy.suppressed[verdict])
		log_line(LOG_NOTICE, "rule %s: no dump (%s): %s; further ones are only counted",
			 t->rule->name, policy_verdict_name(verdict), t->message);
	policy_refuse(&d->policy, symptom, verdict);
	d->files.stale = true;
}

static json_t *dump_cause(const struct daemon *d)
{
	const struct daemon_dump *dump = &d->dump;
	char symptom[SYMPTOM_HEX];
	struct utsname uts = { 0 };

	uname(&uts);
	symptom_text(symptom, dump->symptom);
	return json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:i, s:I, s:s, s:s}",
			 "rule", dump->trigger.rule->name,
			 "symptom", symptom,
			 "message", dump->trigger.message,
			 "task", dump->trigger.task,
			 "pid", (int)dump->trigger.pid,
			 "function", dump->trigger.function,
			 "priority", (int)dump->trigger.rule->priority,
			 "time", (json_int_t)(dump->when.real / 1000),
			 "host", uts.nodename,
			 "kernel", uts.release);
}

/* Have the armed process take the dump that d->dump describes. */
static int dump_order(struct daemon *d)
{
	struct armed_order order = {
		.max_bytes = hold_room(&d->hold, d->dump.trigger.rule->priority),
	};
	json_t *cause = dump_cause(d);

	reason_of_record(order.reason, cause);
	json_decref(cause);
	return armed_fire(&d->arm.armed, &order);
}

static void dump_fire(struct daemon *d, const struct trigger *t, u64 symptom,
		      struct policy_clock now, int asker)
{
	int ret;

	d->dump = (struct daemon_dump){
		.trigger = *t, .symptom = symptom, .when = now, .asker = asker,
	};
	ret = dump_order(d);
	if (t->rule->kind != RULE_HAND)
		policy_begin(&d->policy, now, t->rule->priority);
	d->files.dirty = true;
	if (ret) {
		dump_fail(d, strerror(-ret));
		return;
	}
	d->arm.deadline = now.boot + (s64)d->config.dump.max_ms;
	/* Only now: the dump does not wait for it. */
	d->dump.log = kmsg_log();
	log_line(LOG_WARNING, "rule %s: taking a dump: %s", t->rule->name, t->message);
}

/* Whether a dump of this priority could be held at all, and can be taken now. */
static bool dump_is_possible(struct daemon *d, const struct trigger *t, u64 symptom)
{
	if (hold_room(&d->hold, t->rule->priority) < ROOM_LEAST) {
		dump_refuse(d, t, symptom, POLICY_ROOM);
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
static enum policy_verdict dump_judge(const struct daemon *d, s64 now, unsigned int priority)
{
	enum policy_verdict verdict;

	if (d->arm.armed.busy)
		return POLICY_BUSY;
	verdict = policy_judge(&d->policy, &d->config.limits, now, priority, 0);
	return verdict == POLICY_DUMP && !arm_is_ready(d) ? POLICY_UNARMED : verdict;
}

void dump_on_trigger(void *arg, struct trigger *t)
{
	struct policy_clock now = policy_now();
	enum policy_verdict verdict;
	struct daemon *d = arg;
	u64 symptom;

	t->rule->seen++;
	/* In a storm it does not matter which task it is: that takes some time to find out. */
	verdict = dump_judge(d, now.boot, t->rule->priority);
	if (verdict != POLICY_DUMP) {
		dump_refuse(d, t, 0, verdict);
		return;
	}
	trigger_find_task(t);
	/* One that writes to the disk that hangs, and would be dumped for ever. */
	if (trigger_is_own(t, "/proc", getpid())) {
		dump_refuse(d, t, 0, POLICY_OWN);
		return;
	}
	symptom = symptom_of(t->rule->name, t->message, t->function);
	verdict = policy_judge(&d->policy, &d->config.limits, now.boot, t->rule->priority, symptom);
	if (verdict != POLICY_DUMP)
		dump_refuse(d, t, symptom, verdict);
	else if (dump_is_possible(d, t, symptom))
		dump_fire(d, t, symptom, now, -1);
}

/* An administrator who asks for a dump gets one, however many there were. */
void dump_by_hand(struct daemon *d, const char *reason, int asker)
{
	struct trigger t = { .rule = rules_of_kind(&d->config.rules, RULE_HAND) };
	const char *why = NULL;

	if (t.rule) {
		t.rule->seen++;
		trigger_set_message(&t, reason);
	}
	if (!t.rule)
		why = "the rule by-hand is disabled";
	else if (d->arm.armed.busy)
		why = "a dump is being taken";
	else if (!dump_is_possible(d, &t, 0))
		why = arm_is_ready(d) ? "there is no room: what is held has the same priority" :
					d->arm.why;
	if (why)
		control_answer(&d->control, asker, false, why);
	else
		dump_fire(d, &t, symptom_of(t.rule->name, t.message, ""), policy_now(), asker);
}

/* Everything that is known of the dump. */
static json_t *dump_record(const struct daemon *d, const struct armed_message *m)
{
	const struct armed_answer *a = &m->answer;
	json_t *record = dump_cause(d);

	if (!record)
		return NULL;
	json_object_set_new(record, "bytes", json_integer((json_int_t)a->dump));
	json_object_set_new(record, "partial", json_boolean(a->partial));
	json_object_set_new(record, "paused", json_boolean(a->paused));
	json_object_set_new(record, "pause_ns", json_integer((json_int_t)a->pause_ns));
	json_object_set_new(record, "taken_ns", json_integer((json_int_t)a->taken_ns));
	json_object_set_new(record, "hangs", json_boolean(a->hangs));
	json_object_set_new(record, "signature", json_string(a->signature));
	json_object_set_new(record, "info", json_stringn(m->text, a->info));
	json_object_set_new(record, "why", json_stringn(m->text + a->info, a->why));
	if (d->dump.log)
		json_object_set_new(record, "dmesg", json_string(d->dump.log));
	return record;
}

/* The dump is over, good or not: who asked is answered, and the next one is armed. */
static void dump_end(struct daemon *d, bool good, const char *text)
{
	control_answer(&d->control, d->dump.asker, good, text);
	free(d->dump.log);
	d->dump = (struct daemon_dump){ .asker = -1 };
	d->files.dirty = true;
	arm_start(d, policy_now().boot);
}

void dump_fail(struct daemon *d, const char *why)
{
	json_t *record = dump_cause(d);
	char text[512];

	d->stats.failures++;
	d->stats.last_real = d->dump.when.real / 1000;
	snprintf(text, sizeof(text), "rule %s: no dump was taken: %.300s",
		 d->dump.trigger.rule->name, why);
	snprintf(d->stats.last, sizeof(d->stats.last), "%s", text);
	log_line(LOG_ERR, "%s", text);
	files_tell(d, TELL_FAILED, record, text);
	json_decref(record);
	dump_end(d, false, text);
}

/*
 * Whether the dump shows the same hang as a recent one, which triggers could not tell. Who
 * asked for it keeps it all the same.
 */
static bool dump_is_known(struct daemon *d, const struct armed_answer *a)
{
	return a->signature[0] && d->dump.trigger.rule->kind != RULE_HAND &&
	       policy_knows_signature(&d->policy, &d->config.limits, d->dump.when, a->signature);
}

/* It is not kept: its symptom has the dump that shows the same hang. */
static void dump_leave(struct daemon *d, const struct armed_answer *a)
{
	u64 signature = symptom_of_signature(a->signature);

	policy_done(&d->policy, d->dump.when, d->dump.symptom);
	if (policy_find(&d->policy, signature)->safe)
		policy_written(&d->policy, d->dump.symptom);
	dump_refuse(d, &d->dump.trigger, d->dump.symptom, POLICY_SIGNATURE);
	dump_end(d, true, "the dump shows the same hang as one before");
}

static void dump_say_taken(struct daemon *d, const struct armed_answer *a, const json_t *record)
{
	char text[512], size[32], how[64] = "live";

	number_format_size(size, sizeof(size), a->dump);
	if (a->paused)
		snprintf(how, sizeof(how), "paused for %" PRIu64 ".%03" PRIu64 " ms",
			 a->pause_ns / 1000000, a->pause_ns / 1000 % 1000);
	snprintf(text, sizeof(text), "rule %s: a dump of %s is held in memory (%s%s, %" PRIu64 " ms): %.200s",
		 d->dump.trigger.rule->name, size, how, a->partial ? ", partial" : "",
		 a->taken_ns / 1000000, d->dump.trigger.message);
	snprintf(d->stats.last, sizeof(d->stats.last), "%s", text);
	log_line(LOG_WARNING, "%s", text);
	if (a->no_reason)
		log_line(LOG_NOTICE, "the dump itself does not say why it was taken: the loaded module is too old for that");
	files_tell(d, TELL_TAKEN, record, text);
}

static void dump_keep(struct daemon *d, const struct armed_message *m)
{
	const struct armed_answer *a = &m->answer;
	json_t *record = dump_record(d, m);
	struct held *held;
	int ret;

	ret = record ? hold_seal(d->arm.armed.fd, a->dump, record) : -ENOMEM;
	if (!ret)
		ret = hold_add(&d->hold, d->arm.armed.fd, write_dropped, d, &held);
	if (ret) {
		json_decref(record);
		dump_fail(d, strerror(-ret));
		return;
	}
	d->arm.armed.fd = -1;
	d->arm.deaths = 0;
	files_keep_held(d);
	policy_done(&d->policy, d->dump.when, d->dump.symptom);
	/* Only now: one that could not be held must not have the next one thrown away. */
	if (a->signature[0])
		policy_done(&d->policy, d->dump.when, symptom_of_signature(a->signature));
	d->stats.dumps++;
	d->stats.last_pause_ns = a->pause_ns;
	d->stats.last_taken_ns = a->taken_ns;
	d->stats.last_real = d->dump.when.real / 1000;
	dump_say_taken(d, a, record);
	json_decref(record);
	dump_end(d, true, d->stats.last);
}

static void dump_take_result(struct daemon *d, const struct armed_message *m)
{
	const struct armed_answer *a = &m->answer;

	if (a->ret)
		dump_fail(d, a->error);
	else if (dump_is_known(d, a))
		dump_leave(d, a);
	else
		dump_keep(d, m);
}

/* The process has said that it is armed, or why not. */
static void dump_take_armed(struct daemon *d, const struct armed_answer *a)
{
	if (!a->armed) {
		arm_fail(d, a->error);
		return;
	}
	d->arm.deadline = 0;
	d->arm.locked = a->locked;
	d->arm.said[0] = '\0';
	d->files.dirty = true;
	snprintf(d->arm.why, sizeof(d->arm.why), "%s", a->error);
	log_line(LOG_INFO, "armed: %s, %" PRIu64 " KiB locked", a->error, a->locked >> 10);
}

void dump_take_answer(struct daemon *d)
{
	static struct armed_message m;
	int ret = armed_read(&d->arm.armed, &m);

	if (!ret)
		return;
	if (ret > 0 && !d->arm.armed.busy) {
		dump_take_armed(d, &m.answer);
	} else if (ret > 0) {
		d->arm.deadline = 0;
		dump_take_result(d, &m);
	} else if (d->arm.armed.busy) {
		dump_fail(d, "the process that took it has ended");
	} else {
		arm_fail(d, "the armed process has ended");
		/* If memory is so short that it is ended, the next one would be, too. */
		d->arm.retry = policy_now().boot + ((s64)1000 << d->arm.deaths);
		if (d->arm.deaths < DEATHS_MAX)
			d->arm.deaths++;
	}
}
