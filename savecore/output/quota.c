// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * quota.c - what disk quotas leave to a file.
 */
#include <linux/quota.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "quota.h"

#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd	443
#endif

#define HAS_SPACE	(QIF_BLIMITS | QIF_SPACE)

static u64 quota_left_to(int fd, unsigned int type, unsigned int id)
{
	struct if_dqblk q = { 0 };
	u64 limit;

	if (syscall(SYS_quotactl_fd, fd, QCMD(Q_GETQUOTA, type), id, &q) ||
	    (q.dqb_valid & HAS_SPACE) != HAS_SPACE || !q.dqb_bhardlimit)
		return UINT64_MAX;
	limit = q.dqb_bhardlimit << QIF_DQBLKSIZE_BITS;
	return q.dqb_curspace < limit ? limit - q.dqb_curspace : 0;
}

u64 quota_left(int fd)
{
	u64 user = quota_left_to(fd, USRQUOTA, geteuid());
	u64 group = quota_left_to(fd, GRPQUOTA, getegid());

	return user < group ? user : group;
}
