// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * memory.c - a cache of pages. Structures of one task lie in few pages, and tables
 * are searched again and again; to translate an address takes four reads.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define MEMORY_SLOT_BITS	12U	/* of MEMORY_SLOTS */

int memory_open(struct memory *m, const struct memory_ops *ops, void *ctx)
{
	*m = (struct memory){ .ops = ops, .ctx = ctx };
	m->slots = calloc(MEMORY_SLOTS, sizeof(*m->slots));
	if (!ops->find_page)
		m->pages = malloc((size_t)MEMORY_SLOTS * MEMORY_PAGE);
	if (m->slots && (m->pages || ops->find_page))
		return 0;
	memory_close(m);
	return -ENOMEM;
}

void memory_close(struct memory *m)
{
	free(m->slots);
	free(m->pages);
	m->slots = NULL;
	m->pages = NULL;
}

void memory_forget(struct memory *m)
{
	memset(m->slots, 0, MEMORY_SLOTS * sizeof(*m->slots));
	if (m->ops->forget)
		m->ops->forget(m->ctx);
}

static size_t memory_slot_of(u64 addr)
{
	return (size_t)((addr / MEMORY_PAGE) * 0x9e3779b97f4a7c15ULL >> (64 - MEMORY_SLOT_BITS));
}

void memory_forget_page(struct memory *m, u64 addr)
{
	struct memory_slot *slot = &m->slots[memory_slot_of(addr)];

	if (slot->page == addr - addr % MEMORY_PAGE + 1)
		slot->page = 0;
}

/* The page at @addr, or NULL if it cannot be read. */
static const u8 *memory_page(struct memory *m, u64 addr)
{
	size_t at = memory_slot_of(addr);
	struct memory_slot *slot = &m->slots[at];

	if (slot->page == addr + 1)
		return slot->at;
	slot->page = addr + 1;
	if (m->ops->find_page) {
		slot->at = m->ops->find_page(m->ctx, addr);
	} else {
		u8 *page = m->pages + at * MEMORY_PAGE;

		slot->at = m->ops->read_page(m->ctx, addr, page) ? NULL : page;
	}
	return slot->at;
}

/* Copy the whole page at @addr to @to. The cache is for what is read piece by piece. */
static int memory_copy_page(struct memory *m, u64 addr, void *to)
{
	const struct memory_slot *slot = &m->slots[memory_slot_of(addr)];

	if (slot->page != addr + 1)
		return m->ops->read_page(m->ctx, addr, to);
	if (!slot->at)
		return -EFAULT;
	memcpy(to, slot->at, MEMORY_PAGE);
	return 0;
}

int memory_read(struct memory *m, u64 addr, void *buf, size_t len)
{
	size_t done = 0;

	if (len && addr + (len - 1) < addr)
		return -EFAULT;
	while (done < len) {
		u64 at = addr + done;
		size_t off = (size_t)(at % MEMORY_PAGE), n = MEMORY_PAGE - off;
		const u8 *page;

		if (n > len - done)
			n = len - done;
		if (n == MEMORY_PAGE) {
			if (memory_copy_page(m, at, (u8 *)buf + done))
				return -EFAULT;
			done += n;
			continue;
		}
		page = memory_page(m, at - off);
		if (!page)
			return -EFAULT;
		memcpy((u8 *)buf + done, page + off, n);
		done += n;
	}
	return 0;
}

int memory_number(struct memory *m, u64 addr, size_t size, u64 *value)
{
	*value = 0;
	if (size != 1 && size != 2 && size != 4 && size != 8)
		return -EFAULT;
	/* Dumps are of little-endian machines, see arch/. */
	return memory_read(m, addr, value, size);
}

int memory_u64(struct memory *m, u64 addr, u64 *value)
{
	return memory_number(m, addr, sizeof(*value), value);
}

int memory_string(struct memory *m, u64 addr, char *buf, size_t size)
{
	size_t done = 0;

	while (done + 1 < size) {
		size_t n = MEMORY_PAGE - (size_t)((addr + done) % MEMORY_PAGE);

		if (n > size - 1 - done)
			n = size - 1 - done;
		if (memory_read(m, addr + done, buf + done, n))
			return -EFAULT;
		if (memchr(buf + done, '\0', n))
			return 0;
		done += n;
	}
	buf[done] = '\0';
	return 0;
}
