// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_give.c - held dumps that --write stores, and what becomes of them if it does not.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/watch/daemon_made_up.h"

static struct daemon d;
static unsigned int targets;	/* of the configuration */

static int setup(void **state)
{
	int ret = daemon_make_up(&d, 1 << 20);

	(void)state;
	for (unsigned int i = 0; i < CONTROL_CLIENTS; i++)
		d.control.client[i] = -1;
	/* Only what a test starts writes. */
	targets = d.config.targets;
	d.config.targets = 0;
	return ret;
}

static int teardown(void **state)
{
	(void)state;
	d.config.targets = targets;
	daemon_let_go(&d);
	return 0;
}

/* A dump with the key @key. */
static struct held *hold_dump(int key, int priority)
{
	json_t *record = json_pack("{s:s, s:i, s:i}", "rule", "oops", "priority", priority,
				   "key", key);
	struct held *held;
	int fd = hold_create();

	assert_int_equal(hold_seal(fd, 0, record), 0);
	json_decref(record);
	assert_int_equal(hold_add(&d.hold, fd, write_dropped, &d, &held), 0);
	return held;
}

/* Ask for a dump. Returns the client's socket, and its answer in @answer. */
static int ask(const char *keys, char answer[64], s64 now)
{
	int socks[2];
	ssize_t n;

	assert_int_equal(child_pair(socks), 0);
	d.control.client[0] = socks[0];
	give_dump(&d, 0, keys, now);
	assert_int_equal(d.control.client[0], -1);
	/* Who does not look at the descriptor does not get it. */
	n = recv(socks[1], answer, 63, 0);
	assert_true(n > 0);
	answer[n] = '\0';
	return socks[1];
}

/* Whether the daemon has closed the socket. */
static bool is_given_up(int sock)
{
	char c;

	return recv(sock, &c, 1, MSG_DONTWAIT) == 0;
}

static struct writer *writer_of(const struct held *held)
{
	return write_find_writer(&d, held->id);
}

/* The dump is released when the process says so. */
static void test_stored(void **state)
{
	struct held *held = hold_dump(7, 20);
	char answer[64], go;
	int sock = ask("", answer, 0);

	(void)state;
	assert_string_equal(answer, "+7");
	assert_string_equal(daemon_view(&d).writing[0], "--write");
	assert_int_equal(writer_say(sock, WRITER_ASKS, ""), 0);
	assert_true(write_take_news(&d, writer_of(held), 0));
	assert_int_equal(read(sock, &go, 1), 1);
	close(ask("", answer, 0));
	assert_string_equal(answer, "-a dump that is held is just being stored: look at --status");
	assert_int_equal(writer_say(sock, WRITER_DONE, "/there/livecore.0"), 0);
	assert_true(write_take_news(&d, writer_of(held), 0));
	assert_int_equal(hold_count(&d.hold), 0);
	assert_int_equal(d.stats.written, 1);
	assert_non_null(strstr(d.stats.last, "is in /there/livecore.0"));
	close(sock);
	close(ask("", answer, 0));
	assert_string_equal(answer, "+no dump is held");
}

/* The most important first, none twice; who begins takes over what another one writes. */
static void test_order(void **state)
{
	struct held *low = hold_dump(1, 20), *high = hold_dump(2, 60);
	char answer[64];
	int first = ask("", answer, 0), second, third;

	(void)state;
	assert_string_equal(answer, "+2");
	second = ask("", answer, 0);
	assert_string_equal(answer, "+1");
	close(ask(" 2", answer, 0));
	assert_string_equal(answer, "-a dump that is held is just being stored: look at --status");
	close(ask(" 1 2", answer, 0));
	assert_string_equal(answer, "+no dump is held");
	assert_false(is_given_up(first));
	third = ask("", answer, 0);
	assert_string_equal(answer, "+2");
	assert_true(is_given_up(first));
	assert_false(is_given_up(second));
	assert_int_equal(writer_of(high)->pid, WRITER_ASKED);
	assert_int_equal(writer_of(low)->pid, WRITER_ASKED);
	close(first);
	close(second);
	close(third);
}

/* Processes that hang leave a place for one that does not. */
static void test_places(void **state)
{
	int sock[WRITERS_MAX + 1];
	char answer[64];

	(void)state;
	for (unsigned int i = 0; i <= WRITERS_MAX; i++)
		hold_dump((int)i + 1, 20);
	for (unsigned int i = 0; i <= WRITERS_MAX; i++) {
		sock[i] = ask("", answer, 0);
		assert_int_equal(answer[0], '+');
		assert_int_equal(atoi(answer + 1), i + 1);
	}
	assert_true(is_given_up(sock[0]));
	for (unsigned int i = 0; i <= WRITERS_MAX; i++)
		close(sock[i]);
}

