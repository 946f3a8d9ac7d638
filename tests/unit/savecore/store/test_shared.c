// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_shared.c - test a directory of dumps in which others can create files, lock
 * what they can open, or in which nothing can be replaced.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "savecore/store/store.h"
#include "tests/unit/directory.h"
#include "tests/unit/root.h"

#define LIVE_INFO	"Dump header from device: /proc/kcore\nMode: live\n"

static struct error err;

static int setup(void **state)
{
	err.text[0] = '\0';
	return directory_setup(state);
}

static void expect_open(struct store *s, bool force)
{
	err.text[0] = '\0';
	if (store_open(s, top, force, &err))
		fail_msg("%s", err.text);
	assert_string_equal(err.text, "");
}

static void expect_no_open(bool force, int ret, const char *text)
{
	struct store s;

	err.text[0] = '\0';
	assert_int_equal(store_open(&s, top, force, &err), ret);
	if (!strstr(err.text, text))
		fail_msg("'%s' does not say '%s'", err.text, text);
	assert_int_equal(s.dir, -1);
}

/* Take a dump of which nothing is to be removed but what a limit of @dumps says. */
static void finish_dump(struct store *s, unsigned int dumps)
{
	const struct rotate_limits limits = { .dumps = dumps };
	struct tempfile t;

	assert_int_equal(temp_create(&t, s->dir, 0600), 0);
	assert_int_equal(write(t.fd, "dump", 4), 4);
	assert_int_equal(store_publish(s, &t, LIVE_INFO, NULL, &err), 0);
	temp_close(&t);
	assert_int_equal(store_finish(s, &limits, &err), 0);
}

static void take_dump(void)
{
	struct store s;

	expect_open(&s, false);
	assert_int_equal(store_pick(&s, &err), 0);
	finish_dump(&s, 0);
	store_close(&s);
}

static void give_away(const char *name)
{
	assert_int_equal(fchownat(dir, name, 1, 1, AT_SYMLINK_NOFOLLOW), 0);
}

/* What others can have made is not believed in a shared directory, and stays. */
static void test_shared(void **state)
{
	struct stat before, after;
	struct store s;

	(void)state;
	needs_root();
	assert_int_equal(fchmod(dir, 03777), 0);
	make_file("bounds", "999999998\n");
	make_file("minfree", "999999999999\n");
	make_file("livecore.0", "");
	make_file("info.1", LIVE_INFO);
	make_file("info.999999998", LIVE_INFO);
	make_file("info.last", "");
	assert_int_equal(symlinkat("info.1", dir, "livecore.last"), 0);
	assert_int_equal(mkfifoat(dir, "info.2", 0666), 0);
	make_file(".savecore-0123456789ab", "");
	give_away("bounds");
	give_away("minfree");
	give_away("livecore.0");
	give_away("info.1");
	give_away("info.2");
	give_away("info.999999998");
	give_away("livecore.last");
	give_away("info.last");
	give_away(".savecore-0123456789ab");
	assert_int_equal(fstatat(dir, "bounds", &before, 0), 0);

	expect_open(&s, false);
	assert_int_equal(s.next, 0);
	assert_int_equal(s.minfree, 0);
	assert_int_equal(store_pick(&s, &err), 0);
	assert_int_equal(s.slot, 3);
	finish_dump(&s, 1);
	assert_int_equal(s.ignored, STORE_IGNORED_BOUNDS | STORE_IGNORED_MINFREE |
			 STORE_IGNORED_LIVECORE_LAST | STORE_IGNORED_INFO_LAST);
	store_close(&s);
	expect_open(&s, false);
	assert_int_equal(s.next, 4);
	store_close(&s);
	assert_int_equal(fstatat(dir, "bounds", &after, 0), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	expect_content("bounds", "999999998\n");
	expect_link("livecore.last", "info.1");
	assert_true(exists("livecore.0") && exists("info.1") && exists("info.2"));
	assert_true(exists("info.999999998") && exists(".savecore-0123456789ab"));
	assert_int_equal(count_files(), 11);
}

/* Root's own, if others cannot write to them. */
static void test_believed(void **state)
{
	static const struct {
		mode_t dir, file;
		uid_t owner;
		bool hard_link;
		bool believed;
	} cases[] = {
		{ 0755, 0644, 0, false, true },
		{ 0755, 0664, 0, true, true },
		{ 0755, 0646, 0, false, false },
		{ 0755, 0644, 1, false, false },
		{ 0770, 0644, 1, false, true },
		{ 0770, 0646, 1, false, false },
		{ 01770, 0644, 1, false, false },
		{ 03777, 0644, 0, false, true },
		{ 03777, 0664, 0, false, false },
		{ 03777, 0644, 0, true, false },
		{ 03777, 0600, 1, false, false },
	};
	struct store s;
	bool believed;

	(void)state;
	needs_root();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		make_file("bounds", "7\n");
		assert_int_equal(fchmod(dir, cases[i].dir), 0);
		assert_int_equal(fchmodat(dir, "bounds", cases[i].file, 0), 0);
		assert_int_equal(fchownat(dir, "bounds", cases[i].owner, 0, 0), 0);
		if (cases[i].hard_link)
			assert_int_equal(linkat(dir, "bounds", dir, "other", 0), 0);
		expect_open(&s, false);
		believed = s.next == 7;
		if (believed != cases[i].believed || !s.ignored != cases[i].believed)
			fail_msg("case %zu: next is %d", i, (int)s.next);
		store_close(&s);
		assert_int_equal(unlinkat(dir, "bounds", 0), 0);
		if (cases[i].hard_link)
			assert_int_equal(unlinkat(dir, "other", 0), 0);
	}
}

