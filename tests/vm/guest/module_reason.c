// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * module_reason.c - the reason in the argument of LIVEDUMP_IOC_DUMP: a note in the dump, or
 * an error and no dump.
 *
 *   module_reason FILE         (stays, with the last reason)
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "module_test.h"

static int dev, fd;

static void expect(const char *name, const void *text, __u32 size, int want, const char *why)
{
	struct livedump_arg arg = quick_arg(fd);
	int got;

	must(ftruncate(fd, 7), "truncate");
	arg.reason = (uintptr_t)text;
	arg.reason_size = size;
	got = dump(dev, &arg);
	arg.result.text[LIVEDUMP_TEXT_SIZE - 1] = '\0';
	result(name, got == want && strstr(arg.result.text, why), "errno %d (%s), \"%s\"", got,
	       strerror(got), arg.result.text);
	result("reason: the argument is as it was", arg.reason == (uintptr_t)text &&
	       arg.reason_size == size && !arg.reason_reserved, "it was written to");
}

/* The file has the text, but not twice. */
static bool file_has(const char *text, size_t len)
{
	struct stat st;
	char *map, *at;
	bool has;

	must(fstat(fd, &st), "stat");
	map = mmap(NULL, st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		must(-1, "mmap");
	at = memmem(map, 1 << 20, text, len);
	has = at && !memmem(at + len, 1 << 16, text, len);
	munmap(map, st.st_size);
	return has;
}

static void test_good(void)
{
	static char most[LIVEDUMP_REASON_MAX];
	static const char some[] = "Reason: of module_reason\n";
	struct livedump_arg arg;

	memset(most, 'y', sizeof(most));
	expect("reason: the longest", most, sizeof(most), 0, "");
	result("reason: all of it is there", file_has(most, sizeof(most)), "it is not");
	arg = quick_arg(fd);
	arg.size = LIVEDUMP_ARG_SIZE_MIN;
	arg.reason = 1;
	arg.reason_size = 1;
	result("reason: not in a small argument",
	       !dump(dev, &arg) && !file_has(most, sizeof(most)), "it is");
	arg = quick_arg(-1);
	arg.flags = LIVEDUMP_DRY_RUN;
	arg.reason = (uintptr_t)some;
	arg.reason_size = sizeof(some) - 1;
	result("reason: a dry run", !dump(dev, &arg), "%s", arg.result.text);
	expect("reason: some", some, sizeof(some) - 1, 0, "");
	result("reason: it is there", file_has(some, sizeof(some) - 1), "it is not");
}

static void test_bad(void)
{
	static char text[LIVEDUMP_REASON_MAX + 1];
	static const char bad[] = { 0, 7, 9, 27, 127, (char)0x80, (char)0xff };
	struct livedump_arg arg = quick_arg(fd);
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(text, 'x', sizeof(text));
	expect("reason: too long", text, sizeof(text), EINVAL, "the reason is too long");
	expect("reason: 4 GiB", text, ~0U, EINVAL, "the reason is too long");
	expect("reason: no address", NULL, 1, EFAULT, "the reason cannot be read");
	expect("reason: of the kernel", (void *)0xffff888000000000UL, 8, EFAULT,
	       "the reason cannot be read");
	munmap(page + 4096, 4096);
	memset(page, 'x', 4096);
	expect("reason: its end is missing", page + 4000, 97, EFAULT, "the reason cannot be read");
	for (unsigned int i = 0; i < sizeof(bad); i++) {
		text[i] = bad[i];
		expect("reason: not text", text, 100, EINVAL, "the reason is not printable text");
		text[i] = 'x';
	}
	result("reason: no dump then", lseek(fd, 0, SEEK_END) == 7, "%ld bytes",
	       (long)lseek(fd, 0, SEEK_END));
	arg.reason_reserved = 1;
	result("reason: reserved", dump(dev, &arg) == EINVAL, "%s", arg.result.text);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	dev = open_device();
	fd = open_new(argv[1]);
	test_bad();
	test_good();
	close(fd);
	return failures != 0;
}
