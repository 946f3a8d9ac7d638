/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fake.h - a memory source whose content, page flags and faults a test sets, and
 * a sink in memory.
 */
#ifndef LIVEDUMP_TEST_FAKE_H
#define LIVEDUMP_TEST_FAKE_H

#include "core/capture/dump.h"
#include "core/format/format.h"

#define FAKE_PAGE	4096U

struct fake_source {
	struct ld_source src;
	u64 max;			/* page flags, pages and bad have so many entries */
	u16 *page_flags;
	u8 *mem;
	bool *bad;
	struct ld_range ranges[8];
	void *notes;

	/* Called after each read, before the page frames are looked at again. */
	void (*after_read)(struct fake_source *f, u64 pfn, unsigned int nr);
	/* Called before each classification. */
	void (*before_flags)(struct fake_source *f, u64 pfn, unsigned int nr);
	u64 reads;			/* page frames read */
	int flags_error;		/* returned by page flags() when not 0 */
	u64 memmap;			/* the page frame that describes 0 to 63, if not 0 */
	bool frozen;			/* the system is stopped */
	void (*between_rounds)(struct fake_source *f);	/* and has done one round */
	unsigned int freezes;		/* how often it ran */
	void *arg;			/* the test's */
};

/*
 * After so many allocations of the core one fails, and with fake_alloc_dead
 * all after it, too. Negative: none does.
 */
extern int fake_alloc_left;
extern bool fake_alloc_dead;

/* Bytes that the core has allocated, and the most since a test has set it. */
extern port_atomic64_t fake_alloc_bytes;
extern port_atomic64_t fake_alloc_peak;

/*
 * The clock of the core, in nanoseconds; 0: it is the real one. Of itself this
 * one stands still: it is moved by who sleeps, who calls fake_slept() then, if
 * that is not NULL, and by tests.
 */
extern port_atomic64_t fake_clock;
extern void (*fake_slept)(void *arg);
extern void *fake_slept_arg;

/*
 * After so many names made, changed or removed in directories the process
 * ends as if the power failed, with exit status FAKE_CUT. Negative: never.
 */
#define FAKE_CUT	77
extern int fake_names_left;

/* Ranges end with one of length 0. */
void fake_open(struct fake_source *f, const struct ld_range *ranges);
void fake_close(struct fake_source *f);

/* The content of page frame @pfn; page_fill() gives it a pattern of its own. */
u8 *fake_page(struct fake_source *f, u64 pfn);
void fake_fill(struct fake_source *f, u64 pfn);

struct fake_sink {
	struct ld_sink sink;
	u8 *data;
	u64 size;		/* bytes written */
	u64 room;
	u64 reads;		/* calls of read(), */
	int read_error;		/* and what they return */
	u64 final;		/* as told by finish() */
	u64 stall_at;		/* the write beyond this byte, if not 0, */
	u64 stall_ns;		/* takes so long, by the fake clock */
	u64 fail_at;		/* writes beyond this byte fail, if not 0, */
	int fail_with;		/* with this negative errno */
	u64 blocks;		/* if not 0: there is room for so many blocks of FAKE_PAGE bytes */
	u64 used;		/* of them; a bit for each block of the dump: */
	u64 has[64];
};

/* @readable: has a read(). */
void fake_sink_open(struct fake_sink *s, bool readable);
void fake_sink_close(struct fake_sink *s);

#endif
