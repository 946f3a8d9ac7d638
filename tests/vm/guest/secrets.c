// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * secrets: puts the marker of a kind where programs' data can be besides
 * ordinary memory and files, and keeps it there.
 *
 *	secrets KIND PAGES FILE [DIR]
 *
 * FILE appears when PAGES pages are filled. The program then waits to be killed.
 *
 *	pipe unix tcp	written to pipes and sockets that nobody reads
 *	vmsplice	given to a pipe, and no longer mapped
 *	secretmem	memory that the kernel does not map itself
 *	hugetlb		huge pages, of which half is given back to their pool
 *	ksm		equal pages, merged
 *	shm		System V shared memory, attached by nobody
 *	swap		swapped out
 *	transit		half filled for a program: the copying waits in the middle
 *			of each page, which is on no list and in no mapping,
 *			until the process whose number is then in FILE has
 *			written to a file in DIR
 *	cow		one process after the other writes to pages that it
 *			shares with its parent
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "marker.h"

#define PAGE		4096UL
#define HUGE		(2UL << 20)
#define PIPE_BYTES	(1UL << 20)
#define COW_PROCESSES	4

static char block[PAGE];
static size_t pages;
static const char *ready, *dump_dir = "/out/";

static void filled(void)
{
	int fd = open(ready, O_WRONLY | O_CREAT, 0600);

	if (fd < 0)
		err(1, "%s", ready);
	close(fd);
}

static void fill(char *p, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += PAGE)
		memcpy(p + at, block, PAGE);
}

static char *map(size_t bytes, int flags, int fd)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (p == MAP_FAILED)
		err(1, "mmap");
	return p;
}

static char *map_filled(size_t bytes)
{
	char *p = map(bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (madvise(p, bytes, MADV_NOHUGEPAGE))
		err(1, "MADV_NOHUGEPAGE");
	fill(p, bytes);
	return p;
}

static int open_pipe(void)
{
	int fd[2];

	if (pipe(fd) || fcntl(fd[1], F_SETPIPE_SZ, PIPE_BYTES) < (int)PIPE_BYTES)
		err(1, "pipe");
	return fd[1];
}

static void fill_pipes(void)
{
	int fd = -1;

	for (size_t i = 0; i < pages; i++) {
		if (i % (PIPE_BYTES / PAGE) == 0)
			fd = open_pipe();
		if (write(fd, block, PAGE) != PAGE)
			err(1, "write to a pipe");
	}
}

static void fill_by_vmsplice(void)
{
	for (size_t i = 0; i < pages; i += PIPE_BYTES / PAGE) {
		struct iovec v = { map_filled(PIPE_BYTES), PIPE_BYTES };

		if (vmsplice(open_pipe(), &v, 1, SPLICE_F_GIFT) != (ssize_t)PIPE_BYTES)
			err(1, "vmsplice");
		munmap(v.iov_base, PIPE_BYTES);
	}
}

static void write_to_socket(int from, size_t *left)
{
	while (*left) {
		ssize_t n = send(from, block, PAGE, MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == ENOBUFS))
			return;
		if (n < 0)
			err(1, "send");
		--*left;
	}
}

static void fill_unix_sockets(void)
{
	int fd[2], bytes = 4 << 20;
	size_t left = pages;

	while (left) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) ||
		    setsockopt(fd[0], SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)))
			err(1, "socketpair");
		write_to_socket(fd[0], &left);
	}
}

static void fill_tcp_sockets(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), bytes = 4 << 20;
	socklen_t len = sizeof(at);
	size_t left = pages;

	if (setsockopt(listener, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) ||
	    bind(listener, (void *)&at, len) || listen(listener, 8) ||
	    getsockname(listener, (void *)&at, &len))
		err(1, "listen");
	while (left) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) ||
		    connect(fd, (void *)&at, len) || accept(listener, NULL, NULL) < 0)
			err(1, "connect");
		for (int i = 0; i < 20; i++) {
			write_to_socket(fd, &left);
			poll(NULL, 0, 10);
		}
	}
}

static void fill_secretmem(void)
{
	int fd = (int)syscall(SYS_memfd_secret, 0);

	if (fd < 0 || ftruncate(fd, (off_t)(pages * PAGE)))
		err(1, "memfd_secret");
	fill(map(pages * PAGE, MAP_SHARED, fd), pages * PAGE);
}

static void fill_hugetlb(void)
{
	char *p = map(pages * PAGE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1);

	fill(p, pages * PAGE);
	for (size_t at = 0; at < pages * PAGE; at += 2 * HUGE)
		if (munmap(p + at, HUGE))
			err(1, "munmap");
}

static void fill_shm(void)
{
	int id = shmget(IPC_PRIVATE, pages * PAGE, 0600 | IPC_CREAT);
	char *p = shmat(id, NULL, 0);

	if (id < 0 || p == (void *)-1)
		err(1, "shm");
	fill(p, pages * PAGE);
	shmdt(p);
}

static void merge_pages(void)
{
	if (madvise(map_filled(pages * PAGE), pages * PAGE, MADV_MERGEABLE))
		err(1, "MADV_MERGEABLE");
}

/* MADV_PAGEOUT only begins to write. How much is swapped shows in smaps. */
static size_t swapped_kib(void)
{
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	size_t kib = 0;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "Swap: %zu", &kib);
	if (f)
		fclose(f);
	return kib;
}

