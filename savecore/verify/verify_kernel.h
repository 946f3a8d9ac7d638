/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verify_kernel.h - whether a dump is of a kernel, and of the right one.
 */
#ifndef LIVEDUMP_VERIFY_KERNEL_H
#define LIVEDUMP_VERIFY_KERNEL_H

#include <sys/utsname.h>

#include "dumpfile/dumpfile.h"

/*
 * Follow the page tables in the dump to the kernel's name and to its banner.
 * Release, version and machine must be those in the header, in the notes, and
 * those of @running, unless that is NULL. Errors are as dumpfile/file.h says.
 */
int verify_kernel(const struct dumpfile *d, const struct utsname *running, struct error *err);

#endif
