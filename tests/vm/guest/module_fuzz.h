/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * module_fuzz.h - for module_fuzz.c: the state of a task, the files that it uses,
 * and what it and its companion do besides requesting dumps.
 */
#ifndef MODULE_FUZZ_H
#define MODULE_FUZZ_H

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "module_test.h"

#define PAGE		4096U
#define EDGE_SIZE	(2 * PAGE)
#define NR_FILES	24
#define NR_TASKS	4

struct fuzz_task {
	unsigned int n;
	unsigned long long seed;
	int dev;
	int own_fd;		/* a good file that nobody else opens */
	char own_path[256];
	int files[NR_FILES];	/* of all kinds */
	int faults_fd;		/* this task's make-it-fail, or -1 */
	int nth_fd;		/* this task's fail-nth, or -1 */
	char *edge;		/* EDGE_SIZE bytes with nothing after them */
	char *page;
	char *in_file;		/* one page of own_fd, shared */
	char *heap;
	bool meddle;		/* the companion may change these two */
	int meddle_fd;
	void *meddle_arg;
};

static char **dirs;
static unsigned int nr_dirs;

static inline unsigned int rnd(struct fuzz_task *t, unsigned int below)
{
	t->seed = t->seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (t->seed >> 33) % below;
}

static inline int open_with(const char *name, int flags)
{
	return open(name, flags | O_CLOEXEC, 0600);
}

/* Some kinds do not exist on every kernel or file system. -1 is a kind, too. */
static inline void open_files(struct fuzz_task *t)
{
	const char *dir = dirs[t->n % nr_dirs];
	char name[300], other[320];
	int *f = t->files, n = 0, fds[2];

	snprintf(t->own_path, sizeof(t->own_path), "%s/fuzz.%u", dir, t->n);
	t->own_fd = open_new(t->own_path);
	for (unsigned int i = 0; i < 4; i++) {	/* each task opens these: ETXTBSY */
		snprintf(name, sizeof(name), "%s/fuzz.shared", dirs[i % nr_dirs]);
		f[n++] = open_with(name, O_RDWR | O_CREAT);
	}
	snprintf(name, sizeof(name), "%s/fuzz.links.%u", dir, t->n);
	snprintf(other, sizeof(other), "%s.2", name);
	f[n++] = open_with(name, O_RDWR | O_CREAT);
	unlink(other);
	link(name, other);
	snprintf(name, sizeof(name), "%s/fuzz.gone.%u", dir, t->n);
	f[n++] = open_with(name, O_RDWR | O_CREAT);
	unlink(name);
	f[n++] = open_with(name, O_WRONLY | O_CREAT | O_APPEND);
	f[n++] = open_with(name, O_RDONLY);
	f[n++] = open_with(name, O_PATH);
	f[n++] = open_with(name, O_WRONLY | O_DIRECT | O_SYNC);
	f[n++] = open_with(dir, O_RDWR | O_TMPFILE);
	f[n++] = open_with(dir, O_RDONLY | O_DIRECTORY);
	pipe(fds);
	f[n++] = fds[0];
	f[n++] = fds[1];
	socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
	f[n++] = fds[0];
	f[n++] = eventfd(0, EFD_NONBLOCK);
	f[n++] = epoll_create1(0);
	f[n++] = memfd_create("fuzz", 0);
	f[n++] = memfd_create("sealed", MFD_ALLOW_SEALING);
	fcntl(f[n - 1], F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK);
	f[n++] = open_with("/dev/full", O_RDWR);
	f[n++] = open_with("/proc/sys/kernel/domainname", O_WRONLY);
	f[n++] = open_with("/proc/self/mem", O_RDWR);
	f[n++] = open_with("/dev/disk-out", O_WRONLY);
	f[n++] = t->dev;
	if (n != NR_FILES)
		abort();
}

static inline int pick_fd(struct fuzz_task *t)
{
	static const int none[] = { -1, -2, -100, 3000, INT_MAX, INT_MIN };

	if (rnd(t, 2))
		return t->own_fd;
	if (!rnd(t, 8))
		return none[rnd(t, sizeof(none) / sizeof(*none))];
	return t->files[rnd(t, NR_FILES)];
}

static inline void *map(size_t size, int fd)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);

	must(at == MAP_FAILED ? -1 : 0, "mmap");
	return at;
}

