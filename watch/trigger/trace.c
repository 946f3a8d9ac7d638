// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * trace.c - tracepoints, in a tracefs instance of our own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <tracefs.h>
#include <unistd.h>

#include "trace.h"

#define TRACE_INSTANCE	"livedump-watch"
#define TRACE_BUFFER_KB	64
#define TRACE_BATCH	64U	/* reads; then others have their turn */

static int trace_enable(struct trace *t, const struct rule *rule)
{
	char system[64], *event = strchr(rule->text, ':') + 1;

	if (event - rule->text > (long)sizeof(system))
		return -ENAMETOOLONG;
	snprintf(system, sizeof(system), "%.*s", (int)(event - rule->text - 1), rule->text);
	/* A daemon that was killed may have left a filter. */
	if (tracefs_event_file_write(t->instance, system, event, "filter",
				     rule->filter ? rule->filter : "0") < 0 && rule->filter)
		return -errno;
	return tracefs_event_enable(t->instance, system, event) ? -errno : 0;
}

/* Whether another rule has turned on the same event. Each event belongs to one rule. */
static bool trace_is_taken(struct rules *rules, const struct rule *rule)
{
	return rules_match_event(rules, strchr(rule->text, ':') + 1) != rule;
}

static const char *trace_why(const struct rule *rule, int ret)
{
	if (ret == -EEXIST)
		return "another rule is about this event";
	if (ret == -ENOENT || ret == -ENODEV)
		return "the kernel has no such tracepoint";
	return rule->filter ? "the kernel refuses the tracepoint or its filter" :
			      "the kernel refuses the tracepoint";
}

static void trace_enable_rules(struct trace *t, struct rules *rules, FILE *complaints)
{
	for (unsigned int i = 0; i < rules->nr; i++) {
		struct rule *rule = &rules->rule[i];
		int ret;

		if (rule->kind != RULE_TRACEPOINT || !rule->enabled)
			continue;
		ret = trace_is_taken(rules, rule) ? -EEXIST : trace_enable(t, rule);
		if (!ret)
			continue;
		rule->enabled = false;
		rule->off = trace_why(rule, ret);
		fprintf(complaints, "rule %s: %s%s%s: %s (%s)\n", rule->name, rule->text,
			rule->filter ? " if " : "", rule->filter ? rule->filter : "", rule->off,
			strerror(-ret));
	}
}

static bool trace_is_wanted(const struct rules *rules)
{
	for (unsigned int i = 0; i < rules->nr; i++)
		if (rules->rule[i].kind == RULE_TRACEPOINT && rules->rule[i].enabled)
			return true;
	return false;
}

int trace_open(struct trace *t, struct rules *rules, FILE *complaints)
{
	*t = (struct trace)TRACE_INIT;
	if (!trace_is_wanted(rules))
		return 0;
	errno = ENOENT;
	if (!tracefs_tracing_dir())
		return -errno;
	t->instance = tracefs_instance_create(TRACE_INSTANCE);
	if (!t->instance)
		return -errno;
	/* What a daemon that was killed has left may be turned on still. */
	tracefs_event_disable(t->instance, NULL, NULL);
	tracefs_instance_set_buffer_size(t->instance, TRACE_BUFFER_KB, -1);
	/* Otherwise half of a buffer has to be full before poll() returns. */
	tracefs_instance_file_write(t->instance, "buffer_percent", "0");
	t->fd = tracefs_instance_file_open(t->instance, "trace_pipe", O_RDONLY | O_NONBLOCK);
	if (t->fd < 0) {
		int ret = errno ? -errno : -ENOENT;

		trace_close(t);
		return ret;
	}
	fcntl(t->fd, F_SETFD, FD_CLOEXEC);
	trace_enable_rules(t, rules, complaints);
	return 0;
}

void trace_close(struct trace *t)
{
	if (t->fd >= 0)
		close(t->fd);
	if (t->instance) {
		tracefs_instance_destroy(t->instance);
		tracefs_instance_free(t->instance);
	}
	*t = (struct trace)TRACE_INIT;
}

bool trace_parse(char *line, const char **event, const char **text)
{
	char *cpu, *at;

	/*
	 * The name of the task may have anything in it, also what looks like a processor. It
	 * takes the first 16 characters; what follows the processor has nothing of users.
	 */
	cpu = strlen(line) > TRACE_NAME ? strstr(line + TRACE_NAME, " [") : NULL;
	while (cpu && (strspn(cpu + 2, "0123456789") != strcspn(cpu + 2, "]") || cpu[2] == ']'))
		cpu = strstr(cpu + 1, " [");
	at = cpu ? strstr(cpu, ": ") : NULL;
	if (!at)
		return false;
	*event = at + 2 + strspn(at + 2, " ");
	at = strchr(*event, ':');
	if (!at)
		return false;
	*at++ = '\0';
	*text = at + strspn(at, " ");
	return true;
}

static void trace_look(char *line, struct rules *rules, trigger_fn *fn, void *arg)
{
	struct trigger t = { 0 };
	const char *event, *text;
	char message[TRACE_LINE];

	if (!trace_parse(line, &event, &text))
		return;
	t.rule = rules_match_event(rules, event);
	if (!t.rule)
		return;
	snprintf(message, sizeof(message), "%.60s: %.900s", event, text);
	trigger_set_message(&t, message);
	fn(arg, &t);
}

/* Take the lines that are whole out of t->line. */
static void trace_take_lines(struct trace *t, struct rules *rules, trigger_fn *fn, void *arg)
{
	char *line = t->line, *end;

	while ((end = memchr(line, '\n', t->len - (size_t)(line - t->line)))) {
		*end = '\0';
		trace_look(line, rules, fn, arg);
		line = end + 1;
	}
	t->len -= (size_t)(line - t->line);
	memmove(t->line, line, t->len);
	/* A line that is too long is cut. */
	if (t->len == sizeof(t->line) - 1)
		t->len = 0;
}

int trace_read(struct trace *t, struct rules *rules, trigger_fn *fn, void *arg)
{
	for (unsigned int i = 0; i < TRACE_BATCH; i++) {
		ssize_t n = read(t->fd, t->line + t->len, sizeof(t->line) - 1 - t->len);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		if (!n)
			return 0;
		t->len += (size_t)n;
		trace_take_lines(t, rules, fn, arg);
	}
	return 0;
}
