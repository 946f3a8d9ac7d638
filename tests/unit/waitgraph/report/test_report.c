// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_report.c - what is told of made-up waits: the signature, the drawing, and a
 * report that fits on a screen.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>

#include "tests/unit/waitgraph/image.h"
#include "waitgraph/report/graph.h"
#include "waitgraph/report/json.h"
#include "waitgraph/report/print.h"
#include "waitgraph/report/signature.h"

#define NR_TASKS	40U
#define TEXT		IMAGE_BASE
#define STACKS		(IMAGE_BASE + 0x4000)
#define LOCK(j)		(IMAGE_BASE + 0x3000 + 0x40 * (u64)(j))

/* Where functions are. A made-up stack has return addresses in some of them. */
enum { SCHEDULE = 0x100, SLEEP = 0x200, LOCKER = 0x300, DRIVER = 0x400, READER = 0x500 };

struct fixture {
	struct image *image;
	struct kernel k;
	struct unwind_fields unwind;
	struct task task[NR_TASKS];
	struct wait wait[NR_TASKS];
	struct tasks tasks;
	struct waits waits;
	struct graph g;
};

static const struct wait_kind mutex = { .name = "mutex", .plural = "mutexes" };
static const struct wait_kind page = { .name = "page", .plural = "pages", .event = true };
static const struct wait_kind rwsem = { .name = "rw_semaphore", .plural = "rw_semaphores" };

static void add_symbol(struct kernel *k, const char *name, u64 addr)
{
	assert_int_equal(symbols_add(&k->symbols, addr, name, strlen(name), 0), 0);
}

/* Frames of 8 bytes: the whole stack is return addresses, up to 0. */
static void put_orc(struct fixture *f)
{
	static const u16 frame[3] = { 8, 0, 5 }, end[3] = { 0, 0, 0x400 };
	u64 ips = TEXT + 0x1000, entries = TEXT + 0x1100;

	for (unsigned int i = 0; i < 8; i++) {
		image_u32(f->image, ips + i * 4,
			  (u32)(TEXT + i * 0x100 - (ips + i * 4)));
		image_put(f->image, entries + i * 6, i == 7 ? end : frame, 6);
	}
	f->k.orc = (struct orc_table){ ips, entries, 8 };
}

/* @slide: the kernel and its data are elsewhere, and so are the offsets in functions. */
static void open_fixture(struct fixture *f, u32 nr, u64 slide)
{
	const struct symbols_region text = { TEXT, TEXT + 0x800, 0, true };

	*f = (struct fixture){ .image = image_new() };
	put_orc(f);
	f->k.m = image_memory(f->image);
	f->k.orc_layout = orc_recognize(f->k.m, &f->k.orc);
	assert_non_null(f->k.orc_layout);
	add_symbol(&f->k, "schedule", TEXT + SCHEDULE - slide);
	add_symbol(&f->k, "do_nanosleep", TEXT + SLEEP - slide);
	add_symbol(&f->k, slide ? "__mutex_lock.isra.3" : "__mutex_lock.constprop.0",
		   TEXT + LOCKER - slide);
	add_symbol(&f->k, "driver_\"quoted\"\\", TEXT + DRIVER - slide);
	add_symbol(&f->k, "reader", TEXT + READER - slide);
	symbols_add_region(&f->k.symbols, &text);
	assert_int_equal(symbols_sort(&f->k.symbols), 0);
	f->unwind = (struct unwind_fields){
		.bp = { 0, 8, 1, true }, .ret_addr = { 8, 8, 1, true },
		.frame = { 0, 16, 1, true }, .stack_size = 0x1000,
	};
	for (u32 i = 0; i < nr; i++) {
		struct task *t = &f->task[i];

		*t = (struct task){ .addr = i + 1, .pid = 100 + i, .tgid = 100 + i, .state = 'D',
				    .base = STACKS + i * 0x1000ULL, .waited = 20000000000ULL };
		t->sp = t->base + 0x100;
		snprintf(t->comm, sizeof(t->comm), "task%u", (unsigned int)i);
	}
	f->tasks = (struct tasks){ .all = f->task, .nr = nr };
	f->waits = (struct waits){ .all = f->wait };
}