/* Who can open the directory can lock it: that lock is nothing to wait for. */
static void test_foreign_lock(void **state)
{
	struct store s;
	int fd;

	(void)state;
	needs_root();
	assert_int_equal(fchmod(dir, 0755), 0);
	fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	expect_open(&s, false);
	assert_string_equal(s.warnings[0].text, "");
	expect_no_open(false, -EBUSY, "another savecore");
	store_close(&s);
	expect_open(&s, false);
	store_close(&s);
	close(fd);
}

/* Whatever number is next, another user has just taken it. */
static void test_number_race(void **state)
{
	struct store s;
	u64 first;

	(void)state;
	expect_open(&s, false);
	for (int i = 0; i < STORE_PICKS_NEAR; i++) {
		assert_int_equal(store_pick(&s, &err), 0);
		assert_int_equal(s.slot, 0);
	}
	assert_int_equal(store_pick(&s, &err), 0);
	first = s.slot;
	assert_int_equal(store_pick(&s, &err), 0);
	assert_true(first != s.slot && first < STORE_PICK_RANGE && s.slot < STORE_PICK_RANGE);
	store_close(&s);
}

/* Names can be added, but not changed: no file is left that cannot be removed. */
static void test_append_only(void **state)
{
	char command[128];
	struct tempfile t;

	(void)state;
	snprintf(command, sizeof(command), "chattr +a %s 2>/dev/null", top);
	if (system(command)) {
		print_message("no append-only directories here\n");
		skip();
	}
	take_dump();
	take_dump();
	assert_int_equal(temp_create_named(&t, dir, 0600), -EPERM);
	assert_int_equal(temp_create(&t, dir, 0600), 0);
	assert_int_equal(temp_replace(&t, "bounds"), -EPERM);
	temp_close(&t);
	snprintf(command, sizeof(command), "chattr -a %s", top);
	assert_int_equal(system(command), 0);
	expect_content("bounds", "1\n");
	expect_link("livecore.last", "livecore.0");
	assert_true(exists("livecore.1") && exists("info.1"));
	/* two dumps and infos, two links, bounds */
	assert_int_equal(count_files(), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_shared, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_believed, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_foreign_lock, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_number_race, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_append_only, setup, directory_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
