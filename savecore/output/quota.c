// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * quota.c - what disk quotas leave to a file.
 */
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/quota.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "quota.h"

#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd	443
#endif

#define HAS_SPACE	(QIF_BLIMITS | QIF_SPACE)

/* For XFS the limits of ID 0 are the default for others, and do not hold for it. */
static bool quota_is_default(int fd, unsigned int id)
{
	struct statfs fs;

	return !id && !fstatfs(fd, &fs) && fs.f_type == XFS_SUPER_MAGIC;
}

/* The soft limit is another hard one when its time has passed. */
static u64 quota_limit(const struct if_dqblk *q)
{
	if (q->dqb_bsoftlimit && q->dqb_valid & QIF_BTIME && q->dqb_btime &&
	    (u64)time(NULL) >= q->dqb_btime)
		return q->dqb_bsoftlimit;
	return q->dqb_bhardlimit;
}

static u64 quota_left_to(int fd, unsigned int type, unsigned int id)
{
	struct if_dqblk q = { 0 };
	u64 limit;

	if (syscall(SYS_quotactl_fd, fd, QCMD(Q_GETQUOTA, type), id, &q) ||
	    (q.dqb_valid & HAS_SPACE) != HAS_SPACE || quota_is_default(fd, id))
		return UINT64_MAX;
	limit = quota_limit(&q);
	if (!limit)
		return UINT64_MAX;
	limit <<= QIF_DQBLKSIZE_BITS;
	return q.dqb_curspace < limit ? limit - q.dqb_curspace : 0;
}

u64 quota_left(int fd)
{
	u64 user = quota_left_to(fd, USRQUOTA, geteuid());
	u64 group = quota_left_to(fd, GRPQUOTA, getegid());

	return user < group ? user : group;
}

bool quota_is_ignored(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return !syscall(SYS_capget, &header, data) &&
	       data[0].effective >> CAP_SYS_RESOURCE & 1;
}
