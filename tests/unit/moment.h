/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * moment.h - pre-copied dumps of a made-up memory, and what it was in the last pause.
 */
#ifndef LIVEDUMP_TEST_MOMENT_H
#define LIVEDUMP_TEST_MOMENT_H

#include "job.h"

/* A job whose pause may take as long as it likes. The arg of its source is the job. */
void open_precopy(struct job *j, const struct ld_range *ranges);
void close_precopy(struct job *j);

/*
 * The same with devices that write page frames 300 and 301 all the time, as a processor does
 * with 302. The tracker is in doubt about them and 303.
 */
void open_devices(struct job *j, const struct ld_range *ranges);

/* The dump of it takes @rounds, shows the moment, and knows which page frames are devices'. */
void check_devices(struct job *j, u64 rounds);

/* The same on a system that is busy until it is paused for good, in a way that @run tells. */
void open_churn(struct job *j, unsigned int run);

/* The dump is to be an ELF core, in whose kernel image are page frames of all kinds. */
void as_elf(struct job *j);

/* Give the dump a byte less than copies of all take. Returns the bytes that these take. */
u64 lack_memory(struct job *j);

/* A before_stop(), which another one has to call: what memory is now. */
void moment_save(struct fake_source *f);

/* The dump is what memory was when it was saved last. */
void check_moment(struct job *j);

#endif
