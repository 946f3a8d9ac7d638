// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * locked.c - locked memory in user space: large, in huge pages, populated by the thread
 * that asks for it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "locked.h"

#ifndef MADV_POPULATE_WRITE	/* not in every C library */
#define MADV_POPULATE_WRITE	23
#endif

#define HUGE_PAGE	((size_t)2 << 20)

/*
 * Who populates memory holds the lock of the address space to the end, and another thread that
 * maps its own share, or locks it, waits for that. So it is done in pieces.
 */
#define POPULATE_PIECE	(2 * HUGE_PAGE)

struct locked_block {
	void *mem;
	size_t size;
};

/* What is to be given back if the process ends at once. */
static struct {
	pthread_mutex_t lock;	/* protects blocks */
	void *blocks;		/* a tree of tsearch(3), by address */
	port_atomic64_t discarded;
} locked = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int locked_compare(const void *a, const void *b)
{
	const struct locked_block *x = a, *y = b;

	return (x->mem > y->mem) - (x->mem < y->mem);
}

/* A block that is not in the tree works as well, it is only not given back early. */
static void locked_add(void *mem, size_t size)
{
	struct locked_block *block = malloc(sizeof(*block));

	if (!block)
		return;
	*block = (struct locked_block){ mem, size };
	pthread_mutex_lock(&locked.lock);
	if (!tsearch(block, &locked.blocks, locked_compare))
		free(block);
	pthread_mutex_unlock(&locked.lock);
}

static void locked_remove(void *mem)
{
	struct locked_block key = { .mem = mem }, **found, *block = NULL;

	pthread_mutex_lock(&locked.lock);
	found = tfind(&key, &locked.blocks, locked_compare);
	if (found) {
		block = *found;
		tdelete(&key, &locked.blocks, locked_compare);
	}
	pthread_mutex_unlock(&locked.lock);
	free(block);
}

/* Huge pages make it cheap to populate the memory. Without them it is only slower. */
static void *locked_map_huge(size_t size)
{
	u8 *mem, *at;

	mem = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		   -1, 0);
	if (mem == MAP_FAILED)
		return MAP_FAILED;
	at = (u8 *)(((uintptr_t)mem + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1));
	if (at > mem)
		munmap(mem, (size_t)(at - mem));
	munmap(at + size, (size_t)(mem + HUGE_PAGE - at));
	madvise(at, size, MADV_HUGEPAGE);
	return at;
}

static int locked_populate(void *mem, size_t size)
{
	for (size_t at = 0; at < size; at += POPULATE_PIECE) {
		size_t piece = size - at < POPULATE_PIECE ? size - at : POPULATE_PIECE;

		if (madvise((u8 *)mem + at, piece, MADV_POPULATE_WRITE))
			return -1;
	}
	return 0;
}

void *port_alloc_locked(size_t size)
{
	void *mem;

	if (size >= HUGE_PAGE)
		mem = locked_map_huge(size);
	else
		mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		return NULL;
	/* With memory of the kernel in it, it has no place in a core dump of this process. */
	madvise(mem, size, MADV_DONTDUMP);
	/*
	 * Lock first, then populate, because several threads can populate at
	 * the same time but not lock. Linux before 5.14 has no
	 * MADV_POPULATE_WRITE, and valgrind has no mlock2(), for which the C
	 * library says EINVAL: mlock() does both.
	 */
	if ((mlock2(mem, size, MLOCK_ONFAULT) && (errno != EINVAL || mlock(mem, size))) ||
	    (locked_populate(mem, size) && (errno != EINVAL || mlock(mem, size)))) {
		munmap(mem, size);
		return NULL;
	}
	locked_add(mem, size);
	return mem;
}

void port_free_locked(void *mem, size_t size)
{
	if (!mem)
		return;
	/* First: another thread may be given the same address at once. */
	locked_remove(mem);
	munmap(mem, size);
}

/* Not munmap(): a thread that is not stuck may still use the memory. */
static void locked_discard_block(const void *node, VISIT which, int depth)
{
	const struct locked_block *block = *(struct locked_block *const *)node;

	(void)depth;
	if (which != postorder && which != leaf)
		return;
	/* By the system call: with a sanitizer munlock() does nothing. */
	syscall(SYS_munlock, block->mem, block->size);
	madvise(block->mem, block->size, MADV_DONTNEED);
	port_atomic64_add(&locked.discarded, (s64)block->size);
}

void locked_discard(void)
{
	pthread_mutex_lock(&locked.lock);
	twalk(locked.blocks, locked_discard_block);
	pthread_mutex_unlock(&locked.lock);
}

u64 locked_discarded(void)
{
	return (u64)port_atomic64_read(&locked.discarded);
}
