// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_control.c - the socket of a daemon that hangs, and of one that does not.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "watch/control.h"

static char dir[] = "/tmp/test_control.XXXXXX", path[64];
static char answer[CONTROL_ANSWER_MAX];

/* What a client that asks for a dump is given, in this order. */
enum given {
	GIVEN_FILE,
	GIVEN_FILE_AGAIN,
	GIVEN_NONE,
	GIVEN_REFUSED,
	GIVEN_STATUS,		/* by a daemon that does not know the question */
};

static void give(struct control *c, enum given what)
{
	FILE *f = what <= GIVEN_FILE_AGAIN ? tmpfile() : NULL;
	int sock;

	switch (what) {
	case GIVEN_FILE:
	case GIVEN_FILE_AGAIN:
		assert_non_null(f);
		fputs("dump", f);
		fflush(f);
		sock = control_give(c, 0, fileno(f), 1234567890123);
		fclose(f);
		/* It is not among the clients any more, and listens still. */
		assert_true(sock >= 0);
		assert_int_equal(c->client[0], -1);
		/* Who could not take the file may have gone. */
		if (what == GIVEN_FILE)
			assert_int_equal(send(sock, "!", 1, MSG_NOSIGNAL), 1);
		close(sock);
		break;
	case GIVEN_STATUS:
		control_send(c, 0, "{\"armed\": true}");
		break;
	default:
		control_answer(c, 0, what == GIVEN_NONE, "because");
		break;
	}
}

/* A daemon that answers each question, until it is killed. */
static pid_t run_daemon(struct control *c)
{
	char question[CONTROL_QUESTION_MAX];
	enum given next = GIVEN_FILE;
	pid_t pid;

	assert_int_equal(control_open(c, path), 0);
	pid = fork();
	while (!pid) {
		struct pollfd p = { .fd = c->client[0] >= 0 ? c->client[0] : c->sock,
				    .events = POLLIN };

		if (poll(&p, 1, -1) != 1)
			continue;
		if (p.fd == c->sock)
			control_accept(c);
		else if (!control_read(c, 0, question))
			continue;
		else if (!strcmp(question, "write"))
			give(c, next++);
		else
			control_answer(c, 0, true, question);
	}
	close(c->sock);
	return pid;
}

/* It keeps its socket: whoever comes later is refused. */
static void test_taken(void **state)
{
	struct control first, second;
	struct error err = { 0 };
	pid_t pid = run_daemon(&first);

	(void)state;
	assert_int_equal(control_open(&second, path), -EBUSY);
	assert_int_equal(second.sock, -1);
	control_close(&second);
	assert_int_equal(control_ask(path, "status", 10, answer, &err), 0);
	assert_string_equal(answer, "+status");
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	/* What it has left is no daemon. */
	assert_int_equal(control_open(&second, path), 0);
	control_close(&second);
}

/* Who asks is told so, and a daemon that is started in its place takes the socket. */
static void test_hangs(void **state)
{
	struct control first, second;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(control_open(&first, path), 0);
	/* As a daemon would be by the watchdog that the test has not. */
	alarm(60);
	assert_int_equal(control_ask(path, "status", 1, answer, &err), -EAGAIN);
	assert_non_null(strstr(err.text, "has not answered for 10 s: restart it"));
	assert_int_equal(control_open(&second, path), 0);
	alarm(0);
	control_close(&first);
	control_close(&second);
}

/* A dump comes with its descriptor; that there is none is another thing than a refusal. */
static void test_give(void **state)
{
	static const struct {
		int ret;
		const char *text;
	} other[] = {
		{ -ENODATA, "because" }, { -EBUSY, "because" },
		{ -EPROTO, "the answer cannot be understood: the daemon has another version" },
	};
	struct rlimit limit, few;
	struct control c;
	struct error err = { 0 };
	pid_t pid = run_daemon(&c);
	s64 key = 0;
	int fd = -1, sock = control_take(path, "write", &fd, &key, &err);
	char buf[8] = "";

	(void)state;
	assert_true(sock >= 0);
	assert_int_equal(pread(fd, buf, sizeof(buf), 0), 4);
	assert_string_equal(buf, "dump");
	assert_int_equal(key, 1234567890123);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(read(sock, buf, 1), 1);
	assert_int_equal(*buf, '!');
	assert_int_equal(read(sock, buf, 1), 0);
	close(sock);
	close(fd);
	/* There is room for the socket, but not for what comes with the answer. */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = (rlim_t)sock + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(control_take(path, "write", &fd, &key, &err), -EACCES);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_string_equal(err.text, "the descriptor of the dump was refused: look into the audit log");
	for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++) {
		err = (struct error){ 0 };
		assert_int_equal(control_take(path, "write", &fd, &key, &err), other[i].ret);
		assert_string_equal(err.text, other[i].text);
	}
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	err = (struct error){ 0 };
	assert_int_equal(control_take(path, "write", &fd, &key, &err), -ECONNREFUSED);
	assert_non_null(strstr(err.text, "start livedump-watch"));
	c.client[0] = -1;
	control_close(&c);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/sock", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_hangs),
		cmocka_unit_test(test_give),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
