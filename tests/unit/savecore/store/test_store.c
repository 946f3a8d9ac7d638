// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_store.c - test a directory of dumps: temporary files, bounds, minfree, how
 * a dump gets its name, and which dumps are removed.
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
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "savecore/dumps/slots.h"
#include "savecore/store/logfile.h"
#include "savecore/store/store.h"
#include "savecore/store/whyfile.h"
#include "tests/unit/directory.h"
#include "tests/unit/fake.h"
#include "tests/unit/root.h"

#define LIVE_INFO	"Dump header from device: /proc/kcore\nMode: live\n"

static struct error err;

static int setup(void **state)
{
	err.text[0] = '\0';
	return directory_setup(state);
}

/* A file whose time is @age seconds ago. */
static void make_old_file(const char *name, const char *text, long age)
{
	struct timespec times[2] = { 0 };

	make_file(name, text);
	clock_gettime(CLOCK_REALTIME, &times[1]);
	times[1].tv_sec -= age;
	times[0] = times[1];
	assert_int_equal(utimensat(dir, name, times, 0), 0);
}

static void expect_mode(const char *name, mode_t mode)
{
	struct stat st;

	assert_int_equal(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 07777, mode);
}

static int finish_store(struct store *s, unsigned int dumps)
{
	const struct rotate_limits limits = { .dumps = dumps };

	return store_finish(s, &limits, &err);
}

static int rotate_to(u64 keep, const struct rotate_limits *limits)
{
	struct trust trust;
	int ret;

	assert_int_equal(trust_read(&trust, dir), 0);
	ret = rotate_dumps(dir, &trust, keep, limits);
	return ret ? ret : rotate_leftovers(dir, &trust);
}

static int rotate(u64 keep, unsigned int dumps)
{
	const struct rotate_limits limits = { .dumps = dumps };

	return rotate_to(keep, &limits);
}

typedef int (*create_fn)(struct tempfile *t, int dir, mode_t mode);

static void temp_life(create_fn create)
{
	struct tempfile t;
	mode_t old = umask(0777);

	assert_int_equal(create(&t, dir, 0640), 0);
	umask(old);
	assert_int_equal(write(t.fd, "abc", 3), 3);
	make_file("there", "old");
	assert_int_equal(temp_link(&t, "there"), -EEXIST);
	expect_content("there", "old");
	assert_int_equal(temp_link(&t, "new"), 0);
	temp_close(&t);
	expect_content("new", "abc");
	expect_mode("new", 0640);
	assert_int_equal(count_files(), 2);

	assert_int_equal(create(&t, dir, 0600), 0);
	assert_int_equal(write(t.fd, "def", 3), 3);
	assert_int_equal(temp_replace(&t, "there"), 0);
	temp_close(&t);
	expect_content("there", "def");
	assert_int_equal(count_files(), 2);

	/* A link of that name is replaced, not followed. */
	assert_int_equal(symlinkat("there", dir, "alias"), 0);
	assert_int_equal(create(&t, dir, 0600), 0);
	assert_int_equal(temp_link(&t, "alias"), -EEXIST);
	assert_int_equal(temp_replace(&t, "alias"), 0);
	temp_close(&t);
	expect_mode("alias", 0600);
	expect_content("there", "def");

	assert_int_equal(create(&t, dir, 0600), 0);
	temp_close(&t);
	assert_int_equal(count_files(), 3);
}

static void test_temp_unnamed(void **state)
{
	struct tempfile t;

	(void)state;
	assert_int_equal(temp_create(&t, dir, 0600), 0);
	/* Otherwise /tmp is on a file system on which this tests nothing. */
	assert_int_equal(count_files(), 0);
	temp_close(&t);
	temp_life(temp_create);
}

static void test_temp_named(void **state)
{
	struct tempfile t;

	(void)state;
	assert_int_equal(temp_create_named(&t, dir, 0600), 0);
	assert_int_equal(count_files(), 1);
	temp_close(&t);
	temp_life(temp_create_named);
}

