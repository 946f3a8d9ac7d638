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

#include "base/escape.h"
#include "base/numbers.h"
#include "daemon.h"
#include "watch/child/log.h"
#include "watch/hold/notify.h"
#include "watch/policy/reason.h"
#include "watch/policy/symptom.h"

#define DEATHS_MAX	6U		/* then it is replaced after a minute */
#define CUT_MS		120000		/* to verify and explain what there is after max-time */

static json_t *dump_cause(const struct daemon *d)
{
	const struct daemon_dump *dump = &d->dump;
	char symptom[SYMPTOM_HEX];
	struct utsname uts = { 0 };

	uname(&uts);
	/* It need not be UTF-8. */
	escape_in_place(uts.nodename);
	symptom_text(symptom, dump->symptom);
	return json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:i, s:I, s:s, s:s}",
			 "rule", dump->trigger.rule->name,
			 "symptom", symptom,
			 "message", dump->trigger.message,
			 "task", dump->trigger.task,
			 "pid", (int)dump->trigger.pid,
			 "function", dump->trigger.function,
			 "priority", (int)dump->trigger.priority,
			 "time", (json_int_t)(dump->when.real / 1000),
			 "host", uts.nodename,
			 "kernel", uts.release);
}

/* Have the armed process take the dump that d->dump describes. */
static int dump_order(struct daemon *d)
{
	struct armed_order order = {
		.max_bytes = hold_room(&d->hold, d->dump.trigger.priority),
	};
	json_t *cause = dump_cause(d);

	if (d->dump.trigger.rule->cause == RULE_CAUSE_HUNG_TASK)
		order.pid = (u32)d->dump.trigger.pid;
	reason_of_record(order.reason, cause);
	json_decref(cause);
	return armed_fire(&d->arm.armed, &order);
}

bool dump_is_busy(const struct daemon *d)
{
	return d->arm.armed.busy || d->dump.again;
}