/* The stack of a task: functions, the innermost first; ends with 0. */
static void put_stack(struct fixture *f, u32 task, u64 off, const u64 *functions)
{
	u64 at = f->task[task].sp + 8;

	for (; *functions; functions++, at += 8)
		image_u64(f->image, at, TEXT + *functions + off);
	image_u64(f->image, at, TEXT + 0x700 + 1);
}

static void put_wait(struct fixture *f, u32 task, u32 owner, const struct wait_kind *kind,
		     u64 lock)
{
	f->wait[f->waits.nr++] = (struct wait){
		.task = task, .owner = owner, .kind = kind, .lock = lock,
		.caller = { .ip = TEXT + DRIVER + 8 },
	};
}

static void find(struct fixture *f)
{
	struct error err = { 0 };

	f->k.m = image_memory(f->image);
	f->g = (struct graph){ .limits = GRAPH_SCREEN, .k = &f->k, .tasks = &f->tasks,
			       .unwind = &f->unwind, .waits = &f->waits };
	assert_int_equal(graph_find(&f->g, &err), 0);
}

static void close_fixture(struct fixture *f)
{
	graph_free(&f->g);
	symbols_free(&f->k.symbols);
	image_free(f->image);
}

/* @pid: of the thread whose hang it is. */
static void sign_for(struct fixture *f, u32 pid, char signature[SIGNATURE_SIZE])
{
	struct error err = { 0 };

	find(f);
	assert_int_equal(signature_make(&f->g, pid, signature, &err), 0);
	close_fixture(f);
}

static void sign(struct fixture *f, char signature[SIGNATURE_SIZE])
{
	sign_for(f, 0, signature);
}

static const u64 locking[] = { SCHEDULE, LOCKER, DRIVER, 0 };
static const u64 reading[] = { SCHEDULE, LOCKER, READER, 0 };
static const u64 sleeping[] = { SCHEDULE, SLEEP, READER, 0 };

/* Two tasks in a deadlock; @first is the number of one, the other follows. */
static void make_deadlock(struct fixture *f, u32 first, u64 slide, const u64 *stack,
			  const struct wait_kind *kind)
{
	open_fixture(f, NR_TASKS / 2, slide);
	put_stack(f, first, 8, stack);
	put_stack(f, first + 1, 9, locking);
	put_wait(f, first, first + 1, kind, LOCK(first));
	put_wait(f, first + 1, first, &mutex, LOCK(1));
}

static void test_signature(void **state)
{
	char one[SIGNATURE_SIZE], other[SIGNATURE_SIZE];
	struct fixture f;

	(void)state;
	make_deadlock(&f, 0, 0, reading, &mutex);
	sign(&f, one);
	assert_int_equal(strspn(one, "0123456789abcdef-"), 18);
	/* Other tasks, other offsets, another suffix by the compiler. */
	make_deadlock(&f, 5, 0x10, reading, &mutex);
	sign(&f, other);
	assert_string_equal(one, other);
	/* Who waits behind it is not at fault. */
	make_deadlock(&f, 0, 0, reading, &mutex);
	put_stack(&f, 7, 8, sleeping);
	put_wait(&f, 7, 1, &rwsem, LOCK(0));
	sign(&f, other);
	assert_string_equal(one, other);
	/* Another stack, another lock. */
	make_deadlock(&f, 0, 0, sleeping, &mutex);
	sign(&f, other);
	assert_string_not_equal(one, other);
	make_deadlock(&f, 0, 0, reading, &rwsem);
	sign(&f, other);
	assert_string_not_equal(one, other);
}

