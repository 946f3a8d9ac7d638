// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * control.c - how --status, --now and a shell reach the daemon.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"

#define CONTROL_ANSWER_LINE	600U
#define OTHER_SECONDS	2U	/* for another daemon to answer */

static int control_address(struct sockaddr_un *to, const char *path)
{
	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(to->sun_path))
		return -ENAMETOOLONG;
	strcpy(to->sun_path, path);
	return 0;
}

/*
 * Returns a socket, or a negative errno. It waits at most @seconds to be connected and to
 * send, and @answer seconds to receive; 0: however long that takes.
 */
static int control_connect(const char *path, unsigned int seconds, unsigned int answer)
{
	const struct timeval send = { .tv_sec = seconds }, receive = { .tv_sec = answer };
	struct sockaddr_un to;
	int ret = control_address(&to, path), sock;

	if (ret)
		return ret;
	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -errno;
	if (setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &send, sizeof(send)) ||
	    setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &receive, sizeof(receive)) ||
	    connect(sock, (struct sockaddr *)&to, sizeof(to))) {
		ret = -errno;
		close(sock);
		return ret;
	}
	return sock;
}

/*
 * Whether a daemon runs there. One that hangs has the socket open, too, but does not answer,
 * and is one to be replaced.
 */
static bool control_is_taken(const char *path)
{
	int sock = control_connect(path, OTHER_SECONDS, OTHER_SECONDS);
	bool taken;
	char c;

	if (sock < 0)
		return false;
	taken = send(sock, "status", 6, MSG_NOSIGNAL) == 6 && recv(sock, &c, 1, 0) == 1;
	close(sock);
	return taken;
}

/* Open for reading and writing, it has no end when a writer goes. */
static int control_open_fifo(struct control *c)
{
	size_t len = strlen(c->path);

	if (len > 5 && !strcmp(c->path + len - 5, ".sock"))
		len -= 5;
	snprintf(c->fifo_path, sizeof(c->fifo_path), "%.*s" CONTROL_FIFO, (int)len, c->path);
	unlink(c->fifo_path);
	if (mkfifo(c->fifo_path, 0600))
		return -errno;
	c->fifo = open(c->fifo_path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	return c->fifo < 0 ? -errno : 0;
}

int control_open(struct control *c, const char *path)
{
	struct sockaddr_un to;
	mode_t mask;
	int ret;

	*c = (struct control)CONTROL_INIT;
	c->path = path;
	for (unsigned int i = 0; i < CONTROL_CLIENTS; i++)
		c->client[i] = -1;
	ret = control_address(&to, path);
	if (ret)
		return ret;
	if (control_is_taken(path))
		return -EBUSY;
	c->sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->sock < 0)
		return -errno;
	unlink(path);
	mask = umask(0177);
	ret = bind(c->sock, (struct sockaddr *)&to, sizeof(to)) || listen(c->sock, 4) ? -errno : 0;
	umask(mask);
	if (!ret)
		ret = control_open_fifo(c);
	if (ret)
		control_close(c);
	return ret;
}

void control_close(struct control *c)
{
	for (unsigned int i = 0; i < CONTROL_CLIENTS; i++)
		if (c->client[i] >= 0)
			close(c->client[i]);
	if (c->fifo >= 0) {
		close(c->fifo);
		unlink(c->fifo_path);
		c->fifo = -1;
	}
	if (c->sock < 0)
		return;
	close(c->sock);
	unlink(c->path);
	c->sock = -1;
}

