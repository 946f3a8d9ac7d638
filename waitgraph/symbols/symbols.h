/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * symbols.h - names of a kernel's and its modules' functions and data, by address
 * and by name.
 */
#ifndef LIVEDUMP_WAITGRAPH_SYMBOLS_H
#define LIVEDUMP_WAITGRAPH_SYMBOLS_H

#include "port/port.h"

#define SYMBOLS_MAX		(4U << 20)	/* symbols */
#define SYMBOLS_NAME_MAX	512U		/* bytes of a name with its NUL, as the kernel's */
#define SYMBOLS_POOL_MAX	(256U << 20)	/* bytes of all names */
#define SYMBOLS_REGIONS_MAX	65536U

struct symbol {
	u64 addr;
	u32 name;			/* offset in names; grows in the order of adding */
	u32 module;			/* 0: the kernel itself; else as in symbols_region */
};

/* Addresses that belong to the kernel or to a module. */
struct symbols_region {
	u64 start, end;			/* end is one past the last */
	u32 module;
	bool text;			/* has functions */
};

struct symbols {
	const char *const *only;	/* ends with NULL: others are not added; NULL: add all */
	struct symbol *all;		/* by address after symbols_sort() */
	u32 nr, room;
	char *names;			/* each ends with a NUL */
	u32 names_size, names_room;
	u32 *by_name;			/* hash table: number in all + 1; 0: free */
	u32 by_name_size;		/* a power of two */
	struct symbols_region *regions;	/* by start after symbols_sort() */
	u32 nr_regions;
};

/* The symbol that an address lies in. */
struct symbol_at {
	const char *name;		/* valid until a symbol is added */
	u64 offset;			/* of the address in it */
	u32 module;
};

/* A struct symbols that is zeroed, but for only, is empty. Both return 0, or -ENOMEM, -E2BIG. */
int symbols_add(struct symbols *s, u64 addr, const char *name, size_t len, u32 module);
int symbols_add_region(struct symbols *s, const struct symbols_region *region);

/* Must follow the last symbols_add() before anything is looked up. Returns 0, -ENOMEM. */
int symbols_sort(struct symbols *s);
void symbols_free(struct symbols *s);

/* Find the address of @name. Of several the first one that was added. */
bool symbols_find(const struct symbols *s, const char *name, u64 *addr);

/* Bytes of the stack of each task, by that of the first. */
#define SYMBOLS_STACK_MIN	4096U
#define SYMBOLS_STACK_MAX	(1U << 20)
u64 symbols_stack_size(const struct symbols *s);

/* Find the symbol that @addr lies in. Of several at one address the first added. */
bool symbols_at(const struct symbols *s, u64 addr, struct symbol_at *at);

/* Whether functions may be at @addr. */
bool symbols_is_text(const struct symbols *s, u64 addr);

#endif