/* It has time as long as it gets on; then a target is due that was due before. */
static void test_hangs(void **state)
{
	struct held *held = hold_dump(7, 20);
	const s64 half = WRITE_BY_HAND_MS / 2;
	char answer[64];
	int sock = ask("", answer, 0);

	(void)state;
	held->next = 3;
	write_step(&d, half);
	assert_int_equal(writer_say(sock, WRITER_COPIES, ""), 0);
	assert_true(write_take_news(&d, writer_of(held), half));
	write_step(&d, 2 * half);
	assert_false(is_given_up(sock));
	assert_non_null(writer_of(held));
	write_step(&d, 3 * half);
	assert_true(is_given_up(sock));
	assert_null(writer_of(held));
	assert_int_equal(d.stats.write_failures, 1);
	assert_int_equal(hold_count(&d.hold), 1);
	assert_int_equal(held->target, 0);
	close(sock);
}

/* The daemon ends: a target that can be tried is, but not while the dump is being stored. */
static void test_hurry(void **state)
{
	struct held *held = hold_dump(7, 20);
	char answer[64], go;
	int sock = ask("", answer, 0);

	(void)state;
	write_hurry(&d, 0, 8000);
	assert_int_equal(writer_of(held)->deadline, WRITE_BY_HAND_MS);
	d.config.targets = targets;
	assert_true(targets > 0);
	write_hurry(&d, 0, 8000);
	assert_int_equal(writer_of(held)->deadline, 4000);
	assert_int_equal(writer_say(sock, WRITER_ASKS, ""), 0);
	assert_true(write_take_news(&d, writer_of(held), 0));
	assert_int_equal(read(sock, &go, 1), 1);
	write_hurry(&d, 0, 8000);
	assert_int_equal(writer_of(held)->deadline, WRITE_BY_HAND_MS);
	close(sock);
}

/*
 * A process that a daemon before this one has told to go on has stored it: it is released, also
 * if a writer of this one has begun.
 */
static void test_settled(void **state)
{
	char answer[64];
	int sock;

	(void)state;
	hold_mark_written(hold_dump(1, 20));
	write_step(&d, 0);
	assert_int_equal(hold_count(&d.hold), 0);
	assert_int_equal(d.stats.written, 1);
	assert_non_null(strstr(d.stats.last, "is where --write has stored it"));

	for (int say = WRITER_ASKS; say <= WRITER_FAILED; say += WRITER_FAILED - WRITER_ASKS) {
		struct held *held = hold_dump(2, 20);

		sock = ask("", answer, 0);
		hold_mark_written(held);
		assert_int_equal(writer_say(sock, (enum writer_news)say, "no space"), 0);
		assert_true(write_take_news(&d, writer_of(held), 0));
		assert_true(is_given_up(sock));
		assert_int_equal(hold_count(&d.hold), 0);
		close(sock);
	}
	assert_int_equal(d.stats.written, 3);
	assert_int_equal(d.stats.write_failures, 0);
}

/* One of a higher priority needs the room: what is stored is not lost. */
static void test_dropped(void **state)
{
	struct held *held = hold_dump(1, 20);
	char answer[64], go;
	int sock;

	(void)state;
	hold_mark_written(held);
	write_dropped(held, &d);
	assert_int_equal(d.stats.written, 1);
	hold_remove(held);

	held = hold_dump(2, 20);
	sock = ask("", answer, 0);
	assert_int_equal(writer_say(sock, WRITER_ASKS, ""), 0);
	assert_true(write_take_news(&d, writer_of(held), 0));
	assert_int_equal(read(sock, &go, 1), 1);
	write_dropped(held, &d);
	assert_int_equal(d.stats.written, 2);
	hold_remove(held);
	close(sock);

	held = hold_dump(3, 20);
	sock = ask("", answer, 0);
	write_dropped(held, &d);
	assert_true(is_given_up(sock));
	assert_int_equal(d.stats.lost, 1);
	hold_remove(held);
	close(sock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_stored, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_places, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hangs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hurry, setup, teardown),
		cmocka_unit_test_setup_teardown(test_settled, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dropped, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
