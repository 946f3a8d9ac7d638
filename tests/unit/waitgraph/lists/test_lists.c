// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_lists.c - made-up lists of processes, threads, PIDs and modules, and run queues:
 * whole, torn in each place, and with random damage. Then the same memory by page tables.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "tests/unit/fake.h"
#include "tests/unit/waitgraph/image.h"
#include "waitgraph/lists/lists.h"
#include "waitgraph/memory/memory_frames.h"

#define NR_TASKS	5U		/* the last one is a thread of the first */
#define NR_MODULES	3U
#define NR_QUEUES		4U		/* the third cannot be */
#define QUEUES		0x100ULL
#define INIT_TASK	IMAGE_BASE
#define TASK(i)		(IMAGE_BASE + 0x100 * (u64)((i) + 1))
#define SIGNAL(i)	(IMAGE_BASE + 0x1000 + 0x40 * (u64)(i))
#define STRUCT_PID(i)	(IMAGE_BASE + 0x2000 + 0x40 * (u64)(i))
#define NODE(i)		(IMAGE_BASE + 0x3000 + 0x400 * (u64)(i))
#define INIT_NS		(IMAGE_BASE + 0x5000)
#define MODULES		(IMAGE_BASE + 0x6000)
#define MODULE(i)	(MODULES + 0x100 * (u64)((i) + 1))
#define CPU_OFFSETS	(IMAGE_BASE + 0x6800)
#define CPU_MASK	(IMAGE_BASE + 0x6880)
#define QUEUE(i)	(IMAGE_BASE + 0x6900 + 0x40 * (u64)(i))
#define NO_TASK		(IMAGE_BASE + 0x6e00)
#define USED_SIZE	0x7000U
#define STACK(i)	(IMAGE_BASE + 0x20000 + 0x2000 * (u64)(i))

/* Offsets in struct task_struct and the others. */
enum {
	AT_TASKS = 16, AT_PID = 32, AT_SIGNAL = 40, AT_NODE = 48, AT_LINKS = 64,
	AT_HEAD = 8, AT_ROOT = 24, AT_SHIFT = 0, AT_SLOTS = 40, AT_PID_TASKS = 8,
	AT_NUMBERS = 32, AT_MODULE = 8, AT_STACK = 128, AT_EXIT = 136, AT_CURR = 8, AT_IDLE = 16,
};

static const struct ld_lists lists = {
	.init_task = INIT_TASK, .init_pid_ns = INIT_NS, .modules = MODULES,
	.fields = {
		[LD_LIST_TASKS] = { AT_TASKS, 16, 1 },
		[LD_LIST_PID] = { AT_PID, 4, 1 },
		[LD_LIST_SIGNAL] = { AT_SIGNAL, 8, 1 },
		[LD_LIST_THREAD_NODE] = { AT_NODE, 16, 1 },
		[LD_LIST_THREAD_HEAD] = { AT_HEAD, 16, 1 },
		[LD_LIST_PID_LINKS] = { AT_LINKS, 16, 4 },
		[LD_LIST_NS_ROOT] = { AT_ROOT, 8, 1 },
		[LD_LIST_NODE_SHIFT] = { AT_SHIFT, 1, 1 },
		[LD_LIST_NODE_SLOTS] = { AT_SLOTS, 8, 64 },
		[LD_LIST_STRUCT_PID_TASKS] = { AT_PID_TASKS, 8, 4 },
		[LD_LIST_STRUCT_PID_NUMBERS] = { AT_NUMBERS, 16, 1 },
		[LD_LIST_UPID_NR] = { 0, 4, 1 },
		[LD_LIST_MODULE] = { AT_MODULE, 16, 1 },
		[LD_LIST_TASK] = { 0, 0x100, 1 },
		[LD_LIST_STACK] = { AT_STACK, 8, 1 },
		[LD_LIST_EXIT_STATE] = { AT_EXIT, 4, 1 },
		[LD_LIST_RQ_CURR] = { AT_CURR, 8, 1 },
		[LD_LIST_RQ_IDLE] = { AT_IDLE, 8, 1 },
	},
	.cpus = { NR_QUEUES, CPU_MASK, CPU_OFFSETS, QUEUES },
	.stack_size = 2 * MEMORY_PAGE,
};

