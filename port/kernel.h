/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel.h - the port of the core to the kernel. Its functions are in
 * module/crew/port_kernel.c.
 */
#ifndef LIVEDUMP_PORT_KERNEL_H
#define LIVEDUMP_PORT_KERNEL_H

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>

typedef atomic64_t port_atomic64_t;

static inline s64 port_atomic64_read(const port_atomic64_t *a)
{
	return atomic64_read(a);
}

static inline void port_atomic64_set(port_atomic64_t *a, s64 v)
{
	atomic64_set(a, v);
}

static inline s64 port_atomic64_add(port_atomic64_t *a, s64 v)
{
	return atomic64_fetch_add(v, a);
}

static inline bool port_atomic64_cas(port_atomic64_t *a, s64 old, s64 new)
{
	return atomic64_cmpxchg(a, old, new) == old;
}

#endif