static void test_sweep(void **state)
{
	struct tempfile t, dead;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(temp_create_named(&t, dir, 0600), 0);
	pid = fork();
	if (!pid)
		_exit(temp_create_named(&dead, dir, 0600) ? 1 : 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	make_file(".savecore-notes", "the user's");
	make_file(".savecore-0123456789abc", "13 digits");
	assert_int_equal(symlinkat("livecore.1", dir, ".savecore-0123456789ab"), 0);
	assert_int_equal(mkdirat(dir, ".savecore-00000000000d", 0700), 0);
	assert_int_equal(count_files(), 6);
	temp_sweep(dir, false);
	assert_int_equal(count_files(), 5);
	assert_true(exists(t.name));
	assert_true(exists(".savecore-0123456789ab"));
	temp_sweep(dir, true);
	assert_int_equal(count_files(), 4);
	assert_false(exists(".savecore-0123456789ab"));
	assert_int_equal(temp_link(&t, "mine"), 0);
	temp_close(&t);
}

static void test_symlink(void **state)
{
	(void)state;
	assert_int_equal(temp_symlink(dir, "livecore.1", "livecore.last"), 0);
	assert_int_equal(temp_symlink(dir, "livecore.2", "livecore.last"), 0);
	expect_link("livecore.last", "livecore.2");
	make_file("info.last", "not a link");
	assert_int_equal(temp_symlink(dir, "info.2", "info.last"), -EEXIST);
	expect_content("info.last", "not a link");
	assert_int_equal(count_files(), 2);
}

static void test_number(void **state)
{
	static const char *const wrong[] = {
		"", "\n", " 1", "-1", "+1", "1x", "0x10", "1 2", "1000000000", "99999999999999999999",
		"one",
	};
	u64 n;

	(void)state;
	assert_true(store_parse_number("0", STORE_SLOT_MAX, &n));
	assert_int_equal(n, 0);
	assert_true(store_parse_number("12\n", STORE_SLOT_MAX, &n));
	assert_int_equal(n, 12);
	assert_true(store_parse_number("007 \t\r\n\n", STORE_SLOT_MAX, &n));
	assert_int_equal(n, 7);
	assert_true(store_parse_number("999999999", STORE_SLOT_MAX, &n));
	assert_int_equal(n, STORE_SLOT_MAX);
	assert_true(store_parse_number("18446744073709551615", UINT64_MAX, &n));
	assert_true(n == UINT64_MAX);
	assert_false(store_parse_number("18446744073709551616", UINT64_MAX, &n));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		if (store_parse_number(wrong[i], STORE_SLOT_MAX, &n))
			fail_msg("'%s' is no number", wrong[i]);
}

static void test_slot_parse(void **state)
{
	u64 n = 0;

	(void)state;
	assert_true(slot_parse("livecore.0", "livecore", false, &n));
	assert_int_equal(n, 0);
	assert_true(slot_parse("vmcore.12.zst", "vmcore", true, &n));
	assert_int_equal(n, 12);
	assert_true(slot_parse("core.txt.3", "core.txt", false, &n));
	assert_false(slot_parse("vmcore.12.zst", "vmcore", false, &n));
	assert_false(slot_parse("livecore.last", "livecore", true, &n));
	assert_false(slot_parse("livecore.", "livecore", true, &n));
	assert_false(slot_parse("livecore", "livecore", true, &n));
	assert_false(slot_parse("livecore.01", "livecore", true, &n));
	assert_false(slot_parse("livecore.-1", "livecore", true, &n));
	assert_false(slot_parse("livecore.1~", "livecore", true, &n));
	assert_false(slot_parse("livecore.1234567890", "livecore", true, &n));
	assert_false(slot_parse("mylivecore.1", "livecore", true, &n));
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

static void test_bounds(void **state)
{
	static const char *const garbage[] = { "", "x\n", "-1\n", "1000000000\n", "12 13\n" };
	struct store s;

	(void)state;
	expect_open(&s, false);
	assert_int_equal(s.next, 0);
	store_close(&s);

	/* No bounds, but dumps: continue after their numbers. */
	make_file("vmcore.4.gz", "");
	make_file("info.11", "");
	make_file("livecore.last", "");
	make_file("other.99", "");
	expect_open(&s, false);
	assert_int_equal(s.next, 12);
	store_close(&s);

	make_file("bounds", "3\n");
	expect_open(&s, true);
	assert_int_equal(s.next, 3);
	store_close(&s);

	for (size_t i = 0; i < sizeof(garbage) / sizeof(*garbage); i++) {
		make_file("bounds", garbage[i]);
		expect_no_open(false, -EINVAL, "bounds: not a number");
		expect_open(&s, true);
		assert_int_equal(s.next, 12);
		store_close(&s);
		expect_content("bounds", garbage[i]);
	}
	assert_int_equal(unlinkat(dir, "bounds", 0), 0);
	assert_int_equal(symlinkat("info.11", dir, "bounds"), 0);
	expect_no_open(false, -EINVAL, "bounds");
	assert_int_equal(unlinkat(dir, "bounds", 0), 0);
	assert_int_equal(mkfifoat(dir, "bounds", 0600), 0);
	expect_no_open(false, -EINVAL, "bounds");
}

static void test_open(void **state)
{
	struct store s, second;

	(void)state;
	expect_open(&s, false);
	expect_no_open(false, -EBUSY, "another savecore");
	expect_no_open(true, -EBUSY, "another savecore");
	store_close(&s);
	expect_open(&s, false);
	store_close(&s);
	err.text[0] = '\0';
	assert_int_equal(store_open(&second, "/nonexistent/dir", false, &err), -ENOENT);
	assert_non_null(strstr(err.text, "create it"));
	err.text[0] = '\0';
	assert_int_equal(store_open(&second, "/dev/null", false, &err), -ENOTDIR);
	assert_non_null(strstr(err.text, "name a directory"));
}

static void test_minfree(void **state)
{
	struct statvfs fs;
	char text[64];
	struct store s;

	(void)state;
	make_file("minfree", "1\n");
	expect_open(&s, false);
	assert_int_equal(s.minfree, 1024);
	assert_false(store_is_short(&s));
	store_close(&s);

	assert_int_equal(fstatvfs(dir, &fs), 0);
	snprintf(text, sizeof(text), "%llu\n",
		 (unsigned long long)fs.f_blocks * fs.f_frsize / 1024 + 1);
	make_file("minfree", text);
	expect_open(&s, false);
	err.text[0] = '\0';
	assert_int_equal(store_check_minfree(&s, &err), -ENOSPC);
	assert_non_null(strstr(err.text, "KiB of minfree are available"));
	store_close(&s);
	expect_open(&s, true);
	assert_false(store_is_short(&s));
	assert_int_equal(store_check_minfree(&s, &err), 0);
	store_close(&s);

	make_file("minfree", "lots\n");
	expect_no_open(false, -EINVAL, "minfree: not a number");
	expect_open(&s, true);
	store_close(&s);
}

/* Content of info.N.json, or NULL. */
static const char *json;

static int publish_dump(struct store *s, const char *content)
{
	struct tempfile t;
	int ret;

	assert_int_equal(temp_create(&t, s->dir, 0600), 0);
	assert_int_equal(write(t.fd, content, strlen(content)), strlen(content));
	ret = store_publish(s, &t, LIVE_INFO, json, &err);
	temp_close(&t);
	return ret;
}

static void test_publish(void **state)
{
	struct store s;

	(void)state;
	make_file("bounds", "4\n");
	make_file("vmcore.4", "crash");
	make_file("info.5", "crash");
	make_file("textdump.tar.6.gz", "crash");
	expect_open(&s, false);
	assert_int_equal(store_pick(&s, &err), 0);
	assert_int_equal(s.slot, 7);
	assert_int_equal(publish_dump(&s, "dump"), 0);
	assert_int_equal(finish_store(&s, 0), 0);
	store_close(&s);
	expect_content("livecore.7", "dump");
	expect_mode("livecore.7", 0600);
	expect_content("info.7", LIVE_INFO);
	expect_mode("info.7", 0600);
	expect_content("bounds", "8\n");
	expect_mode("bounds", 0644);
	expect_link("livecore.last", "livecore.7");
	expect_link("info.last", "info.7");
	expect_content("vmcore.4", "crash");
	expect_content("info.5", "crash");
	assert_int_equal(count_files(), 8);
}

#define LIVE_JSON	"{\"program\": \"savecore (livedump) 0.1\", \"dry_run\": false}"

/* info.N.json, if there is one, is published all or nothing with the others. */
static void test_publish_json(void **state)
{
	struct store s;

	(void)state;
	json = LIVE_JSON;
	expect_open(&s, false);
	assert_int_equal(store_pick(&s, &err), 0);
	assert_int_equal(publish_dump(&s, "dump"), 0);
	expect_content("info.0.json", LIVE_JSON);
	expect_mode("info.0.json", 0600);
	assert_int_equal(finish_store(&s, 0), 0);
	assert_int_equal(count_files(), 6);
	make_file("info.1.json", "foreign");
	s.slot = 1;
	assert_int_equal(publish_dump(&s, "dump"), -EEXIST);
	expect_content("info.1.json", "foreign");
	assert_int_equal(count_files(), 7);
	s.slot = 2;
	make_file("livecore.2", "foreign");
	assert_int_equal(publish_dump(&s, "dump"), -EEXIST);
	assert_int_equal(count_files(), 8);
	s.next = 1;
	assert_int_equal(store_pick(&s, &err), 0);
	assert_int_equal(s.slot, 3);
	store_close(&s);
	json = NULL;
}

/* A program that does not lock the directory uses the number. */
static void test_publish_race(void **state)
{
	struct store s;

	(void)state;
	expect_open(&s, false);
	assert_int_equal(store_pick(&s, &err), 0);
	make_file("livecore.0", "foreign");
	assert_int_equal(publish_dump(&s, "dump"), -EEXIST);
	assert_string_equal(err.text, "");
	/* and bounds */
	assert_int_equal(count_files(), 2);
	assert_int_equal(store_pick(&s, &err), 0);
	assert_int_equal(s.slot, 1);
	make_file("info.1", "foreign");
	assert_int_equal(publish_dump(&s, "dump"), -EEXIST);
	assert_int_equal(store_pick(&s, &err), 0);
	assert_int_equal(s.slot, 2);
	assert_int_equal(publish_dump(&s, "dump"), 0);
	store_close(&s);
	expect_content("livecore.0", "foreign");
	expect_content("info.1", "foreign");
	expect_content("livecore.2", "dump");
	expect_content("bounds", "3\n");
}

/* bounds cannot be replaced: the dump is worth more. */
static void test_no_bounds(void **state)
{
	struct store s;

	(void)state;
	expect_open(&s, false);
	assert_int_equal(mkdirat(dir, "bounds", 0700), 0);
	assert_int_equal(store_pick(&s, &err), 0);
	assert_int_equal(publish_dump(&s, "dump"), 0);
	assert_non_null(strstr(s.warnings[0].text, "bounds: cannot be replaced: Is a directory"));
	store_close(&s);
	expect_content("livecore.0", "dump");
	assert_true(exists("info.0"));
	assert_int_equal(count_files(), 3);
}

/* The name of the dump is taken at the last moment: nothing remains of the others. */
static void test_publish_undo(void **state)
{
	struct store s;

	(void)state;
	expect_open(&s, false);
	assert_int_equal(store_pick(&s, &err), 0);
	make_file("livecore.0", "another's");
	assert_int_equal(publish_dump(&s, "dump"), -EEXIST);
	store_close(&s);
	assert_false(exists("info.0"));
	expect_content("livecore.0", "another's");
}

/* The last number is never used: bounds could not be advanced. */
static void test_numbers_out(void **state)
{
	struct store s;

	(void)state;
	make_file("bounds", "999999999\n");
	/* It is said before a dump is taken. */
	expect_no_open(false, -EOVERFLOW, "no dump number is left");
	make_file("bounds", "999999998\n");
	expect_open(&s, false);
	make_file("livecore.999999998", "another's");
	assert_int_equal(store_pick(&s, &err), -EOVERFLOW);
	assert_non_null(strstr(err.text, "no dump number is left"));
	store_close(&s);
}

static void test_last_is_no_link(void **state)
{
	struct store s;

	(void)state;
	make_file("livecore.last", "mine");
	expect_open(&s, false);
	assert_int_equal(store_pick(&s, &err), 0);
	assert_int_equal(publish_dump(&s, "dump"), 0);
	assert_int_equal(finish_store(&s, 0), -EEXIST);
	assert_non_null(strstr(err.text, "livecore.last"));
	store_close(&s);
	expect_content("livecore.last", "mine");
	expect_content("livecore.0", "dump");
	expect_link("info.last", "info.0");
}

static void test_rotate(void **state)
{
	(void)state;
	make_old_file("livecore.1", "a", 500);
	make_old_file("info.1", LIVE_INFO, 500);
	make_old_file("livecore.2", "b", 400);
	make_old_file("info.2", "Panic String: a crash dump took the number\n", 400);
	make_old_file("livecore.9", "c", 300);
	make_old_file("info.9", LIVE_INFO, 300);
	make_old_file("info.1.json", LIVE_JSON, 500);
	make_old_file("info.2.json", "{\"program\": \"crash\", \"dry_run\": false}", 400);
	make_old_file("info.9.json", "{\"program\": \"savecore (livedump) 0.1\"", 300);
	make_old_file("livecore.3", "newest", 600);
	make_old_file("info.3", LIVE_INFO, 600);
	make_old_file("vmcore.0", "crash", 900);
	make_old_file("info.0", "crash", 900);
	make_old_file("livecore.4.zst", "the user's", 900);
	make_old_file("livecore.007", "the user's", 900);
	assert_int_equal(mkdirat(dir, "livecore.5", 0700), 0);
	assert_int_equal(symlinkat("livecore.1", dir, "livecore.6"), 0);

	assert_int_equal(rotate(3, 4), 0);
	assert_int_equal(count_files(), 17);
	/* Number 9 is from before bounds was set back. */
	assert_int_equal(rotate(3, 3), 0);
	assert_false(exists("livecore.9") || exists("info.9"));
	assert_true(exists("livecore.1") && exists("info.1") && exists("livecore.2"));
	assert_int_equal(rotate(3, 2), 0);
	assert_false(exists("livecore.1") || exists("info.1") || exists("info.1.json"));
	assert_true(exists("livecore.2") && exists("info.2") && exists("info.2.json"));
	assert_int_equal(rotate(3, 1), 0);
	assert_false(exists("livecore.2"));
	assert_true(exists("info.2") && exists("info.2.json"));
	assert_true(exists("livecore.3") && exists("info.3"));
	assert_true(exists("vmcore.0") && exists("info.0"));
	assert_true(exists("livecore.4.zst") && exists("livecore.007"));
	assert_true(exists("livecore.5") && exists("livecore.6"));
	/* That one is nobody's any more: it is cut off. */
	assert_true(exists("info.9.json"));
	assert_int_equal(count_files(), 11);
}

/*
 * Another machine, or a container, has taken a dump meanwhile, which got the next number: it is
 * not from before bounds was set back.
 */
static void test_rotate_meanwhile(void **state)
{
	struct store s;

	(void)state;
	make_file("livecore.7", "old");
	make_file("info.7", LIVE_INFO);
	make_file("livecore.9", "older still");
	make_file("info.9", LIVE_INFO);
	make_file("bounds", "8\n");
	expect_open(&s, false);
	assert_int_equal(store_pick(&s, &err), 0);
	assert_int_equal(publish_dump(&s, "dump"), 0);
	make_file("livecore.10", "the other's");
	make_file("info.10", LIVE_INFO);
	assert_int_equal(finish_store(&s, 2), 0);
	store_close(&s);
	assert_true(exists("livecore.7") && exists("livecore.8"));
	assert_true(exists("livecore.10") && exists("info.10"));
	assert_false(exists("livecore.9") || exists("info.9"));
}

/* To look does not keep anyone from taking a dump. */
static void test_look_beside(void **state)
{
	struct store s, look;

	(void)state;
	expect_open(&s, false);
	assert_int_equal(store_open_to_look(&look, top, false, &err), 0);
	store_close(&look);
	store_close(&s);
	assert_int_equal(store_open_to_look(&look, top, false, &err), 0);
	expect_open(&s, false);
	store_close(&s);
	store_close(&look);
}

/* For a partial dump others go by their age, but not the newest whole one. */
static void test_rotate_partial(void **state)
{
	const char *const infos[] = {
		LIVE_INFO "Dump Status: good\n", LIVE_INFO "Dump Status: good\n",
		LIVE_INFO "Dump Status: partial\n", "Dump Status: good\n",
		LIVE_INFO "Dump Status: partial\n",
	};
	struct rotate_limits limits = { .dumps = 3, .spare_whole = true };
	char name[SLOT_NAME_MAX];

	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		slot_name(name, "livecore", i);
		make_file(name, "dump");
		slot_name(name, "info", i);
		make_file(name, infos[i]);
	}
	assert_int_equal(rotate_to(4, &limits), 0);
	assert_true(exists("livecore.1") && exists("livecore.3") && exists("livecore.4"));
	assert_false(exists("livecore.0") || exists("livecore.2"));
	/* Neither if that is one too many, or too many bytes. */
	limits.dumps = 1;
	limits.bytes = 1;
	assert_int_equal(rotate_to(4, &limits), 0);
	assert_true(exists("livecore.1") && exists("livecore.4"));
	assert_false(exists("livecore.3"));
	/* Only for one that is whole. */
	limits.spare_whole = false;
	assert_int_equal(rotate_to(4, &limits), 0);
	assert_false(exists("livecore.1"));
}

#define LIVE_WHY	"waitgraph (livedump) 0.1: livecore.1\nHangs: no\n\nnothing\n"

/* why.N goes with its dump, and another program's file of that name stays. */
static void test_why(void **state)
{
	struct store s;

	(void)state;
	make_file("why.0", "another program's");
	expect_open(&s, false);
	assert_int_equal(store_pick(&s, &err), 0);
	assert_int_equal(s.slot, 1);
	json = NULL;
	assert_int_equal(publish_dump(&s, "dump"), 0);
	assert_true(whyfile_store(&s, true, "1-ab", "deadlock: 2 tasks\n"));
	expect_mode("why.1", 0600);
	expect_content("why.1", "waitgraph (livedump) " LIVEDUMP_VERSION ": livecore.1\n"
		       "Hangs: yes\nSignature: 1-ab\n\ndeadlock: 2 tasks\n");
	/* Nothing is replaced, and that is a warning. */
	s.slot = 0;
	assert_false(whyfile_store(&s, false, "", "nothing\n"));
	expect_content("why.0", "another program's");
	assert_non_null(strstr(s.warnings[0].text, "why.0: File exists"));
	store_close(&s);
	make_file("livecore.0", "foreign");
	make_file("info.0", LIVE_INFO);
	make_file("livecore.2", "newest");
	make_file("info.2", LIVE_INFO);
	make_file("why.2", LIVE_WHY);
	/* The power failed when dump 3 had been removed. */
	make_file("why.3", LIVE_WHY);
	assert_int_equal(rotate(2, 1), 0);
	assert_false(exists("livecore.1") || exists("info.1") || exists("why.1"));
	assert_false(exists("why.3"));
	assert_true(exists("livecore.2") && exists("info.2") && exists("why.2"));
	expect_content("why.0", "another program's");
}

#define LIVE_LOG	"# kernel log, by livedump-watch (livedump) 0.1: livecore.1\n"

/* The same of dmesg.N. */
static void test_log(void **state)
{
	struct store s;

	(void)state;
	make_file("dmesg.0", "another program's");
	expect_open(&s, false);
	assert_int_equal(store_pick(&s, &err), 0);
	assert_int_equal(s.slot, 1);
	json = NULL;
	assert_int_equal(publish_dump(&s, "dump"), 0);
	assert_true(logfile_store(&s, "<6>[    0.000000] Linux\n"));
	expect_mode("dmesg.1", 0600);
	expect_content("dmesg.1", "# kernel log, by livedump-watch (livedump) " LIVEDUMP_VERSION
		       ": livecore.1\n<6>[    0.000000] Linux\n");
	s.slot = 0;
	assert_false(logfile_store(&s, "nothing\n"));
	store_close(&s);
	make_file("livecore.2", "newest");
	make_file("info.2", LIVE_INFO);
	make_file("dmesg.2", LIVE_LOG);
	make_file("dmesg.3", LIVE_LOG);
	assert_int_equal(rotate(2, 1), 0);
	assert_false(exists("livecore.1") || exists("info.1") || exists("dmesg.1"));
	assert_false(exists("dmesg.3"));
	assert_true(exists("livecore.2") && exists("info.2") && exists("dmesg.2"));
	expect_content("dmesg.0", "another program's");
}

/*
 * The power fails between any two changes of the directory: they are on disk
 * in their order, or some of the last are not, which is the same.
 */

static void take_dump(create_fn create, unsigned int maxdumps)
{
	struct store s;
	struct tempfile t;

	expect_open(&s, false);
	assert_int_equal(store_pick(&s, &err), 0);
	assert_int_equal(create(&t, s.dir, 0600), 0);
	assert_int_equal(write(t.fd, "dump", 4), 4);
	assert_int_equal(store_publish(&s, &t, LIVE_INFO, LIVE_JSON, &err), 0);
	temp_close(&t);
	assert_int_equal(finish_store(&s, maxdumps), 0);
	store_close(&s);
}

static unsigned int count_dumps(void)
{
	unsigned int nr = 0;
	char name[32];

	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "livecore.%d", i);
		nr += exists(name);
	}
	return nr;
}

