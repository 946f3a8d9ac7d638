/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fake.h - a memory source whose content, page flags and faults a test sets, and
 * a sink in memory.
 */
#ifndef LIVEDUMP_TEST_FAKE_H
#define LIVEDUMP_TEST_FAKE_H

#include "core/dump/dump.h"
#include "core/format/format.h"

#define FAKE_PAGE	4096U

/*
 * What is known of writes: a test makes them with fake_write(). An entry for each
 * page frame, and for each chunk in types.
 */
struct fake_tracker {
	bool *dirty;			/* written to since the last sweep */
	bool *found;			/* by a sweep, and not taken yet */
	bool *always;			/* taken in each pause */
	bool *doubt;			/* may be a device's; if one writes it, always is set */
	bool *types;			/* page types may have changed since the last sweep() */
	u64 *touched;			/* a bit for each chunk that the pause is to look at */
	u64 scan_ns;
	u64 paused_ns;			/* that sweep_paused() takes: fake_clock goes on */
	int begin_error;		/* returned by begin() when not 0 */
	int sweep_error;		/* returned by sweep() number fail_at */
	unsigned int fail_at;
	unsigned int begun;		/* calls of begin() that succeeded, */
	unsigned int ended;		/* of end(), */
	unsigned int sweeps;		/* of sweep(), */
	unsigned int paused;		/* of sweep_paused(), by worker 0, */
	port_atomic64_t asked;		/* and of take() in pauses */
};

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
	struct fake_tracker tracker;	/* used after fake_track() */
	void (*before_sweep)(struct fake_source *f);
	int (*before_ready)(struct fake_source *f);
	void (*before_stop)(struct fake_source *f);
	void (*after_stop)(struct fake_source *f);
	void *arg;			/* the test's */
};

/*
 * After so many allocations of the core one fails, and with fake_alloc_dead
 * all after it, too. Negative: none does.
 */
extern int fake_alloc_left;
extern bool fake_alloc_dead;

/* This one is cancelled, and the allocation succeeds; NULL: it fails. */
extern struct ld_control *fake_alloc_cancels;

/* Called before each allocation of locked memory, if it is not NULL. */
extern void (*fake_alloc_locked)(void);

/* Bytes that the core has allocated, and the most since a test has set it. */
extern port_atomic64_t fake_alloc_bytes;
extern port_atomic64_t fake_alloc_peak;

/* What port_cpus() says, or 0 for the truth. */
extern unsigned int fake_cpus;

/*
 * The clock of the core, in nanoseconds; 0: it is the real one. Of itself this
 * one stands still: it is moved by who sleeps, who calls fake_slept() then, if
 * that is not NULL, and by tests.
 */
extern port_atomic64_t fake_clock;

/* Calls of pread() so far. */
extern port_atomic64_t fake_preads;

/* Threads that have called pread() since fake_pread_round was changed. */
extern port_atomic64_t fake_pread_round, fake_pread_threads;

/* If this is not 0, pread() fails with this errno. */
extern int fake_pread_errno;
extern void (*fake_slept)(void *arg);
extern void *fake_slept_arg;

/*
 * After so many names made, changed or removed in directories the process
 * ends as if the power failed, with exit status FAKE_CUT. Negative: never.
 */
#define FAKE_CUT	77
extern int fake_names_left;

/* Memory with any content; it is to be put back. Not for threads. */
u8 *fake_memory_get(u64 pages);
void fake_memory_put(u8 *mem, u64 pages);

/* Ranges end with one of length 0. */
void fake_open(struct fake_source *f, const struct ld_range *ranges);
void fake_close(struct fake_source *f);

/* The content of page frame @pfn; page_fill() gives it a pattern of its own. */
u8 *fake_page(struct fake_source *f, u64 pfn);
void fake_fill(struct fake_source *f, u64 pfn);

/* The source has a tracker from now on. */
void fake_track(struct fake_source *f);

/* Change the content of page frame @pfn: so that the tracker sees it, and so that it does not. */
void fake_write(struct fake_source *f, u64 pfn);
void fake_write_unseen(struct fake_source *f, u64 pfn);

/* Page frame @pfn has other page flags. A new owner clears it, if it is the kernel's before. */
void fake_set_flags(struct fake_source *f, u64 pfn, u16 page_flags);

struct fake_sink {
	struct ld_sink sink;
	u8 *data;
	u64 size;		/* bytes written */
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
