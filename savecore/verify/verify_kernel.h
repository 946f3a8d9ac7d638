/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verify_kernel.h - check that a dump is of a kernel, and of the right one.
 */
#ifndef LIVEDUMP_VERIFY_KERNEL_H
#define LIVEDUMP_VERIFY_KERNEL_H

#include <sys/utsname.h>

#include "dumpfile/dumpfile.h"

/*
 * Find the kernel's name and its banner by the page tables in the dump. Release,
 * version and machine must be the same in the header, in the notes and, unless
 * it is NULL, in @running. Errors are as dumpfile/file.h says.
 */
int verify_kernel(const struct dumpfile *d, const struct utsname *running, struct error *err);

#endif
