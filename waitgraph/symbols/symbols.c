// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * symbols.c - tables of symbols.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "symbols.h"

/* At one address, and of others among those of a region. There are few, unless made up. */
#define SYMBOLS_STEPS_MAX	256U

/* Make room for @want elements of @size bytes. */
static void *symbols_grow(void *table, u32 *room, u32 want, size_t size)
{
	u32 more = *room ? *room * 2 : 1024;
	void *grown;

	while (more < want)
		more *= 2;
	grown = realloc(table, more * size);
	if (grown)
		*room = more;
	return grown;
}

static bool symbols_wants(const struct symbols *s, const char *name, size_t len)
{
	if (!s->only)
		return true;
	for (const char *const *only = s->only; *only; only++)
		if (**only == *name && !strncmp(*only, name, len) && !(*only)[len])
			return true;
	return false;
}

int symbols_add(struct symbols *s, u64 addr, const char *name, size_t len, u32 module)
{
	void *grown;

	if (!len || len >= SYMBOLS_NAME_MAX || memchr(name, '\0', len) ||
	    !symbols_wants(s, name, len))
		return 0;
	if (s->nr >= SYMBOLS_MAX || s->names_size + len + 1 > SYMBOLS_POOL_MAX)
		return -E2BIG;
	if (s->nr == s->room) {
		grown = symbols_grow(s->all, &s->room, s->nr + 1, sizeof(*s->all));
		if (!grown)
			return -ENOMEM;
		s->all = grown;
	}
	if (s->names_size + len + 1 > s->names_room) {
		grown = symbols_grow(s->names, &s->names_room, s->names_size + (u32)len + 1, 1);
		if (!grown)
			return -ENOMEM;
		s->names = grown;
	}
	s->all[s->nr++] = (struct symbol){ addr, s->names_size, module };
	memcpy(s->names + s->names_size, name, len);
	s->names[s->names_size + len] = '\0';
	s->names_size += (u32)len + 1;
	return 0;
}

int symbols_add_region(struct symbols *s, const struct symbols_region *region)
{
	struct symbols_region *grown;

	if (region->start >= region->end)
		return 0;
	if (s->nr_regions >= SYMBOLS_REGIONS_MAX)
		return -E2BIG;
	grown = realloc(s->regions, (s->nr_regions + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	s->regions = grown;
	s->regions[s->nr_regions++] = *region;
	return 0;
}

static int symbols_compare(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

/* The kernel's own table mostly is in order, and is large. */
static bool symbols_are_sorted(const struct symbols *s)
{
	for (u32 i = 1; i < s->nr; i++)
		if (symbols_compare(&s->all[i - 1], &s->all[i]) > 0)
			return false;
	return true;
}

static int symbols_compare_regions(const void *a, const void *b)
{
	const struct symbols_region *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static u32 symbols_hash(const char *name)
{
	u32 hash = 2166136261U;		/* FNV-1a */

	while (*name)
		hash = (hash ^ (u8)*name++) * 16777619U;
	return hash ^ hash >> 15;
}

/* The place of @name in by_name, or the free place where it belongs. */
static u32 *symbols_slot(const struct symbols *s, const char *name)
{
	u32 mask = s->by_name_size - 1, at = symbols_hash(name) & mask;

	while (s->by_name[at] &&
	       strcmp(s->names + s->all[s->by_name[at] - 1].name, name) != 0)
		at = (at + 1) & mask;
	return &s->by_name[at];
}

int symbols_sort(struct symbols *s)
{
	if (!symbols_are_sorted(s))
		qsort(s->all, s->nr, sizeof(*s->all), symbols_compare);
	if (s->nr_regions)
		qsort(s->regions, s->nr_regions, sizeof(*s->regions), symbols_compare_regions);
	free(s->by_name);
	s->by_name_size = 1024;
	while (s->by_name_size < s->nr * 2)
		s->by_name_size *= 2;
	s->by_name = calloc(s->by_name_size, sizeof(*s->by_name));
	if (!s->by_name)
		return -ENOMEM;
	for (u32 i = 0; i < s->nr; i++) {
		u32 *slot = symbols_slot(s, s->names + s->all[i].name);

		if (!*slot || s->all[*slot - 1].name > s->all[i].name)
			*slot = i + 1;
	}
	return 0;
}

void symbols_free(struct symbols *s)
{
	free(s->all);
	free(s->names);
	free(s->by_name);
	free(s->regions);
	*s = (struct symbols){ 0 };
}

bool symbols_find(const struct symbols *s, const char *name, u64 *addr)
{
	u32 slot = s->by_name ? *symbols_slot(s, name) : 0;

	if (slot)
		*addr = s->all[slot - 1].addr;
	return slot;
}

/* The symbols were named anew in Linux 6.10. */
u64 symbols_stack_size(const struct symbols *s)
{
	u64 start, end;

	if ((symbols_find(s, "__start_init_stack", &start) &&
	     symbols_find(s, "__end_init_stack", &end)) ||
	    (symbols_find(s, "__start_init_task", &start) &&
	     symbols_find(s, "__end_init_task", &end)))
		if (end - start >= SYMBOLS_STACK_MIN && end - start <= SYMBOLS_STACK_MAX)
			return end - start;
	return 16384;	/* THREAD_SIZE of x86-64 without KASAN */
}

static const struct symbols_region *symbols_region_of(const struct symbols *s, u64 addr)
{
	u32 low = 0, high = s->nr_regions;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (s->regions[mid].start <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low && addr < s->regions[low - 1].end ? &s->regions[low - 1] : NULL;
}

bool symbols_is_text(const struct symbols *s, u64 addr)
{
	const struct symbols_region *region = symbols_region_of(s, addr);

	return region && region->text;
}

bool symbols_at(const struct symbols *s, u64 addr, struct symbol_at *at)
{
	const struct symbols_region *region = symbols_region_of(s, addr);
	u32 low = 0, high = s->nr;
	const struct symbol *found;

	if (!region)
		return false;
	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (s->all[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	for (u32 i = 0; low && s->all[low - 1].module != region->module; i++, low--)
		if (i == SYMBOLS_STEPS_MAX)
			return false;
	if (!low || s->all[low - 1].addr < region->start)
		return false;
	for (u32 i = 0; low > 1 && i < SYMBOLS_STEPS_MAX; i++, low--)
		if (s->all[low - 2].addr != s->all[low - 1].addr ||
		    s->all[low - 2].module != region->module)
			break;
	found = &s->all[low - 1];
	*at = (struct symbol_at){ s->names + found->name, addr - found->addr, found->module };
	return true;
}
