// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * module_target.c - dumps into files and descriptors of every kind.
 *
 *   module_target TEST DIRECTORY
 */
#define _GNU_SOURCE
#include <sys/swap.h>

#include <linux/fs.h>
#include <linux/landlock.h>

#include "module_target.h"

#define TRUNCATE_RIGHT	(1ULL << 14)	/* LANDLOCK_ACCESS_FS_TRUNCATE */

/* The bitmap of a dump without memory is read back from the file, at any offset. */
static void test_kinds(void)
{
	static const struct {
		const char *name;
		int flags;
	} kinds[] = {
		{ "O_RDWR", O_RDWR }, { "O_WRONLY", O_WRONLY },
		{ "O_DIRECT", O_RDWR | O_DIRECT }, { "O_SYNC", O_RDWR | O_SYNC },
		{ "O_DIRECT | O_DSYNC, O_WRONLY", O_WRONLY | O_DIRECT | O_DSYNC },
		{ "O_NONBLOCK | O_NOATIME", O_RDWR | O_NONBLOCK | O_NOATIME },
	};
	pid_t pid;
	int fd;

	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		fd = must(open(path, kinds[i].flags | O_CREAT, 0600), kinds[i].name);
		expect_good(kinds[i].name, dump_text(fd, 0));
		close(fd);
	}
	fd = open_new(path);
	pid = start_dump(fd, SLOW);
	must(fcntl(fd, F_SETFL, O_DIRECT), "F_SETFL");
	expect_good("O_DIRECT set during", reap(pid));
	must(fcntl(fd, F_SETFL, 0), "F_SETFL");
	pid = start_dump(fd, SLOW);
	must(fcntl(fd, F_SETFL, O_APPEND), "F_SETFL");
	expect_good("O_APPEND set during", reap(pid));
	close(fd);
}

static void test_tmpfile(void)
{
	int fd = must(open(dir, O_RDWR | O_TMPFILE, 0600), "O_TMPFILE");

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), fd);
	expect_good("O_TMPFILE", dump_text(fd, 0));
	close(fd);
}

static int memfd(unsigned int flags)
{
	int fd = must(memfd_create("dump", flags), "memfd_create");

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), fd);
	return fd;
}

static void test_memfd(void)
{
	int fd = memfd(MFD_ALLOW_SEALING), other;
	pid_t pid;

	expect_good("memfd", dump_text(fd, 0));
	other = must(open(path, O_RDWR), "open again");
	expect_refused("memfd, other writer", dump_text(fd, 0), ETXTBSY, "open for writing");
	close(fd);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), other);
	expect_good("memfd, opened again", dump_text(other, 0));
	close(other);
	fd = memfd(MFD_ALLOW_SEALING);
	pid = start_dump(fd, SLOW);
	other = open(path, O_RDWR);
	result("memfd, writer during", other < 0 && errno == ETXTBSY, "fd %d", other);
	expect_good("memfd, that dump", reap(pid));
	other = open(path, O_RDWR);
	result("memfd, writer after", other >= 0, "%s", strerror(errno));
	close(other);

	must(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), "F_ADD_SEALS");
	expect_refused("memfd sealed against shrinking", dump_text(fd, 0), EPERM, "sealed");
	result("that memfd is as it was", is_good(path), "not good");
	close(fd);
	fd = memfd(MFD_ALLOW_SEALING);
	must(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), "F_ADD_SEALS");
	expect_refused("memfd sealed against growing", dump_text(fd, 0), EPERM, "sealed");
	close(fd);
	fd = memfd(MFD_ALLOW_SEALING);
	must(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), "F_ADD_SEALS");
	expect_refused("memfd sealed against writing", dump_text(fd, 0), EPERM, "sealed");
	close(fd);
	fd = memfd(MFD_HUGETLB);
	expect_refused("memfd of huge pages", dump_text(fd, 0), EINVAL, "does not support");
	close(fd);
}

static void set_inode_flags(int fd, int flags)
{
	int now;

	must(ioctl(fd, FS_IOC_GETFLAGS, &now), "FS_IOC_GETFLAGS");
	now = (now & ~(FS_APPEND_FL | FS_IMMUTABLE_FL)) | flags;
	must(ioctl(fd, FS_IOC_SETFLAGS, &now), "FS_IOC_SETFLAGS");
}

static bool has_content(int fd)
{
	char head[8] = "";

	return pread(fd, head, 7, 0) == 7 && !strcmp(head, "content");
}

/* Each flag is set when the file is open already, as for any other writer. */
static void test_flags(void)
{
	int fd = open_new(path);
	char line[300];
	pid_t pid;

	must(pwrite(fd, "content", 7, 0), "pwrite");
	set_inode_flags(fd, FS_APPEND_FL);
	expect_refused("append-only", dump_text(fd, 0), EPERM, "append-only");
	result("append-only: as it was", has_content(fd), "not so");
	set_inode_flags(fd, FS_IMMUTABLE_FL);
	expect_refused("immutable", dump_text(fd, 0), EPERM, "immutable");
	set_inode_flags(fd, 0);
	result("immutable: as it was", has_content(fd), "not so");
	pid = start_dump(fd, SLOW);
	set_inode_flags(fd, FS_IMMUTABLE_FL);
	expect_refused("immutable during", reap(pid), EPERM, "could not be emptied");
	set_inode_flags(fd, 0);
	expect_good("without flags", dump_text(fd, 0));

	/* mkswap needs a file without holes. */
	must(ftruncate(fd, 0), "ftruncate");
	must(-posix_fallocate(fd, 0, 1 << 20), "posix_fallocate");
	snprintf(line, sizeof(line), "mkswap %s >&2", path);
	if (!system(line) && !swapon(path, 0)) {
		expect_refused("swap space", dump_text(fd, 0), ETXTBSY, "swap");
		must(swapoff(path), "swapoff");
	} else {
		result("swap space", false, "swapon: %s", strerror(errno));
	}
	close(fd);
}

