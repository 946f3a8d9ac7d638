// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * lists_check.c - look at the kernel's lists in the copy of memory.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "core/buffer/pagebuf.h"
#include "core/format/vmcoreinfo.h"
#include "lists_check.h"
#include "port/threads.h"

static struct lists_check *to_check(struct ld_checker *c)
{
	return (struct lists_check *)((char *)c - offsetof(struct lists_check, checker));
}

/* No copy is moved, even if a later one takes its place. */
static const void *lists_check_find_copy(void *ctx, u64 pfn)
{
	static const u8 zeros[MEMORY_PAGE];
	const struct lists_check *c = ctx;
	const void *copy;

	if (!ld_pagebuf_find(c->copies, pfn, &copy))
		return NULL;
	return copy ? copy : zeros;
}

/* From the copies, or from the running system. */
static int lists_check_read(void *ctx, u64 pfn, void *page)
{
	struct lists_check *c = ctx;
	const void *copy;
	u64 bad = 0;
	int ret;

	if (!c->copies) {
		ret = c->src->ops->read(c->src, c->worker, pfn, 1, page, &bad);
		return ret || bad ? -EFAULT : 0;
	}
	if (c->tables_again && c->again->copy(c->again, pfn, 1))
		return -EFAULT;
	copy = lists_check_find_copy(c, pfn);
	if (!copy)
		return -EFAULT;
	memcpy(page, copy, MEMORY_PAGE);
	return 0;
}

/*
 * Page tables change seldom. They are copied again where they do not lead to the page.
 */
static int lists_check_find(struct lists_check *c, u64 addr, u64 *pfn)
{
	int ret = memory_frames_find(&c->frames, addr, pfn);

	if (ret) {
		c->tables_again = true;
		ret = memory_frames_find(&c->frames, addr, pfn);
		c->tables_again = false;
	}
	return ret;
}

/* Page frames that follow each other are copied at once. */
static int lists_check_copy_again(void *ctx, u64 addr, unsigned int nr)
{
	struct lists_check *c = ctx;
	u64 first = 0, pfn;
	unsigned int run = 0;
	int ret = 0;

	for (unsigned int i = 0; i < nr && !ret; i++) {
		ret = lists_check_find(c, addr + (u64)i * MEMORY_PAGE, &pfn);
		if (!ret && run && pfn != first + run) {
			ret = c->again->copy(c->again, first, run);
			run = 0;
		}
		if (!run)
			first = pfn;
		run++;
	}
	return ret ? ret : c->again->copy(c->again, first, run);
}

/* That of the running system takes 16 MiB, for its cache. */
static int lists_check_open_memory(struct lists_check *c, struct memory *m)
{
	static const struct memory_frames_ops running = { .read = lists_check_read };
	static const struct memory_frames_ops copied = { lists_check_read, lists_check_find_copy };

	return memory_frames_open(&c->frames, m, c->src, c->copies ? &copied : &running, c);
}

static unsigned int lists_check_what_is_torn(struct ld_checker *checker,
					     const struct ld_pagebuf *copies,
					     struct ld_again *again, unsigned int reading)
{
	struct lists_check *c = to_check(checker);
	const struct lists_again copier = { lists_check_copy_again, c };
	struct ld_lists_state state;

	c->copies = copies;
	c->again = again;
	if (!c->memory.slots && lists_check_open_memory(c, &c->memory)) {
		snprintf(c->why, sizeof(c->why), "not enough memory");
		return 0;
	}
	if (reading != c->readings) {
		memory_forget(&c->memory);
		c->readings = reading;
	}
	lists_mend(&c->lists, &c->memory, &copier, &state);
	return state.torn;
}

/* lists_check_can_look() need not wait for the types. */
static void lists_check_tell_known(void *ctx)
{
	struct lists_check *c = ctx;

	c->helper.can_look = true;
	sem_post(&c->helper.known);
}

/* What @err says, without what to do. Not everything that fails says something. */
static void lists_check_tell_why(struct lists_check *c, int ret, const struct error *err)
{
	const char *text = err->text[0] ? err->text : strerror(-ret);
	size_t len = err->hint ? err->hint - 2 : strlen(text);

	snprintf(c->why, sizeof(c->why), "%.*s", (int)len, text);
}

static void lists_check_prepare(struct lists_check *c)
{
	const struct ld_system *sys = &c->src->system;
	const struct vmcoreinfo vi = { (const char *)sys->notes + sys->vmcoreinfo_off,
				       sys->vmcoreinfo_size };
	const struct lists_known known = { lists_check_tell_known, c };
	struct error err = { 0 };
	struct memory memory;
	int ret;

	ret = lists_check_open_memory(c, &memory);
	if (!ret) {
		ret = lists_prepare(&c->lists, &memory, &vi, &known, &err);
		memory_close(&memory);
	}
	if (ret)
		lists_check_tell_why(c, ret, &err);
	sem_post(&c->helper.known);
	sem_post(&c->helper.done);
}

static void lists_check_wait(sem_t *sem)
{
	while (sem_wait(sem) && errno == EINTR)
		;
}

/* A thread that ends while memory is read would tear the list of savecore's threads. */
static void *lists_check_help(void *arg)
{
	struct lists_check *c = arg;

	lists_check_prepare(c);
	lists_check_wait(&c->helper.leave);
	return NULL;
}

static bool lists_check_can_look(struct ld_checker *checker, bool finally)
{
	struct lists_check *c = to_check(checker);

	lists_check_wait(finally ? &c->helper.done : &c->helper.known);
	return finally ? !c->why[0] : c->helper.can_look;
}

void lists_check_open(struct lists_check *c, struct ld_source *src, unsigned int worker,
		      bool beside)
{
	struct lists_helper *helper = &c->helper;

	*c = (struct lists_check){
		.checker = {
			.what_is_torn = lists_check_what_is_torn,
			.readings = LD_LISTS_READINGS,
			.can_look = lists_check_can_look,
		},
		.src = src,
		.worker = worker,
	};
	sem_init(&helper->known, 0, 0);
	sem_init(&helper->done, 0, 0);
	sem_init(&helper->leave, 0, 0);
	helper->runs = beside && !threads_start(&helper->thread, lists_check_help, c);
	if (!helper->runs)
		lists_check_prepare(c);
}

void lists_check_close(struct lists_check *c)
{
	struct lists_helper *helper = &c->helper;

	if (!c->src)
		return;
	if (helper->runs) {
		sem_post(&helper->leave);
		pthread_join(helper->thread, NULL);
	}
	sem_destroy(&helper->leave);
	sem_destroy(&helper->done);
	sem_destroy(&helper->known);
	memory_close(&c->memory);
}

void lists_tell(const struct dump_lists *lists, const char *why, struct lists_verdict *verdict)
{
	char parts[64], again[48] = "";

	*verdict = (struct lists_verdict){ .torn = lists->torn };
	if (why[0] || !lists->readings) {
		snprintf(verdict->text, sizeof(verdict->text), "not looked at: %s",
			 why[0] ? why : "not all memory was read ahead");
		return;
	}
	if (lists->copied)
		snprintf(again, sizeof(again), ", then %" PRIu64 " pages", lists->copied);
	lists_name(parts, sizeof(parts), lists->torn);
	snprintf(verdict->text, sizeof(verdict->text), "%s%s (reading %u of %u%s)", parts,
		 lists->torn ? " torn" : "whole", lists->readings, lists->readings, again);
}
