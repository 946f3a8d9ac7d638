// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * module_access.c - who else can change the file of a dump, and who is told of its
 * writes: what livedump(4) says of exclusive access.
 *
 *   module_access TEST DIRECTORY [BELOW...]
 *
 * BELOW is the upper directory of an overlay, or what else is the same directory
 * of a network file system.
 */
#define _GNU_SOURCE
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/vfs.h>

#include <linux/fs.h>
#include <linux/magic.h>

#include "module_target.h"

static char **below;

/* The writes of a dump are events. */
static void test_events(void)
{
	int fd = open_new(path), in = must(inotify_init1(IN_NONBLOCK), "inotify"), fa;
	char buf[4096] __attribute__((aligned(8)));
	ssize_t seen_in, seen_fa;
	pid_t pid;

	must(inotify_add_watch(in, path, IN_MODIFY), "inotify_add_watch");
	fa = must(fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK, O_RDONLY), "fanotify_init");
	must(fanotify_mark(fa, FAN_MARK_ADD, FAN_MODIFY, AT_FDCWD, path), "fanotify_mark");
	pid = start_dump(fd, SLOW);
	/* Truncating was one event already. */
	while (read(in, buf, sizeof(buf)) > 0 || read(fa, buf, sizeof(buf)) > 0)
		;
	sleep_ms(500);
	seen_in = read(in, buf, sizeof(buf));
	seen_fa = read(fa, buf, sizeof(buf));
	result("inotify sees the writes", seen_in > 0, "%zd", seen_in);
	result("fanotify sees the writes", seen_fa > 0, "%zd", seen_fa);
	close(fa);
	close(in);
	expect_good("events: that dump", reap(pid));
	close(fd);
}

/* What the manual says of names, and of descriptors that are not the caller's. */
static void test_others(void)
{
	char other[300];
	int fd, again;
	pid_t pid;
	void *map;

	snprintf(other, sizeof(other), "%s.other", path);
	unlink(other);
	fd = open_new(path);
	must(ftruncate(fd, 4096), "ftruncate");
	again = must(open(path, O_RDWR), "open again");
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0);
	close(again);
	expect_refused("mapped by another open file", dump_text(fd, 0), ETXTBSY, "open for writing");
	munmap(map, 4096);

	pid = start_dump(fd, SLOW);
	again = open(path, O_WRONLY);
	result("open for writing", again < 0 && errno == ETXTBSY, "fd %d", again);
	again = truncate(path, 0);
	result("truncate by name", again < 0 && errno == ETXTBSY, "%d", again);
	snprintf(other, sizeof(other), "/proc/self/fd/%d", fd);
	again = open(other, O_RDWR);
	result("open by descriptor", again < 0 && errno == ETXTBSY, "fd %d", again);
	snprintf(other, sizeof(other), "%s.other", path);
	again = must(open(path, O_RDONLY), "open for reading");
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0);
	result("map for writing by a reader", map == MAP_FAILED && errno == EACCES, "%p", map);
	result("a reader's lease", !fcntl(again, F_SETLEASE, F_RDLCK), "%s", strerror(errno));
	close(again);
	result("new name", !link(path, other), "%s", strerror(errno));
	result("name taken away", !unlink(path) && !rename(other, path), "%s", strerror(errno));
	result("other mode", !chmod(path, 0400), "%s", strerror(errno));
	expect_good("names: that dump", reap(pid));
	close(fd);
}

static void on_signal(int sig)
{
	(void)sig;
}

static void set_lease_break_time(const char *seconds)
{
	int fd = must(open("/proc/sys/fs/lease-break-time", O_WRONLY), "lease-break-time");

	must(write(fd, seconds, strlen(seconds)), "lease-break-time");
	close(fd);
}

/* A reader has a lease when the dump is interrupted. It does not give the lease up. */
static void test_lease(void)
{
	int fd = open_new(path), reader = must(open(path, O_RDONLY), path), got;
	double start;
	pid_t pid;

	signal(SIGIO, SIG_IGN);
	signal(SIGINT, on_signal);
	set_lease_break_time("2");
	pid = start_dump(fd, SLOW);
	must(fcntl(reader, F_SETLEASE, F_RDLCK), "F_SETLEASE");
	start = now();
	kill(pid, SIGINT);
	got = reap(pid);
	result("lease: interrupted", got == EINTR && !size_of(path) && now() - start > 1,
	       "errno %d, %lld bytes after %.1f s, \"%s\"", got, (long long)size_of(path),
	       now() - start, last_text);
	pid = start_dump(fd, SLOW);
	must(fcntl(reader, F_SETLEASE, F_RDLCK), "F_SETLEASE");
	start = now();
	kill(pid, SIGKILL);
	got = reap(pid);
	result("lease: killed", got == 1000 + SIGKILL && now() - start < 1.5,
	       "%d after %.1f s", got, now() - start);
	set_lease_break_time("45");
	close(reader);
	expect_good("lease: next dump", dump_text(fd, 0));
	close(fd);
}

