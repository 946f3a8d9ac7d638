// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * status.c - the answer to --status. The names of its members stay.
 */
#include "stats.h"

static json_t *status_triggers(const struct rules *rules)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < rules->nr; i++)
		if (rules->rule[i].enabled || rules->rule[i].seen)
			json_object_set_new(object, rules->rule[i].name,
					    json_integer((json_int_t)rules->rule[i].seen));
	return object;
}

static json_t *status_not_watched(const struct rules *rules)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < rules->nr; i++)
		if (rules->rule[i].off)
			json_object_set_new(object, rules->rule[i].name,
					    json_string(rules->rule[i].off));
	return object;
}

static json_t *status_targets_failing(const struct stats_view *v)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < v->config->targets; i++)
		if (v->stats->trouble[i][0])
			json_object_set_new(object, v->config->target[i].name,
					    json_string(v->stats->trouble[i]));
	return object;
}

static json_t *status_suppressed(const struct policy *policy)
{
	json_t *object = json_object();

	for (enum policy_verdict i = POLICY_DUMP + 1; i < POLICY_NR; i++)
		json_object_set_new(object, policy_verdict_name(i),
				    json_integer((json_int_t)policy->suppressed[i]));
	return object;
}

static json_t *status_held(const struct stats_view *v)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < HOLD_MAX; i++) {
		const struct held *held = &v->hold->held[i];
		json_t *object;

		if (!held->id)
			continue;
		object = json_pack("{s:I, s:I, s:i, s:I}",
				   "id", (json_int_t)held->id,
				   "bytes", (json_int_t)held->bytes,
				   "priority", (int)held->priority,
				   "time", (json_int_t)held_number(held, "time"));
		json_object_set_new(object, "rule", json_string(held_text(held, "rule")));
		json_object_set_new(object, "symptom", json_string(held_text(held, "symptom")));
		if (v->writing[i])
			json_object_set_new(object, "writing", json_string(v->writing[i]));
		json_array_append_new(array, object);
	}
	return array;
}

json_t *stats_status(const struct stats_view *v)
{
	const struct stats *s = v->stats;
	json_t *object;

	object = json_pack("{s:s, s:b, s:s, s:I, s:o, s:o, s:o, s:I, s:I}",
			   "program", "livedump-watch (livedump) " LIVEDUMP_VERSION,
			   "armed", v->armed,
			   "why", v->armed_why,
			   "locked_bytes", (json_int_t)v->locked,
			   "triggers", status_triggers(&v->config->rules),
			   "suppressed", status_suppressed(v->policy),
			   "held", status_held(v),
			   "held_bytes", (json_int_t)hold_bytes(v->hold),
			   "held_budget", (json_int_t)v->hold->budget);
	if (!object)
		return NULL;
	json_object_set_new(object, "not_watched", status_not_watched(&v->config->rules));
	json_object_set_new(object, "targets_failing", status_targets_failing(v));
	json_object_set_new(object, "boot_dumps",
			    json_integer((json_int_t)policy_boot_dumps(v->policy, 0)));
	json_object_set_new(object, "per_boot", json_integer(v->config->limits.per_boot));
	json_object_set_new(object, "boot_limited",
			    json_integer(policy_boot_limited(v->policy, &v->config->limits)));
	json_object_set_new(object, "dumps", json_integer((json_int_t)s->dumps));
	json_object_set_new(object, "failures", json_integer((json_int_t)s->failures));
	json_object_set_new(object, "written", json_integer((json_int_t)s->written));
	json_object_set_new(object, "write_failures", json_integer((json_int_t)s->write_failures));
	json_object_set_new(object, "lost", json_integer((json_int_t)s->lost));
	json_object_set_new(object, "kmsg_lost", json_integer((json_int_t)v->kmsg_lost));
	json_object_set_new(object, "last_time", json_integer((json_int_t)s->last_real));
	json_object_set_new(object, "last_pause_ns", json_integer((json_int_t)s->last_pause_ns));
	json_object_set_new(object, "last_taken_ns", json_integer((json_int_t)s->last_taken_ns));
	json_object_set_new(object, "last", json_string(s->last));
	return object;
}
