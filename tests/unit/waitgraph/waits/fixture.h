/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fixture.h - a made-up kernel whose tasks wait: lists of tasks, stacks, records on them.
 * A test adds types and symbols of its own. cmocka.h must be included before it.
 */
#ifndef LIVEDUMP_TEST_WAITS_FIXTURE_H
#define LIVEDUMP_TEST_WAITS_FIXTURE_H

#include <bpf/btf.h>
#include <stdio.h>

#include "tests/unit/waitgraph/add_field.h"
#include "tests/unit/waitgraph/image.h"
#include "waitgraph/report/graph.h"
#include "waitgraph/report/json.h"

#define TEXT		IMAGE_BASE
#define SCHEDULE	(TEXT + 0x100)
#define LOCKER		(TEXT + 0x200)
#define TAKER		(TEXT + 0x300)
#define ENTRY		(TEXT + 0x400)
#define ORC_IPS		(TEXT + 0x2000)
#define ORC_ENTRIES	(TEXT + 0x3000)
#define INIT_TASK	(TEXT + 0x4000)
#define TASK(i)		(INIT_TASK + 0x200 * ((u64)(i) + 1))
#define SIGNAL(i)	(TASK(i) + 0x180)
#define LOCK(j)		(TEXT + 0x7000 + 0x40 * (u64)(j))
#define STACK(i)	(TEXT + 0x8000 + 0x4000 * (u64)(i))
#define RECORD(i)	(STACK(i) + 0x3020)
#define NR_TASKS	6U
#define USED_SIZE	(0x8000U + NR_TASKS * 0x4000)

/* Offsets in struct task_struct. */
enum {
	AT_TASKS = 0, AT_PID = 16, AT_TGID = 20, AT_COMM = 24, AT_STATE = 40, AT_EXIT = 44,
	AT_STACK = 48, AT_SP = 56, AT_STAMP = 64, AT_SIGNAL = 72, AT_NODE = 80,
	AT_FLAGS = 96, AT_CPU = 100, AT_PRIVATE = 104, AT_VFORK_DONE = 112, AT_BLOCKED_ON = 120,
	AT_RCU = 128, AT_JOURNAL = 144, AT_ON_CPU = 152,
};

/* What the tests of a kind add to the kernel. */
struct extra_symbol {
	const char *name;
	u64 addr;
};

struct extra {
	void (*types)(struct btf *b);
	const struct extra_symbol *symbols;	/* ends with one without a name */
	bool rt;			/* locks are those of CONFIG_PREEMPT_RT */
	bool old;			/* workers of io_uring are those before Linux 5.17 */
};

/* Numbers of types that make_types() adds first. */
enum { TYPE_INT = 1, TYPE_LONG, TYPE_CHAR, TYPE_COMM, TYPE_LIST };

struct fixture {
	struct image *image;
	struct kernel k;
	struct cpus cpus;
	struct tasks tasks;
	struct unwind_fields unwind;
	struct waits waits;
	struct graph g;
};

/* Locks that begin with, or have, an rt_mutex of 16 bytes. */
static inline void make_rt_types(struct btf *b)
{
	int rwbase;

	btf__add_struct(b, "mutex", 16);
	add_field(b, "rtmutex", TYPE_LIST, 0);
	rwbase = btf__add_struct(b, "rwbase_rt", 24);
	add_field(b, "readers", TYPE_INT, 0);
	add_field(b, "rtmutex", TYPE_LIST, 8);
	btf__add_struct(b, "rw_semaphore", 32);
	add_field(b, "rwbase", rwbase, 8);
}

