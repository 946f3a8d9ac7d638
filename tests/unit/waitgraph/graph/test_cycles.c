// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_cycles.c - circles, chains and their roots in made-up graphs, and in random ones
 * compared with what reaches what.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "waitgraph/graph/cycles.h"

static void test_pair_with_queue(void **state)
{
	/* 0 and 1 deadlock; 2 and 3 wait behind them. */
	static const struct cycles_edge edges[] = { { 0, 1 }, { 1, 0 }, { 2, 0 }, { 3, 2 } };
	struct cycles c;
	u32 roots[5], nr;

	(void)state;
	assert_int_equal(cycles_find(&c, 5, edges, 4), 0);
	assert_int_equal(c.group[0], c.group[1]);
	assert_int_not_equal(c.group[0], c.group[2]);
	assert_true(c.looped[c.group[0]]);
	assert_false(c.looped[c.group[2]]);
	assert_int_equal(c.group_size[c.group[0]], 2);
	assert_int_equal(c.behind[0], 2);
	assert_int_equal(cycles_roots(&c, roots, &nr), 0);
	assert_int_equal(nr, 0);
	cycles_free(&c);
}

static void test_roots_in_order(void **state)
{
	static const struct cycles_edge edges[] = {
		{ 1, 0 }, { 3, 2 }, { 4, 3 }, { 5, 3 }, { 6, 2 },
	};
	struct cycles c;
	u32 roots[8], nr;

	(void)state;
	assert_int_equal(cycles_find(&c, 8, edges, 5), 0);
	assert_int_equal(cycles_roots(&c, roots, &nr), 0);
	assert_int_equal(nr, 2);
	assert_int_equal(roots[0], 2);
	assert_int_equal(c.behind[2], 4);
	assert_int_equal(roots[1], 0);
	assert_int_equal(c.behind[0], 1);
	cycles_free(&c);
}

static void test_itself(void **state)
{
	static const struct cycles_edge edge = { 1, 1 };
	struct cycles c;

	(void)state;
	assert_int_equal(cycles_find(&c, 2, &edge, 1), 0);
	assert_true(c.looped[c.group[1]]);
	assert_false(c.looped[c.group[0]]);
	cycles_free(&c);
}

static void test_nothing_and_nonsense(void **state)
{
	static const struct cycles_edge edge = { 0, 3 };
	struct cycles c;
	u32 nr;

	(void)state;
	assert_int_equal(cycles_find(&c, 0, NULL, 0), 0);
	assert_int_equal(cycles_roots(&c, NULL, &nr), 0);
	assert_int_equal(nr, 0);
	cycles_free(&c);
	assert_int_equal(cycles_find(&c, 3, &edge, 1), -EINVAL);
	cycles_free(&c);
}

/* As many as there may be tasks, in a chain and in one circle: no recursion. */
static void test_long(void **state)
{
	const u32 nr = 1U << 20;
	struct cycles_edge *edges = calloc(nr, sizeof(*edges));
	struct cycles c;

	(void)state;
	for (u32 i = 0; i < nr; i++)
		edges[i] = (struct cycles_edge){ i, (i + 1) % nr };
	assert_int_equal(cycles_find(&c, nr, edges, nr - 1), 0);
	assert_int_equal(c.nr_groups, nr);
	assert_int_equal(c.behind[nr - 1], nr - 1);
	cycles_free(&c);
	assert_int_equal(cycles_find(&c, nr, edges, nr), 0);
	assert_int_equal(c.nr_groups, 1);
	assert_int_equal(c.group_size[0], nr);
	cycles_free(&c);
	free(edges);
}

#define RANDOM_NODES	12U

static void compare_with_reach(const struct cycles_edge *edges, u32 nr_edges)
{
	bool reach[RANDOM_NODES][RANDOM_NODES] = { { false } };
	struct cycles c;

	for (u32 i = 0; i < nr_edges; i++)
		reach[edges[i].from][edges[i].to] = true;
	for (u32 k = 0; k < RANDOM_NODES; k++)
		for (u32 i = 0; i < RANDOM_NODES; i++)
			for (u32 j = 0; j < RANDOM_NODES; j++)
				reach[i][j] |= reach[i][k] && reach[k][j];
	assert_int_equal(cycles_find(&c, RANDOM_NODES, edges, nr_edges), 0);
	for (u32 i = 0; i < RANDOM_NODES; i++) {
		u32 behind = 0;

		assert_int_equal(c.looped[c.group[i]], reach[i][i]);
		for (u32 j = 0; j < RANDOM_NODES; j++) {
			bool same = i == j || (reach[i][j] && reach[j][i]);

			assert_int_equal(c.group[i] == c.group[j], same);
			if (reach[i][j] && !same)
				assert_true(c.group[j] < c.group[i]);
			behind += !same && reach[j][i];
		}
		if (!c.waits[i] || c.looped[c.group[i]])
			assert_int_equal(c.behind[i], behind);
	}
	cycles_free(&c);
}

static void test_random(void **state)
{
	struct cycles_edge edges[30];

	(void)state;
	srand(1);
	for (unsigned int trial = 0; trial < 2000; trial++) {
		u32 nr = (u32)rand() % 30;

		for (u32 i = 0; i < nr; i++)
			edges[i] = (struct cycles_edge){ (u32)rand() % RANDOM_NODES,
							 (u32)rand() % RANDOM_NODES };
		compare_with_reach(edges, nr);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pair_with_queue),
		cmocka_unit_test(test_roots_in_order),
		cmocka_unit_test(test_itself),
		cmocka_unit_test(test_nothing_and_nonsense),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
