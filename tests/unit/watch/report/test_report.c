// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_report.c - the numbers for Prometheus and --status, and what the hook gets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "watch/report/stats.h"
#include "watch/report/tell.h"

static struct config config;
static struct policy policy;
static struct hold hold = { .budget = 1 << 20 };
static struct stats stats = { .dumps = 3, .last_pause_ns = 1500000, .last = "x" };

static struct stats_view view(void)
{
	return (struct stats_view){
		.stats = &stats, .config = &config, .policy = &policy, .hold = &hold,
		.armed = true, .armed_why = "engine kcore",
	};
}

static bool has_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	return at && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n';
}

static void test_metrics(void **state)
{
	struct stats_view v = view();
	char *text, *line, *next;

	(void)state;
	rules_find(&config.rules, "oops")->seen = 7;
	rules_turn_off(&config.rules, RULE_TRACEPOINT, "no tracefs");
	policy.suppressed[POLICY_BACKOFF] = 99;
	text = stats_metrics(&v);
	assert_true(has_line(text, "livedump_watch_armed 1"));
	assert_true(has_line(text, "livedump_watch_triggers_total{rule=\"oops\"} 7"));
	assert_true(has_line(text, "livedump_watch_suppressed_total{reason=\"backoff\"} 99"));
	assert_true(has_line(text, "livedump_watch_dumps_total 3"));
	assert_true(has_line(text, "livedump_watch_last_pause_seconds 0.001500000"));
	assert_null(strstr(text, "rule=\"oom\""));
	assert_true(has_line(text, "livedump_watch_rule_watched{rule=\"oops\"} 1"));
	assert_true(has_line(text, "livedump_watch_rule_watched{rule=\"hung-task\"} 0"));
	/* Each line is a comment or a name and a number. */
	for (next = text; (line = strsep(&next, "\n"));)
		if (*line && *line != '#')
			assert_int_equal(strspn(strrchr(line, ' ') + 1, "0123456789."),
					 strlen(strrchr(line, ' ') + 1));
	free(text);
}

static void test_status(void **state)
{
	struct stats_view v = view();
	json_t *status, *failing;

	(void)state;
	config.limits.per_boot = 2;
	config.targets = 2;
	strcpy(config.target[0].name, "crash");
	strcpy(config.target[1].name, "other");
	strcpy(stats.trouble[0], "/x: it does not answer");
	policy.boot_dumps[20] = 2;
	policy.boot_dumps[70] = 1;
	status = stats_status(&v);
	assert_int_equal(json_integer_value(json_object_get(status, "boot_dumps")), 3);
	assert_int_equal(json_integer_value(json_object_get(status, "per_boot")), 2);
	assert_int_equal(json_integer_value(json_object_get(status, "boot_limited")), 20);
	assert_true(json_is_true(json_object_get(status, "armed")));
	assert_int_equal(json_integer_value(json_object_get(status, "dumps")), 3);
	assert_string_equal(json_string_value(json_object_get(status, "last")), "x");
	assert_int_equal(json_array_size(json_object_get(status, "held")), 0);
	failing = json_object_get(status, "targets_failing");
	assert_int_equal(json_object_size(failing), 1);
	assert_string_equal(json_string_value(json_object_get(failing, "crash")),
			    "/x: it does not answer");
	json_decref(status);
}

static void test_hook(void **state)
{
	json_t *record = json_pack("{s:s, s:s, s:s}", "rule", "oops", "dmesg", "long", "info", "long");
	char *text = tell_json(TELL_WRITTEN, record, "it is\nthere");
	json_t *json = json_loads(text, 0, NULL);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(json, "event")), "written");
	assert_string_equal(json_string_value(json_object_get(json, "text")), "it is\nthere");
	assert_string_equal(json_string_value(json_object_get(json, "rule")), "oops");
	assert_null(json_object_get(json, "dmesg"));
	assert_non_null(json_object_get(record, "dmesg"));
	free(text);
	json_decref(json);
	json_decref(record);
}

static void test_replace(void **state)
{
	char dir[] = "/tmp/test_report.XXXXXX", path[64], text[64] = "";
	struct stat st;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	assert_int_equal(tell_replace_file(path, "one\n", 0600), 0);
	assert_int_equal(tell_replace_file(path, "two\n", 0644), 0);
	f = fopen(path, "r");
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_string_equal(text, "two\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(tell_replace_file(path, "x", 0600), -ENOENT);
}

static int setup(void **state)
{
	(void)state;
	return rules_init(&config.rules);
}

static int teardown(void **state)
{
	(void)state;
	rules_free(&config.rules);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_metrics),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_hook),
		cmocka_unit_test(test_replace),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