/* A task that sleeps with a lock: its stack counts, not those of who waits for it. */
static void test_signature_blocker(void **state)
{
	char one[SIGNATURE_SIZE], other[SIGNATURE_SIZE];
	struct fixture f;

	(void)state;
	for (u32 waiters = 1; waiters < 4; waiters++) {
		open_fixture(&f, 10, 0);
		put_stack(&f, 9, 8, sleeping);
		for (u32 i = 0; i < waiters; i++) {
			put_stack(&f, i, 8, i ? locking : reading);
			put_wait(&f, i, 9, &mutex, LOCK(0));
		}
		sign(&f, waiters == 1 ? one : other);
	}
	assert_string_equal(one, other);
	/* It runs: the waiters' stacks stand for it. */
	open_fixture(&f, 10, 0);
	f.task[9].running = true;
	put_stack(&f, 0, 8, reading);
	put_wait(&f, 0, 9, &mutex, LOCK(0));
	sign(&f, other);
	assert_string_not_equal(one, other);
	/* What is known counts more than what has lasted longest. */
	for (u32 sleeps = 0; sleeps < 2; sleeps++) {
		open_fixture(&f, 10, 0);
		put_stack(&f, 0, 8, reading);
		put_wait(&f, 0, WAITS_NOBODY, &mutex, LOCK(0));
		put_stack(&f, 1, 8, sleeping);
		f.task[1].waited = 2 * f.task[0].waited;
		if (sleeps)
			put_wait(&f, 1, WAITS_NOBODY, &wait_kinds[KIND_SLEEP], 0);
		sign(&f, sleeps ? other : one);
	}
	assert_string_equal(one, other);
	/* But not if it has not lasted: it may be over in a moment. */
	for (u32 passing = 0; passing < 2; passing++) {
		open_fixture(&f, 10, 0);
		put_stack(&f, 1, 8, sleeping);
		put_wait(&f, 1, WAITS_NOBODY, &wait_kinds[KIND_SLEEP], 0);
		put_stack(&f, 0, 8, reading);
		f.task[0].waited = 1000;
		if (passing)
			put_wait(&f, 0, WAITS_NOBODY, &mutex, LOCK(0));
		sign(&f, passing ? other : one);
	}
	assert_string_equal(one, other);
	/* Nobody has waited for long. */
	open_fixture(&f, 10, 0);
	f.task[0].waited = 1000;
	put_wait(&f, 0, 9, &mutex, LOCK(0));
	sign(&f, other);
	assert_string_equal(other, "");
}

/* What is over in a moment does not count beside what has lasted. */
static void test_signature_passing(void **state)
{
	char one[SIGNATURE_SIZE], other[SIGNATURE_SIZE];
	struct fixture f;

	(void)state;
	for (u32 passing = 0; passing < 2; passing++) {
		open_fixture(&f, 10, 0);
		put_stack(&f, 0, 8, reading);
		put_wait(&f, 0, WAITS_NOBODY, &page, LOCK(0));
		put_stack(&f, 9, 8, sleeping);
		for (u32 i = 1; i < 3 && passing; i++) {
			f.task[i].waited = 1000;
			put_stack(&f, i, 8, locking);
			put_wait(&f, i, 9, &mutex, LOCK(1));
		}
		sign(&f, passing ? other : one);
	}
	assert_string_equal(one, other);
	/* Nor does who has just come to wait for the same task, for something else. */
	for (u32 passing = 0; passing < 2; passing++) {
		open_fixture(&f, 10, 0);
		put_stack(&f, 9, 8, sleeping);
		put_stack(&f, 0, 8, reading);
		put_wait(&f, 0, 9, &mutex, LOCK(0));
		f.task[1].waited = 1000;
		if (passing)
			put_wait(&f, 1, 9, &rwsem, LOCK(1));
		sign(&f, passing ? other : one);
	}
	assert_string_equal(one, other);
	/* One that has a lock was preempted, here or there. */
	for (u32 there = 0; there < 2; there++) {
		open_fixture(&f, 10, 0);
		f.task[9].state = 'R';
		put_stack(&f, 9, 8, there ? locking : sleeping);
		put_stack(&f, 0, 8, reading);
		put_wait(&f, 0, 9, &mutex, LOCK(0));
		sign(&f, there ? other : one);
	}
	assert_string_equal(one, other);
}

