/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * limits.h - that a dump gives way to the system it is taken of, and ends
 * before it becomes a burden.
 */
#ifndef LIVEDUMP_LIMITS_H
#define LIVEDUMP_LIMITS_H

#include "port/port.h"
#include "core/result.h"
#include "port/error.h"

/* Ticks of pressure that are judged together: two seconds. */
#define LIMITS_SAMPLES	10U

struct limits {
	unsigned int max_time;		/* seconds, 0: any */
	unsigned int max_pressure;	/* percent, 0: any */
	int pressure_fd;		/* open if there is a max_pressure, else -1 */
	port_atomic64_t start_ns;	/* 0: no dump is being taken */
	port_atomic64_t pressure;	/* percent, as of the last tick */

	/* the watching thread's */
	struct limits_sample {
		u64 ns;
		u64 stalled_us;		/* since the system started */
	} sample[LIMITS_SAMPLES];
	unsigned int samples;		/* taken so far */
};

#define LIMITS_INIT	{ .pressure_fd = -1 }

/*
 * Open what tells of memory pressure, if that is limited; @path is
 * /proc/pressure/memory. It fails, too, if there is too much already. Returns
 * 0 or a negative errno, with @err set.
 */
int limits_open(struct limits *l, const char *path, struct error *err);
void limits_close(struct limits *l);

/* The dump begins, has ended. */
void limits_begin(struct limits *l);
void limits_end(struct limits *l);

/*
 * Called some times a second, by one thread, until it returns the limit that is
 * exceeded: LD_CAUSE_TIME or LD_CAUSE_PRESSURE; LD_CAUSE_NONE if none is.
 */
enum ld_cause limits_tick(struct limits *l, u64 now_ns);

/* Nice value @nice and the idle I/O class, for this thread and those to come. */
int limits_nice(int nice, struct error *err);

#endif
