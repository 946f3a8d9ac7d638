/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * port.h - the functions and types that the core needs from its host.
 *
 * The core is compiled into savecore (port/user.h, port/port_user.c) and into
 * the kernel module (port/kernel.h, module/crew/port_kernel.c). It calls only the
 * functions declared here, the four memory functions memcpy, memmove, memset
 * and memcmp, and the compression libraries through port/codecs.h. port/symbols
 * lists them all, and scripts/check-freestanding compares that list with the
 * undefined symbols of the core's objects.
 *
 * The header of the host supplies, as types, macros or inline functions:
 *
 *   u8 u16 u32 u64 s32 s64 bool size_t ssize_t and the errno constants;
 *   port_atomic64_t with port_atomic64_read(), port_atomic64_set(),
 *   port_atomic64_add(), which returns the value before the addition, and
 *   port_atomic64_cas(), which sets the value to @new if it is @old, and
 *   returns whether it was.
 */
#ifndef LIVEDUMP_PORT_H
#define LIVEDUMP_PORT_H

#ifdef __KERNEL__
#include "kernel.h"
#else
#include "user.h"
#endif

/*
 * Allocate zeroed memory of @size bytes. It is aligned to a page if @size is a
 * page or more. The caller frees it with the same size. Returns NULL if there
 * is not enough memory.
 */
void *port_alloc(size_t size);
void port_free(void *mem, size_t size);

/*
 * A host that dumps its own memory leaves allocations of at least this many
 * bytes out of the dump. Memory that is written while the system is paused must
 * be in such an allocation: a smaller one is in the dump, and would change
 * while it is copied.
 */
#define PORT_OWN_MIN	512U

static inline size_t port_own_bytes(size_t size)
{
	return size < PORT_OWN_MIN ? PORT_OWN_MIN : size;
}

/*
 * Like port_alloc(), but the memory is locked: all its pages are present until
 * it is freed, so a read into it causes no page fault and no allocation. The
 * content is undefined. Returns NULL if the host cannot or must not allocate
 * that much.
 */
void *port_alloc_locked(size_t size);
void port_free_locked(void *mem, size_t size);

/*
 * Run fn(arg, worker) for worker = 0 .. @workers - 1 at the same time, and wait
 * for all. Returns 0, or the error of the lowest-numbered worker that failed.
 * Worker 0 may run in the thread of the caller. Only one call at a time.
 */
int port_run(unsigned int workers, int (*fn)(void *arg, unsigned int worker), void *arg);

/* The XXH64 hash of @len bytes at @data. @data may be NULL if @len is 0. */
u64 port_hash64(const void *data, size_t len, u64 seed);

/* Monotonic time in nanoseconds. */
u64 port_now_ns(void);

/* Sleep for about @ns nanoseconds. */
void port_sleep_ns(u64 ns);

/*
 * Set the calling thread to the lowest real-time priority, or back to ordinary
 * priority. Errors are ignored.
 */
void port_boost(bool on);

/*
 * Call fn(arg) on CPU @cpu if the calling thread may run there; returns whether it was
 * called. The CPU must be idle: on one that is stuck the thread could not come back.
 */
bool port_call_on(unsigned int cpu, void (*fn)(void *arg), void *arg);

/* The number of CPUs that ordinary programs run on: not those that are isolated. */
unsigned int port_cpus(void);

/*
 * The core calls it at least once per chunk of page frames, and per compressed
 * page. The host may schedule there.
 */
void port_relax(void);

/*
 * Wait a moment for another thread, and keep the CPU but from threads of the same
 * priority: that other one may have to run on it.
 */
void port_yield(void);

/*
 * The core calls it in place of port_relax() while the system is paused: a host that
 * pauses itself tells its watchdogs that the CPU still works.
 */
void port_touch_watchdogs(void);

#endif