/* Beside an old deadlock: a chain behind it, two behind a task that sleeps, one alone. */
static void make_two_hangs(struct fixture *f, bool deadlock)
{
	open_fixture(f, NR_TASKS / 2, 0);
	if (deadlock) {
		put_stack(f, 0, 8, reading);
		put_stack(f, 1, 9, locking);
		put_wait(f, 0, 1, &mutex, LOCK(0));
		put_wait(f, 1, 0, &mutex, LOCK(1));
		put_wait(f, 3, 2, &rwsem, LOCK(3));
		put_wait(f, 2, 1, &mutex, LOCK(0));
	}
	put_stack(f, 9, 8, sleeping);
	for (u32 i = 10; i < 12; i++) {
		put_stack(f, i, 8, locking);
		put_wait(f, i, 9, &rwsem, LOCK(9));
	}
	put_stack(f, 15, 8, reading);
	put_wait(f, 15, WAITS_NOBODY, &page, LOCK(15));
}

/* A hang may be newer than a deadlock, and another fault. */
static void test_signature_of_thread(void **state)
{
	static const u32 tied[] = { 100, 101, 102, 103, 4711, 109 }, behind[] = { 110, 111 };
	char all[SIGNATURE_SIZE], rest[SIGNATURE_SIZE], other[SIGNATURE_SIZE];
	char alone[SIGNATURE_SIZE];
	struct fixture f;

	(void)state;
	make_two_hangs(&f, true);
	sign(&f, all);
	make_two_hangs(&f, false);
	sign(&f, rest);
	assert_string_not_equal(all, rest);
	/* In the deadlock, behind it, far behind it, not in the dump, and not waiting. */
	for (u32 i = 0; i < sizeof(tied) / sizeof(*tied); i++) {
		make_two_hangs(&f, true);
		sign_for(&f, tied[i], other);
		assert_string_equal(other, all);
	}
	/* It has nothing to do with the deadlock. */
	for (u32 i = 0; i < sizeof(behind) / sizeof(*behind); i++) {
		make_two_hangs(&f, true);
		sign_for(&f, behind[i], other);
		assert_string_equal(other, rest);
	}
	/* Nor with those who wait for another task, or longer. */
	open_fixture(&f, NR_TASKS / 2, 0);
	put_stack(&f, 15, 8, reading);
	put_wait(&f, 15, WAITS_NOBODY, &page, LOCK(15));
	sign_for(&f, 115, alone);
	assert_string_not_equal(alone, rest);
	for (u32 deadlock = 0; deadlock < 2; deadlock++) {
		make_two_hangs(&f, deadlock);
		put_stack(&f, 16, 8, sleeping);
		put_wait(&f, 16, WAITS_NOBODY, &page, LOCK(16));
		f.task[16].waited *= 10;
		sign_for(&f, 115, other);
		assert_string_equal(other, alone);
	}
}

/* It hangs, and has something that others want for a moment. */
static void test_signature_holder(void **state)
{
	char one[SIGNATURE_SIZE], other[SIGNATURE_SIZE];
	struct fixture f;

	(void)state;
	for (u32 behind = 0; behind < 3; behind++) {
		open_fixture(&f, 10, 0);
		put_stack(&f, 9, 8, reading);
		put_wait(&f, 9, WAITS_NOBODY, &page, LOCK(9));
		for (u32 i = 0; i < behind; i++) {
			f.task[i].waited = 1000;
			put_stack(&f, i, 8, locking);
			put_wait(&f, i, 9, i ? &mutex : &rwsem, LOCK(i));
		}
		sign_for(&f, 109, behind ? other : one);
		if (behind)
			assert_string_equal(one, other);
	}
}