/* PIDs of the tasks: two in the second node. */
static const u32 pids[NR_TASKS] = { 1, 2, 63, 64, 130 };

static void put_ring(struct image *image, const u64 *at, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		image_u64(image, at[i], at[(i + 1) % nr]);
		image_u64(image, at[(i + 1) % nr] + 8, at[i]);
	}
}

static void put_slot(struct image *image, u64 node, u32 slot, u64 entry)
{
	image_u64(image, node + AT_SLOTS + slot * 8, entry);
}

/* The first processor runs a process, the second nothing, the last one a thread. */
static void put_queues(struct image *image)
{
	const u64 runs[NR_QUEUES] = { TASK(1), TASK(9), NO_TASK, TASK(4) };

	image_u64(image, CPU_MASK, 11);
	for (u32 i = 0; i < NR_QUEUES; i++) {
		image_u64(image, CPU_OFFSETS + i * 8, QUEUE(i) - QUEUES);
		image_u64(image, QUEUE(i) + AT_CURR, runs[i]);
		image_u64(image, QUEUE(i) + AT_IDLE, i ? TASK(8 + i) : INIT_TASK);
	}
}

static struct image *make_image(void)
{
	struct image *image = image_new();
	const u64 threads[] = { SIGNAL(0) + AT_HEAD, TASK(0) + AT_NODE,
				TASK(NR_TASKS - 1) + AT_NODE };
	u64 ring[NR_TASKS] = { INIT_TASK + AT_TASKS }, mods[NR_MODULES + 1] = { MODULES };

	for (u32 i = 0; i < NR_TASKS; i++) {
		u64 leader = i + 1 == NR_TASKS ? 0 : i;

		image_u32(image, TASK(i) + AT_PID, pids[i]);
		image_u64(image, TASK(i) + AT_SIGNAL, SIGNAL(leader));
		image_u64(image, TASK(i) + AT_STACK, STACK(i));
		image_u64(image, STRUCT_PID(i) + AT_PID_TASKS, TASK(i) + AT_LINKS);
		image_u32(image, STRUCT_PID(i) + AT_NUMBERS, pids[i]);
		put_slot(image, NODE(1 + pids[i] / 64), pids[i] % 64, STRUCT_PID(i));
		if (i + 1 == NR_TASKS)
			continue;
		ring[i + 1] = TASK(i) + AT_TASKS;
		put_ring(image, (const u64[]){ SIGNAL(i) + AT_HEAD, TASK(i) + AT_NODE }, 2);
	}
	put_ring(image, ring, NR_TASKS);
	put_ring(image, threads, 3);
	/* A PID that only a group has, and one that is being made. */
	image_u32(image, STRUCT_PID(9) + AT_NUMBERS, 5);
	put_slot(image, NODE(1), 5, STRUCT_PID(9));
	put_slot(image, NODE(1), 6, 1026);
	image_u64(image, INIT_NS + AT_ROOT, NODE(0) + 2);
	image_u32(image, NODE(0) + AT_SHIFT, 6);
	for (u32 i = 0; i < 3; i++)
		put_slot(image, NODE(0), i, NODE(1 + i) + 2);
	for (u32 i = 0; i < NR_MODULES; i++)
		mods[i + 1] = MODULE(i) + AT_MODULE;
	put_ring(image, mods, NR_MODULES + 1);
	put_queues(image);
	return image;
}

static unsigned int torn(struct image *image)
{
	struct ld_lists_state state;

	lists_look(&lists, image_memory(image), &state);
	return state.torn;
}

