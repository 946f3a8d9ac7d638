// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * blocked.c - the kernel's count of hung tasks, and tasks that wait for long.
 *
 * As the kernel does it (kernel/hung_task.c), a task hangs if it is in D state and has not
 * given up the processor since. Files in /proc/PID/task/ID/status are read, which needs
 * no lock that such a task may have.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "port/procfile.h"
#include "blocked.h"

#define COUNT_FILE	"/proc/sys/kernel/hung_task_detect_count"
#define TIMEOUT_FILE	"/proc/sys/kernel/hung_task_timeout_secs"
#define COUNT_MS	30000
#define LOOKS		4U	/* in the time that a task may wait */

static u64 blocked_read_count(const struct blocked *t)
{
	char text[32];
	u64 n = 0;

	if (t->count_fd >= 0 && !procfile_read_fd(t->count_fd, text, sizeof(text)))
		procfile_number(text, "", "", &n);
	return n;
}

/* A builtin rule is there for kernels that need it. What a file asks for is to be told of. */
static void blocked_disable(struct rule *rule, const char *why)
{
	rule->enabled = false;
	if (!rule->builtin)
		rule->off = why;
}

void blocked_open(struct blocked *t, struct rules *rules, const char *proc, s64 now)
{
	struct rule *blocked = rules_of_kind(rules, RULE_BLOCKED);
	struct rule *counted = rules_of_kind(rules, RULE_HUNG_COUNT);

	*t = (struct blocked){ .count_fd = -1, .proc = proc };
	if (counted) {
		t->count_fd = open(COUNT_FILE, O_RDONLY | O_CLOEXEC);
		t->count = blocked_read_count(t);
		if (t->count_fd < 0)
			blocked_disable(counted, "this kernel does not count hung tasks");
	}
	/* The kernel looks itself, unless the administrator wants another time. */
	if (blocked && (!blocked->builtin || access(TIMEOUT_FILE, F_OK)))
		t->next = now + (s64)(blocked->ms / LOOKS);
	else if (blocked)
		blocked_disable(blocked, NULL);
	if (t->count_fd >= 0 && !t->next)
		t->next = now + COUNT_MS;
}

void blocked_close(struct blocked *t)
{
	if (t->count_fd >= 0)
		close(t->count_fd);
	t->count_fd = -1;
}

int blocked_timeout(const struct blocked *t, s64 now)
{
	if (!t->next)
		return -1;
	return t->next > now ? (int)(t->next - now) : 0;
}

static void blocked_look_at_count(struct blocked *t, struct rules *rules, trigger_fn *fn, void *arg)
{
	u64 count = blocked_read_count(t);
	struct trigger trigger = { .rule = rules_of_kind(rules, RULE_HUNG_COUNT) };

	/* An administrator may set it to 0. */
	if (count > t->count && trigger.rule) {
		trigger_set_message(&trigger, "kernel.hung_task_detect_count has grown");
		fn(arg, &trigger);
	}
	t->count = count;
}

static struct waiting *blocked_find(struct blocked *t, s32 pid)
{
	for (unsigned int i = 0; i < t->nr; i++)
		if (t->waiting[i].pid == pid)
			return &t->waiting[i];
	if (t->nr == BLOCKED_MAX)
		return NULL;
	t->waiting[t->nr] = (struct waiting){ .pid = pid };
	return &t->waiting[t->nr++];
}

struct blocked_walk {
	struct blocked *t;
	struct rule *rule;
	s64 now;
	trigger_fn *fn;
	void *arg;
};

static void blocked_tell(const struct blocked_walk *w, const char *status, s32 pid)
{
	struct trigger trigger = { .rule = w->rule, .pid = pid };
	const char *name = procfile_find(status, "Name:\t");
	char message[128];

	if (name)
		snprintf(trigger.task, sizeof(trigger.task), "%.*s", (int)strcspn(name, "\n"),
			 name);
	snprintf(message, sizeof(message), "task %.31s:%d is in D state for more than %llu seconds",
		 trigger.task, pid, (unsigned long long)w->rule->ms / 1000);
	trigger_set_message(&trigger, message);
	w->fn(w->arg, &trigger);
}

static void blocked_look_at_task(const struct blocked_walk *w, const char *process,
				 const char *task)
{
	char path[600], status[PROCFILE_MAX];
	u64 voluntary = 0, forced = 0;
	struct waiting *waiting;
	const char *state;

	snprintf(path, sizeof(path), "%s/%.32s/task/%.32s/status", w->t->proc, process, task);
	if (procfile_read(path, status, sizeof(status)))
		return;
	state = procfile_find(status, "State:\t");
	if (!state || *state != 'D')
		return;
	procfile_number(status, "voluntary_ctxt_switches:", "\n", &voluntary);
	procfile_number(status, "nonvoluntary_ctxt_switches:", "\n", &forced);
	waiting = blocked_find(w->t, atoi(task));
	if (!waiting)
		return;
	waiting->seen = true;
	if (!waiting->since || waiting->switches != voluntary + forced) {
		waiting->switches = voluntary + forced;
		waiting->since = w->now;
		waiting->told = false;
	}
	if (waiting->told || w->now - waiting->since < (s64)w->rule->ms)
		return;
	waiting->told = true;
	blocked_tell(w, status, waiting->pid);
}

static void blocked_look_at_process(const struct blocked_walk *w, const char *process)
{
	struct dirent *de;
	char path[600];
	DIR *d;

	snprintf(path, sizeof(path), "%s/%.32s/task", w->t->proc, process);
	d = opendir(path);
	if (!d)
		return;
	while ((de = readdir(d)))
		if (*de->d_name >= '1' && *de->d_name <= '9')
			blocked_look_at_task(w, process, de->d_name);
	closedir(d);
}

static void blocked_look_at_all(const struct blocked_walk *w)
{
	struct blocked *t = w->t;
	unsigned int nr = 0;
	struct dirent *de;
	DIR *d = opendir(t->proc);

	if (!d)
		return;
	for (unsigned int i = 0; i < t->nr; i++)
		t->waiting[i].seen = false;
	while ((de = readdir(d)))
		if (*de->d_name >= '1' && *de->d_name <= '9')
			blocked_look_at_process(w, de->d_name);
	closedir(d);
	for (unsigned int i = 0; i < t->nr; i++)
		if (t->waiting[i].seen)
			t->waiting[nr++] = t->waiting[i];
	t->nr = nr;
}

void blocked_look(struct blocked *t, struct rules *rules, s64 now, trigger_fn *fn, void *arg)
{
	struct rule *rule = rules_of_kind(rules, RULE_BLOCKED);
	const struct blocked_walk w = { .t = t, .rule = rule, .now = now, .fn = fn, .arg = arg };

	if (!t->next || now < t->next)
		return;
	if (t->count_fd >= 0)
		blocked_look_at_count(t, rules, fn, arg);
	/* blocked_open() has disabled it if the kernel looks itself. */
	if (rule)
		blocked_look_at_all(&w);
	t->next = now + (rule ? (s64)(rule->ms / LOOKS) : COUNT_MS);
}