/* Each task hangs in another way behind the same disk, which does not answer. */
static void test_signature_device(void **state)
{
	static const u32 pids[] = { 100, 101, 102, 103 };
	char one[SIGNATURE_SIZE] = "", other[SIGNATURE_SIZE];
	struct fixture f;

	(void)state;
	for (u32 i = 0; i < sizeof(pids) / sizeof(*pids); i++) {
		open_fixture(&f, 10, 0);
		put_stack(&f, 0, 8, sleeping);
		put_stack(&f, 1, 8, reading);
		put_stack(&f, 2, 8, locking);
		put_stack(&f, 3, 8, locking);
		put_wait(&f, 0, WAITS_NOBODY, &page, LOCK(0));
		put_wait(&f, 1, WAITS_NOBODY, &rwsem, LOCK(1));
		put_wait(&f, 2, WAITS_NOBODY, &page, LOCK(2));
		put_wait(&f, 3, 2, &mutex, LOCK(3));
		for (u32 j = 0; j < 3; j++)
			f.wait[j].device = LOCK(20);
		f.task[1].waited++;
		sign_for(&f, pids[i], other);
		if (i)
			assert_string_equal(one, other);
		memcpy(one, other, sizeof(one));
	}
	/* It waits for another disk. */
	open_fixture(&f, 10, 0);
	put_stack(&f, 0, 8, sleeping);
	put_stack(&f, 1, 8, reading);
	put_wait(&f, 0, WAITS_NOBODY, &page, LOCK(0));
	put_wait(&f, 1, WAITS_NOBODY, &rwsem, LOCK(1));
	f.wait[0].device = LOCK(20);
	f.wait[1].device = LOCK(21);
	f.task[1].waited++;
	sign_for(&f, 100, other);
	assert_string_not_equal(one, other);
}

static char *print(struct fixture *f, bool draw)
{
	struct error err = { 0 };
	char *text = NULL;
	size_t size;

	f->g.out = open_memstream(&text, &size);
	assert_int_equal(draw ? graph_draw(&f->g, &err) : graph_print(&f->g, &err), 0);
	fclose(f->g.out);
	return text;
}

static u32 count_lines(const char *text)
{
	u32 nr = 0;

	for (; *text; text++)
		nr += *text == '\n';
	return nr;
}

/* Skip an identifier or a string of the language; NULL if there is neither. */
static const char *skip_word(const char *at)
{
	if (*at == '"') {
		for (at++; *at && *at != '"' && *at != '\n'; at++)
			if (*at == '\\' && at[1])
				at++;
		return *at == '"' ? at + 1 : NULL;
	}
	return strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789-") ?
	       at + strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789-") : NULL;
}

/* One statement: word [-> word] "[" word = word, ... "];". */
static bool is_statement(const char *line)
{
	const char *at = line + (*line == '\t');

	at = skip_word(at);
	if (at && !strncmp(at, " -> ", 4))
		at = skip_word(at + 4);
	if (!at || strncmp(at, " [", 2))
		return false;
	for (at += 2;; at += 2) {
		at = skip_word(at);
		if (!at || *at != '=')
			return false;
		at = skip_word(at + 1);
		if (!at)
			return false;
		if (strncmp(at, ", ", 2))
			break;
	}
	return !strncmp(at, "];\n", 3);
}

static void expect_drawing(const char *text)
{
	assert_int_equal(strncmp(text, "digraph waits {\n", 16), 0);
	for (text = strchr(text, '\n') + 1; strcmp(text, "}\n"); text = strchr(text, '\n') + 1)
		if (!is_statement(text))
			fail_msg("not a statement: %.80s", text);
}

static u32 count_text(const char *text, const char *word)
{
	u32 nr = 0;

	for (; (text = strstr(text, word)); text++)
		nr++;
	return nr;
}

