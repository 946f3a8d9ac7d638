/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * threads.h - the default number of threads.
 */
#ifndef LIVEDUMP_THREADS_H
#define LIVEDUMP_THREADS_H

/* One thread for each CPU that this process may run on, at most 16. */
unsigned int threads_default(void);

#endif
