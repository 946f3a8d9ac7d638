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

static void hides(const char *text, const char *want)
{
	char copy[4096];

	strcpy(copy, text);
	tell_hide_addresses(copy);
	assert_string_equal(copy, want);
}

static void test_addresses(void **state)
{
	char text[4096] = "", want[4096] = "";

	(void)state;
	hides("", "");
	hides("dd (7) waits for mutex 0xffff888003a4c0e8 in vfs_write+0x12/0x340",
	      "dd (7) waits for mutex #1 in vfs_write+0x12/0x340");
	hides("0xffff888003a4c0e8, 0xffffc90000000000, 0xffff888003a4c0e8", "#1, #2, #1");
	hides("0x", "0x");
	hides("0x0xffff888003a4c0e8", "0x#1");
	/* more than have a number of their own */
	for (int i = 0; i < 70; i++) {
		sprintf(text + strlen(text), "0x%x ", 0x10000000 + i);
		sprintf(want + strlen(want), "0x%x ", 0x10000000 + i);
	}
	hides(text, want);
	text[0] = '\0';
	want[0] = '\0';
	for (int i = 0; i < 70; i++) {
		sprintf(text + strlen(text), "0xffff888003a4c0%02x ", i);
		sprintf(want + strlen(want), "#%d ", i < 64 ? i + 1 : 0);
	}
	hides(text, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hook_without_journal),
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
