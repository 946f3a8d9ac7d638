// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * trigger.c - what has happened, as a rule has seen it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "port/procfile.h"
#include "trigger.h"

#define ANCESTORS_MAX	8U
#define OWN_NAME	"livedump-"	/* processes of the daemon that run no command */

void trigger_set_message(struct trigger *t, const char *message)
{
	snprintf(t->message, sizeof(t->message), "%.*s", (int)strcspn(message, "\n"), message);
	escape_in_place(t->message);
}

/* "comm=dd pid=17 ...", as tracepoints print it. A name may have blanks in it. */
static bool trigger_parse_event(struct trigger *t)
{
	const char *comm = strstr(t->message, "comm="), *pid = NULL;

	/* The last one: a name may be "x pid=1". */
	for (const char *at = comm; at && (at = strstr(at + 1, " pid="));)
		pid = at;
	if (!pid)
		return false;
	comm += 5;
	snprintf(t->task, sizeof(t->task), "%.*s", (int)(pid - comm), comm);
	t->pid = atoi(pid + 5);
	return true;
}

/*
 * "INFO: task NAME:PID blocked for more than", "[NAME:PID]" of a soft lockup, and the
 * like. A name may have colons in it.
 */
static void trigger_parse_message(struct trigger *t)
{
	const char *begin, *end, *colon;

	begin = strstr(t->message, "task ");
	end = begin ? strstr(begin, " blocked ") : NULL;
	if (end) {
		begin += 5;
	} else {
		begin = strrchr(t->message, '[');
		end = begin ? strchr(begin, ']') : NULL;
		begin += begin ? 1 : 0;
	}
	if (!begin || !end)
		return;
	for (colon = end - 1; colon > begin && *colon != ':'; colon--)
		;
	if (colon == begin || atoi(colon + 1) <= 0)
		return;
	snprintf(t->task, sizeof(t->task), "%.*s", (int)(colon - begin), begin);
	t->pid = atoi(colon + 1);
}

void trigger_find_task(struct trigger *t)
{
	char path[64];

	if (!t->pid && !trigger_parse_event(t))
		trigger_parse_message(t);
	escape_in_place(t->task);
	if (t->pid <= 0)
		return;
	snprintf(path, sizeof(path), "/proc/%d/wchan", t->pid);
	if (procfile_read(path, t->function, sizeof(t->function)) || !strcmp(t->function, "0"))
		t->function[0] = '\0';
	/* The compiler's suffixes differ from build to build. */
	t->function[strcspn(t->function, ".\n")] = '\0';
	escape_in_place(t->function);
}

/* The real UID: that of whoever started the program, also if it is a setuid one. */
static bool trigger_is_of_user(const struct trigger *t, const char *proc)
{
	char path[600], text[1024];
	const char *uid;

	snprintf(path, sizeof(path), "%s/%d/status", proc, t->pid);
	/* Whole it may be long, with the groups that a user can have. */
	if (t->pid <= 0 || procfile_read_head(path, text, sizeof(text)))
		return false;
	/* A line's end in the name is escaped there. */
	uid = procfile_find(text, "Uid:");
	return uid && strtoul(uid, NULL, 10) > 0;
}

void trigger_set_priority(struct trigger *t, const char *proc)
{
	t->priority = t->rule->priority;
	if (t->rule->cause == RULE_CAUSE_HUNG_TASK && trigger_is_of_user(t, proc))
		t->priority -= t->priority < TRIGGER_USER_LESS ? t->priority : TRIGGER_USER_LESS;
}

/* Returns 0 if it is not known. */
static s32 trigger_parent(const char *proc, s32 pid)
{
	char path[600], text[1024];
	const char *at;
	s32 parent;

	snprintf(path, sizeof(path), "%s/%d/stat", proc, pid);
	if (procfile_read(path, text, sizeof(text)))
		return 0;
	/* A name may have parentheses in it. */
	at = strrchr(text, ')');
	return at && sscanf(at + 1, " %*c %d", &parent) == 1 ? parent : 0;
}

/* A daemon that has ended may have left a process that hangs. */
static bool trigger_is_former(const char *proc, s32 pid)
{
	char path[600], name[64];

	snprintf(path, sizeof(path), "%s/%d/comm", proc, pid);
	return !procfile_read(path, name, sizeof(name)) &&
	       !strncmp(name, OWN_NAME, sizeof(OWN_NAME) - 1);
}

/*
 * The link is made up of names that the kernel has in memory: no disk is asked. After an upgrade
 * it is of a file that has no name any more, which is not said in @name.
 */
static bool trigger_read_program(const char *proc, const char *task, char *name, size_t size)
{
	static const char deleted[] = " (deleted)";
	const ssize_t suffix = sizeof(deleted) - 1;
	char path[600];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s/exe", proc, task);
	n = readlink(path, name, size - 1);
	name[n > 0 ? n : 0] = '\0';
	if (n > suffix && !strcmp(name + n - suffix, deleted))
		name[n - suffix] = '\0';
	return n > 0;
}

/* --write is no process of the daemon, and waits for the same disk perhaps. */
static bool trigger_is_of_program(const char *proc, s32 pid)
{
	char own[600], name[600], task[16];

	snprintf(task, sizeof(task), "%d", pid);
	return trigger_read_program(proc, "self", own, sizeof(own)) &&
	       trigger_read_program(proc, task, name, sizeof(name)) && !strcmp(name, own);
}

bool trigger_is_own(const struct trigger *t, const char *proc, s32 daemon)
{
	s32 pid = t->pid, last = pid;

	if (pid > 1 && trigger_is_of_program(proc, pid))
		return true;
	for (unsigned int i = 0; i < ANCESTORS_MAX && pid > 1; i++) {
		if (pid == daemon)
			return true;
		last = pid;
		pid = trigger_parent(proc, pid);
	}
	return pid == 1 && trigger_is_former(proc, last);
}
