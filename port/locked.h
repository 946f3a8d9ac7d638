/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * locked.h - the locked memory of a process that ends while its threads cannot.
 */
#ifndef LIVEDUMP_LOCKED_H
#define LIVEDUMP_LOCKED_H

#include "port.h"

/*
 * Give all memory of port_alloc_locked() back to the system; it may still be used, and is
 * zero then. For a process that is about to end and has a thread that waits for a disk
 * that does not answer: such a thread keeps the memory of its process, and until Linux
 * 5.18 the OOM killer does not take locked memory back. May block if such a thread keeps
 * the address space locked.
 */
void locked_discard(void);

/* Bytes that locked_discard() has given back so far. */
u64 locked_discarded(void);

#endif