static void test_draw(void **state)
{
	struct fixture f;
	char *text;

	(void)state;
	make_deadlock(&f, 0, 0, reading, &mutex);
	put_wait(&f, 7, 1, &rwsem, LOCK(5));
	f.wait[2].possibly = true;
	put_wait(&f, 8, WAITS_NOBODY, &mutex, 0);
	put_wait(&f, 9, WAITS_NOBODY, &mutex, 0);
	snprintf(f.task[7].comm, sizeof(f.task[7].comm), "a\"b\\x0a];");
	find(&f);
	text = print(&f, true);
	expect_drawing(text);
	assert_non_null(strstr(text, "\"task 7\" [shape=box, label=\"a\\\"b\\\\x0a]; (107)\\n"));
	assert_non_null(strstr(text, "style=dashed"));
	assert_non_null(strstr(text, "color=red"));
	/* Two locks that cannot be read are two. */
	assert_non_null(strstr(text, "\"lock of 8\" ["));
	assert_non_null(strstr(text, "\"lock of 9\" ["));
	assert_non_null(strstr(text, "driver_\\\"quoted\\\"\\\\"));
	free(text);
	close_fixture(&f);
	/* One waits for who has the lock now, one for who had it, and one for both to go. */
	open_fixture(&f, 10, 0);
	put_wait(&f, 1, WAITS_NOBODY, &rwsem, LOCK(0));
	put_wait(&f, 2, 8, &rwsem, LOCK(0));
	put_wait(&f, 3, 9, &rwsem, LOCK(0));
	put_wait(&f, 4, 9, &rwsem, LOCK(0));
	find(&f);
	text = print(&f, true);
	expect_drawing(text);
	assert_int_equal(count_text(text, "shape=ellipse"), 1);
	assert_int_equal(count_text(text, "-> \"task 8\" [label=\"held by\""), 1);
	assert_int_equal(count_text(text, "-> \"task 9\" [label=\"held by\""), 1);
	assert_int_equal(count_text(text, "held by"), 2);
	free(text);
	close_fixture(&f);
}

/* All tasks but one wait for it: by default the lines fit on a screen, not with --all. */
static void test_screen(void **state)
{
	struct fixture f;
	char *text;

	(void)state;
	open_fixture(&f, NR_TASKS, 0);
	for (u32 i = 0; i + 1 < NR_TASKS; i++)
		put_wait(&f, i, NR_TASKS - 1, &mutex, LOCK(0));
	put_stack(&f, NR_TASKS - 1, 8, (const u64[]){
		SCHEDULE, SLEEP, READER, READER, READER, READER, READER, READER, READER, READER,
		READER, READER, READER, 0 });
	find(&f);
	text = print(&f, false);
	assert_true(count_lines(text) <= 20);
	assert_null(strstr(text, "task30 (130)"));
	assert_non_null(strstr(text, "        ...\n"));
	free(text);
	f.g.limits = GRAPH_ALL;
	text = print(&f, false);
	assert_true(count_lines(text) > 50);
	assert_non_null(strstr(text, "task30 (130)"));
	assert_null(strstr(text, "..."));
	free(text);
	close_fixture(&f);
}

/* Who blocks others waits himself, for what nobody is known to end: it is told once. */
static void test_blocker_waits(void **state)
{
	struct fixture f;
	char *text;

	(void)state;
	open_fixture(&f, 10, 0);
	put_stack(&f, 9, 8, sleeping);
	put_wait(&f, 3, 9, &mutex, LOCK(0));
	put_wait(&f, 9, WAITS_NOBODY, &page, LOCK(1));
	snprintf(f.wait[1].about, sizeof(f.wait[1].about), "block 7 of vda");
	find(&f);
	text = print(&f, false);
	assert_int_equal(strncmp(text, "task9 (109) has waited 20.0 s for page 0x", 41), 0);
	assert_non_null(strstr(text, "(block 7 of vda) in driver_\"quoted\"\\x5c+0x8, and who is to "
			       "end it is not known\n  task3 (103) has waited"));
	assert_null(strstr(strstr(text, "block 7") + 1, "block 7"));
	assert_null(strstr(text, "waits for no lock"));
	free(text);
	close_fixture(&f);
}

static void test_cut(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	print_cut(out, "a\nb\nc\nd", 4);
	print_cut(out, "a\nb\nc\nd\n", 2);
	fclose(out);
	assert_string_equal(text, "a\nb\nc\nda\nb\n... (2 more lines: see --all)\n");
	free(text);
}

