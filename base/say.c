// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * say.c - standard output and standard error, written by threads of their own.
 *
 * Each stream has a queue of texts and a thread. If both lead to the same place
 * they share them, so that people read things in the order in which they were said.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "port/threads.h"
#include "say.h"

#define BAR_MAX		512
#define SPARE_MAX	1024		/* an error message and "savecore: " */
#define CLEAR_LINE	"\r\033[K"

struct say_text {
	struct say_text *next;
	struct say_stream *stream;
	size_t len;
	char text[];
};

struct say_queue {
	struct say_text *first, *last;
	bool started;			/* it has a thread */
	bool drawn;			/* a bar is on the terminal */
	char bar[BAR_MAX];		/* to be drawn next, or empty */
};

struct say_stream {
	FILE *file;
	char buffer[BUFSIZ];		/* of file */
	int fd;
	struct say_queue *queue;
	unsigned int waiting;		/* texts that have not been written */
	int err;			/* errno of the first write that failed, or 0 */
};

/* The lock protects everything, but is never held during a write. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t said;
	pthread_cond_t written;
	bool begun;
	struct say_queue queue[2];
	struct say_stream out, err;
	/* A text for which there was no memory: it is likely to say just that. */
	_Alignas(struct say_text) char spare[sizeof(struct say_text) + SPARE_MAX];
	bool spare_used;
} say = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.said = PTHREAD_COND_INITIALIZER,
	.out.fd = STDOUT_FILENO,
	.err.fd = STDERR_FILENO,
};

/* Returns 0 or a positive errno. May block for ever. */
static int say_write(int fd, const char *text, size_t len)
{
	while (len) {
		struct pollfd wait = { .fd = fd, .events = POLLOUT };
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EAGAIN)
			poll(&wait, 1, -1);
		else if (n < 0 && errno != EINTR)
			return errno;
		if (n < 0)
			continue;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Called with the lock held. */
static struct say_text *say_alloc(size_t len)
{
	struct say_text *text = malloc(sizeof(*text) + len);

	if (text || len > SPARE_MAX || say.spare_used)
		return text;
	say.spare_used = true;
	return (struct say_text *)say.spare;
}

/* Called with the lock held. */
static void say_free(struct say_text *text)
{
	if ((char *)text == say.spare)
		say.spare_used = false;
	else
		free(text);
}

/* Called with the lock held, which is released meanwhile. */
static void say_write_text(struct say_queue *q)
{
	struct say_text *text = q->first;
	struct say_stream *stream = text->stream;
	bool clear = q->drawn;
	int err = 0;

	q->first = text->next;
	q->drawn = false;
	pthread_mutex_unlock(&say.lock);
	if (clear)
		say_write(STDERR_FILENO, CLEAR_LINE, sizeof(CLEAR_LINE) - 1);
	err = say_write(stream->fd, text->text, text->len);
	pthread_mutex_lock(&say.lock);
	say_free(text);
	if (!stream->err)
		stream->err = err;
	stream->waiting--;
	pthread_cond_broadcast(&say.written);
}

/* Called with the lock held, which is released meanwhile. */
static void say_write_bar(struct say_queue *q)
{
	char line[BAR_MAX];

	memcpy(line, q->bar, sizeof(line));
	q->bar[0] = '\0';
	q->drawn = true;
	pthread_mutex_unlock(&say.lock);
	say_write(STDERR_FILENO, line, strlen(line));
	pthread_mutex_lock(&say.lock);
}

static void *say_thread(void *arg)
{
	struct say_queue *q = arg;

	pthread_mutex_lock(&say.lock);
	for (;;) {
		if (q->first)
			say_write_text(q);
		else if (q->bar[0])
			say_write_bar(q);
		else
			pthread_cond_wait(&say.said, &say.lock);
	}
	return NULL;
}

/*
 * Called with the lock held. If there can be no thread, say_end() writes the texts.
 */
static void say_start_thread(struct say_queue *q)
{
	pthread_t thread;

	if (q->started || !say.begun || threads_start(&thread, say_thread, q))
		return;
	pthread_detach(thread);
	q->started = true;
}

/* Called with the lock held. Without memory for it a text may be lost. */
static bool say_add(struct say_stream *s, const char *buf, size_t len)
{
	struct say_queue *q = s->queue;
	struct say_text *text;

	text = say_alloc(len);
	if (!text) {
		s->err = ENOMEM;
		return false;
	}
	*text = (struct say_text){ .stream = s, .len = len };
	memcpy(text->text, buf, len);
	if (q->first)
		q->last->next = text;
	else
		q->first = text;
	q->last = text;
	s->waiting++;
	say_start_thread(q);
	pthread_cond_broadcast(&say.said);
	return true;
}

static ssize_t say_file_write(void *cookie, const char *buf, size_t len)
{
	bool added;

	pthread_mutex_lock(&say.lock);
	added = say_add(cookie, buf, len);
	pthread_mutex_unlock(&say.lock);
	return added ? (ssize_t)len : 0;
}

/* @mode: as for setvbuf(). */
static FILE *say_open_file(struct say_stream *s, int mode)
{
	FILE *file = fopencookie(s, "w", (cookie_io_functions_t){ .write = say_file_write });

	if (file)
		setvbuf(file, s->buffer, mode, sizeof(s->buffer));
	return file;
}

static bool say_to_one_place(void)
{
	struct stat out, err;

	return !fstat(STDOUT_FILENO, &out) && !fstat(STDERR_FILENO, &err) &&
	       out.st_dev == err.st_dev && out.st_ino == err.st_ino;
}

void say_open(void)
{
	bool one_place = say_to_one_place();
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&say.written, &attr);
	pthread_condattr_destroy(&attr);
	say.err.queue = &say.queue[0];
	say.out.queue = &say.queue[one_place ? 0 : 1];
	/* As a whole, so that a reader like head(1) can go once it has seen a line. */
	say.out.file = say_open_file(&say.out, one_place ? _IOLBF : _IOFBF);
	say.err.file = say_open_file(&say.err, _IOLBF);
	if (say.out.file && say.err.file)
		return;
	say.out.file = NULL;
	say.err.file = NULL;
	say.err.queue = NULL;
}