/* Deny this process what needs a right, below all directories. */
static void landlock(__u64 rights)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = rights };
	int set = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

	must(set, "landlock_create_ruleset");
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	must(syscall(SYS_landlock_restrict_self, set, 0), "landlock_restrict_self");
	close(set);
}

/* As for ftruncate(2), what counts is what the opener of the file was allowed. */
static void test_landlock(void)
{
	int abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	int fd = open_new(path), status = 0;
	pid_t pid;

	tell("landlock: version %d", abi);
	result("landlock is on", abi > 0, "%s", strerror(errno));
	must(pwrite(fd, "content", 7, 0), "pwrite");
	close(fd);
	pid = must(fork(), "fork");
	if (!pid) {
		landlock(abi >= 3 ? TRUNCATE_RIGHT : LANDLOCK_ACCESS_FS_MAKE_REG);
		fd = open(path, O_RDWR);
		_exit(fd < 0 ? 255 : dump_text(fd, 0));
	}
	status = reap(pid);
	fd = must(open(path, O_RDWR), path);
	/* Older kernels do not have this right. */
	if (abi >= 3) {
		expect_refused("landlock: opened without the right to truncate", status, EACCES,
			       "truncate");
		result("landlock: as it was", has_content(fd), "not so");
	} else {
		expect_good("landlock: no such right", status);
	}
	pid = must(fork(), "fork");
	if (!pid) {
		landlock(LANDLOCK_ACCESS_FS_WRITE_FILE | (abi >= 3 ? TRUNCATE_RIGHT : 0));
		_exit(dump_text(fd, 0));
	}
	expect_good("landlock: opened before", reap(pid));
	close(fd);
}

/* How much of the file is in the page cache, in bytes. */
static size_t cached(int fd)
{
	size_t len = (size_t)lseek(fd, 0, SEEK_END), pages = (len + 4095) / 4096, n = 0;
	void *map = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
	unsigned char *in = malloc(pages);

	must(mincore(map, len, in), "mincore");
	for (size_t i = 0; i < pages; i++)
		n += in[i] & 1;
	munmap(map, len);
	free(in);
	return n * 4096;
}

/* A dump does not fill the page cache. */
static void test_cache(void)
{
	struct livedump_arg arg = quick_arg(open_new(path));
	size_t left;
	int got;

	arg.compression = LIVEDUMP_COMP_NONE;
	got = dump(dev, &arg);
	left = cached(arg.fd);
	result("what stays in the page cache", !got && arg.result.file_bytes > 24 << 20 &&
	       left < 12 << 20, "errno %d, %zu of %llu bytes", got, left, arg.result.file_bytes);
	tell("page cache: %zu of %llu bytes", left, arg.result.file_bytes);
	close(arg.fd);
}

static long swap_used(void)
{
	char text[4096] = "";
	FILE *f = fopen("/proc/meminfo", "r");
	const char *total, *left;

	if (!f || !fread(text, 1, sizeof(text) - 1, f))
		return -1;
	fclose(f);
	total = strstr(text, "SwapTotal:");
	left = strstr(text, "SwapFree:");
	return total && left ? atol(total + 10) - atol(left + 9) : -1;
}

/* While it is written, all of the file is put out to swap space, again and again. */
static void test_swap(void)
{
	int fd = open_new(path), got = 0, times = 0;
	long before = swap_used(), most = 0;
	pid_t pid = start_dump(fd, SLOW);
	volatile char sum = 0;

	while (!waitpid(pid, &got, WNOHANG)) {
		size_t len = (size_t)size_of(path);
		char *map;

		if (!len)
			continue;
		map = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
		for (size_t at = 0; at + 4096 <= len; at += 4096)
			sum += map[at];
		madvise(map, len, MADV_PAGEOUT);
		munmap(map, len);
		if (swap_used() - before > most)
			most = swap_used() - before;
		times++;
	}
	tell("swap: %ld kB of the file, %d times", most, times);
	result("swap: the file was in it", most > 4096 && times > 3, "%ld kB", most);
	expect_good("swap: that dump", WEXITSTATUS(got));
	close(fd);
}

int main(int argc, char **argv)
{
	static const struct target_test tests[] = {
		{ "kinds", test_kinds }, { "tmpfile", test_tmpfile }, { "memfd", test_memfd },
		{ "flags", test_flags }, { "landlock", test_landlock }, { "cache", test_cache },
		{ "swap", test_swap }, { NULL, NULL },
	};

	return argc == 3 ? run_test(tests, argv[1], argv[2]) : 2;
}