static void check_cut_store(void)
{
	char core[32], info[32], json_name[32], text[64];
	u64 bounds;
	ssize_t n;
	int fd;

	fd = openat(dir, "bounds", O_RDONLY | O_CLOEXEC);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	assert_true(n > 0);
	text[n] = '\0';
	assert_true(store_parse_number(text, STORE_SLOT_MAX, &bounds));
	for (u64 i = 0; i < 10; i++) {
		snprintf(core, sizeof(core), "livecore.%d", (int)i);
		snprintf(info, sizeof(info), "info.%d", (int)i);
		snprintf(json_name, sizeof(json_name), "info.%d.json", (int)i);
		if (!exists(core))
			continue;
		assert_true(i < bounds);
		expect_content(json_name, LIVE_JSON);
		expect_content(core, "dump");
		expect_content(info, LIVE_INFO);
	}
	/* Neither dangles. */
	assert_int_equal(faccessat(dir, "livecore.last", R_OK, 0), 0);
	assert_int_equal(faccessat(dir, "info.last", R_OK, 0), 0);
	expect_content("vmcore.1", "crash");
	expect_content("info.1", "crash");
}

/* Returns whether the power failed at all. */
static bool cut_power(create_fn create, int names)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		fake_names_left = names;
		take_dump(create, 3);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status))
		assert_int_equal(WEXITSTATUS(status), FAKE_CUT);
	return status;
}