void dump_fire(struct daemon *d, const struct trigger *t, u64 symptom, struct policy_clock now,
	       int asker)
{
	int ret;

	d->dump = (struct daemon_dump){
		.trigger = *t, .symptom = symptom, .when = now, .asker = asker,
	};
	ret = dump_order(d);
	if (t->rule->kind != RULE_HAND)
		policy_begin(&d->policy, now, t->priority);
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
	d->written.answer.written = false;
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
 * Whether the dump shows the same hang as a recent one, which triggers could not tell. Of
 * another cause, such as an oops, what hangs tells nothing: it may have hung for hours.
 */
static bool dump_is_known(struct daemon *d, const struct armed_answer *a)
{
	return a->signature[0] && d->dump.trigger.rule->cause == RULE_CAUSE_HUNG_TASK &&
	       policy_knows_signature(&d->policy, &d->config.limits, d->dump.when, a->signature);
}

/*
 * There is a dump of what has triggered, or the one of @other is that, if it is not 0. The count
 * of hung tasks tells of no task: what it counts has a dump, too.
 */
static void dump_done(struct daemon *d, u64 other)
{
	policy_done_by(&d->policy, d->dump.when, d->dump.symptom, other);
	if (d->dump.trigger.rule->cause == RULE_CAUSE_HUNG_TASK)
		policy_done_by(&d->policy, d->dump.when, symptom_of(SYMPTOM_HUNG_TASK, "", ""),
			       other);
}

/* It is not kept: its symptom has the dump that shows the same hang. */
static void dump_leave(struct daemon *d, const struct armed_answer *a)
{
	dump_done(d, symptom_of_signature(a->signature));
	if (d->dump.trigger.rule->kind != RULE_HAND)
		policy_leave(&d->policy);
	judge_refuse(d, &d->dump.trigger, d->dump.symptom, POLICY_SIGNATURE);
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
	dump_done(d, 0);
	/* Only now: one that could not be held must not have the next one thrown away. */
	if (a->signature[0])
		policy_done(&d->policy, d->dump.when, symptom_of_signature(a->signature));
	d->stats.dumps++;
	d->stats.last_dump_real = d->dump.when.real / 1000;
	d->stats.last_pause_ns = a->pause_ns;
	d->stats.last_taken_ns = a->taken_ns;
	d->stats.last_real = d->dump.when.real / 1000;
	dump_say_taken(d, a, record);
	json_decref(record);
	dump_end(d, true, d->stats.last);
}

/* What became of verifying it is no reason to lose a dump. Returns whether there is one. */
static bool dump_keep_written(struct daemon *d, const char *why)
{
	if (!d->written.answer.written)
		return false;
	log_line(LOG_WARNING, "rule %s: the dump is not verified: %s", d->dump.trigger.rule->name,
		 why);
	dump_keep(d, &d->written);
	return true;
}

void dump_abandon(struct daemon *d)
{
	static const char why[] = "the daemon ends";

	if (d->dump.again || (d->arm.armed.busy && !dump_keep_written(d, why)))
		dump_fail(d, why);
}

void dump_cut(struct daemon *d, s64 now)
{
	if (dump_keep_written(d, "that took too long"))
		return;
	if (d->dump.cut) {
		dump_fail(d, "the dump took longer than max-time");
		return;
	}
	d->dump.cut = true;
	d->arm.deadline = now + CUT_MS;
	armed_cut(&d->arm.armed);
}

/*
 * Another program may take a dump by the module, for ever if its disk hangs, or the module
 * may not be able to. What it cannot do is no reason to have no dump.
 */
static bool dump_try_again(struct daemon *d, const struct armed_answer *a)
{
	if (d->dump.cut || d->dump.without || !d->arm.module ||
	    !strcmp(d->config.dump.engine, "module"))
		return false;
	log_line(LOG_WARNING, "rule %s: the module takes no dump: %.200s; the next try is without it",
		 d->dump.trigger.rule->name, a->error);
	d->dump.again = true;
	d->written.answer.written = false;
	arm_without_module(d, policy_now().boot);
	return true;
}

static void dump_take_result(struct daemon *d, const struct armed_message *m)
{
	const struct armed_answer *a = &m->answer;

	if (a->ret && dump_try_again(d, a))
		return;
	if (a->ret)
		dump_fail(d, a->error);
	else if (dump_is_known(d, a))
		dump_leave(d, a);
	else
		dump_keep(d, m);
}

/* The dump that is waiting for this process, or what was triggered meanwhile. */
static void dump_take_waiting(struct daemon *d, s64 now)
{
	int ret;

	if (!d->dump.again) {
		judge_again(d, now);
		return;
	}
	d->dump.again = false;
	d->dump.without = true;
	ret = dump_order(d);
	if (ret)
		dump_fail(d, strerror(-ret));
	else
		d->arm.deadline = now + (s64)d->config.dump.max_ms;
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
	d->arm.module = a->module;
	d->arm.said[0] = '\0';
	d->files.dirty = true;
	snprintf(d->arm.why, sizeof(d->arm.why), "%s", a->error);
	log_line(LOG_INFO, "armed: %s, %" PRIu64 " KiB locked", a->error, a->locked >> 10);
	dump_take_waiting(d, policy_now().boot);
}

void dump_take_answer(struct daemon *d)
{
	static struct armed_message m;
	int ret = armed_read(&d->arm.armed, &m);

	if (!ret)
		return;
	if (ret > 0 && !d->arm.armed.busy) {
		dump_take_armed(d, &m.answer);
	} else if (ret > 0 && m.answer.written) {
		d->written = m;
		d->arm.deadline = policy_now().boot + CUT_MS;
	} else if (ret > 0) {
		d->arm.deadline = 0;
		dump_take_result(d, &m);
	} else if (d->arm.armed.busy) {
		if (!dump_keep_written(d, "the process that did it has ended"))
			dump_fail(d, "the process that took it has ended");
	} else {
		arm_fail(d, "the armed process has ended");
		/* If memory is so short that it is ended, the next one would be, too. */
		d->arm.retry = policy_now().boot + ((s64)1000 << d->arm.deaths);
		if (d->arm.deaths < DEATHS_MAX)
			d->arm.deaths++;
	}
}