/* @head: locks have the head of the list, as before Linux 7. */
static inline void make_types(struct types *t, bool head, const struct extra *extra)
{
	static const char *const records[] = { "mutex_waiter", "rwsem_waiter" };
	struct btf *b = btf__new_empty();
	int u4 = btf__add_int(b, "int", 4, 0), u8b = btf__add_int(b, "long", 8, 0);
	int c = btf__add_int(b, "char", 1, 0), comm = btf__add_array(b, u4, c, 16), list;

	t->btf = b;
	list = btf__add_struct(b, "list_head", 16);
	add_field(b, "next", u8b, 0);
	btf__add_struct(b, "task_struct", 0x180);
	add_field(b, "tasks", list, AT_TASKS);
	add_field(b, "pid", u4, AT_PID);
	add_field(b, "tgid", u4, AT_TGID);
	add_field(b, "comm", comm, AT_COMM);
	add_field(b, "__state", u4, AT_STATE);
	add_field(b, "exit_state", u4, AT_EXIT);
	add_field(b, "stack", u8b, AT_STACK);
	add_field(b, "thread", list + 2, AT_SP);
	add_field(b, "se", list + 3, AT_STAMP);
	add_field(b, "signal", u8b, AT_SIGNAL);
	add_field(b, "flags", u4, AT_FLAGS);
	add_field(b, extra && extra->old ? "pf_io_worker" : "worker_private", u8b, AT_PRIVATE);
	add_field(b, "set_child_tid", u8b, AT_PRIVATE);
	add_field(b, "vfork_done", u8b, AT_VFORK_DONE);
	add_field(b, "pi_blocked_on", u8b, AT_BLOCKED_ON);
	add_field(b, "rcu_node_entry", list, AT_RCU);
	add_field(b, "journal_info", u8b, AT_JOURNAL);
	add_field(b, "cpu", u4, AT_CPU);
	add_field(b, "on_cpu", u4, AT_ON_CPU);
	add_field(b, "thread_node", list, AT_NODE);
	btf__add_struct(b, "thread_struct", 8);
	add_field(b, "sp", u8b, 0);
	btf__add_struct(b, "sched_entity", 8);
	add_field(b, "exec_start", u8b, 0);
	btf__add_struct(b, "signal_struct", 16);
	add_field(b, "thread_head", list, 0);
	btf__add_struct(b, "inactive_task_frame", 16);
	add_field(b, "bp", u8b, 0);
	add_field(b, "ret_addr", u8b, 8);
	for (unsigned int i = 0; i < 2; i++) {
		btf__add_struct(b, records[i], 24);
		add_field(b, "list", list, 0);
		add_field(b, "task", u8b, 16);
	}
	if (extra && extra->rt) {
		make_rt_types(b);
		extra->types(b);
		return;
	}
	btf__add_struct(b, "mutex", 24);
	add_field(b, "owner", u8b, 0);
	add_field(b, head ? "wait_list" : "first_waiter", head ? list : u8b, 8);
	btf__add_struct(b, "rw_semaphore", 32);
	add_field(b, "count", u8b, 24);
	add_field(b, "owner", u8b, 0);
	add_field(b, head ? "wait_list" : "first_waiter", head ? list : u8b, 8);
	if (extra)
		extra->types(b);
}

/* Link the @nr elements at @at into a ring. */
static inline void put_ring(struct image *image, const u64 *at, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		image_u64(image, at[i], at[(i + 1) % nr]);
		image_u64(image, at[(i + 1) % nr] + 8, at[i]);
	}
}

static inline void put_task(struct image *image, unsigned int i)
{
	char comm[16] = "";
	u64 base = STACK(i);

	snprintf(comm, sizeof(comm), "task%u", i);
	image_u32(image, TASK(i) + AT_PID, 100 + i);
	image_u32(image, TASK(i) + AT_TGID, 100 + i);
	image_put(image, TASK(i) + AT_COMM, comm, sizeof(comm));
	image_u32(image, TASK(i) + AT_STATE, 2);
	image_u64(image, TASK(i) + AT_STACK, base);
	image_u64(image, TASK(i) + AT_SP, base + 0x3000);
	image_u64(image, TASK(i) + AT_SIGNAL, SIGNAL(i));
	put_ring(image, (const u64[]){ SIGNAL(i), TASK(i) + AT_NODE }, 2);
	image_u64(image, base + 0x3008, SCHEDULE + 0x10);
	image_u64(image, base + 0x3010, LOCKER + 0x20);
	image_u64(image, base + 0x3058, TAKER + 8);
	image_u64(image, base + 0x3060, ENTRY + 4);
}

/* The tables of Linux before 6.4: frames of 0, 64 and 0 bytes, and the outermost. */
static inline void put_orc(struct image *image)
{
	static const u64 ips[] = { TEXT, SCHEDULE, LOCKER, TAKER, ENTRY };
	static const u16 entries[5][3] = {
		{ 8, 0, 5 }, { 8, 0, 5 }, { 72, 0, 5 }, { 8, 0, 5 }, { 0, 0, 0x400 },
	};

	for (unsigned int i = 0; i < 5; i++)
		image_u32(image, ORC_IPS + i * 4, (u32)(ips[i] - (ORC_IPS + i * 4)));
	image_put(image, ORC_ENTRIES, entries, sizeof(entries));
}

