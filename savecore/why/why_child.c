// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * why_child.c - the process that reads the dump.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/process/coredump.h"
#include "base/process/descriptors.h"
#include "base/process/rlimit.h"
#include "base/process/tlb.h"
#include "sandbox/sandbox.h"
#include "savecore/limits/cgroup.h"
#include "why_wire.h"

#define CHILD_MEMORY	((u64)512 << 20)

/* libkdumpfile has a bit for each page frame, and about half of that for the runs of them. */
#define CHILD_FRAME_BYTES(end)	((end) / 4096 / 8 * 3 / 2)
#define CHILD_SECONDS	60U		/* of a processor */

int why_read(int fd, void *buf, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = read(fd, (char *)buf + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EPIPE;
		done += (size_t)n;
	}
	return 0;
}

int why_write(int fd, const void *buf, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, (const char *)buf + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return 0;
}

/* Returns the descriptor, or -1. */
static int child_take_dump(int sock, struct why_gift *gift)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { .iov_base = gift, .iov_len = sizeof(*gift) };
	struct msghdr msg = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	int fd = -1;
	ssize_t n;

	do {
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	header = CMSG_FIRSTHDR(&msg);
	if (n == sizeof(*gift) && header && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

/*
 * Have no file but @sock. What savecore prints must end when savecore does, and who starts
 * this process may have the dump open for writing, or a socket to one who trusts it.
 */
static int child_close_all(int sock)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (sock <= STDERR_FILENO || null < 0)
		return -EBADF;
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) < 0)
			return -errno;
	descriptors_close_from(STDERR_FILENO + 1, &sock, 1);
	return 0;
}

/* Where RAM ends, in bytes; 0: not known. Not the dump's: it need not be there yet. */
static u64 child_ram_end(void)
{
	FILE *f = fopen("/proc/iomem", "re");
	unsigned long long end = 0, first, last;
	char *line = NULL;
	size_t size = 0;

	while (f && getline(&line, &size, f) > 0)
		if (strstr(line, ": System RAM") && sscanf(line, " %llx-%llx", &first, &last) == 2)
			end = last;
	free(line);
	if (f)
		fclose(f);
	return end;
}

/* Die before anyone else if memory is short, and leave no core dump. */
static void child_limit_all(const struct why_gift *gift)
{
	u64 memory = CHILD_MEMORY + CHILD_FRAME_BYTES(child_ram_end());

	if (gift->memory && gift->memory < memory)
		memory = gift->memory;
	cgroup_die_first();
	coredump_forbid();
	rlimit_lower(RLIMIT_CPU, CHILD_SECONDS);
	rlimit_lower_space(memory);
}

static int child_answer(int sock, int fd, const struct why_question *question, why_fn *summarize)
{
	struct summary s = { .format = SUMMARY_SCREEN, .pid = question->pid };
	struct why_reply reply = { 0 };
	struct error err = { 0 };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int ret;

	if (!out)
		return -ENOMEM;
	reply.status = (u32)summarize(out, fd, question->name, &s, &err);
	memcpy(reply.signature, s.signature, sizeof(reply.signature));
	if (fclose(out))
		return -ENOMEM;
	if (reply.status >= STATUS_UNREADABLE) {
		text = err.text;
		size = strlen(text);
	}
	reply.size = (u32)(size < WHY_TEXT_MAX ? size : WHY_TEXT_MAX);
	ret = why_write(sock, &reply, sizeof(reply));
	return ret ? ret : why_write(sock, text, reply.size);
}

void why_child(int sock, pid_t parent, why_fn *summarize)
{
	const struct sandbox sandbox = SANDBOX_NOWHERE;
	struct why_question question;
	struct why_gift gift;
	struct error err = { 0 };
	int fd;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent || child_close_all(sock))
		_exit(EXIT_FAILURE);
	fd = child_take_dump(sock, &gift);
	if (fd < 0)
		_exit(EXIT_FAILURE);
	child_limit_all(&gift);
	if (gift.sandbox && sandbox_enter(&sandbox, NULL, &err))
		_exit(EXIT_FAILURE);
	tlb_settle(sock);
	if (why_read(sock, &question, sizeof(question)))
		_exit(EXIT_FAILURE);
	question.name[sizeof(question.name) - 1] = '\0';
	_exit(child_answer(sock, fd, &question, summarize) ? EXIT_FAILURE : EXIT_SUCCESS);
}