static void test_whole(void **state)
{
	struct image *image = make_image();
	struct ld_lists_state found;

	(void)state;
	lists_look(&lists, image_memory(image), &found);
	assert_int_equal(found.torn, 0);
	assert_int_equal(found.processes, NR_TASKS - 1);
	assert_int_equal(found.threads, NR_TASKS);
	assert_int_equal(found.pids, NR_TASKS + 1);
	assert_int_equal(found.modules, NR_MODULES);
	image_free(image);
}

/* One wrong word, and what is torn by it. */
static void test_torn(void **state)
{
	static const struct {
		u64 at, value;
		unsigned int torn;
	} rows[] = {
		{ TASK(1) + AT_TASKS, TASK(1) + AT_TASKS, LD_LISTS_TASKS },	/* a circle */
		{ TASK(2) + AT_TASKS + 8, TASK(0) + AT_TASKS, LD_LISTS_TASKS },	/* only back */
		{ TASK(1) + AT_TASKS, TASK(3) + AT_TASKS, LD_LISTS_TASKS },	/* left out */
		{ INIT_TASK + AT_TASKS, 0, LD_LISTS_TASKS },
		{ SIGNAL(1) + AT_HEAD, 0, LD_LISTS_THREADS },
		{ TASK(4) + AT_NODE, TASK(4) + AT_NODE, LD_LISTS_THREADS },
		{ TASK(2) + AT_SIGNAL, SIGNAL(1), LD_LISTS_THREADS },		/* another's */
		{ INIT_NS + AT_ROOT, 0, LD_LISTS_PIDS | LD_LISTS_RUNNING },
		{ NODE(0) + AT_SLOTS + 8, 0xdead0002, LD_LISTS_PIDS },
		{ NODE(1) + AT_SLOTS + 8, NODE(0) + 2, LD_LISTS_PIDS },		/* a circle */
		{ STRUCT_PID(1) + AT_NUMBERS, 3, LD_LISTS_PIDS },
		{ STRUCT_PID(1) + AT_PID_TASKS, TASK(2) + AT_LINKS,
		  LD_LISTS_PIDS | LD_LISTS_RUNNING },
		{ STRUCT_PID(1) + AT_PID_TASKS, 8, LD_LISTS_PIDS | LD_LISTS_RUNNING },
		{ MODULE(1) + AT_MODULE, MODULE(0) + AT_MODULE, LD_LISTS_MODULES },
		{ MODULES + 8, MODULE(1) + AT_MODULE, LD_LISTS_MODULES },
		{ QUEUE(0) + AT_CURR, NO_TASK, LD_LISTS_RUNNING },		/* zeroes */
		{ QUEUE(3) + AT_CURR, 8, LD_LISTS_RUNNING },
		{ QUEUE(3) + AT_CURR, TASK(9), LD_LISTS_RUNNING },	/* another's idle task */
		{ QUEUE(1) + AT_CURR, TASK(3), 0 },
		{ TASK(1) + AT_STACK, 0, LD_LISTS_RUNNING },			/* freed */
		{ CPU_OFFSETS, 8, LD_LISTS_RUNNING },
		{ CPU_OFFSETS + 16, 8, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct image *image = make_image();

		image_u64(image, rows[i].at, rows[i].value);
		if (torn(image) != rows[i].torn)
			fail_msg("row %zu: %u, not %u", i, torn(image), rows[i].torn);
		image_free(image);
	}
}

/* What is not in the copy cannot be whole. */
static void test_missing(void **state)
{
	static const unsigned int wanted[] = {
		LD_LISTS_TASKS | LD_LISTS_PIDS | LD_LISTS_RUNNING,
		LD_LISTS_THREADS,
		LD_LISTS_PIDS | LD_LISTS_RUNNING, LD_LISTS_PIDS | LD_LISTS_RUNNING, 0,
		LD_LISTS_PIDS | LD_LISTS_RUNNING, LD_LISTS_MODULES | LD_LISTS_RUNNING,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		struct image *image = make_image();

		image->missing[i] = true;
		assert_int_equal(torn(image), wanted[i]);
		image_free(image);
	}
}

static void test_damage(void **state)
{
	unsigned int found = 0;

	(void)state;
	srand(1);
	for (int i = 0; i < 2000; i++) {
		struct image *image = make_image();

		for (int j = rand() % 4; j >= 0; j--)
			image_u64(image, IMAGE_BASE + (u64)rand() % USED_SIZE / 8 * 8,
				  IMAGE_BASE + (u64)rand() % USED_SIZE / 8 * 8 + (u64)(rand() % 3));
		image_damage(image, USED_SIZE);
		found += torn(image) != 0;
		image_free(image);
	}
	assert_true(found > 200);
}

/* A running system, and a copy of it that is mended page by page. */
struct running {
	struct image *now, *copy;
	void (*step)(struct running *r);	/* the system runs on at each copy */
	u32 steps, copied, most;
	bool taken[IMAGE_SIZE / MEMORY_PAGE];
};

static int running_copy(void *ctx, u64 addr, unsigned int nr)
{
	struct running *r = ctx;
	u64 first = (addr - IMAGE_BASE) / MEMORY_PAGE;

	assert_int_equal(addr % MEMORY_PAGE, 0);
	assert_true(nr > 0);
	for (u64 i = first; i < first + nr; i++)
		if (r->copied + nr > r->most || i >= IMAGE_SIZE / MEMORY_PAGE || r->now->missing[i])
			return -EFAULT;
	for (u64 i = first; i < first + nr; i++) {
		memcpy(r->copy->bytes + i * MEMORY_PAGE, r->now->bytes + i * MEMORY_PAGE,
		       MEMORY_PAGE);
		r->copy->missing[i] = false;
		r->taken[i] = true;
		r->copied++;
		if (r->step)
			r->step(r);
	}
	return 0;
}

static unsigned int mend(struct running *r, struct ld_lists_state *found)
{
	const struct lists_again again = { running_copy, r };

	r->copied = 0;
	lists_mend(&lists, image_memory(r->copy), &again, found);
	assert_int_equal(found->copied, r->copied);
	return found->torn;
}

/* Each page of the copy in turn, or two of them, is of other times, or missing. */
static void test_mend(void **state)
{
	const u32 pages = USED_SIZE / MEMORY_PAGE;

	(void)state;
	srand(2);
	for (u32 i = 0; i < 2000; i++) {
		struct running r = { make_image(), make_image(), NULL, 0, 0, 4000, { false } };
		struct ld_lists_state found;

		for (u32 j = 0; j < 1 + i % 3; j++) {
			u64 word = (u64)rand() % (USED_SIZE / 8) * 8;
			u32 page = (u32)rand() % pages;

			image_u64(r.copy, IMAGE_BASE + word,
				  IMAGE_BASE + (u64)rand() % USED_SIZE / 8 * 8);
			r.copy->missing[page] = i % 4 == 0 && page && page < 5;
		}
		if (mend(&r, &found))
			fail_msg("copy %u: %u is torn after %u pages", i, found.torn, r.copied);
		assert_true(r.copied < 200);
		image_free(r.now);
		image_free(r.copy);
	}
}

#define LONG_MODULES	1000U
#define LONG(i)		(IMAGE_BASE + 0x30000 + 0x40 * (u64)(i) + AT_MODULE)

static struct image *make_long(void)
{
	static u64 ring[LONG_MODULES + 1] = { MODULES };
	struct image *image = make_image();

	for (u32 i = 0; i < LONG_MODULES; i++)
		ring[i + 1] = LONG(i);
	put_ring(image, ring, LONG_MODULES + 1);
	return image;
}

/*
 * In a long list the walk goes on near the torn link that was mended, and comes round once more
 * in the end: for what was torn before it by then, or where it went on has left the list.
 */
static void test_long(void **state)
{
	(void)state;
	for (u32 back = 0; back < 12; back++) {
		struct running r = { make_long(), make_long(), NULL, 0, 0, 4000, { false } };
		u32 gone = back ? (LONG_MODULES - 42 + 63) / 64 : 0;
		struct ld_lists_state found;

		for (u32 i = 40; i + 2 < LONG_MODULES; i += 64) {
			/* It leads past an element that leads back to it. */
			image_u64(r.copy, LONG(i), LONG(i + 2));
			if (back) {
				image_u64(r.now, LONG(i - back - 1), LONG(i - back + 1));
				image_u64(r.now, LONG(i - back + 1) + 8, LONG(i - back - 1));
			}
		}
		assert_int_equal(mend(&r, &found), 0);
		assert_int_equal(found.modules, LONG_MODULES - gone);
		image_free(r.now);
		image_free(r.copy);
	}
}

/* The second process ends and begins again, all the time: sixteen tasks in a row. */
static void churn(struct running *r)
{
	bool there = r->steps++ % 6 < 3;
	const u64 with[] = { INIT_TASK + AT_TASKS, TASK(0) + AT_TASKS, TASK(1) + AT_TASKS,
			     TASK(2) + AT_TASKS, TASK(3) + AT_TASKS };
	const u64 without[] = { INIT_TASK + AT_TASKS, TASK(0) + AT_TASKS, TASK(2) + AT_TASKS,
				TASK(3) + AT_TASKS };

	if (there)
		put_ring(r->now, with, 5);
	else
		put_ring(r->now, without, 4);
	put_slot(r->now, NODE(1 + pids[1] / 64), pids[1] % 64, there ? STRUCT_PID(1) : 0);
	image_u32(r->now, TASK(1) + AT_EXIT, there ? 0 : 16);
}

static void test_churn(void **state)
{
	(void)state;
	for (u32 start = 0; start < 6; start++) {
		for (u32 page = 0; page < 8; page++) {
			struct running r = { make_image(), make_image(), churn, start, 0, 4000,
					     { false } };
			struct ld_lists_state found;

			r.copy->missing[page] = true;
			churn(&r);
			if (page == 7) /* as if read before a process ended */
				image_u64(r.copy, TASK(1) + AT_TASKS, TASK(3) + AT_TASKS);
			assert_int_equal(mend(&r, &found), 0);
			assert_true(found.processes == NR_TASKS - 1 ||
				    found.processes == NR_TASKS - 2);
			image_free(r.now);
			image_free(r.copy);
		}
	}
}

/* What is torn in the running system, too, is so in the end, and after how many copies. */
static void test_hopeless(void **state)
{
	static const struct {
		u64 at, value;
		unsigned int torn;
	} rows[] = {
		{ TASK(1) + AT_TASKS, TASK(1) + AT_TASKS, LD_LISTS_TASKS },
		{ TASK(4) + AT_NODE, TASK(4) + AT_NODE, LD_LISTS_THREADS },
		{ STRUCT_PID(1) + AT_NUMBERS, 3, LD_LISTS_PIDS },
		{ INIT_NS + AT_ROOT, 0, LD_LISTS_PIDS | LD_LISTS_RUNNING },
		{ NODE(1) + AT_SLOTS + 8, NODE(0) + 2, LD_LISTS_PIDS },
		{ MODULES + 8, MODULE(1) + AT_MODULE, LD_LISTS_MODULES },
		{ QUEUE(0) + AT_CURR, NO_TASK, LD_LISTS_RUNNING },
	};

	(void)state;
	for (u32 i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (u32 most = 0; most <= 100000; most += 50000) {
			struct running r = { make_image(), make_image(), NULL, 0, 0, most,
					     { false } };
			struct ld_lists_state found;

			image_u64(r.now, rows[i].at, rows[i].value);
			image_u64(r.copy, rows[i].at, rows[i].value);
			assert_int_equal(mend(&r, &found), rows[i].torn);
			assert_true(r.copied < 50000);
			image_free(r.now);
			image_free(r.copy);
		}
	}
}

/*
 * A process has ended, and the page that it was in is the kernel's no more. The copy has it
 * in its list, without threads, after another one like it.
 */
static void test_gone(void **state)
{
	const u64 gone[] = { IMAGE_BASE + 0x8000, IMAGE_BASE + 0x9000 };
	const u64 ring[] = { INIT_TASK + AT_TASKS, TASK(0) + AT_TASKS, TASK(1) + AT_TASKS,
			     gone[0] + AT_TASKS, gone[1] + AT_TASKS, TASK(2) + AT_TASKS,
			     TASK(3) + AT_TASKS };
	struct running r = { make_image(), make_image(), NULL, 0, 0, 4000, { false } };
	struct ld_lists_state found;

	(void)state;
	put_ring(r.copy, ring, 7);
	for (u32 i = 0; i < 2; i++) {
		image_u64(r.copy, gone[i] + AT_SIGNAL, SIGNAL(8 + i));
		put_ring(r.copy, (const u64[]){ SIGNAL(8 + i) + AT_HEAD, gone[i] + AT_NODE }, 2);
		r.now->missing[8 + i] = true;
	}
	put_ring(r.copy, (const u64[]){ SIGNAL(9) + AT_HEAD }, 1);
	assert_int_equal(mend(&r, &found), 0);
	assert_int_equal(found.processes, NR_TASKS - 1);
	/* So it is with a node of the tree of PIDs. */
	put_slot(r.copy, NODE(0), 3, gone[0] + 2);
	put_slot(r.copy, gone[0], 0, STRUCT_PID(3));
	assert_int_equal(mend(&r, &found), 0);
	image_free(r.now);
	image_free(r.copy);
}

/* What the threads of a process are listed in is that of an older one, which had ended. */
static void test_old_signal(void **state)
{
	struct running r = { make_image(), make_image(), NULL, 0, 0, 4000, { false } };
	struct ld_lists_state found;

	(void)state;
	put_ring(r.copy, (const u64[]){ SIGNAL(1) + AT_HEAD }, 1);
	assert_int_equal(mend(&r, &found), 0);
	assert_int_equal(found.threads, NR_TASKS);
	image_free(r.now);
	image_free(r.copy);
}

/*
 * A processor ran a task that has ended since, and whose page is another's now, or the
 * kernel's no more. The task that it runs now was not in the copy.
 */
static void test_running_ended(void **state)
{
	const u64 gone = IMAGE_BASE + 0x8000, ending = IMAGE_BASE + 0x9000;
	struct ld_lists_state found;

	(void)state;
	for (u32 i = 0; i < 2; i++) {
		struct running r = { make_image(), make_image(), NULL, 0, 0, 4000, { false } };

		image_u64(r.copy, QUEUE(0) + AT_CURR, gone);
		r.copy->missing[8] = i;
		r.now->missing[8] = i;
		image_u64(r.now, QUEUE(0) + AT_CURR, ending);
		image_u64(r.now, ending + AT_STACK, STACK(8));
		image_u32(r.now, ending + AT_EXIT, 16);
		assert_int_equal(torn(r.copy), LD_LISTS_RUNNING);
		assert_int_equal(mend(&r, &found), 0);
		assert_true(r.taken[6] && r.taken[9] && !r.taken[8]);
		image_free(r.now);
		image_free(r.copy);
	}
}

/* A processor runs a task that began when the table of PIDs had been read. */
static void test_running_young(void **state)
{
	const u64 young = IMAGE_BASE + 0x9000, pid = IMAGE_BASE + 0xa000;
	struct running r = { make_image(), make_image(), NULL, 0, 0, 4000, { false } };
	struct ld_lists_state found;

	(void)state;
	for (u32 i = 0; i < 2; i++) {
		struct image *image = i ? r.now : r.copy;

		image_u64(image, QUEUE(0) + AT_CURR, young);
		image_u32(image, young + AT_PID, 7);
		image_u64(image, young + AT_STACK, STACK(8));
		image_u64(image, pid + AT_PID_TASKS, young + AT_LINKS);
		image_u32(image, pid + AT_NUMBERS, 7);
	}
	put_slot(r.now, NODE(1), 7, pid);
	assert_int_equal(torn(r.copy), LD_LISTS_RUNNING);
	assert_int_equal(mend(&r, &found), 0);
	assert_int_equal(found.pids, NR_TASKS + 2);
	/* So it is if the struct pid was another's then. */
	put_slot(r.copy, NODE(1), 7, pid);
	image_u64(r.copy, pid + AT_PID_TASKS, 0);
	assert_int_equal(torn(r.copy), LD_LISTS_RUNNING);
	assert_int_equal(mend(&r, &found), 0);
	image_free(r.now);
	image_free(r.copy);
}

/* The thread that copies is what runs on the first processor after it was seen idle. */
static void visit(struct running *r)
{
	image_u64(r->now, QUEUE(0) + AT_CURR, TASK(1));
}

/*
 * Where the first processor is idle, its run queue is copied again by a thread that runs
 * there, if one may. What is idle in the copy only is not visited: it may be stuck.
 */
static void test_running_first(void **state)
{
	struct ld_lists_state found;
	cpu_set_t allowed, after;
	u64 task;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	for (u32 i = 0; i < 2; i++) {
		struct running r = { make_image(), make_image(), i ? visit : NULL, 0, 0, 4000,
				     { false } };

		image_u64(r.copy, QUEUE(0) + AT_CURR, INIT_TASK);
		if (i)
			image_u64(r.now, QUEUE(0) + AT_CURR, INIT_TASK);
		assert_int_equal(mend(&r, &found), 0);
		memcpy(&task, r.copy->bytes + (QUEUE(0) + AT_CURR - IMAGE_BASE), sizeof(task));
		assert_int_equal(task, !i || CPU_ISSET(0, &allowed) ? TASK(1) : INIT_TASK);
		assert_true(i ? r.copied > 1 : r.copied == 1);
		image_free(r.now);
		image_free(r.copy);
	}
	/* This thread can run again wherever it could. */
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_true(CPU_EQUAL(&allowed, &after));
}

/* A task that is new in the copy is there with its stack. */
static void test_new_task(void **state)
{
	struct running r = { make_image(), make_image(), NULL, 0, 0, 4000, { false } };
	const u64 stack = IMAGE_BASE + 0x10000;
	struct ld_lists_state found;

	(void)state;
	image_u64(r.now, TASK(1) + AT_STACK, stack);
	image_u64(r.copy, TASK(1) + AT_TASKS, 0);
	assert_int_equal(mend(&r, &found), 0);
	assert_true(r.taken[16] && r.taken[17]);
	assert_false(r.taken[15] || r.taken[18]);
	image_free(r.now);
	image_free(r.copy);
}

static void test_name(void **state)
{
	char buf[64];

	(void)state;
	lists_name(buf, sizeof(buf), LD_LISTS_PIDS);
	assert_string_equal(buf, "PIDs");
	lists_name(buf, sizeof(buf), LD_LISTS_TASKS | LD_LISTS_MODULES);
	assert_string_equal(buf, "processes and modules");
	lists_name(buf, sizeof(buf), 31);
	assert_string_equal(buf, "processes, threads, PIDs, modules and running tasks");
}

/* Page frames of a machine whose kernel is at IMAGE_BASE, with tables for it. */
#define FRAMES		64U
#define TABLE(level)	(FRAMES - (level))
#define LARGE		0xffffffffc0000000ULL

static const struct ld_range frame_ranges[] = { { 0, FRAMES }, { 0, 0 } };

static unsigned int frames_read;

static int read_frame(void *ctx, u64 pfn, void *page)
{
	struct fake_source *f = ctx;

	assert_true(pfn < FRAMES);
	frames_read++;
	if (f->bad[pfn])
		return -EFAULT;
	memcpy(page, fake_page(f, pfn), FAKE_PAGE);
	return 0;
}

/* The same in place. */
static const void *find_frame(void *ctx, u64 pfn)
{
	struct fake_source *f = ctx;

	assert_true(pfn < FRAMES);
	frames_read++;
	return f->bad[pfn] ? NULL : fake_page(f, pfn);
}

static void put_entry(struct fake_source *f, unsigned int level, u64 addr, u64 entry)
{
	u64 *table = (u64 *)fake_page(f, TABLE(level));

	table[addr >> (12 + (level - 1) * 9) & 511] = entry;
}

static void check_frames(const struct memory_frames_ops *ops)
{
	char info[128];
	const u64 at = IMAGE_BASE + 0x5123000;
	struct memory_frames mf;
	struct fake_source f;
	struct memory m;
	u64 value;

	fake_open(&f, frame_ranges);
	f.src.system.arch = &ld_arch_x86_64;
	f.src.system.page_offset = 0xffff888000000000ULL;
	f.src.system.phys_base = 0;
	snprintf(info, sizeof(info), "SYMBOL(swapper_pg_dir)=%llx\n",
		 (unsigned long long)(ld_arch_x86_64.paging.image_base + TABLE(4) * 4096ULL));
	f.src.system.notes = info;
	f.src.system.vmcoreinfo_off = 0;
	f.src.system.vmcoreinfo_size = strlen(info);
	for (unsigned int level = 1; level <= 4; level++)
		memset(fake_page(&f, TABLE(level)), 0, FAKE_PAGE);
	put_entry(&f, 4, at, TABLE(3) * 4096 | 3);
	put_entry(&f, 3, at, TABLE(2) * 4096 | 3);
	put_entry(&f, 2, at, TABLE(1) * 4096 | 3);
	put_entry(&f, 1, at, 7 * 4096 | 1ULL << 63 | 3);
	put_entry(&f, 2, LARGE, 0x83);
	*(u64 *)fake_page(&f, 7) = 0x77;
	*(u64 *)fake_page(&f, 9) = 0x99;
	assert_int_equal(memory_frames_open(&mf, &m, &f.src, ops, &f), 0);
	frames_read = 0;
	assert_int_equal(memory_u64(&m, at, &value), 0);
	assert_int_equal(value, 0x77);
	assert_int_equal(frames_read, 5);
	/* A large page, and the direct map. */
	put_entry(&f, 3, LARGE, TABLE(2) * 4096 | 3);
	memory_forget(&m);
	assert_int_equal(memory_u64(&m, LARGE + 9 * 4096, &value), 0);
	assert_int_equal(value, 0x99);
	/* Its neighbour is in the same tables. */
	frames_read = 0;
	assert_int_equal(memory_u64(&m, LARGE + 7 * 4096, &value), 0);
	assert_int_equal(value, 0x77);
	assert_int_equal(frames_read, 1);
	assert_int_equal(memory_u64(&m, 0xffff888000000000ULL + 9 * 4096, &value), 0);
	assert_int_equal(value, 0x99);
	/* Not mapped, no RAM, a table that cannot be read, far away. */
	assert_int_equal(memory_u64(&m, at + 4096, &value), -EFAULT);
	put_entry(&f, 1, at, 1ULL << 40 | 3);
	memory_forget(&m);
	assert_int_equal(memory_u64(&m, at, &value), -EFAULT);
	f.bad[TABLE(2)] = true;
	memory_forget(&m);
	assert_int_equal(memory_u64(&m, LARGE, &value), -EFAULT);
	assert_int_equal(memory_u64(&m, 0xffff888000000000ULL + FRAMES * 4096, &value), -EFAULT);
	memory_close(&m);
	f.src.system.vmcoreinfo_size = 0;
	assert_int_equal(memory_frames_open(&mf, &m, &f.src, ops, &f), -EOPNOTSUPP);
	f.src.system.notes = NULL;
	fake_close(&f);
}

static void test_frames(void **state)
{
	const struct memory_frames_ops copied = { .read = read_frame };
	const struct memory_frames_ops found = { read_frame, find_frame };

	(void)state;
	check_frames(&copied);
	check_frames(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_mend),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_churn),
		cmocka_unit_test(test_hopeless),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_old_signal),
		cmocka_unit_test(test_running_ended),
		cmocka_unit_test(test_running_young),
		cmocka_unit_test(test_running_first),
		cmocka_unit_test(test_new_task),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
