/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sandbox_impl.h - the parts of the sandbox. They confine the calling thread,
 * which must have no_new_privs set. They return 0 or a negative errno. If there is no
 * such feature, *@missing is set to why, else to NULL.
 */
#ifndef LIVEDUMP_SANDBOX_IMPL_H
#define LIVEDUMP_SANDBOX_IMPL_H

#include "sandbox.h"

/* Allow access to files in s->dir only. */
int sandbox_landlock(const struct sandbox *s, const char **missing);

/* Allow only the system calls that @s needs. */
int sandbox_seccomp(const struct sandbox *s, const char **missing);

#endif
