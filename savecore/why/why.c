// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * why.c - ask the process that reads the dump. What it answers is not trusted, either.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/process/descriptors.h"
#include "savecore/limits/limits.h"
#include "why.h"

#define WHY_STEP_MS	50
#define WHY_END_STEP_MS	5
#define WHY_END_STEPS	20
#define WHY_NS_PER_SEC	1000000000ULL

int why_start(struct why *w, why_fn *summarize)
{
	pid_t parent = getpid();
	int socks[2];

	*w = (struct why){ .sock = -1 };
	if (!limits_leave_process())
		return -EAGAIN;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks))
		return -errno;
	w->pid = fork();
	if (!w->pid) {
		close(socks[0]);
		why_child(socks[1], parent, summarize);
	}
	close(socks[1]);
	w->sock = socks[0];
	if (w->pid < 0) {
		w->pid = 0;
		return -EAGAIN;
	}
	return fcntl(w->sock, F_SETFL, O_NONBLOCK) ? -errno : 0;
}

int why_give(struct why *w, int fd, u64 memory, bool sandbox)
{
	struct why_gift gift = { .memory = memory, .sandbox = sandbox };
	struct iovec part = { .iov_base = &gift, .iov_len = sizeof(gift) };
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr msg = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&msg);
	int ret = 0;

	if (!w->pid)
		return -ESRCH;
	/* The process shall not be able to change the dump. */
	fd = descriptors_open_again(fd);
	if (fd < 0)
		return fd;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(w->sock, &msg, MSG_NOSIGNAL) != sizeof(gift))
		ret = -errno;
	close(fd);
	w->given = !ret;
	return ret;
}

/* Whether a signal that would end savecore has come. It is taken. */
static bool why_is_interrupted(void)
{
	static const int ending[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	const struct timespec now = { 0 };
	sigset_t blocked, wanted;

	if (pthread_sigmask(SIG_SETMASK, NULL, &blocked))
		return false;
	sigemptyset(&wanted);
	for (size_t i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		if (sigismember(&blocked, ending[i]))
			sigaddset(&wanted, ending[i]);
	return sigtimedwait(&wanted, NULL, &now) > 0;
}

/* Read all of @size bytes until @deadline. Returns 0, -ETIME, -EINTR, -EPIPE or another. */
static int why_read_until(int sock, void *buf, size_t size, u64 deadline)
{
	for (size_t done = 0; done < size;) {
		struct pollfd p = { .fd = sock, .events = POLLIN };
		ssize_t n;

		if (why_is_interrupted())
			return -EINTR;
		if (port_now_ns() >= deadline)
			return -ETIME;
		if (poll(&p, 1, WHY_STEP_MS) <= 0)
			continue;
		n = read(sock, (char *)buf + done, size - done);
		if (!n)
			return -EPIPE;
		if (n > 0)
			done += (size_t)n;
		else if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return 0;
}

/* Only lines of printable ASCII are passed on. */
static void why_clean(char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (text[i] != '\n' && text[i] != '\t' && (text[i] < ' ' || text[i] > '~'))
			text[i] = '?';
	text[size] = '\0';
}

static bool why_is_signature(const char *text)
{
	size_t len = strspn(text, "0123456789abcdef-");

	return len < SIGNATURE_SIZE && !text[len];
}

static void why_explain(struct why_answer *answer, int ret, unsigned int seconds)
{
	size_t size = sizeof(answer->reason);

	if (ret == -ETIME)
		snprintf(answer->reason, size, "it took more than %u s", seconds);
	else if (ret == -EINTR)
		snprintf(answer->reason, size, "interrupted");
	else if (ret == -EPIPE || ret == -ECONNRESET)
		snprintf(answer->reason, size,
			 "the process that reads the dump has ended, perhaps for lack of memory");
	else
		snprintf(answer->reason, size, "%s", strerror(-ret));
}

static int why_take_answer(struct why *w, unsigned int seconds, struct why_answer *answer)
{
	u64 deadline = port_now_ns() + seconds * WHY_NS_PER_SEC;
	struct why_reply reply;
	int ret;

	ret = why_read_until(w->sock, &reply, sizeof(reply), deadline);
	if (ret)
		return ret;
	if (reply.size > WHY_TEXT_MAX)
		return -EBADMSG;
	ret = why_read_until(w->sock, answer->text, reply.size, deadline);
	if (ret)
		return ret;
	why_clean(answer->text, reply.size);
	reply.signature[SIGNATURE_SIZE - 1] = '\0';
	if (!why_is_signature(reply.signature))
		return -EBADMSG;
	memcpy(answer->signature, reply.signature, sizeof(answer->signature));
	answer->there = reply.status == STATUS_FINE || reply.status == STATUS_HANGS;
	answer->hangs = reply.status == STATUS_HANGS;
	if (!answer->there)
		snprintf(answer->reason, sizeof(answer->reason), "%.*s",
			 (int)strcspn(answer->text, "\n"), answer->text);
	return 0;
}

void why_ask(struct why *w, const struct why_question *question, unsigned int seconds,
	     struct why_answer *answer)
{
	int ret = -EPIPE;

	memset(answer, 0, sizeof(*answer));
	if (w->given)
		ret = why_write(w->sock, question, sizeof(*question));
	if (!ret)
		ret = why_take_answer(w, seconds, answer);
	if (ret)
		why_explain(answer, ret, seconds);
}

void why_stop(struct why *w)
{
	if (w->sock >= 0)
		close(w->sock);
	w->sock = -1;
	/*
	 * In the sandbox both are forbidden; it dies with savecore at the latest. One that reads
	 * from a disk that hangs cannot be killed, and is not waited for.
	 */
	if (w->pid > 0 && !kill(w->pid, SIGKILL))
		for (int i = 0; i < WHY_END_STEPS && !waitpid(w->pid, NULL, WNOHANG); i++)
			poll(NULL, 0, WHY_END_STEP_MS);
	w->pid = 0;
}
