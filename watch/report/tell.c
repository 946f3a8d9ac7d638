// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * tell.c - tell of what has happened.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>
/* Lines of the source are no part of what happened. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "tell.h"
#include "watch/child/child.h"
#include "watch/child/log.h"
#include "watch/hold/hold.h"

#define ADDRESSES_MAX	64U

/* The IDs are those of livedump-watch.catalog. */
static const struct {
	const char *name;
	const char *id;
	int level;
} events[TELL_NR] = {
	[TELL_TAKEN] = { "taken", "6f0cf8a1d2e84f4b9a64c52b7f4f3c10", LOG_WARNING },
	[TELL_WRITTEN] = { "written", "2b1f6b3f0d544f0db6d1f6f0c2a9e8d4", LOG_NOTICE },
	[TELL_FAILED] = { "failed", "c7d0a6a49d1e4cf2a1b0a5c0e6a7b3f2", LOG_ERR },
	[TELL_LOST] = { "lost", "8e5d1c7f4b7a4d0c9f3e2a6b5c4d3e21", LOG_ERR },
};

/* Returns the number of @address, from 1 on; 0 if there are too many. */
static size_t tell_number(uint64_t seen[ADDRESSES_MAX], size_t *nr, uint64_t address)
{
	size_t i = 0;

	while (i < *nr && seen[i] != address)
		i++;
	if (i == ADDRESSES_MAX)
		return 0;
	if (i == *nr)
		seen[(*nr)++] = address;
	return i + 1;
}

void tell_hide_addresses(char *text)
{
	uint64_t seen[ADDRESSES_MAX];
	char *to = text;
	size_t nr = 0;

	while (*text) {
		uint64_t address = 0;
		char *end = text;

		if (!strncmp(text, "0x", 2))
			address = strtoull(text, &end, 16);
		/* Offsets in functions are smaller. What replaces an address is shorter. */
		if (address >> 32) {
			to += sprintf(to, "#%zu", tell_number(seen, &nr, address));
			text = end;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

/* Of @record what others may read. It belongs to the caller; NULL: no memory. */
static json_t *tell_record(const json_t *record)
{
	json_t *copy = json_copy((json_t *)record);
	char *why = strdup(record_text(record, "why"));

	if (copy && why) {
		tell_hide_addresses(why);
		if (*why)
			json_object_set_new(copy, "why", json_string(why));
	} else {
		json_decref(copy);
		copy = NULL;
	}
	free(why);
	return copy;
}

char *tell_json(enum tell_event event, const json_t *record, const char *text)
{
	json_t *object = json_copy((json_t *)record);
	char *json;

	if (!object)
		return NULL;
	json_object_del(object, "info");
	json_object_del(object, "dmesg");
	json_object_set_new(object, "event", json_string(events[event].name));
	json_object_set_new(object, "text", json_string(text));
	json = json_dumps(object, JSON_INDENT(1) | JSON_SORT_KEYS);
	json_decref(object);
	return json;
}

static void tell_journal(enum tell_event event, const json_t *record, const char *text)
{
	sd_journal_send("MESSAGE=%s", text,
			"MESSAGE_ID=%s", events[event].id,
			"PRIORITY=%d", events[event].level,
			"LIVEDUMP_EVENT=%s", events[event].name,
			"LIVEDUMP_RULE=%s", record_text(record, "rule"),
			"LIVEDUMP_SYMPTOM=%s", record_text(record, "symptom"),
			"LIVEDUMP_MESSAGE=%s", record_text(record, "message"),
			"LIVEDUMP_TASK=%s", record_text(record, "task"),
			"LIVEDUMP_SIGNATURE=%s", record_text(record, "signature"),
			"LIVEDUMP_WHY=%s", record_text(record, "why"),
			NULL);
}

static void tell_hook(const char *command, const char *json)
{
	int fd = hold_create();
	size_t len = json ? strlen(json) : 0;

	if (!len || fd < 0 || write(fd, json, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET))
		_exit(EXIT_FAILURE);
	child_exec(command, fd);
}

pid_t tell_start(const struct config *c, enum tell_event event, const json_t *record,
		 const char *text)
{
	pid_t pid = child_fork(NULL, 0), hook;
	int status = 0;

	if (pid)
		return pid;
	record = tell_record(record);
	if (!record)
		_exit(EXIT_FAILURE);
	/* The journal may wait for the very disk that the hook is to tell of. */
	hook = c->report.hook ? child_fork_again() : 0;
	if (c->report.hook && hook <= 0)
		tell_hook(c->report.hook, tell_json(event, record, text));
	tell_journal(event, record, text);
	/* The daemon's time limit is for both: it ends what is left of them. */
	while (hook > 0 && waitpid(hook, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFEXITED(status) && WEXITSTATUS(status))
		log_line(LOG_ERR, "the hook has failed with status %d", WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		log_line(LOG_ERR, "the hook has died of signal %d", WTERMSIG(status));
	_exit(EXIT_SUCCESS);
}

int tell_replace_file(const char *path, const char *text, unsigned int mode)
{
	size_t len = strlen(text);
	char temp[4096];
	int fd, ret = 0;

	if ((size_t)snprintf(temp, sizeof(temp), "%s.new", path) >= sizeof(temp))
		return -ENAMETOOLONG;
	unlink(temp);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	if (write(fd, text, len) != (ssize_t)len || fchmod(fd, mode) || fsync(fd))
		ret = errno ? -errno : -EIO;
	close(fd);
	if (!ret && rename(temp, path))
		ret = -errno;
	if (ret)
		unlink(temp);
	return ret;
}