static void try_power_cuts(create_fn create)
{
	bool was_cut = true;
	int names;

	for (names = 0; was_cut; names++) {
		unsigned int before;

		make_file("vmcore.1", "crash");
		make_file("info.1", "crash");
		make_file("bounds", "0\n");
		for (int i = 0; i < 3; i++)
			take_dump(create, 3);
		assert_true(exists("livecore.0") && exists("livecore.2") && exists("livecore.3"));
		was_cut = cut_power(create, names);
		check_cut_store();
		before = count_dumps();
		assert_true(exists("livecore.3") && before >= 3 && before <= 4);
		take_dump(create, 3);
		check_cut_store();
		assert_int_equal(count_dumps(), 3);
		/* three dumps and two infos each, two links, bounds, and the crash dump's */
		assert_int_equal(count_files(), 14);
		assert_int_equal(tree_remove(top), 0);
		close(dir);
		assert_int_equal(mkdir(top, 0700), 0);
		dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	/* bounds, info, dump, two links and a pair removed: two changes for some. */
	assert_true(names > 10);
}

static void test_power_cut(void **state)
{
	(void)state;
	try_power_cuts(temp_create);
}

static void test_power_cut_named(void **state)
{
	(void)state;
	try_power_cuts(temp_create_named);
}

/* The info file of a live dump that is gone is removed; other info files stay. */
static void test_lone_infos(void **state)
{
	(void)state;
	make_file("info.1", LIVE_INFO);
	make_file("info.2", LIVE_INFO);
	make_file("livecore.2.zst", "packed by hand");
	make_file("info.3", "Panic String: a crash dump that was removed\n");
	make_file("info.4", LIVE_INFO);
	make_file("vmcore.4", "crash");
	make_file("info.5.txt", LIVE_INFO);
	make_file("livecore.6", "new");
	make_file("info.6", LIVE_INFO);
	assert_int_equal(rotate(6, 1), 0);
	assert_false(exists("info.1"));
	assert_int_equal(count_files(), 8);
}

/* Dumps of another user count only if that user owns the directory. */
static void test_rotate_owner(void **state)
{
	(void)state;
	needs_root();
	make_old_file("livecore.1", "planted", -1000);
	assert_int_equal(fchownat(dir, "livecore.1", 1, 1, 0), 0);
	make_old_file("livecore.2", "old", 500);
	make_old_file("livecore.3", "new", 0);
	assert_int_equal(rotate(3, 2), 0);
	assert_true(exists("livecore.1") && exists("livecore.2"));
	assert_int_equal(fchown(dir, 1, 1), 0);
	assert_int_equal(rotate(3, 2), 0);
	assert_true(exists("livecore.2"));
	assert_false(exists("livecore.1"));
}

/* The clock was a year ahead when dump 1 was taken, and years behind for dump 4. */
static void test_rotate_clock(void **state)
{
	(void)state;
	make_old_file("livecore.1", "ahead", -31536000);
	make_old_file("livecore.2", "b", 400);
	make_old_file("livecore.3", "c", 300);
	make_old_file("livecore.4", "behind", 1500000000);
	assert_int_equal(rotate(4, 3), 0);
	assert_false(exists("livecore.1"));
	assert_true(exists("livecore.2") && exists("livecore.3") && exists("livecore.4"));
}

/* A file that takes that many blocks of 4 KiB on the disk. */
static void make_large_file(const char *name, size_t blocks)
{
	static const char block[4096] = "dump";
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	while (blocks--)
		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	assert_int_equal(fsync(fd), 0);
	close(fd);
}

static void test_rotate_bytes(void **state)
{
	struct rotate_limits limits = { .bytes = 40 * 4096 };

	(void)state;
	make_large_file("livecore.1", 1);
	make_file("info.1", LIVE_INFO);
	make_large_file("livecore.2", 20);
	make_large_file("livecore.3", 10);
	make_large_file("vmcore.4", 100);
	make_large_file("livecore.5", 10);
	/* 41 of 40: the oldest goes. */
	assert_int_equal(rotate_to(5, &limits), 0);
	assert_false(exists("livecore.1") || exists("info.1"));
	assert_true(exists("livecore.2") && exists("livecore.3") && exists("vmcore.4"));
	limits.bytes = 30 * 4096;
	assert_int_equal(rotate_to(5, &limits), 0);
	assert_false(exists("livecore.2"));
	assert_true(exists("livecore.3"));
	/* Dump 3 would stay, but dump 6 does not fit beside the new one: no gaps. */
	make_large_file("livecore.6", 25);
	assert_int_equal(rotate_to(7, &limits), 0);
	assert_true(exists("livecore.6"));
	assert_false(exists("livecore.5") || exists("livecore.3"));
	/* The new one alone is too much: it does not help to remove others. */
	make_large_file("livecore.7", 31);
	assert_int_equal(rotate_to(7, &limits), 0);
	assert_true(exists("livecore.6"));
	limits.dumps = 1;
	assert_int_equal(rotate_to(7, &limits), 0);
	assert_false(exists("livecore.6"));
	assert_true(exists("vmcore.4"));
}

/* What a power failure left goes with the next dump, whether or not it limits their number. */
static void test_leftovers_go(void **state)
{
	struct store s;

	(void)state;
	make_file("info.0", LIVE_INFO);
	make_file("info.0.json", LIVE_JSON);
	make_file("info.1", "Panic String: not ours\n");
	expect_open(&s, false);
	assert_int_equal(store_pick(&s, &err), 0);
	assert_int_equal(publish_dump(&s, "dump"), 0);
	assert_int_equal(store_finish(&s, NULL, &err), 0);
	assert_true(exists("info.0") && exists("info.0.json"));
	assert_int_equal(finish_store(&s, 0), 0);
	assert_false(exists("info.0") || exists("info.0.json"));
	assert_true(exists("info.1") && exists("livecore.2") && exists("info.2"));
	store_close(&s);
}

/* A directory in which others can replace files is refused. */
static void test_open_mode(void **state)
{
	static const mode_t good[] = { 0700, 0750, 0755, 0770, 01777 };
	struct store s;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(fchmod(dir, good[i]), 0);
		expect_open(&s, false);
		store_close(&s);
	}
	assert_int_equal(fchmod(dir, 0777), 0);
	expect_no_open(false, -EPERM, "everyone may replace files in it (mode 777)");
	expect_open(&s, true);
	store_close(&s);
}