FILE *say_out(void)
{
	return say.out.file ? say.out.file : stdout;
}

FILE *say_err(void)
{
	return say.err.file ? say.err.file : stderr;
}

void say_bar(const char *line)
{
	struct say_queue *q = say.err.queue;

	if (!q)
		return;
	pthread_mutex_lock(&say.lock);
	q->bar[0] = '\0';
	if (line) {
		snprintf(q->bar, sizeof(q->bar), "\r%s\033[K", line);
		say_start_thread(q);
		pthread_cond_broadcast(&say.said);
	} else if (q->drawn) {
		/* Each text removes a bar first. */
		say_add(&say.err, "", 0);
	}
	pthread_mutex_unlock(&say.lock);
}

void say_begin(void)
{
	pthread_mutex_lock(&say.lock);
	say.begun = true;
	for (int i = 0; i < 2; i++)
		if (say.queue[i].first)
			say_start_thread(&say.queue[i]);
	/* For the bar: a thread that starts later would change the lists of tasks in a dump. */
	if (say.err.queue && isatty(STDERR_FILENO))
		say_start_thread(say.err.queue);
	pthread_mutex_unlock(&say.lock);
}

/* Write without a thread what can be written now. Called with the lock held. */
static void say_write_rest(struct say_queue *q, int ms)
{
	while (!q->started && q->first) {
		struct pollfd wait = { .fd = q->first->stream->fd, .events = POLLOUT };

		if (poll(&wait, 1, ms) <= 0)
			return;
		say_write_text(q);
	}
}

void say_early(void)
{
	pthread_mutex_lock(&say.lock);
	say_write_rest(&say.queue[0], 0);
	pthread_mutex_unlock(&say.lock);
}

/* Called with the lock held. */
static void say_wait(int ms)
{
	struct timespec until;
	int err = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	while (!err && (say.out.waiting || say.err.waiting)) {
		if (ms == SAY_FOREVER)
			pthread_cond_wait(&say.written, &say.lock);
		else
			err = pthread_cond_timedwait(&say.written, &say.lock, &until);
	}
}

int say_end(int ms)
{
	int err;

	if (!say.err.queue)
		return fflush(stdout) || ferror(stdout) ? -(errno ? errno : EIO) : 0;
	fflush(say.out.file);
	fflush(say.err.file);
	say_begin();
	pthread_mutex_lock(&say.lock);
	say_write_rest(&say.queue[0], ms);
	say_write_rest(&say.queue[1], ms);
	say_wait(ms);
	err = say.out.err ? say.out.err : say.out.waiting ? ETIMEDOUT : 0;
	pthread_mutex_unlock(&say.lock);
	return -err;
}
