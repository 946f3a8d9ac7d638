// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_manager.c - what a service manager is told whose queue may be full.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "watch/hold/manager.h"
#include "watch/hold/notify.h"

#define HALF	90000	/* of the watchdog's time, in milliseconds */

static char dir[] = "/tmp/test_manager.XXXXXX", path[64];
static int sock;

/* The next message that came; "" if there is none. */
static const char *told(void)
{
	static char text[256];
	ssize_t n = recv(sock, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* Has taken all that is in the queue. */
static void drain(void)
{
	while (*told())
		continue;
}

static void fill(void)
{
	while (notify_state("X=1"))
		continue;
}

/* A storm of messages is none of notifications. */
static void test_alive(void **state)
{
	struct manager m;

	(void)state;
	manager_open(&m);
	for (s64 now = 1000; now < 1000 + HALF; now += 10)
		manager_step(&m, now);
	assert_string_equal(told(), "WATCHDOG=1");
	assert_string_equal(told(), "READY=1");
	assert_string_equal(told(), "");
	assert_int_equal(manager_timeout(&m, 30000, 1000 + HALF - 10), 10);
	assert_int_equal(manager_timeout(&m, 30000, 1000), 30000);
	manager_step(&m, 1000 + HALF);
	assert_string_equal(told(), "WATCHDOG=1");
	assert_string_equal(told(), "");
}

/* What it did not take is sent again, and not all the time. */
static void test_full(void **state)
{
	struct manager m;

	(void)state;
	manager_open(&m);
	fill();
	manager_step(&m, 1000);
	assert_int_equal(manager_timeout(&m, 30000, 1000), 1000);
	drain();
	manager_step(&m, 1500);
	assert_string_equal(told(), "");
	manager_step(&m, 2000);
	assert_string_equal(told(), "WATCHDOG=1");
	assert_string_equal(told(), "READY=1");
	assert_string_equal(told(), "");
	assert_int_equal(manager_timeout(&m, 30000, 2000), 30000);
}

static void test_forget(void **state)
{
	struct manager m;

	(void)state;
	manager_open(&m);
	manager_step(&m, 1000);
	drain();
	fill();
	manager_forget(&m, "held-1");
	manager_forget(&m, "held-2");
	manager_step(&m, 1000);
	drain();
	manager_step(&m, 2000);
	assert_string_equal(told(), "FDSTOREREMOVE=1\nFDNAME=held-1");
	assert_string_equal(told(), "FDSTOREREMOVE=1\nFDNAME=held-2");
	manager_step(&m, 3000);
	assert_string_equal(told(), "");
	/* One that comes when all goes well does not wait. */
	manager_forget(&m, "held-3");
	manager_step(&m, 3000);
	assert_string_equal(told(), "FDSTOREREMOVE=1\nFDNAME=held-3");
	for (unsigned int i = 0; i < 2 * MANAGER_FORGET_MAX; i++)
		manager_forget(&m, "held-4");
	manager_step(&m, 4000);
	drain();
}

static void test_none(void **state)
{
	struct manager m;

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	manager_open(&m);
	manager_forget(&m, "held-1");
	manager_step(&m, 1000);
	assert_int_equal(manager_timeout(&m, 30000, 1000), 30000);
	setenv("NOTIFY_SOCKET", path, 1);
	assert_string_equal(told(), "");
}

static int setup(void **state)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/notify", dir);
	strcpy(to.sun_path, path);
	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", "180000000", 1);
	sock = socket(AF_UNIX, SOCK_DGRAM, 0);
	return bind(sock, (struct sockaddr *)&to, sizeof(to));
}

static int teardown(void **state)
{
	(void)state;
	close(sock);
	return unlink(path) || rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alive),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
