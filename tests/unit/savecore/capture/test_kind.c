// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* test_kind.c - which kind of dump is taken if it is left open, and why. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "savecore/capture/kind.h"

/* What the engine answers, and what it was asked. */
struct answers {
	int ret[2];		/* for a pre-copied dump, and for a live one */
	struct dump_end end;
	const char *text;
	u64 pause;
	unsigned int calls;
	struct dump_request asked[3];
	bool cancel;		/* in the first call */
	bool no_boost;		/* it is forbidden */
};

static int answer(void *state, struct engine_job *job)
{
	struct answers *a = state;
	bool live = job->request->mode == LD_MODE_LIVE;
	int ret = a->ret[live];

	assert_true(a->calls < 3);
	a->asked[a->calls++] = *job->request;
	memset(&job->result, 0, sizeof(job->result));
	job->text[0] = '\0';
	if (a->cancel)
		ld_control_cancel(&job->control, LD_CAUSE_SIGNAL);
	if (live && a->no_boost && job->request->boost) {
		job->result.end.cause = LD_CAUSE_POLICY;
		return -EPERM;
	}
	if (!live) {
		job->result.end = a->end;
		job->result.times.pause = a->pause;
		snprintf(job->text, sizeof(job->text), "%s", a->text ? a->text : "");
	}
	return ret;
}

static struct engine_job job;

static const struct engine engine = { .name = "test", .dump = answer };

static int take(struct answers *a, struct kind *kind, struct dump_request *request)
{
	struct engine_choice choice = { .engine = &engine, .state = a };

	memset(&job, 0, sizeof(job));
	*request = (struct dump_request){
		.memory = 500, .boost = true, .max_pause_ns = 10000000,
	};
	job.request = request;
	return kind_dump(kind, &choice, &job, request);
}

static void test_not_open(void **state)
{
	struct answers a = { .ret = { -EIO, 0 } };
	struct kind kind = { .open = false };
	struct dump_request request;

	(void)state;
	assert_int_equal(take(&a, &kind, &request), 0);
	assert_int_equal(a.calls, 1);
	assert_int_equal(a.asked[0].mode, LD_MODE_LIVE);
	assert_string_equal(kind.why, "");
}

static void test_short_pause(void **state)
{
	struct answers a = { .pause = 3210987 };
	struct kind kind = { .open = true, .memory = 77 };
	struct dump_request request;

	(void)state;
	assert_int_equal(take(&a, &kind, &request), 0);
	assert_int_equal(a.calls, 1);
	assert_int_equal(a.asked[0].mode, LD_MODE_PRECOPY);
	assert_int_equal(a.asked[0].memory, 77);
	assert_int_equal(a.asked[0].max_pause_ns, 10000000);
	assert_int_equal(request.mode, LD_MODE_PRECOPY);
	assert_string_equal(kind.why, "paused for 3.210 ms");
}

