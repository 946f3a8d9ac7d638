/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * port_kernel.h - what tests change in the port to the kernel.
 */
#ifndef LIVEDUMP_MODULE_PORT_H
#define LIVEDUMP_MODULE_PORT_H

#include <linux/atomic.h>

#ifdef CONFIG_LIVEDUMP_TWICE
extern atomic_t livedump_allocs_left;
#endif

#endif