static void swap_out(void)
{
	char *p = map_filled(pages * PAGE);

	for (int i = 0; i < 100 && swapped_kib() < pages * PAGE / 1024 / 16 * 15; i++) {
		if (madvise(p, pages * PAGE, MADV_PAGEOUT))
			err(1, "MADV_PAGEOUT");
		poll(NULL, 0, 100);
	}
	if (swapped_kib() < pages * PAGE / 1024 / 2)
		errx(1, "only %zu KiB swapped out", swapped_kib());
}

/* A page of transit: its source, of which the second half faults, and its place. */
static struct {
	int source;	/* userfaultfd of the sources' second pages */
	int place;
	char *from;
	char *to;
} transit;

static int open_userfaultfd(char *start, size_t bytes)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (unsigned long)start, bytes },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg))
		err(1, "userfaultfd");
	return fd;
}

static void *copy_transit_page(void *arg)
{
	size_t i = (size_t)arg;
	struct uffdio_copy copy = {
		.dst = (unsigned long)transit.to + i * PAGE,
		.src = (unsigned long)transit.from + i * 2 * PAGE + PAGE / 2,
		.len = PAGE,
	};

	if (ioctl(transit.place, UFFDIO_COPY, &copy))
		err(1, "UFFDIO_COPY");
	return NULL;
}

/*
 * Give the source's second page, and so let the copying end. It never goes to
 * the place before its first half was copied there.
 */
static void end_transit(void)
{
	for (size_t i = 0; i < pages; i++) {
		struct uffdio_zeropage zero = { .range = {
			(unsigned long)transit.from + i * 2 * PAGE + PAGE, PAGE } };

		if (ioctl(transit.source, UFFDIO_ZEROPAGE, &zero))
			err(1, "UFFDIO_ZEROPAGE");
	}
}

/* Whether the process that writes the dump has written more than the headers. */
static bool is_written(void)
{
	char path[64], target[256];
	unsigned int pid = 0;
	struct stat st;
	FILE *f = fopen(ready, "r");
	bool written = false;

	if (f && fscanf(f, "%u", &pid) != 1)
		pid = 0;
	if (f)
		fclose(f);
	for (int fd = 3; pid && fd < 64 && !written; fd++) {
		snprintf(path, sizeof(path), "/proc/%u/fd/%d", pid, fd);
		memset(target, 0, sizeof(target));
		written = readlink(path, target, sizeof(target) - 1) > 0 &&
			  !strncmp(target, dump_dir, strlen(dump_dir)) && !stat(path, &st) &&
			  S_ISREG(st.st_mode) && st.st_blocks > 64;
	}
	return written;
}

/* Source pages without a marker of their own would do, but they are a program's, too. */
static void hold_in_transit(void)
{
	pthread_t thread;

	transit.from = map(2 * pages * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	transit.to = map(pages * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (madvise(transit.from, 2 * pages * PAGE, MADV_NOHUGEPAGE))
		err(1, "MADV_NOHUGEPAGE");
	for (size_t i = 0; i < pages; i++)
		memcpy(transit.from + i * 2 * PAGE, block, PAGE);
	transit.source = open_userfaultfd(transit.from, 2 * pages * PAGE);
	transit.place = open_userfaultfd(transit.to, pages * PAGE);
	for (size_t i = 0; i < pages; i++) {
		struct pollfd fault = { .fd = transit.source, .events = POLLIN };
		struct uffd_msg msg;

		if (pthread_create(&thread, NULL, copy_transit_page, (void *)i))
			errx(1, "pthread_create");
		if (poll(&fault, 1, 10000) != 1 ||
		    read(transit.source, &msg, sizeof(msg)) != sizeof(msg))
			errx(1, "page %zu does not wait", i);
	}
	filled();
	while (!is_written())
		poll(NULL, 0, 1);
	end_transit();
}

static void *copy_on_write(void *arg)
{
	char *p = arg;

	for (;;) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (size_t at = 0; at < pages * PAGE; at += PAGE)
				p[at + PAGE - 1] = 1;
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	return NULL;
}

static void storm(void)
{
	char *p = map_filled(pages * PAGE);
	pthread_t thread;

	for (int i = 0; i < COW_PROCESSES; i++)
		if (pthread_create(&thread, NULL, copy_on_write, p))
			errx(1, "pthread_create");
}

static const struct kind {
	const char *name;
	void (*put)(void);
} kinds[] = {
	{ "pipe", fill_pipes },
	{ "unix", fill_unix_sockets },
	{ "tcp", fill_tcp_sockets },
	{ "vmsplice", fill_by_vmsplice },
	{ "secretmem", fill_secretmem },
	{ "hugetlb", fill_hugetlb },
	{ "ksm", merge_pages },
	{ "shm", fill_shm },
	{ "swap", swap_out },
	{ "transit", hold_in_transit },
	{ "cow", storm },
	{ NULL, NULL },
};

int main(int argc, char **argv)
{
	struct rlimit files = { 65536, 65536 };
	const struct kind *k = kinds;

	if (argc != 4 && argc != 5)
		errx(2, "usage: secrets KIND PAGES FILE [DIR]");
	while (k->name && strcmp(k->name, argv[1]))
		k++;
	if (!k->name)
		errx(2, "unknown kind: %s", argv[1]);
	pages = strtoul(argv[2], NULL, 10);
	ready = argv[3];
	if (argc == 5)
		dump_dir = argv[4];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
	for (size_t at = 0; at < PAGE; at += MARKER_LEN)
		make_marker(block + at, k->name);
	k->put();
	if (access(ready, F_OK))
		filled();
	for (;;)
		pause();
}
