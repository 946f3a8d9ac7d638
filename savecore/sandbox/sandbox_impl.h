/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sandbox_impl.h - the parts of the sandbox. They confine the calling thread
 * and return 0, a negative errno, or -EOPNOTSUPP if the kernel has no such
 * thing. The thread must have no_new_privs set.
 */
#ifndef LIVEDUMP_SANDBOX_IMPL_H
#define LIVEDUMP_SANDBOX_IMPL_H

#include "sandbox.h"

/* Only what is done in s->dir is let through, and nothing outside of it. */
int sandbox_landlock(const struct sandbox *s);

/* Only the system calls that @s takes are let through. */
int sandbox_seccomp(const struct sandbox *s);

#endif
