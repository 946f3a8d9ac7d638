// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * policy.c - one cause, one dump.
 */
#include <string.h>
#include <time.h>

#include "policy.h"
#include "symptom.h"

#define DAY_MS	((s64)86400 * 1000)

static s64 policy_read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (s64)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct policy_clock policy_now(void)
{
	return (struct policy_clock){
		.boot = policy_read_clock(CLOCK_BOOTTIME),
		.real = policy_read_clock(CLOCK_REALTIME),
	};
}

const char *policy_verdict_name(enum policy_verdict verdict)
{
	static const char *const names[POLICY_NR] = {
		"none", "symptom", "signature", "backoff", "per-day", "per-boot", "busy",
		"own", "room", "unarmed",
	};

	return names[verdict];
}

static struct policy_symptom *policy_entry(struct policy *p, u64 symptom)
{
	for (unsigned int i = 0; i < POLICY_SYMPTOMS_MAX; i++)
		if (p->symptom[i].symptom == symptom)
			return &p->symptom[i];
	return NULL;
}

const struct policy_symptom *policy_find(const struct policy *p, u64 symptom)
{
	return policy_entry((struct policy *)p, symptom);
}

/* A new entry takes the place of the oldest. */
static struct policy_symptom *policy_add(struct policy *p, u64 symptom)
{
	struct policy_symptom *e = policy_entry(p, symptom);

	if (e)
		return e;
	e = policy_entry(p, 0);
	if (!e) {
		e = &p->symptom[0];
		for (unsigned int i = 1; i < POLICY_SYMPTOMS_MAX; i++)
			if (p->symptom[i].when < e->when)
				e = &p->symptom[i];
	}
	*e = (struct policy_symptom){ .symptom = symptom };
	return e;
}

static bool policy_is_recent(const struct policy_symptom *e, const struct config_limits *limits,
			     s64 now)
{
	return e && e->dumps && now - e->when < (s64)limits->interval_ms;
}

static unsigned int policy_count_day(const struct policy *p, s64 now, unsigned int priority)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < p->days && now - p->day[i].when < DAY_MS; i++)
		nr += !p->day[i].left && p->day[i].priority >= priority;
	return nr;
}

u64 policy_boot_dumps(const struct policy *p, unsigned int priority)
{
	u64 nr = 0;

	for (; priority <= RULE_PRIORITY_MAX; priority++)
		nr += p->boot_dumps[priority];
	return nr;
}

int policy_boot_limited(const struct policy *p, const struct config_limits *limits)
{
	int priority = RULE_PRIORITY_MAX;

	if (policy_boot_dumps(p, 0) >= (u64)POLICY_TOTAL * limits->per_boot)
		return priority;
	while (priority >= 0 && policy_boot_dumps(p, (unsigned int)priority) < limits->per_boot)
		priority--;
	return priority;
}

/* Until when there is no dump of @priority: INT64_MIN if there was none yet. */
static s64 policy_backoff(const struct policy *p, const struct config_limits *limits,
			  unsigned int priority)
{
	s64 last = 0;
	u64 ms = 0;

	for (unsigned int i = p->days; i-- > 0;) {
		const struct policy_day *day = &p->day[i];

		if (day->priority < priority)
			continue;
		/* After a day without one it begins anew. */
		ms = ms && day->when - last < DAY_MS ? 2 * ms : limits->backoff_ms;
		if (ms > limits->backoff_max_ms)
			ms = limits->backoff_max_ms;
		last = day->when;
	}
	return ms ? last + (s64)ms : INT64_MIN;
}

enum policy_verdict policy_judge(const struct policy *p, const struct config_limits *limits,
				 s64 now, unsigned int priority, u64 symptom)
{
	if (symptom && policy_is_recent(policy_find(p, symptom), limits, now))
		return POLICY_SYMPTOM;
	if (now < policy_backoff(p, limits, priority))
		return POLICY_BACKOFF;
	if (policy_count_day(p, now, priority) >= limits->per_day ||
	    policy_count_day(p, now, 0) >= POLICY_TOTAL * limits->per_day)
		return POLICY_DAY;
	return (int)priority <= policy_boot_limited(p, limits) ? POLICY_BOOT : POLICY_DUMP;
}

void policy_refuse(struct policy *p, u64 symptom, enum policy_verdict verdict)
{
	struct policy_symptom *e = policy_entry(p, symptom);

	p->suppressed[verdict]++;
	if (e)
		e->suppressed++;
}

void policy_begin(struct policy *p, struct policy_clock now, unsigned int priority)
{
	if (p->days == POLICY_DAYS_MAX)
		p->days--;
	memmove(p->day + 1, p->day, p->days * sizeof(*p->day));
	p->day[0] = (struct policy_day){ .when = now.boot, .priority = priority };
	p->days++;
	p->boot_dumps[priority]++;
}

void policy_leave(struct policy *p)
{
	if (!p->days || p->day[0].left)
		return;
	p->day[0].left = true;
	p->boot_dumps[p->day[0].priority]--;
}

void policy_done(struct policy *p, struct policy_clock now, u64 symptom)
{
	policy_done_by(p, now, symptom, 0);
}

void policy_done_by(struct policy *p, struct policy_clock now, u64 symptom, u64 other)
{
	const struct policy_symptom *by = other ? policy_entry(p, other) : NULL;
	bool safe = by && by->safe;
	struct policy_symptom *e = policy_add(p, symptom);

	e->when = now.boot;
	e->dumps++;
	e->suppressed = 0;
	e->safe = safe;
	e->other = other;
}

/* Whether the dump of @symptom is the one that @e stands for. */
static bool policy_is_of(const struct policy_symptom *e, u64 symptom)
{
	return e->symptom && (e->symptom == symptom || e->other == symptom);
}

void policy_written(struct policy *p, u64 symptom)
{
	for (unsigned int i = 0; symptom && i < POLICY_SYMPTOMS_MAX; i++)
		if (policy_is_of(&p->symptom[i], symptom))
			p->symptom[i].safe = true;
}

void policy_forget(struct policy *p, u64 symptom)
{
	for (unsigned int i = 0; symptom && i < POLICY_SYMPTOMS_MAX; i++)
		if (policy_is_of(&p->symptom[i], symptom))
			p->symptom[i] = (struct policy_symptom){ 0 };
}

void policy_forget_lost(struct policy *p, bool (*held)(const void *arg, u64 symptom),
			const void *arg)
{
	for (unsigned int i = 0; i < POLICY_SYMPTOMS_MAX; i++) {
		struct policy_symptom *e = &p->symptom[i];

		if (e->symptom && !e->safe && !held(arg, e->other ? e->other : e->symptom))
			*e = (struct policy_symptom){ 0 };
	}
}

bool policy_knows_signature(const struct policy *p, const struct config_limits *limits,
			    struct policy_clock now, const char *signature)
{
	return policy_is_recent(policy_find(p, symptom_of_signature(signature)), limits, now.boot);
}