/* Who has the same open file, by dup(2) or fork(2), can do all that it allows. */
static void test_shared(void)
{
	int fd = open_new(path);
	pid_t pid = start_dump(fd, SLOW);
	char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char head[8] = "";
	struct statfs fs;
	int got;

	result("shared: map for writing", map != MAP_FAILED, "%s", strerror(errno));
	result("shared: the dump in the mapping", map != MAP_FAILED && !memcmp(map, "KDUMP   ", 8),
	       "not there");
	result("shared: write", pwrite(fd, "x", 1, 4095) == 1, "%s", strerror(errno));
	/* The overlay wants to write to the file below then, which is denied to all. */
	statfs(path, &fs);
	got = ftruncate(fd, 1 << 30) ? errno : 0;
	result("shared: truncate", got == (fs.f_type == OVERLAYFS_SUPER_MAGIC ? ETXTBSY : 0),
	       "%s", strerror(got));
	result("shared: that dump ends", !reap(pid) && pread(fd, head, 8, 0) == 8 &&
	       !memcmp(head, "KDUMP   ", 8), "\"%s\"", last_text);
	result("shared: its length is right", size_of(path) < 1 << 29, "%lld",
	       (long long)size_of(path));
	munmap(map, 4096);
	close(fd);
}

/* The file below an overlay is the same file by another name. */
static void test_overlay(void)
{
	int fd = open_new(path), other, at;
	char under[300];
	pid_t pid;

	snprintf(under, sizeof(under), "%s/target", below[0]);
	other = must(open(under, O_WRONLY), under);
	expect_refused("overlay: writer below", dump_text(fd, 0), ETXTBSY, "open for writing");
	close(other);
	pid = start_dump(fd, SLOW);
	other = open(path, O_WRONLY);
	result("overlay: writer during", other < 0 && errno == ETXTBSY, "fd %d", other);
	other = open(under, O_WRONLY);
	result("overlay: writer below during", other < 0 && errno == ETXTBSY, "fd %d", other);
	other = truncate(under, 0);
	result("overlay: truncate below during", other < 0 && errno == ETXTBSY, "%d", other);
	expect_good("overlay: that dump", reap(pid));
	other = open(under, O_WRONLY);
	result("overlay: writer below after", other >= 0, "%s", strerror(errno));
	close(other);

	pid = start_dump(fd, SLOW);
	at = must(open(below[0], O_RDONLY), below[0]);
	must(ioctl(at, FIFREEZE, 0), "FIFREEZE");
	sleep_ms(500);
	kill(pid, SIGINT);
	sleep_ms(3000);
	other = waitpid(pid, NULL, WNOHANG);
	must(ioctl(at, FITHAW, 0), "FITHAW");
	result("overlay: frozen below", other == pid || (reap(pid), false), "SIGINT does not end it");
	expect_good("overlay: thawed", dump_text(fd, 0));
	close(at);
	close(fd);
}

/* The server and other clients can write to the file during a dump. */
static void test_network(void)
{
	int fd = open_new(path), other;
	pid_t pid = start_dump(fd, SLOW);

	other = open(path, O_WRONLY);
	result("network: writer during", other < 0 && errno == ETXTBSY, "fd %d", other);
	for (; *below; below++) {
		char name[300];

		snprintf(name, sizeof(name), "%s/target", *below);
		other = open(name, O_WRONLY);
		result("network: another client, or the server", other >= 0, "%s: %s", name,
		       strerror(errno));
		close(other);
	}
	expect_good("network: that dump", reap(pid));
	close(fd);
}

int main(int argc, char **argv)
{
	static const struct target_test tests[] = {
		{ "events", test_events }, { "others", test_others }, { "shared", test_shared },
		{ "lease", test_lease }, { "overlay", test_overlay },
		{ "network", test_network }, { NULL, NULL },
	};

	if (argc < 3)
		return 2;
	below = argv + 3;
	return run_test(tests, argv[1], argv[2]);
}