/* Whatever makes a pre-copied dump impossible leads to a live one, nothing else does. */
static void test_live(void **state)
{
	static const struct {
		int err;
		struct dump_end end;
		const char *text, *why;
		bool cancel, fails;
	} rows[] = {
		{ .err = -ETIME, .text = "too long", .why = "too long" },
		{ .err = -ETIME, .why = "Timer expired" },
		{ .err = -EDEADLK, .text = "no answer", .why = "no answer" },
		/* the file system's */
		{ .err = -ETIME, .end.stage = LD_STAGE_WRITE, .fails = true },
		{ .err = -EDEADLK, .end.stage = LD_STAGE_FLUSH, .fails = true },
		{ .err = -EOPNOTSUPP, .text = "no way", .why = "no way" },
		{ .err = -EINVAL, .text = "unknown mode",
		  .why = "the module is too old for pre-copy" },
		{ .err = -EPERM, .end.cause = LD_CAUSE_POLICY, .text = "no", .why = "no" },
		{ .err = -EPERM, .fails = true },
		{ .err = -ENOMEM, .end.stage = LD_STAGE_ALLOCATE, .text = "few", .why = "few" },
		{ .err = -ENOMEM, .end.stage = LD_STAGE_FREEZE, .text = "few", .why = "few" },
		{ .err = -ENOMEM, .end.stage = LD_STAGE_WRITE, .fails = true },
		{ .err = -ENOMEM, .end = { .cause = LD_CAUSE_PRESSURE, .stage = LD_STAGE_ALLOCATE },
		  .fails = true },
		{ .err = -EINTR, .end.cause = LD_CAUSE_SIGNAL, .fails = true },
		{ .err = -ECANCELED, .end.cause = LD_CAUSE_SUSPEND, .fails = true },
		/* It has data that is not used any more, which a live one has not. */
		{ .err = -ENOSPC, .end.stage = LD_STAGE_WRITE, .text = "full", .why = "full" },
		{ .err = -EDQUOT, .end.stage = LD_STAGE_WRITE, .text = "quota", .why = "quota" },
		{ .err = -EFBIG, .end.stage = LD_STAGE_WRITE, .text = "limit", .why = "limit" },
		{ .err = -ECANCELED, .end.cause = LD_CAUSE_MINFREE, .fails = true },
		{ .err = -EBUSY, .fails = true },
		{ .err = -ETIME, .text = "too long", .cancel = true, .fails = true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct answers a = { .ret = { rows[i].err, 0 }, .end = rows[i].end };
		struct kind kind = { .open = true, .memory = 77 };
		struct dump_request request;
		int ret = rows[i].cancel ? -ECANCELED : rows[i].fails ? rows[i].err : 0;

		a.text = rows[i].text;
		a.cancel = rows[i].cancel;
		if (!a.end.cause)
			a.end.cause = LD_CAUSE_ERROR;
		assert_int_equal(take(&a, &kind, &request), ret);
		assert_int_equal(a.calls, rows[i].fails ? 1U : 2U);
		assert_int_equal(request.mode, LD_MODE_LIVE);
		if (rows[i].cancel) {
			/* The signal is why, and not what the module says of the pause. */
			assert_int_equal(job.result.end.cause, LD_CAUSE_SIGNAL);
			assert_string_equal(job.text, "");
		}
		if (rows[i].fails)
			continue;
		assert_string_equal(kind.why, rows[i].why);
		assert_int_equal(a.asked[1].mode, LD_MODE_LIVE);
		assert_int_equal(a.asked[1].memory, 500);
		assert_true(a.asked[1].boost);
	}
}

/* The module may have come to forbid the boost after it was asked for its parameters. */
static void test_no_boost(void **state)
{
	(void)state;
	for (unsigned int open = 0; open < 2; open++) {
		struct answers a = {
			.ret = { -ETIME, 0 }, .no_boost = true, .end.cause = LD_CAUSE_ERROR,
		};
		struct kind kind = { .open = open };
		struct dump_request request;

		assert_int_equal(take(&a, &kind, &request), 0);
		assert_int_equal(a.calls, 2 + open);
		assert_true(a.asked[open].boost && !a.asked[open + 1].boost);
		assert_int_equal(a.asked[open + 1].mode, LD_MODE_LIVE);
	}
}

static void set_parameter(const char *dir, const char *name, const char *value)
{
	char path[100];
	FILE *f;

	snprintf(path, sizeof(path), "%s%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(value, f);
	assert_int_equal(fclose(f), 0);
}

/* What the module forbids is not asked for unless a user did. */
static void test_parameters(void **state)
{
	struct dump_request request = { .boost = true, .max_pause_ns = 10000000 };
	char dir[] = "/tmp/test_kind.XXXXXX", parameters[40];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(parameters, sizeof(parameters), "%s/", dir);
	request.max_pause_open = true;
	kind_obey_module(&request, parameters);
	assert_true(request.boost && request.max_pause_ns == 10000000);
	set_parameter(parameters, "allow_boost", "Y\n");
	set_parameter(parameters, "max_pause_ms", "2000\n");
	kind_obey_module(&request, parameters);
	assert_true(request.boost && request.max_pause_ns == 10000000);
	set_parameter(parameters, "allow_boost", "N\n");
	set_parameter(parameters, "max_pause_ms", "4\n");
	request.max_pause_open = false;
	kind_obey_module(&request, parameters);
	assert_true(!request.boost && request.max_pause_ns == 10000000);
	request.max_pause_open = true;
	kind_obey_module(&request, parameters);
	assert_int_equal(request.max_pause_ns, 4000000);
	for (int i = 0; i < 2; i++) {
		char path[80];

		snprintf(path, sizeof(path), "%s%s", parameters,
			 i ? "allow_boost" : "max_pause_ms");
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_open),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_short_pause),
		cmocka_unit_test(test_live),
		cmocka_unit_test(test_no_boost),
	};

	return cmocka_run_group_tests_name("kind", tests, NULL, NULL);
}
