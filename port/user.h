/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * user.h - the port of the core to user space. It includes only headers that a
 * freestanding compiler has, and the errno numbers of the kernel.
 */
#ifndef LIVEDUMP_PORT_USER_H
#define LIVEDUMP_PORT_USER_H

#include <linux/errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#ifndef __ssize_t_defined
typedef long ssize_t;
#define __ssize_t_defined
#endif

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

typedef struct {
	s64 v;
} port_atomic64_t;

static inline s64 port_atomic64_read(const port_atomic64_t *a)
{
	return __atomic_load_n(&a->v, __ATOMIC_RELAXED);
}

static inline void port_atomic64_set(port_atomic64_t *a, s64 v)
{
	__atomic_store_n(&a->v, v, __ATOMIC_RELAXED);
}

static inline s64 port_atomic64_add(port_atomic64_t *a, s64 v)
{
	return __atomic_fetch_add(&a->v, v, __ATOMIC_RELAXED);
}

static inline bool port_atomic64_cas(port_atomic64_t *a, s64 old, s64 new)
{
	return __atomic_compare_exchange_n(&a->v, &old, new, false, __ATOMIC_RELAXED,
					   __ATOMIC_RELAXED);
}

#endif
