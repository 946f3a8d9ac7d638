// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_tell.c - the hook is told when the journal does not answer.
 */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "watch/child/child.h"
#include "watch/report/tell.h"

#define STEPS	100	/* of 100 ms */

/* Before the library's: a journal whose queue is full. */
int sd_journal_send(const char *format, ...)
{
	(void)format;
	for (;;)
		pause();
}

static void test_hook_without_journal(void **state)
{
	char dir[] = "/tmp/test_tell.XXXXXX", path[64], command[256], text[256] = "";
	json_t *record = json_pack("{s:s}", "rule", "oops");
	struct config config = { .report.hook = command };
	int status = 0;
	pid_t pid;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/hook", dir);
	snprintf(command, sizeof(command), "tr '\\n' ' ' >%s.new && mv %s.new %s",
		 path, path, path);
	pid = tell_start(&config, TELL_TAKEN, record, "a dump");
	assert_true(pid > 0);
	for (int i = 0; i < STEPS && access(path, F_OK); i++)
		poll(NULL, 0, 100);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_non_null(strstr(text, "\"rule\": \"oops\""));
	/* The journal is still waited for, and is given up with the process. */
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	child_kill(pid);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	json_decref(record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hook_without_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