/* Symbolic links are neither followed nor written through. */
static void test_planted(void **state)
{
	struct store s;

	(void)state;
	make_file("elsewhere", "mine");
	assert_int_equal(linkat(dir, "elsewhere", dir, "livecore.0", 0), 0);
	assert_int_equal(symlinkat("elsewhere", dir, "livecore.1"), 0);
	assert_int_equal(symlinkat("elsewhere", dir, "info.2"), 0);
	assert_int_equal(mkfifoat(dir, "livecore.3", 0600), 0);
	assert_int_equal(symlinkat("elsewhere", dir, "livecore.last"), 0);
	make_file("bounds.old", "0\n");
	assert_int_equal(linkat(dir, "bounds.old", dir, "bounds", 0), 0);
	assert_int_equal(symlinkat("elsewhere", dir, ".savecore-0123456789ab"), 0);
	take_dump(temp_create, 0);
	expect_content("elsewhere", "mine");
	expect_content("bounds.old", "0\n");
	expect_content("livecore.4", "dump");
	expect_mode("livecore.4", 0600);
	expect_mode("info.4", 0600);
	expect_link("livecore.last", "livecore.4");
	assert_false(exists(".savecore-0123456789ab"));

	assert_int_equal(symlinkat("elsewhere", dir, "minfree"), 0);
	expect_no_open(false, -EINVAL, "minfree");
	assert_int_equal(unlinkat(dir, "minfree", 0), 0);
	assert_int_equal(mkfifoat(dir, "minfree", 0600), 0);
	expect_no_open(false, -EINVAL, "minfree");
	expect_open(&s, true);
	store_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_temp_unnamed, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_temp_named, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_sweep, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_symlink, setup, directory_teardown),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_slot_parse),
		cmocka_unit_test_setup_teardown(test_bounds, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_no_bounds, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_rotate_meanwhile, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_look_beside, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_open, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_minfree, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_publish, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_publish_json, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_publish_race, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_publish_undo, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_numbers_out, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_last_is_no_link, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_rotate, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_rotate_partial, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_rotate_bytes, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_rotate_clock, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_power_cut, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_power_cut_named, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_lone_infos, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_rotate_owner, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_leftovers_go, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_open_mode, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_planted, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_why, setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_log, setup, directory_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
