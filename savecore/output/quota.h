/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * quota.h - what disk quotas leave to a file.
 */
#ifndef LIVEDUMP_QUOTA_H
#define LIVEDUMP_QUOTA_H

#include "port/port.h"

/*
 * Bytes that the quotas of this user and group leave in the file system of @fd.
 * UINT64_MAX: there is no quota, or none that can be read. Quotas of projects are in the free
 * space that the file system reports. Linux has this call since 5.14.
 */
u64 quota_left(int fd);

/* Whether they do not hold for this process: it has CAP_SYS_RESOURCE. The sandbox takes it. */
bool quota_is_ignored(void);

#endif