void control_accept(struct control *c)
{
	int fd = accept4(c->sock, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	for (unsigned int i = 0; i < CONTROL_CLIENTS; i++) {
		if (c->client[i] >= 0)
			continue;
		c->client[i] = fd;
		return;
	}
	close(fd);
}

static void control_drop(struct control *c, unsigned int nr)
{
	close(c->client[nr]);
	c->client[nr] = -1;
}

size_t control_read(struct control *c, unsigned int nr, char *question)
{
	ssize_t n = recv(c->client[nr], question, CONTROL_QUESTION_MAX - 1, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		control_drop(c, nr);
		return 0;
	}
	question[n] = '\0';
	return (size_t)n;
}

size_t control_read_fifo(struct control *c, char *reason)
{
	ssize_t n = read(c->fifo, reason, CONTROL_QUESTION_MAX - 1);

	/* Each line that a shell writes comes as a whole. One is enough for a dump. */
	reason[n > 0 ? n : 0] = '\0';
	reason[strcspn(reason, "\n")] = '\0';
	return strlen(reason);
}

void control_send(struct control *c, int nr, const char *answer)
{
	if (nr < 0 || c->client[nr] < 0)
		return;
	send(c->client[nr], answer, strlen(answer), MSG_DONTWAIT | MSG_NOSIGNAL);
	control_drop(c, (unsigned int)nr);
}

void control_answer(struct control *c, int nr, bool good, const char *text)
{
	char answer[CONTROL_ANSWER_LINE];

	snprintf(answer, sizeof(answer), "%c%s", good ? '+' : '-', text);
	control_send(c, nr, answer);
}

/* A message that may have a descriptor with it. */
struct control_letter {
	struct msghdr head;
	struct iovec data;
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
};

static void control_fill_letter(struct control_letter *l, void *data, size_t len)
{
	*l = (struct control_letter){ .data = { .iov_base = data, .iov_len = len } };
	l->head = (struct msghdr){
		.msg_iov = &l->data, .msg_iovlen = 1,
		.msg_control = &l->control, .msg_controllen = sizeof(l->control),
	};
}

int control_give(struct control *c, unsigned int nr, int fd, s64 key)
{
	int sock = c->client[nr], len;
	struct control_letter l;
	struct cmsghdr *with;
	char answer[32];

	len = snprintf(answer, sizeof(answer), "+%" PRId64, (int64_t)key);
	control_fill_letter(&l, answer, (size_t)len);
	with = CMSG_FIRSTHDR(&l.head);
	*with = (struct cmsghdr){
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(fd)),
	};
	memcpy(CMSG_DATA(with), &fd, sizeof(fd));
	if (sendmsg(sock, &l.head, MSG_DONTWAIT | MSG_NOSIGNAL) != len) {
		int ret = -errno;

		control_drop(c, nr);
		return ret;
	}
	c->client[nr] = -1;
	return sock;
}

/* Returns a socket on which @question was asked, or a negative errno with @err set. */
static int control_question(const char *path, const char *question, unsigned int seconds,
			    struct error *err)
{
	int sock = control_connect(path, CONTROL_SECONDS, seconds), ret = sock;

	if (sock >= 0 && send(sock, question, strlen(question), MSG_NOSIGNAL) < 0) {
		ret = -errno;
		close(sock);
	} else if (sock < 0 && sock != -EAGAIN) {
		error_set(err, "%s: %s\n%s", path, strerror(-ret),
			  ret == -ENOENT || ret == -ECONNREFUSED ?
			  "start livedump-watch, or use savecore -L" : "run as root");
	}
	return ret;
}

static void control_say_why(int ret, struct error *err)
{
	if (ret == -EAGAIN)
		error_set(err, "livedump-watch has not answered for %u s\nrestart it: systemctl restart livedump-watch",
			  CONTROL_SECONDS);
	else if (ret)
		error_set(err, "livedump-watch has not answered: %s", strerror(-ret));
}

int control_ask(const char *path, const char *question, unsigned int seconds, char *answer,
		struct error *err)
{
	int sock = control_question(path, question, seconds, err), ret = sock < 0 ? sock : 0;
	ssize_t n;

	if (!ret) {
		n = recv(sock, answer, CONTROL_ANSWER_MAX - 1, 0);
		ret = n < 0 ? -errno : n ? 0 : -EPIPE;
		answer[n > 0 ? n : 0] = '\0';
		close(sock);
	}
	control_say_why(ret, err);
	return ret;
}

int control_take(const char *path, const char *question, int *fd, s64 *key, struct error *err)
{
	int sock = control_question(path, question, CONTROL_SECONDS, err);
	int ret = sock < 0 ? sock : 0;
	char answer[CONTROL_ANSWER_LINE];
	struct control_letter l;
	struct cmsghdr *with;
	ssize_t n = 0;

	control_fill_letter(&l, answer, sizeof(answer) - 1);
	if (!ret) {
		n = recvmsg(sock, &l.head, MSG_CMSG_CLOEXEC);
		ret = n < 0 ? -errno : n ? 0 : -EPIPE;
	}
	control_say_why(ret, err);
	if (!ret) {
		answer[n] = '\0';
		with = CMSG_FIRSTHDR(&l.head);
		if (*answer == '+' && with && with->cmsg_type == SCM_RIGHTS) {
			memcpy(fd, CMSG_DATA(with), sizeof(*fd));
			*key = strtoll(answer + 1, NULL, 10);
			return sock;
		}
		ret = *answer == '+' ? -ENODATA : *answer == '-' ? -EBUSY : -EPROTO;
		/* A security module may refuse it, or there may be too many descriptors. */
		if (l.head.msg_flags & MSG_CTRUNC) {
			error_set(err, "the descriptor of the dump was refused\nlook into the audit log");
			ret = -EACCES;
		}
		error_set(err, "%s", ret != -EPROTO ? answer + 1 :
			  "the answer cannot be understood: the daemon has another version");
	}
	if (sock >= 0)
		close(sock);
	return ret;
}