static inline struct image *make_image(void)
{
	struct image *image = image_new();
	u64 ring[NR_TASKS + 1] = { INIT_TASK };

	put_orc(image);
	for (unsigned int i = 0; i < NR_TASKS; i++) {
		put_task(image, i);
		ring[i + 1] = TASK(i);
	}
	put_ring(image, ring, NR_TASKS + 1);
	return image;
}

/* @nr tasks wait for lock @j, which @owner has. */
static inline void put_lock(struct image *image, unsigned int j, u64 owner, unsigned int nr,
			    const unsigned int *waiters)
{
	u64 ring[NR_TASKS + 1] = { LOCK(j) + 8 };

	image_u64(image, LOCK(j), owner);
	for (unsigned int i = 0; i < nr; i++) {
		ring[i + 1] = RECORD(waiters[i]);
		image_u64(image, RECORD(waiters[i]) + 16, TASK(waiters[i]));
	}
	put_ring(image, ring, nr + 1);
}

static inline void add_symbol(struct kernel *k, const char *name, u64 addr)
{
	assert_int_equal(symbols_add(&k->symbols, addr, name, strlen(name), 0), 0);
}

/* Read the made-up kernel, and find the waits in it. */
static inline void open_fixture_with(struct fixture *f, struct image *image, const char *locker,
				     bool head, const struct extra *extra)
{
	const struct symbols_region text = { TEXT, TEXT + 0x1000, 0, true };
	const struct symbols_region data = { TEXT + 0x7000, TEXT + 0x7080, 0, false };
	struct error err = { 0 };

	*f = (struct fixture){ .image = image, .k.m = image_memory(image) };
	make_types(&f->k.types, head, extra);
	add_symbol(&f->k, "schedule", SCHEDULE);
	add_symbol(&f->k, locker, LOCKER);
	add_symbol(&f->k, "taker", TAKER);
	add_symbol(&f->k, "entry", ENTRY);
	add_symbol(&f->k, "init_task", INIT_TASK);
	add_symbol(&f->k, "lock_a", LOCK(0));
	add_symbol(&f->k, "lock_b", LOCK(1));
	for (const struct extra_symbol *s = extra ? extra->symbols : NULL; s && s->name; s++)
		add_symbol(&f->k, s->name, s->addr);
	symbols_add_region(&f->k.symbols, &text);
	symbols_add_region(&f->k.symbols, &data);
	assert_int_equal(symbols_sort(&f->k.symbols), 0);
	f->k.orc = (struct orc_table){ ORC_IPS, ORC_ENTRIES, 5 };
	f->k.orc_layout = orc_recognize(f->k.m, &f->k.orc);
	assert_int_equal(unwind_prepare(&f->unwind, &f->k, &err), 0);
	assert_int_equal(tasks_read(&f->tasks, &f->k, &f->cpus, &err), 0);
	assert_int_equal(waits_find(&f->waits, &f->k, &f->tasks, &f->unwind, &err), 0);
	f->g = (struct graph){ .limits = GRAPH_SCREEN, .k = &f->k, .tasks = &f->tasks,
			       .unwind = &f->unwind, .waits = &f->waits };
	assert_int_equal(graph_find(&f->g, &err), 0);
}

static inline void open_fixture_of(struct fixture *f, struct image *image, const char *locker,
				   bool head)
{
	open_fixture_with(f, image, locker, head, NULL);
}

static inline void open_fixture(struct fixture *f, struct image *image, const char *locker)
{
	open_fixture_of(f, image, locker, true);
}

/* The same after all tasks have waited for so many ns. */
static inline void wait_for_ns(struct fixture *f, u64 ns)
{
	struct error err = { 0 };

	for (u32 i = 0; i < f->tasks.nr; i++)
		f->tasks.all[i].waited = ns;
	graph_free(&f->g);
	waits_free(&f->waits);
	assert_int_equal(waits_find(&f->waits, &f->k, &f->tasks, &f->unwind, &err), 0);
	assert_int_equal(graph_find(&f->g, &err), 0);
}

static inline void close_fixture(struct fixture *f)
{
	graph_free(&f->g);
	waits_free(&f->waits);
	tasks_free(&f->tasks);
	symbols_free(&f->k.symbols);
	types_free(&f->k.types);
	image_free(f->image);
}

#endif
