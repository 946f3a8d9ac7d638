// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_hold.c - dumps in memory.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "watch/hold/hold.h"
#include "watch/writer/beside.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL	0x0008U
#endif

#define MIB	((u64)1 << 20)

/* What the kernel says of memory that can be executed. */
static enum { KERNEL_ANY, KERNEL_OLD, KERNEL_STRICT } kernel;

/* Before the C library's: as Linux before 6.3, or with vm.memfd_noexec=2. */
int memfd_create(const char *name, unsigned int flags)
{
	if (kernel == KERNEL_OLD && (flags & MFD_NOEXEC_SEAL))
		errno = EINVAL;
	else if (kernel == KERNEL_STRICT && !(flags & MFD_NOEXEC_SEAL))
		errno = EACCES;
	else
		return (int)syscall(SYS_memfd_create, name, flags & ~MFD_NOEXEC_SEAL);
	return -1;
}

/* A dump of @bytes bytes, whole. */
static int make(u64 bytes, int priority)
{
	json_t *record = json_pack("{s:i, s:s, s:s}", "priority", priority, "rule", "test", "info",
				   "Bounds: 0\nVerified: yes\n");
	int fd = hold_create();

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	assert_int_equal(hold_seal(fd, bytes, record), 0);
	json_decref(record);
	return fd;
}

static void count(const struct held *held, void *arg)
{
	(void)held;
	++*(unsigned int *)arg;
}

/* Another process sees the same dump, and that it is written or gone. */
static void test_borrowed(void **state)
{
	struct held *held, borrowed;
	struct hold h = { .budget = 4 * MIB };
	int fd = make(MIB, 7), copy = dup(fd);

	(void)state;
	assert_int_equal(hold_borrow(&borrowed, copy), 0);
	assert_int_equal(borrowed.dump, MIB);
	assert_int_equal(borrowed.priority, 7);
	assert_string_equal(held_text(&borrowed, "rule"), "test");
	assert_int_equal(hold_add(&h, fd, NULL, NULL, &held), 0);
	assert_false(hold_is_written(held));
	hold_mark_written(&borrowed);
	assert_true(hold_is_written(held));
	hold_return(&borrowed);
	assert_int_equal(hold_borrow(&borrowed, copy), -EALREADY);
	assert_null(borrowed.record);
	hold_remove(held);
	assert_int_equal(hold_borrow(&borrowed, copy), -EALREADY);
	close(copy);
}

static void empty(struct hold *h)
{
	for (unsigned int i = 0; i < HOLD_MAX; i++)
		if (h->held[i].id)
			hold_remove(&h->held[i]);
	assert_int_equal(hold_bytes(h), 0);
}

static void test_budget(void **state)
{
	(void)state;
	assert_int_equal(hold_budget(1024 * MIB), 64 * MIB);
	assert_int_equal(hold_budget(1024 * 1024 * MIB), 1024 * MIB);
}

/* It is not for programs, and need not be. */
static void test_create(void **state)
{
	(void)state;
	for (kernel = KERNEL_OLD; kernel <= KERNEL_STRICT; kernel++) {
		int fd = hold_create();
		struct stat st;

		assert_true(fd >= 0);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		close(fd);
	}
	kernel = KERNEL_ANY;
}

