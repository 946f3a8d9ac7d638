// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* test_fit.c - what is estimated before a dump, by an engine that is made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "savecore/capture/fit.h"

#define ROOM	8000000U		/* bytes that a quota leaves */
#define RAM	(8ULL * ROOM)

/* What the engine finds, by estimate_fit() and by estimate(), and how often it was asked. */
static struct {
	u64 bytes[2];
	u64 error;
	int ret[2];
	unsigned int asked[2];
	u64 room;
} fake;

static void fake_finds(u64 first, u64 then, u64 error)
{
	memset(&fake, 0, sizeof(fake));
	fake.bytes[0] = first;
	fake.bytes[1] = then;
	fake.error = error;
}

static void fake_pack(struct ld_estimate *estimate, unsigned int c, u64 bytes)
{
	estimate->packed[c] = (struct ld_packed){
		.codec = ld_codecs[c],
		.file_bytes = bytes,
		.disk_bytes = bytes,
		.error = fake.error,
	};
}

static int fake_estimate_fit(void *state, struct engine_job *job, u64 room,
			     struct ld_estimate *estimate)
{
	(void)state;
	fake.asked[0]++;
	fake.room = room;
	memset(estimate, 0, sizeof(*estimate));
	for (unsigned int c = 0; c < LD_NR_CODECS; c++)
		if (ld_codecs[c] == job->request->codec)
			fake_pack(estimate, c, fake.bytes[0]);
	return fake.ret[0];
}

/* With lzo it always fits. */
static int fake_estimate(void *state, struct engine_job *job, unsigned int level,
			 struct ld_estimate *estimate)
{
	(void)state;
	(void)job;
	(void)level;
	fake.asked[1]++;
	memset(estimate, 0, sizeof(*estimate));
	for (unsigned int c = 0; c < LD_NR_CODECS; c++)
		fake_pack(estimate, c, ld_codecs[c] == &ld_codec_lzo ? 1000000 : fake.bytes[1]);
	return fake.ret[1];
}

static const struct engine brief = {
	.estimate = fake_estimate,
	.estimate_fit = fake_estimate_fit,
};

/* As a module that is too old for the question. */
static int fake_cannot_tell(void *state, struct engine_job *job, u64 room,
			    struct ld_estimate *estimate)
{
	(void)state;
	(void)job;
	(void)room;
	(void)estimate;
	return -EOPNOTSUPP;
}

static const struct engine plain = {
	.estimate = fake_estimate,
	.estimate_fit = fake_cannot_tell,
};

/* Check a dump of @ram bytes of memory. */
static int check(const struct engine *engine, u64 ram, struct error *err)
{
	struct dump_request request = { .codec = &ld_codec_zstd, .level = LD_LEVEL_MAX };
	struct engine_job job = { .request = &request, .source.ram = ram };
	struct output output = OUTPUT_INIT;
	struct fit fit = { .engine = engine, .job = &job, .output = &output };
	int ret;

	memset(fake.asked, 0, sizeof(fake.asked));
	memset(err, 0, sizeof(*err));
	output.kind = OUTPUT_SLOT;
	output.where = "here";
	output.quota = ROOM;
	output.temp.dir = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(output.temp.dir >= 0);
	ret = fit_check(&fit, err);
	close(output.temp.dir);
	return ret;
}

static void assert_asked(unsigned int first, unsigned int then)
{
	assert_int_equal(fake.asked[0], first);
	assert_int_equal(fake.asked[1], then);
}

static void test_fits(void **state)
{
	struct error err;

	(void)state;
	fake_finds(ROOM, ROOM, 0);
	assert_int_equal(check(&brief, RAM, &err), 0);
	assert_asked(1, 0);
	assert_int_equal(fake.room, ROOM);
	assert_int_equal(check(&plain, RAM, &err), 0);
	assert_asked(0, 1);
	/* By its error it may fit. */
	fake_finds(ROOM + 200, 0, 100);
	assert_int_equal(check(&brief, RAM, &err), 0);
	assert_asked(1, 0);
	/* All memory would fit. */
	assert_int_equal(check(&brief, ROOM / 2, &err), 0);
	assert_asked(0, 0);
}

/* Only now other codecs are of interest. */
static void test_refused(void **state)
{
	const struct engine *const engines[] = { &brief, &plain };
	struct error err;

	(void)state;
	fake_finds(ROOM + 201, ROOM + 201, 100);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(check(engines[i], RAM, &err), -ENOSPC);
		assert_asked(!i, 1);
		assert_int_equal(err.code, ERROR_NO_SPACE);
		assert_non_null(strstr(err.text, "here: the dump needs about 8.0 MB (+- 100 "));
		assert_non_null(strstr(err.text, "use -C lzo, which needs 1.0 MB, "));
	}
	/* It fits by then. */
	fake_finds(ROOM + 201, ROOM + 200, 100);
	assert_int_equal(check(&brief, RAM, &err), 0);
	assert_asked(1, 1);
}

/* The dump fails with it, not the check. */
static void test_errors(void **state)
{
	struct error err;

	(void)state;
	fake_finds(2 * ROOM, 2 * ROOM, 0);
	fake.ret[0] = -EIO;
	assert_int_equal(check(&brief, RAM, &err), 0);
	assert_asked(1, 0);
	fake.ret[0] = 0;
	fake.ret[1] = -ECANCELED;
	assert_int_equal(check(&brief, RAM, &err), 0);
	assert_asked(1, 1);
	assert_int_equal(check(&plain, RAM, &err), 0);
	assert_asked(0, 1);
	assert_false(err.text[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests_name("fit", tests, NULL, NULL);
}