/* What --json prints. The caller frees it. */
static json_t *print_json(struct fixture *f, const char *signature)
{
	struct error err = { 0 };
	char *text = NULL;
	json_t *object;
	size_t size;

	f->g.out = open_memstream(&text, &size);
	assert_int_equal(json_print_waits(&f->g, signature, &err), 0);
	fclose(f->g.out);
	object = json_loads(text, 0, NULL);
	assert_non_null(object);
	free(text);
	return object;
}

/* The deadlock with --all has the stacks of its tasks; JSON has who blocks others. */
static void test_json(void **state)
{
	struct fixture f;
	json_t *object, *blocker;

	(void)state;
	open_fixture(&f, 10, 0);
	put_stack(&f, 9, 8, sleeping);
	put_wait(&f, 3, 9, &mutex, LOCK(0));
	find(&f);
	f.k.modules.torn = true;
	object = print_json(&f, "1-ab");
	assert_int_equal(json_integer_value(json_object_get(object, "schema")), 1);
	assert_true(json_is_true(json_object_get(object, "hangs")));
	assert_string_equal(json_string_value(json_object_get(object, "signature")), "1-ab");
	assert_int_equal(json_array_size(json_object_get(object, "waits")), 1);
	assert_int_equal(json_array_size(json_object_get(object, "blockers")), 1);
	assert_int_equal(json_integer_value(json_object_get(object, "modules_unreadable")), 1);
	blocker = json_array_get(json_object_get(object, "blockers"), 0);
	assert_int_equal(json_integer_value(json_object_get(blocker, "behind")), 1);
	json_decref(object);
	close_fixture(&f);
}

/* A circle of waits that have just begun is told and drawn as one, but is no hang. */
static void test_brief_circle(void **state)
{
	struct error err = { 0 };
	struct fixture f;
	json_t *object, *wait;
	char *text = NULL;
	size_t size;

	(void)state;
	make_deadlock(&f, 0, 0, reading, &mutex);
	f.task[0].waited = WAITS_STILL_NS;
	f.task[1].waited = 5000000;
	find(&f);
	object = print_json(&f, "");
	assert_true(json_is_false(json_object_get(object, "hangs")));
	wait = json_array_get(json_object_get(object, "waits"), 0);
	assert_true(json_is_true(json_object_get(wait, "circle")));
	assert_true(json_is_false(json_object_get(wait, "deadlock")));
	json_decref(object);
	f.g.out = open_memstream(&text, &size);
	assert_int_equal(graph_draw(&f.g, &err), 0);
	fclose(f.g.out);
	assert_non_null(strstr(text, "color=red"));
	free(text);
	close_fixture(&f);
}

/* What hangs is not hidden behind what is over in a moment. */
static void test_order(void **state)
{
	struct fixture f;
	char *text;

	(void)state;
	open_fixture(&f, 10, 0);
	for (u32 i = 0; i < 10; i++) {
		f.task[i].waited = i < 8 ? 1000 : WAITS_HANG_NS;
		put_wait(&f, i, WAITS_NOBODY, i == 8 ? &wait_kinds[KIND_SLEEP] : &mutex,
			 i == 8 ? 0 : LOCK(i));
	}
	find(&f);
	text = print(&f, false);
	assert_ptr_equal(strstr(text, "task9 (109) has waited 10.0 s for"), text);
	assert_ptr_equal(strchr(text, '\n') + 1, strstr(text, "task8 (108) has waited 10.0 s in"));
	assert_non_null(strstr(text, "task0 (100)"));
	assert_null(strstr(text, "task7 (107)"));
	free(text);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signature),
		cmocka_unit_test(test_signature_blocker),
		cmocka_unit_test(test_signature_passing),
		cmocka_unit_test(test_signature_of_thread),
		cmocka_unit_test(test_signature_holder),
		cmocka_unit_test(test_signature_device),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_draw),
		cmocka_unit_test(test_screen),
		cmocka_unit_test(test_blocker_waits),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_brief_circle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
