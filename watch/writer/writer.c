// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * writer.c - processes that write a held dump to a target.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "writer.h"

struct writer_message {
	u32 news;
	char text[CHILD_TEXT_MAX];
};

int writer_say(int sock, enum writer_news news, const char *text)
{
	struct writer_message m = { .news = news };
	ssize_t n;

	snprintf(m.text, sizeof(m.text), "%s", text);
	/* Not send(2), which the sandbox forbids. */
	do
		n = write(sock, &m, sizeof(m));
	while (n < 0 && errno == EINTR);
	return n == sizeof(m) ? 0 : n < 0 ? -errno : -EIO;
}

static int writer_given_up(int ret, struct error *err)
{
	error_set(err, "this copy was discarded, because livedump-watch has %s\nlook at --status",
		  ret == -EAGAIN ? "not answered" :
		  "ended, or has given the dump to another process");
	return ret;
}

int writer_get_on(const struct writer_job *job, struct error *err)
{
	int ret = job->by_hand ? writer_say(job->sock, WRITER_COPIES, "") : 0;

	return ret ? writer_given_up(ret, err) : 0;
}

int writer_ask(const struct writer_job *job, struct error *err)
{
	int ret = writer_say(job->sock, WRITER_ASKS, "");
	ssize_t n = 0;
	char go;

	while (!ret) {
		n = read(job->sock, &go, 1);
		if (n == 1)
			return 0;
		if (n == 0)
			ret = -EPIPE;
		else if (errno != EINTR)
			ret = -errno;
	}
	return writer_given_up(ret, err);
}

void writer_drop_options(struct error *err)
{
	char *advice = err->hint ? err->text + err->hint : err->text + strlen(err->text);
	char *option = strstr(advice, "use -");

	if (!option)
		return;
	/* ", or " before it, or ": ". */
	while (option > err->text && strchr(" :,", option[-1]))
		option--;
	if (option - err->text > 4 && !memcmp(option - 4, ", or", 4))
		option -= 4;
	*option = '\0';
	if (err->hint > strlen(err->text))
		err->hint = 0;
}

static void writer_warn(const struct writer_job *job, const char *text)
{
	/* The daemon has given it up: nobody wants to know. */
	if (writer_say(job->sock, WRITER_WARNS, text))
		_exit(EXIT_FAILURE);
}

static void writer_child(const struct writer_job *job)
{
	struct error err = { 0 };
	int ret;

	ret = job->target->directory ? write_to_directory(job, &err) :
				       write_to_command(job, &err);
	if (ret && !err.text[0])
		error_set(&err, "%s", strerror(-ret));
	writer_drop_options(&err);
	ret = writer_say(job->sock, ret ? WRITER_FAILED : WRITER_DONE, err.text);
	_exit(ret ? EXIT_FAILURE : EXIT_SUCCESS);
}

int writer_start(struct writer *w, const struct held *held, const struct target *target,
		 unsigned int nr, s64 now)
{
	int socks[2], keep[2], ret;

	*w = (struct writer)WRITER_INIT;
	ret = child_pair(socks);
	if (ret)
		return ret;
	*w = (struct writer){
		.sock = socks[0], .id = held->id, .target = nr, .deadline = now + (s64)target->ms,
	};
	keep[0] = held->fd;
	keep[1] = socks[1];
	w->pid = child_fork(keep, 2);
	if (!w->pid)
		writer_child(&(struct writer_job){ held, target, socks[1], false, writer_warn });
	ret = w->pid < 0 ? -errno : 0;
	close(socks[1]);
	if (ret) {
		close(w->sock);
		*w = (struct writer)WRITER_INIT;
	}
	return ret;
}

enum writer_news writer_read(struct writer *w, char *text)
{
	struct writer_message m;
	ssize_t n = recv(w->sock, &m, sizeof(m), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return WRITER_NOTHING;
	if (n != sizeof(m) || m.news < WRITER_ASKS || m.news > WRITER_COPIES) {
		snprintf(text, CHILD_TEXT_MAX, "the process that writes it has ended");
		return WRITER_FAILED;
	}
	m.text[sizeof(m.text) - 1] = '\0';
	memcpy(text, m.text, CHILD_TEXT_MAX);
	return m.news;
}

int writer_go_on(struct writer *w)
{
	w->gone_on = true;
	return send(w->sock, "", 1, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

void writer_stop(struct writer *w)
{
	if (w->pid > 0)
		child_kill(w->pid);
	if (w->sock >= 0)
		close(w->sock);
	*w = (struct writer)WRITER_INIT;
}
