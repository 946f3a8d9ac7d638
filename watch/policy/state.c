// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * state.c - the policy's memory as text.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "port/procfile.h"
#include "state.h"

#define STATE_MAGIC	"livedump-watch state 1\n"

struct state_text {
	char *buf;
	size_t at;
};

__attribute__((format(printf, 2, 3)))
static void state_put(struct state_text *t, const char *fmt, ...)
{
	size_t left = STATE_MAX - t->at;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->at, left, fmt, ap);
	va_end(ap);
	/* A line that does not fit is left out; the newest come first. */
	if (n > 0 && (size_t)n < left)
		t->at += (size_t)n;
	else
		t->buf[t->at] = '\0';
}

size_t state_write(char *buf, const struct policy *p, struct policy_clock now, const char *boot)
{
	struct state_text t = { .buf = buf };

	state_put(&t, STATE_MAGIC "boot %s\nclock %" PRId64 " %" PRId64 "\n", boot, now.boot,
		  now.real);
	/* The last line has all of them, which is what older daemons read. */
	for (unsigned int i = RULE_PRIORITY_MAX + 1; i-- > 0;)
		if (p->boot_dumps[i])
			state_put(&t, "dumps %" PRIu64 " %u\n", policy_boot_dumps(p, i), i);
	for (unsigned int i = 0; i < p->days; i++)
		state_put(&t, "day %" PRId64 " %u %d\n", p->day[i].when, p->day[i].priority,
			  p->day[i].left);
	for (unsigned int i = 0; i < POLICY_SYMPTOMS_MAX; i++) {
		const struct policy_symptom *e = &p->symptom[i];

		if (e->symptom)
			state_put(&t, "symptom %016" PRIx64 " %" PRId64 " %" PRIu64 " %" PRIu64
				  " %d %016" PRIx64 "\n", e->symptom, e->when, e->dumps,
				  e->suppressed, e->safe, e->other);
	}
	return t.at;
}

struct state_reader {
	struct policy *p;
	const char *boot;		/* of now */
	struct policy_clock now;
	bool same;			/* it was written in this boot */
	s64 shift;			/* to add to its times */
	unsigned int symptoms;
};

/* @clock: when the text was written. */
static void state_set_clock(struct state_reader *r, struct policy_clock clock)
{
	s64 since = r->now.real > clock.real ? r->now.real - clock.real : 0;

	r->shift = r->same ? 0 : r->now.boot - since - clock.boot;
}

/* No time lies ahead, whatever the text says. */
static s64 state_time(const struct state_reader *r, s64 when)
{
	s64 moved;

	if (__builtin_add_overflow(when, r->shift, &moved) || moved > r->now.boot)
		return r->now.boot;
	return moved;
}

static bool state_read_symptom(struct state_reader *r, const char *line)
{
	struct policy_symptom e = { 0 };
	unsigned int safe = 1;
	s64 when;

	if (sscanf(line, "symptom %" SCNx64 " %" SCNd64 " %" SCNu64 " %" SCNu64 " %u %" SCNx64,
		   &e.symptom, &when, &e.dumps, &e.suppressed, &safe, &e.other) < 4)
		return false;
	e.when = state_time(r, when);
	e.safe = safe;
	if (r->symptoms < POLICY_SYMPTOMS_MAX && e.symptom && (r->same || e.safe))
		r->p->symptom[r->symptoms++] = e;
	return true;
}

static bool state_read_dumps(struct state_reader *r, const char *line)
{
	unsigned int priority = RULE_PRIORITY_MAX;
	u64 n, higher;

	if (sscanf(line, "dumps %" SCNu64 " %u", &n, &priority) < 1 || priority > RULE_PRIORITY_MAX)
		return false;
	higher = policy_boot_dumps(r->p, priority);
	if (r->same && n > higher)
		r->p->boot_dumps[priority] += n - higher;
	return true;
}

static bool state_read_day(struct state_reader *r, const char *line)
{
	unsigned int priority = RULE_PRIORITY_MAX, left = 0;
	struct policy *p = r->p;
	s64 when;

	if (sscanf(line, "day %" SCNd64 " %u %u", &when, &priority, &left) < 1 ||
	    priority > RULE_PRIORITY_MAX)
		return false;
	if (p->days < POLICY_DAYS_MAX)
		p->day[p->days++] = (struct policy_day){ state_time(r, when), priority, left };
	return true;
}

static bool state_read_line(struct state_reader *r, const char *line)
{
	struct policy_clock clock;
	char boot[STATE_BOOT_MAX];
	u64 backoff;

	if (sscanf(line, "boot %39s", boot) == 1) {
		r->same = !strcmp(boot, r->boot);
	} else if (sscanf(line, "clock %" SCNd64 " %" SCNd64, &clock.boot, &clock.real) == 2) {
		state_set_clock(r, clock);
	} else if (sscanf(line, "backoff %" SCNu64, &backoff) != 1) {
		return state_read_dumps(r, line) || state_read_day(r, line) ||
		       state_read_symptom(r, line);
	}
	return true;
}

bool state_read(struct policy *p, const char *text, struct policy_clock now, const char *boot)
{
	struct state_reader r = { .p = p, .boot = boot, .now = now };
	bool good = !strncmp(text, STATE_MAGIC, sizeof(STATE_MAGIC) - 1);

	*p = (struct policy){ 0 };
	text += good ? sizeof(STATE_MAGIC) - 1 : 0;
	while (good && *text) {
		good = state_read_line(&r, text);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	if (!good)
		*p = (struct policy){ 0 };
	return good;
}

void state_boot_id(char id[STATE_BOOT_MAX])
{
	if (procfile_read("/proc/sys/kernel/random/boot_id", id, STATE_BOOT_MAX) || !*id)
		strcpy(id, "unknown");
	id[strcspn(id, "\n")] = '\0';
}
