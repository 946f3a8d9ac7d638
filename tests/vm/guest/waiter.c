// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * waiter: a process that waits in ways that no shell command can.
 *
 *	waiter vfork		for a child, which sleeps, after vfork()
 *	waiter uring FILE	as it ends, for a write to FILE by a worker of io_uring,
 *				which must hang
 *
 * Prints "KIND WAITER OWNER 0" before that, as /proc/waits does (tests/vm/modules/waits).
 *
 *	waiter direct FILE BYTES	reads so many bytes past the page cache
 *	waiter rpc PORT		is a server that answers the call of procedure 0, which does
 *				nothing, and no other: its clients wait for ever
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void wait_for_child(void)
{
	pid_t pid = vfork();

	if (pid < 0)
		die("vfork");
	if (pid == 0) {
		char line[64];
		int len = snprintf(line, sizeof(line), "vfork %d %d 0\n", getppid(), getpid());

		if (write(STDOUT_FILENO, line, (size_t)len) != len)
			_exit(1);
		for (;;)
			pause();
	}
}

/* The worker is a thread of this process. */
static int find_worker(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	int found = 0;

	while (dir && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != getpid())
			found = atoi(entry->d_name);
	if (dir)
		closedir(dir);
	return found;
}

static void wait_for_worker(const char *file)
{
	struct io_uring_params p = { 0 };
	struct io_uring_sqe *sqes;
	int ring, fd, worker = 0;
	unsigned int *sq;
	char *map;

	fd = open(file, O_WRONLY);
	ring = (int)syscall(SYS_io_uring_setup, 4, &p);
	if (fd < 0 || ring < 0)
		die(file);
	map = mmap(NULL, p.sq_off.array + p.sq_entries * sizeof(*sq), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
	sqes = mmap(NULL, p.sq_entries * sizeof(*sqes), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
	if (map == MAP_FAILED || sqes == MAP_FAILED)
		die("mmap");
	sqes[0] = (struct io_uring_sqe){
		.opcode = IORING_OP_WRITE,
		.flags = IOSQE_ASYNC,
		.fd = fd,
		.addr = (unsigned long)"x",
		.len = 1,
	};
	((unsigned int *)(map + p.sq_off.array))[0] = 0;
	sq = (unsigned int *)(map + p.sq_off.tail);
	__atomic_store_n(sq, *sq + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 0, 0, NULL, 0) != 1)
		die("io_uring_enter");
	for (int i = 0; i < 100 && !worker; i++) {
		usleep(20000);
		worker = find_worker();
	}
	printf("io_uring %d %d 0\n", getpid(), worker);
}

static void read_direct(const char *file, size_t size)
{
	int fd = open(file, O_RDONLY | O_DIRECT);
	void *to = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (fd < 0 || to == MAP_FAILED || read(fd, to, size) < 0)
		die(file);
}

/* Messages of ONC RPC (RFC 5531) on TCP: a word with their length, then words of 32 bits. */
#define RPC_LAST_FRAGMENT	0x80000000U
#define RPC_REPLY		1

struct rpc_call {
	uint32_t length, xid, type, version, program, program_version, procedure;
	char rest[1024];
};

/* Accepted, without a verifier, and with no result. */
struct rpc_reply {
	uint32_t length, xid, type, accepted, verifier, verifier_length, status;
};

static void answer_client(int fd)
{
	struct rpc_call call;

	while (read(fd, &call, sizeof(call)) > (ssize_t)(sizeof(call) - sizeof(call.rest))) {
		struct rpc_reply reply = {
			.length = htonl(RPC_LAST_FRAGMENT | (sizeof(reply) - sizeof(reply.length))),
			.xid = call.xid,
			.type = htonl(RPC_REPLY),
		};

		if (!call.procedure && write(fd, &reply, sizeof(reply)) != sizeof(reply))
			die("write");
	}
}

static void serve_rpc(int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), client;

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 5))
		die("listen");
	while ((client = accept(fd, NULL, NULL)) >= 0) {
		if (!fork()) {
			answer_client(client);
			exit(0);
		}
		close(client);
	}
	die("accept");
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "vfork"))
		wait_for_child();
	else if (argc == 3 && !strcmp(argv[1], "uring"))
		wait_for_worker(argv[2]);
	else if (argc == 4 && !strcmp(argv[1], "direct"))
		read_direct(argv[2], (size_t)atol(argv[3]));
	else if (argc == 3 && !strcmp(argv[1], "rpc"))
		serve_rpc(atoi(argv[2]));
	else
		return 2;
	return 0;
}
