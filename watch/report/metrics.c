// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * metrics.c - the numbers as Prometheus reads them from a text file: see its
 * documentation, "Exposition formats".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "stats.h"

static void metrics_head(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP livedump_watch_%s %s\n# TYPE livedump_watch_%s %s\n", name, help, name,
		type);
}

static void metrics_number(FILE *f, const char *name, const char *type, const char *help, u64 n)
{
	metrics_head(f, name, type, help);
	fprintf(f, "livedump_watch_%s %" PRIu64 "\n", name, n);
}

static void metrics_seconds(FILE *f, const char *name, const char *help, u64 ns)
{
	metrics_head(f, name, "gauge", help);
	fprintf(f, "livedump_watch_%s %" PRIu64 ".%09" PRIu64 "\n", name, ns / 1000000000,
		ns % 1000000000);
}

/* Names of rules are letters, digits, - and _: they need no quoting. */
static void metrics_triggers(FILE *f, const struct rules *rules)
{
	metrics_head(f, "triggers_total", "counter", "Triggers seen, by rule.");
	for (unsigned int i = 0; i < rules->nr; i++)
		if (rules->rule[i].enabled || rules->rule[i].seen)
			fprintf(f, "livedump_watch_triggers_total{rule=\"%s\"} %" PRIu64 "\n",
				rules->rule[i].name, rules->rule[i].seen);
}

static void metrics_watched(FILE *f, const struct rules *rules)
{
	metrics_head(f, "rule_watched", "gauge", "Whether what an enabled rule is about is watched.");
	for (unsigned int i = 0; i < rules->nr; i++)
		if (rules->rule[i].enabled || rules->rule[i].off)
			fprintf(f, "livedump_watch_rule_watched{rule=\"%s\"} %d\n",
				rules->rule[i].name, rules->rule[i].enabled);
}

static void metrics_suppressed(FILE *f, const struct policy *policy)
{
	metrics_head(f, "suppressed_total", "counter", "Triggers that started no dump, by reason.");
	for (enum policy_verdict i = POLICY_DUMP + 1; i < POLICY_NR; i++)
		fprintf(f, "livedump_watch_suppressed_total{reason=\"%s\"} %" PRIu64 "\n",
			policy_verdict_name(i), policy->suppressed[i]);
}

char *stats_metrics(const struct stats_view *v)
{
	const struct stats *s = v->stats;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	metrics_number(f, "armed", "gauge", "Whether the next dump can be taken at once.",
		       v->armed);
	metrics_watched(f, &v->config->rules);
	metrics_triggers(f, &v->config->rules);
	metrics_suppressed(f, v->policy);
	metrics_number(f, "dumps_total", "counter", "Dumps taken.", s->dumps);
	metrics_number(f, "failures_total", "counter", "Dumps that could not be taken.",
		       s->failures);
	metrics_number(f, "written_total", "counter", "Dumps written to a target.", s->written);
	metrics_number(f, "write_failures_total", "counter", "Failed attempts to write to a target.",
		       s->write_failures);
	metrics_number(f, "lost_total", "counter", "Held dumps replaced before they were written.",
		       s->lost);
	metrics_number(f, "held_dumps", "gauge", "Dumps held in memory.", hold_count(v->hold));
	metrics_number(f, "held_bytes", "gauge", "Bytes of these.", hold_bytes(v->hold));
	metrics_number(f, "held_budget_bytes", "gauge", "Bytes that may be held.", v->hold->budget);
	metrics_number(f, "locked_bytes", "gauge", "Locked memory of the armed process.",
		       v->locked);
	metrics_number(f, "kmsg_lost_total", "counter", "Gaps in the kernel messages read.",
		       v->kmsg_lost);
	metrics_seconds(f, "last_pause_seconds", "Pause of the last dump.", s->last_pause_ns);
	metrics_seconds(f, "last_duration_seconds", "How long the last dump took.",
			s->last_taken_ns);
	metrics_number(f, "last_dump_timestamp_seconds", "gauge", "When the last dump was taken.",
		       (u64)s->last_dump_real);
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}