static void test_round_trip(void **state)
{
	struct hold h = { .budget = 8 * MIB };
	struct held *held;
	struct stat st;
	char *info;

	(void)state;
	assert_int_equal(hold_add(&h, make(MIB, 50), NULL, NULL, &held), 0);
	assert_int_equal(held->dump, MIB);
	assert_int_equal(held->priority, 50);
	assert_string_equal(held_text(held, "rule"), "test");
	assert_string_equal(held_text(held, "none"), "");
	assert_int_equal(fstat(held->fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	info = beside_info(held, 17);
	assert_string_equal(info, "Bounds: 17\nVerified: yes\nTrigger: test\n");
	free(info);
	empty(&h);
}

static void test_not_whole(void **state)
{
	struct hold h = { .budget = 8 * MIB };
	struct held *held;
	int fd = hold_create();

	(void)state;
	assert_int_equal(ftruncate(fd, 1), 0);
	assert_int_equal(hold_add(&h, fd, NULL, NULL, &held), -EBADMSG);
	assert_int_equal(ftruncate(fd, MIB), 0);
	assert_int_equal(hold_add(&h, fd, NULL, NULL, &held), -EBADMSG);
	close(fd);
	/* Each byte of record and footer that is lost counts. */
	for (unsigned int cut = 1; cut < 120; cut++) {
		struct stat st;

		fd = make(4096, 1);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(ftruncate(fd, st.st_size - cut), 0);
		assert_int_equal(hold_add(&h, fd, NULL, NULL, &held), -EBADMSG);
		close(fd);
	}
	assert_int_equal(hold_count(&h), 0);
}

/* A dump has the size that the process says which took it, or is none. */
static void test_size(void **state)
{
	json_t *record = json_pack("{s:i}", "priority", 1);
	int fd = hold_create();

	(void)state;
	assert_int_equal(ftruncate(fd, 4096), 0);
	assert_int_equal(hold_seal(fd, 4095, record), -EBADMSG);
	assert_int_equal(hold_seal(fd, 4097, record), -EBADMSG);
	assert_int_equal(hold_seal(fd, 0, record), -EBADMSG);
	assert_int_equal(lseek(fd, 0, SEEK_END), 4096);
	assert_int_equal(hold_seal(fd, 4096, record), 0);
	json_decref(record);
	close(fd);
}

/* Before the daemon has heard of it, the one after it must not write it again. */
static void test_written(void **state)
{
	struct hold h = { .budget = 8 * MIB };
	struct held *held, *again;
	int fd = make(4096, 1), other = dup(fd);

	(void)state;
	assert_int_equal(hold_add(&h, fd, NULL, NULL, &held), 0);
	assert_false(hold_is_written(held));
	hold_mark_written(held);
	assert_true(hold_is_written(held));
	assert_int_equal(hold_add(&h, other, NULL, NULL, &again), -EALREADY);
	empty(&h);
	close(other);
}

/* Its memory is free, though the service manager still has it, and it is not held again. */
static void test_removed(void **state)
{
	struct hold h = { .budget = 8 * MIB };
	struct held *held;
	int fd = make(MIB, 1), other = dup(fd);
	struct stat st;

	(void)state;
	assert_int_equal(hold_add(&h, fd, NULL, NULL, &held), 0);
	empty(&h);
	assert_int_equal(fstat(other, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(st.st_blocks, 0);
	assert_int_equal(hold_add(&h, other, NULL, NULL, &held), -EALREADY);
	close(other);
}

static void test_priority(void **state)
{
	struct hold h = { .budget = 4 * MIB };
	unsigned int dropped = 0;
	struct held *held;

	(void)state;
	assert_int_equal(hold_room(&h, 50), 4 * MIB);
	assert_int_equal(hold_add(&h, make(MIB, 50), count, &dropped, &held), 0);
	assert_int_equal(hold_add(&h, make(MIB, 20), count, &dropped, &held), 0);
	/* What has less priority counts as free. */
	assert_true(hold_room(&h, 20) < 2 * MIB);
	assert_true(hold_room(&h, 50) < 3 * MIB && hold_room(&h, 50) > 2 * MIB);
	assert_true(hold_room(&h, 51) == 4 * MIB);
	assert_int_equal(hold_add(&h, make(2 * MIB, 50), count, &dropped, &held), 0);
	assert_int_equal(dropped, 1);
	assert_int_equal(hold_count(&h), 2);
	/* Equal priority replaces nothing. */
	assert_true(hold_room(&h, 50) < MIB);
	assert_int_equal(hold_add(&h, make(3 * MIB, 90), count, &dropped, &held), 0);
	assert_int_equal(dropped, 3);
	assert_int_equal(hold_count(&h), 1);
	empty(&h);
}

/* What was held has its room: a smaller machine, or another order, takes none of it. */
static void test_again(void **state)
{
	struct hold h = { .budget = 3 * MIB };
	struct held *low, *high;
	json_t *written;
	int fd;

	(void)state;
	assert_int_equal(hold_add_again(&h, make(2 * MIB, 20), &low, &written), 0);
	assert_null(written);
	assert_int_equal(hold_add_again(&h, make(2 * MIB, 60), &high, &written), 0);
	assert_int_equal(hold_count(&h), 2);
	assert_int_equal(low->priority, 20);
	assert_int_equal(high->priority, 60);
	/* Only a new one does. */
	assert_int_equal(hold_room(&h, 20), 0);
	assert_int_equal(hold_room(&h, 70), 3 * MIB);
	/* One that was written says what it was of, once. */
	fd = dup(high->fd);
	hold_mark_written(high);
	assert_int_equal(hold_add_again(&h, fd, &low, &written), -EALREADY);
	assert_string_equal(json_string_value(json_object_get(written, "rule")), "test");
	json_decref(written);
	hold_remove(high);
	assert_int_equal(hold_add_again(&h, fd, &low, &written), -EALREADY);
	assert_null(written);
	close(fd);
	empty(&h);
}

static void test_full(void **state)
{
	struct hold h = { .budget = 64 * MIB };
	struct held *held;
	int fd;

	(void)state;
	for (unsigned int i = 0; i < HOLD_MAX; i++)
		assert_int_equal(hold_add(&h, make(4096, 50), NULL, NULL, &held), 0);
	assert_int_equal(hold_room(&h, 50), 0);
	fd = make(4096, 50);
	assert_int_equal(hold_add(&h, fd, NULL, NULL, &held), -ENOSPC);
	close(fd);
	assert_int_equal(hold_add(&h, make(4096, 51), NULL, NULL, &held), 0);
	assert_int_equal(hold_count(&h), HOLD_MAX);
	empty(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_not_whole),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_removed),
		cmocka_unit_test(test_borrowed),
		cmocka_unit_test(test_priority),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
