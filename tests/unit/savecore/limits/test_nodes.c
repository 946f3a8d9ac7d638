// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_nodes.c - what a process may take that has only some of the nodes.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/mempolicy.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "savecore/limits/nodes.h"
#include "tests/unit/tree.h"

#define ALL	UINT64_MAX
#define KIB	((u64)1 << 10)

static bool parses(const char *list, u64 word, u64 last)
{
	struct node_set nodes;

	return nodes_parse(list, &nodes) && nodes.words[0] == word &&
	       nodes.words[NODES_MAX / 64 - 1] == last;
}

static void test_parse(void **state)
{
	struct node_set nodes;

	(void)state;
	assert_true(parses("0\n", 1, 0));
	assert_true(parses("0-3,7", 0x8f, 0));
	assert_true(parses("1,3,5-5\n", 0x2a, 0));
	assert_true(parses("0-1023\n", UINT64_MAX, UINT64_MAX));
	assert_false(nodes_parse("", &nodes));
	assert_false(nodes_parse("\n", &nodes));
	assert_false(nodes_parse("0,\n", &nodes));
	assert_false(nodes_parse("3-1\n", &nodes));
	assert_false(nodes_parse("1-\n", &nodes));
	assert_false(nodes_parse("0-1024\n", &nodes));
	assert_false(nodes_parse("1024", &nodes));
	assert_false(nodes_parse("99999999999999999999", &nodes));
	assert_false(nodes_parse("-1", &nodes));
	assert_false(nodes_parse("0 1", &nodes));
}

static void put_node(const char *sys, unsigned int node, unsigned int free, unsigned int cache)
{
	char dir[128], text[512];

	snprintf(dir, sizeof(dir), "%s/node%u", sys, node);
	assert_int_equal(mkdir(dir, 0700), 0);
	snprintf(text, sizeof(text),
		 "\nNode %u MemTotal:       99999 kB\nNode %u MemFree:        %u kB\n"
		 "Node %u Active:       70 kB\nNode %u Active(anon):       60 kB\n"
		 "Node %u Active(file):      %u kB\nNode %u Inactive(file):       20 kB\n",
		 node, node, free, node, node, node, cache, node);
	tree_put(dir, "meminfo", text);
}

static void test_left(void **state)
{
	static const struct node_set first = { { 1 }}, third = { { 4 }}, both = { { 3 }};
	static const char one[] = "Name:\tx\nMems_allowed:\t2\nMems_allowed_list:\t1\nx:\t0\n",
			  two[] = "Mems_allowed_list:\t0-1\nx:\t0\n",
			  more[] = "Mems_allowed_list:\t0-31\n";
	char sys[] = "/tmp/test_nodes.XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(sys));
	assert_true(nodes_memory_left(sys, one, NULL) == ALL);
	put_node(sys, 0, 1000, 80);
	put_node(sys, 1, 300, 180);
	put_node(sys, 2, 9, 0);
	assert_true(nodes_memory_left(sys, one, &first) == ALL);
	/* Node 2 has processors only. */
	tree_put(sys, "online", "0-2\n");
	tree_put(sys, "has_memory", "0-1\n");

	assert_true(nodes_memory_left(sys, two, NULL) == ALL);
	assert_true(nodes_memory_left(sys, more, NULL) == ALL);
	assert_true(nodes_memory_left(sys, more, &both) == ALL);
	assert_int_equal(nodes_memory_left(sys, one, NULL), 400 * KIB);
	assert_int_equal(nodes_memory_left(sys, one, &both), 400 * KIB);
	assert_int_equal(nodes_memory_left(sys, two, &first), 1050 * KIB);
	/* Nothing but the policy is known. */
	assert_int_equal(nodes_memory_left(sys, "", &first), 1050 * KIB);
	assert_true(nodes_memory_left(sys, "", NULL) == ALL);
	assert_true(nodes_memory_left(sys, "Mems_allowed_list:\tx\n", NULL) == ALL);
	assert_int_equal(nodes_memory_left(sys, two, &third), 0);
	assert_int_equal(tree_remove(sys), 0);
}

static void test_policy(void **state)
{
	unsigned long mask = 1;
	struct node_set nodes;

	(void)state;
	if (syscall(SYS_set_mempolicy, MPOL_PREFERRED, &mask, 8 * sizeof(mask)))
		skip();
	assert_false(nodes_of_policy(&nodes));
	assert_int_equal(syscall(SYS_set_mempolicy, MPOL_BIND, &mask, 8 * sizeof(mask)), 0);
	assert_true(nodes_of_policy(&nodes));
	assert_int_equal(nodes.words[0], 1);
	assert_int_equal(nodes.words[NODES_MAX / 64 - 1], 0);
	assert_true(nodes_own_memory_left() > 0);
	assert_int_equal(syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0), 0);
	assert_false(nodes_of_policy(&nodes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_left),
		cmocka_unit_test(test_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
