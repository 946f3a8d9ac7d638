/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * port.h - everything the core asks of its host.
 *
 * The core is compiled into savecore (port/user.h, port/port_user.c) and into the
 * kernel module (port/kernel.h). It calls no function but those declared
 * here, the four memory functions memcpy, memmove, memset and memcmp, and the
 * compression libraries through port/codecs.h. port/symbols lists them all,
 * and scripts/check-freestanding compares that list with the undefined symbols
 * of the core's objects.
 *
 * The host's header supplies, as types, macros or inline functions:
 *
 *   u8 u16 u32 u64 s32 s64 bool size_t ssize_t and the errno constants;
 *   port_atomic64_t with port_atomic64_read(), port_atomic64_set(),
 *   port_atomic64_add(), which returns the value before the addition, and
 *   port_atomic64_cas(), which sets it to @new if it is @old, and returns
 *   whether it was.
 */
#ifndef LIVEDUMP_PORT_H
#define LIVEDUMP_PORT_H

#ifdef __KERNEL__
#include "kernel.h"
#else
#include "user.h"
#endif

/*
 * Zeroed memory of @size bytes, aligned to a page when @size is a page or
 * more. The caller owns it and gives the same size back. NULL when there is
 * none.
 */
void *port_alloc(size_t size);
void port_free(void *mem, size_t size);

/*
 * A host that dumps its own memory leaves out allocations of this size and
 * more. What is written while the system is paused has to be in one of them:
 * a smaller one is in the dump, and would change while it is copied.
 */
#define PORT_OWN_MIN	512U

static inline size_t port_own_bytes(size_t size)
{
	return size < PORT_OWN_MIN ? PORT_OWN_MIN : size;
}

/*
 * Like port_alloc(), but every page is present and stays so until it is
 * freed: a read into it causes no page fault and no allocation. The content
 * is undefined. NULL when the host cannot or must not give that much.
 */
void *port_alloc_locked(size_t size);
void port_free_locked(void *mem, size_t size);

/*
 * Run fn(arg, worker) for worker = 0 .. @workers - 1 at the same time and
 * wait for all. Returns 0, or the error of the lowest-numbered worker that
 * failed. Worker 0 may run in the caller's own thread. One call at a time.
 */
int port_run(unsigned int workers, int (*fn)(void *arg, unsigned int worker), void *arg);

/* XXH64 of @len bytes at @data, which may be NULL if there are none. */
u64 port_hash64(const void *data, size_t len, u64 seed);

/* Monotonic time in nanoseconds. */
u64 port_now_ns(void);

/* Do nothing for about @ns nanoseconds. */
void port_sleep_ns(u64 ns);

/*
 * Put the calling thread before all others that have no deadline to meet, or
 * back among them. Best effort.
 */
void port_boost(bool on);

/* Called at least once per chunk of page frames: a place to schedule. */
void port_relax(void);

#endif