static inline void set_up(struct fuzz_task *t)
{
	t->dev = open_device();
	open_files(t);
	t->faults_fd = open("/proc/thread-self/make-it-fail", O_WRONLY | O_CLOEXEC);
	t->nth_fd = open("/proc/thread-self/fail-nth", O_WRONLY | O_CLOEXEC);
	t->edge = map(EDGE_SIZE + PAGE, -1);
	munmap(t->edge + EDGE_SIZE, PAGE);
	t->page = map(PAGE, -1);
	t->heap = map(2 * PAGE, -1);
	t->in_file = map(PAGE, t->own_fd);
}

/* Mark this task: its allocations fail as often as the injection is set to. */
static inline void faults(struct fuzz_task *t, bool on)
{
	char nth[16];
	int len;

	if (t->faults_fd < 0)
		return;
	len = snprintf(nth, sizeof(nth), "%u", on && !rnd(t, 4) ? 1 + rnd(t, 60) : 0);
	pwrite(t->faults_fd, on ? "1" : "0", 1, 0);
	if (t->nth_fd >= 0)
		pwrite(t->nth_fd, nth, len, 0);
}

/* What the companion does while @t is in a call. @me has its own random numbers. */
static inline void meddle(struct fuzz_task *t, struct fuzz_task *me)
{
	int fd = t->meddle_fd, flags;
	char other[300];
	__u32 *word;

	switch (rnd(me, 9)) {
	case 0:
		ftruncate(fd, rnd(me, 2) ? 0 : 100000);
		break;
	case 1:	/* writes to these files do no harm */
		if (fd == t->own_fd)
			pwrite(fd, "meddled", 7, rnd(me, 1 << 20));
		break;
	case 2:
		flags = fcntl(fd, F_GETFL);
		fcntl(fd, F_SETFL, flags ^ O_APPEND);
		usleep(rnd(me, 50000));
		fcntl(fd, F_SETFL, flags);
		break;
	case 3:
		snprintf(other, sizeof(other), "%s.link", t->own_path);
		link(t->own_path, other);
		usleep(rnd(me, 50000));
		unlink(other);
		break;
	case 4:	/* another file with the same descriptor */
		if (fd >= 0) {
			int keep = dup(fd);

			dup2(t->files[rnd(me, NR_FILES)], fd);
			usleep(rnd(me, 50000));
			dup2(keep, fd);
			close(keep);
		}
		break;
	case 5:
		close(open(t->own_path, O_WRONLY | O_CLOEXEC));
		break;
	case 6:
		kill(getpid(), rnd(me, 2) ? SIGALRM : SIGCONT);
		break;
	default:
		word = t->meddle_arg;
		for (unsigned int i = 0; word && i < 1000; i++)
			__atomic_fetch_xor(&word[rnd(me, 128)], 1U << rnd(me, 32),
					   __ATOMIC_RELAXED);
	}
}

/* Other uses of the device and its files. */
static inline void other_use(struct fuzz_task *t)
{
	struct pollfd p = { .fd = t->dev, .events = rnd(t, 1 << 16) };
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	int fd;

	switch (rnd(t, 10)) {
	case 0:
		pread(t->dev, rnd(t, 4) ? t->page : (void *)-4096UL, rnd(t, PAGE), rnd(t, 2000));
		break;
	case 1:
		lseek(t->dev, (long long)rnd(t, INT_MAX) << rnd(t, 33), rnd(t, 5));
		read(t->dev, t->heap, rnd(t, 300));
		break;
	case 2:
		poll(&p, 1, rnd(t, 200));
		break;
	case 3:
		fd = open(LIVEDUMP_DEVICE, rnd(t, 4) | (rnd(t, 2) ? O_NONBLOCK : 0));
		close(fd);
		break;
	case 4:
		write(t->dev, t->heap, rnd(t, 300));
		munmap(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, t->dev, 0), PAGE);
		fsync(t->dev);
		break;
	case 5:
		syscall(SYS_delete_module, "livedump", O_NONBLOCK);
		break;
	case 6:
		if (rnd(t, 2))
			limit.rlim_cur = rnd(t, 4 << 20);
		setrlimit(RLIMIT_FSIZE, &limit);
		break;
	case 7:
		ftruncate(t->own_fd, rnd(t, 1 << 20));
		fcntl(t->own_fd, F_SETFL, 0);
		break;
	case 8:
		if (rnd(t, 4))
			break;
		fd = fork();
		if (!fd) {
			struct livedump_arg arg = quick_arg(t->own_fd);

			_exit(drop_cap(CAP_SYS_RAWIO) && dump(t->dev, &arg) == EPERM ? 0 : 98);
		}
		if (fd > 0 && reap(fd))
			_exit(98);
		break;
	default:
		usleep(rnd(t, 100000));
	}
}

#endif
