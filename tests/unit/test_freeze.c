// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_freeze.c - dumps for which everything stands still.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "job.h"

/* Until it stands still the system changes; what it was then is in the dump. */
static void turn_until_frozen(struct fake_source *f, u64 pfn, unsigned int nr)
{
	static const u16 facts[] = { LD_FACT_USER, LD_FACT_SLAB, LD_FACT_FREE, 0 };

	for (unsigned int i = 0; i < nr && !f->frozen; i++)
		if ((pfn + i) % 5 == 0)
			f->facts[pfn + i] = facts[(pfn + i + f->reads) % 4];
}

static void test_freeze(void **state)
{
	static const unsigned int levels[] = { 0, 1, 8, 31 };

	(void)state;
	for (unsigned int i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		struct job j;

		job_open(&j, job_ranges);
		mixed_facts(&j);
		for (u64 pfn = 300; pfn < 600; pfn++)
			memset(fake_page(&j.src, pfn), 0, FAKE_PAGE);
		j.src.before_facts = turn_until_frozen;
		j.p.level = levels[i];
		j.p.freeze = true;
		j.p.max_pause_ns = 60ULL * 1000000000;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		assert_int_equal(j.src.freezes, 1);
		check_kdump(&j, by_level);
		assert_int_equal(j.st.pinned, j.st.kept);
		assert_int_equal(j.st.streamed, 0);
		assert_true(j.st.pause_ns > 0);
		assert_true(j.st.predicted_ns > 0);
		job_close(&j);
	}
}

/* What cannot be read is not in a frozen dump. */
static void test_freeze_unreadable(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	j.src.bad[400] = true;
	j.src.bad[401] = true;
	j.p.freeze = true;
	j.p.max_pause_ns = 60ULL * 1000000000;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_kdump(&j, bad_dropped);
	assert_int_equal(j.st.unreadable, 2);
	job_close(&j);
}

/* Said before anything stands still. */
static void test_freeze_refused(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	j.p.freeze = true;
	j.p.max_pause_ns = 60ULL * 1000000000;
	j.p.memory = 1 << 20;
	assert_int_equal(ld_dump(&j.p, &j.st), -ENOMEM);
	assert_true(j.st.memory_needed >= 1776 * FAKE_PAGE);
	j.p.memory = j.st.memory_needed;
	j.p.max_pause_ns = 0;
	assert_int_equal(ld_dump(&j.p, &j.st), -ETIME);
	assert_true(j.st.predicted_ns > 0);
	assert_int_equal(j.src.freezes, 0);
	j.p.max_pause_ns = 60ULL * 1000000000;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(j.src.freezes, 1);
	job_close(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_freeze),
		cmocka_unit_test(test_freeze_unreadable),
		cmocka_unit_test(test_freeze_refused),
	};

	return cmocka_run_group_tests_name("freeze", tests, NULL, NULL);
}
