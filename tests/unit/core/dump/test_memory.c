// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_memory.c - dumps on a host that runs out of memory. Each allocation
 * fails in turn, alone and with all later ones. The dump is complete or ends
 * with ENOMEM. The sanitizer checks that nothing leaks.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "tests/unit/job.h"

#define NEVER_ENDS	500

struct kind {
	enum ld_mode mode;
	bool twice;
	u64 memory;
	bool elf;
	bool tracked;
};

/* Returns the error of a dump whose allocation number @nr fails. */
static int dump(const struct kind *k, int nr, bool dead)
{
	static const struct ld_range few[] = { { 0, 159 }, { 256, 700 }, { 0, 0 } };
	struct job j;
	int err;

	job_open(&j, few);
	mixed_flags(&j);
	j.request.mode = k->mode;
	if (k->tracked)
		fake_track(&j.src);
	j.p.selfcheck = k->twice ? &j.selfcheck : NULL;
	j.request.memory = k->memory;
	j.request.max_pause_ns = 60ULL * 1000000000;
	if (k->elf) {
		j.request.format = &ld_format_elf;
		j.request.codec = &ld_codec_none;
	}
	fake_alloc_dead = false;
	fake_alloc_left = nr;
	if (dead)
		fake_alloc_dead = true;
	err = ld_dump(&j.p, &j.st);
	fake_alloc_left = -1;
	fake_alloc_dead = false;
	if (!err && !k->elf)
		check_kdump(&j, by_level);
	job_close(&j);
	return err;
}

static void test_no_memory(void **state)
{
	static const struct kind kinds[] = {
		{ .mode = LD_MODE_LIVE },
		{ .mode = LD_MODE_LIVE, .memory = 64 << 20 },
		{ .mode = LD_MODE_LIVE, .memory = 64 << 20, .elf = true },
		{ .mode = LD_MODE_FREEZE, .memory = 64 << 20 },
		{ .mode = LD_MODE_FREEZE_KERNEL, .memory = 64 << 20 },
		{ .mode = LD_MODE_FREEZE, .twice = true, .memory = 256 << 20 },
		{ .mode = LD_MODE_PRECOPY, .memory = 64 << 20 },
		{ .mode = LD_MODE_PRECOPY, .memory = 64 << 20, .tracked = true },
		{ .mode = LD_MODE_PRECOPY, .memory = 256 << 20, .tracked = true, .twice = true },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		for (int dead = 0; dead < 2; dead++) {
			unsigned int failed = 0, good = 0;
			int nr;

			/*
			 * Some allocations are optional. After the last one the
			 * dump succeeds.
			 */
			for (nr = 0; nr < NEVER_ENDS && good < 15; nr++) {
				int err = dump(&kinds[i], nr, dead);

				assert_true(!err || err == -ENOMEM);
				failed += !!err;
				good = err ? 0 : good + 1;
			}
			assert_true(failed >= 5);
			assert_true(nr < NEVER_ENDS);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
