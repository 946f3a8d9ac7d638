/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * limits.h - end a dump that takes too long or that runs under memory pressure,
 * and lower the priority of savecore.
 */
#ifndef LIVEDUMP_LIMITS_H
#define LIVEDUMP_LIMITS_H

#include "port/port.h"
#include "base/error.h"
#include "core/result.h"

/* Pressure is averaged over this many ticks: 2 seconds. */
#define LIMITS_SAMPLES	10U

struct limits {
	unsigned int max_time;		/* seconds, 0: no limit */
	unsigned int max_pressure;	/* percent, 0: no limit */
	int pressure_fd;		/* open if there is a max_pressure, else -1 */
	port_atomic64_t start_ns;	/* 0: no dump is being taken */
	port_atomic64_t pressure;	/* percent, as of the last tick */

	/* Used by the watching thread only. */
	struct limits_sample {
		u64 ns;
		u64 stalled_us;		/* since the system started */
	} sample[LIMITS_SAMPLES];
	unsigned int samples;		/* number of samples so far */
};

#define LIMITS_INIT	{ .pressure_fd = -1 }

/*
 * With a max_pressure: open @path, which is /proc/pressure/memory. Fails if the
 * pressure exceeds the limit already. Returns 0 or a negative errno, with @err
 * set.
 */
int limits_open(struct limits *l, const char *path, struct error *err);
void limits_close(struct limits *l);

/* Limits apply from limits_begin() to limits_end(). */
void limits_begin(struct limits *l);
void limits_end(struct limits *l);

/*
 * Call this a few times a second, from one thread. Returns the limit that is
 * exceeded, LD_CAUSE_TIME or LD_CAUSE_PRESSURE, or else LD_CAUSE_NONE.
 */
enum ld_cause limits_tick(struct limits *l, u64 now_ns);

/*
 * Whether limits on processes leave one for what helps a dump: the threads of the dump
 * come first.
 */
bool limits_leave_process(void);

/* Set nice value @nice and the idle I/O class for this thread and those that it starts. */
int limits_nice(int nice, struct error *err);

#endif
