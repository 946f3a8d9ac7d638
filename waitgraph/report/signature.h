/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * signature.h - a name for what hangs, which two dumps of the same fault share.
 *
 * It is a hash of the kinds of lock and of the functions on the stacks of those at
 * fault, without addresses and offsets, so that it stays the same after a restart. At
 * fault are all tasks in deadlocks. Without a deadlock it is the task that most tasks have
 * waited long for, or several with as many; if it can run, its stack is that of a moment, and
 * those of the tasks that wait for it stand for it. If it is not known who has the locks, it
 * is the task that has waited longest.
 *
 * A hang may be older than the one that is asked about. Unless the task in question is in a
 * deadlock or waits behind one, only what it waits for is at fault, directly or not: the task
 * at the end of the chain, or, if that waits for a device, who has waited longest for it.
 *
 * Programs store signatures. What is hashed must not change without SIGNATURE_VERSION.
 */
#ifndef LIVEDUMP_WAITGRAPH_SIGNATURE_H
#define LIVEDUMP_WAITGRAPH_SIGNATURE_H

#include "graph.h"

#define SIGNATURE_VERSION	2
#define SIGNATURE_SIZE		24U

/*
 * Format the signature of @g, or "" if nothing hangs. @pid: of the thread whose hang it is to
 * name; if it is 0 or does not wait, the signature is of all. Returns 0, or -ENOMEM and sets
 * @err.
 */
int signature_make(const struct graph *g, u32 pid, char buf[SIGNATURE_SIZE], struct error *err);

#endif
