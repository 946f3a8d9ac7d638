// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kmsg.c - messages of the kernel, from /dev/kmsg. The format of its records is in
 * Documentation/ABI/testing/dev-kmsg.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <unistd.h>

#include "kmsg.h"

#define KMSG_RECORD	8192U		/* bytes; no record is longer */
#define KMSG_BATCH	256U		/* records; then others have their turn */
#define KMSG_LOG_MAX	(2 << 20)
#define KLOG_READ_ALL	3
#define KLOG_SIZE	10

int kmsg_open(struct kmsg *k)
{
	int ret;

	*k = (struct kmsg){ .fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC) };
	if (k->fd < 0)
		return -errno;
	if (lseek(k->fd, 0, SEEK_END) >= 0)
		return 0;
	ret = -errno;
	kmsg_close(k);
	return ret;
}

void kmsg_close(struct kmsg *k)
{
	if (k->fd >= 0)
		close(k->fd);
	k->fd = -1;
}

const char *kmsg_parse(char *record, unsigned int *level)
{
	unsigned long prio;
	char *text, *end;

	prio = strtoul(record, &end, 10);
	text = strchr(record, ';');
	/* Facility 0 is the kernel's, which programs do not get. */
	if (end == record || *end != ',' || !text || prio >> 3)
		return NULL;
	*level = prio & 7;
	text++;
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static void kmsg_look(char *record, struct rules *rules, trigger_fn *fn, void *arg)
{
	struct trigger t = { 0 };
	unsigned int level;
	const char *text;

	text = kmsg_parse(record, &level);
	if (!text)
		return;
	t.rule = rules_match_kmsg(rules, level, text);
	if (!t.rule)
		return;
	trigger_set_message(&t, text);
	fn(arg, &t);
}

int kmsg_read(struct kmsg *k, struct rules *rules, trigger_fn *fn, void *arg)
{
	char record[KMSG_RECORD + 1];

	for (unsigned int i = 0; i < KMSG_BATCH; i++) {
		ssize_t n = read(k->fd, record, KMSG_RECORD);

		if (n < 0 && errno == EPIPE) {
			k->lost++;
			continue;
		}
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n < 0 && errno != EINVAL)
			return -errno;
		if (n <= 0)
			continue;
		record[n] = '\0';
		kmsg_look(record, rules, fn, arg);
	}
	return 0;
}

char *kmsg_log(void)
{
	int size = klogctl(KLOG_SIZE, NULL, 0), n;
	char *text;

	if (size <= 0)
		return NULL;
	if (size > KMSG_LOG_MAX)
		size = KMSG_LOG_MAX;
	text = malloc((size_t)size + 1);
	if (!text)
		return NULL;
	n = klogctl(KLOG_READ_ALL, text, size);
	if (n < 0) {
		free(text);
		return NULL;
	}
	/* The record that it becomes part of is text. */
	for (int i = 0; i < n; i++)
		if ((text[i] < ' ' || text[i] > '~') && text[i] != '\n' && text[i] != '\t')
			text[i] = '?';
	text[n] = '\0';
	return text;
}
