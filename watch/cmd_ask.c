// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd_ask.c - --check-config, --status, --now and --let-go.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/numbers.h"
#include "cmd_ask.h"
#include "watch/child/look.h"
#include "watch/config/config.h"
#include "watch/control.h"

#define LOOK_MS		2000U	/* a directory that has not answered by then hangs */

static int ask_fail(const char *text)
{
	fprintf(stderr, "livedump-watch: %s\n", text);
	return EXIT_FAILURE;
}

int cmd_check_config(const char *file)
{
	struct config c = { 0 };
	int ret = config_read(&c, file, stderr);
	look_trouble trouble;

	if (!ret) {
		printf("%u targets, %u rules: the configuration is good\n", c.targets, c.rules.nr);
		/* Flushed before processes are started that would write it, too. */
		fflush(stdout);
		look_at_targets(&c, LOOK_MS, trouble);
	}
	/* It may be mounted or made later, so this is no error of the configuration. */
	for (unsigned int i = 0; !ret && i < c.targets; i++)
		if (trouble[i][0])
			fprintf(stderr, "livedump-watch: target %s would take no dump now: %s\n",
				c.target[i].name, trouble[i]);
	config_free(&c);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

static s64 status_number(const json_t *status, const char *key)
{
	return json_integer_value(json_object_get(status, key));
}

static const char *status_text(const json_t *status, const char *key)
{
	const char *text = json_string_value(json_object_get(status, key));

	return text ? text : "";
}

/* Those that are not 0, as "name 3, name 1". */
static void status_print_counts(const char *title, const json_t *counts)
{
	const char *name, *comma = "";
	json_t *count;

	printf("%-12s", title);
	json_object_foreach((json_t *)counts, name, count) {
		if (!json_integer_value(count))
			continue;
		printf("%s%s %" PRId64, comma, name, (int64_t)json_integer_value(count));
		comma = ", ";
	}
	printf("%s\n", *comma ? "" : "none");
}

/* An older daemon does not say. */
static void status_print_boot(const json_t *status)
{
	s64 limited = status_number(status, "boot_limited");

	if (!json_object_get(status, "per_boot"))
		return;
	printf("%-12s%" PRId64 " dumps begun, per-boot is %" PRId64, "This boot:",
	       status_number(status, "boot_dumps"), status_number(status, "per_boot"));
	if (limited >= 0)
		printf(": no more of priority %" PRId64 " or less", limited);
	printf("\n");
}

/* Names, and what is wrong with them. */
static void status_print_wrong(const char *title, const json_t *names)
{
	const char *name;
	json_t *why;

	json_object_foreach((json_t *)names, name, why)
		printf("%-12s%s: %s\n", title, name, json_string_value(why));
}

static void status_print_dumps(const json_t *status)
{
	s64 failed = status_number(status, "write_failures");

	printf("%-12s%" PRId64 " taken, %" PRId64 " failed, %" PRId64 " written, %" PRId64 " lost",
	       "Dumps:", status_number(status, "dumps"), status_number(status, "failures"),
	       status_number(status, "written"), status_number(status, "lost"));
	if (failed)
		printf(", failed writes: %" PRId64, failed);
	printf("\n");
}

static void status_print(const json_t *status)
{
	bool armed = json_is_true(json_object_get(status, "armed"));
	char held[32], budget[32], locked[32];
	size_t i;
	json_t *dump;

	number_format_size(locked, sizeof(locked), (u64)status_number(status, "locked_bytes"));
	printf("%-12s%s (%s%s%s)\n", "Armed:", armed ? "yes" : "no", status_text(status, "why"),
	       armed ? ", locked: " : "", armed ? locked : "");
	status_print_wrong("Unwatched:", json_object_get(status, "not_watched"));
	status_print_wrong("Target:", json_object_get(status, "targets_failing"));
	status_print_counts("Triggers:", json_object_get(status, "triggers"));
	status_print_counts("Suppressed:", json_object_get(status, "suppressed"));
	status_print_dumps(status);
	status_print_boot(status);
	number_format_size(held, sizeof(held), (u64)status_number(status, "held_bytes"));
	number_format_size(budget, sizeof(budget), (u64)status_number(status, "held_budget"));
	printf("%-12s%s of %s\n", "Held:", held, budget);
	json_array_foreach(json_object_get(status, "held"), i, dump) {
		number_format_size(held, sizeof(held), (u64)status_number(dump, "bytes"));
		printf("%-12s%s, rule %s, symptom %s, priority %" PRId64 "%s%s\n", "", held,
		       status_text(dump, "rule"), status_text(dump, "symptom"),
		       status_number(dump, "priority"),
		       *status_text(dump, "writing") ? ", being written: " : "",
		       status_text(dump, "writing"));
	}
	if (json_object_size(json_object_get(status, "targets_failing")) &&
	    status_number(status, "held_bytes"))
		printf("%-12swrite elsewhere: livedump-watch --write DIRECTORY\n", "");
	if (*status_text(status, "last")) {
		time_t when = (time_t)status_number(status, "last_time");
		struct tm tm;
		char day[64] = "";

		if (localtime_r(&when, &tm))
			strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S %z", &tm);
		printf("%-12s%s: %s\n", "Last:", day, status_text(status, "last"));
	}
}

int cmd_status(const char *socket, bool json)
{
	static char answer[CONTROL_ANSWER_MAX];
	struct error err = { 0 };
	json_t *status;
	bool armed;

	if (control_ask(socket, "status", CONTROL_SECONDS, answer, &err))
		return ask_fail(err.text);
	status = json_loads(answer, 0, NULL);
	if (!json_is_object(status))
		return ask_fail("the answer cannot be understood: the daemon has another version");
	if (json)
		puts(answer);
	else
		status_print(status);
	armed = json_is_true(json_object_get(status, "armed"));
	json_decref(status);
	return armed ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Ask for something to be done, and print what has come of it. */
static int ask_for(const char *socket, const char *question, unsigned int seconds)
{
	static char answer[CONTROL_ANSWER_MAX];
	struct error err = { 0 };

	if (control_ask(socket, question, seconds, answer, &err))
		return ask_fail(err.text);
	if (*answer != '+')
		return ask_fail(*answer ? answer + 1 : "no answer");
	printf("%s\n", answer + 1);
	return EXIT_SUCCESS;
}

int cmd_now(const char *socket, const char *reason)
{
	char question[CONTROL_QUESTION_MAX];

	if ((size_t)snprintf(question, sizeof(question), "now %s", reason) >= sizeof(question))
		return ask_fail("the reason is too long: use at most 500 bytes");
	/* A dump takes as long as the configuration of the daemon says. */
	return ask_for(socket, question, 0);
}

int cmd_let_go(const char *socket)
{
	return ask_for(socket, "let-go", CONTROL_SECONDS);
}
