// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * setquota.c - limits what the files of a user may take on a file system.
 *
 *   setquota DEVICE UID KIB	(0 KIB: no limit)
 */
#include <err.h>
#include <stdlib.h>
#include <sys/quota.h>
#include <sys/types.h>

int main(int argc, char **argv)
{
	struct dqblk limit = { .dqb_valid = QIF_BLIMITS };

	if (argc != 4)
		errx(2, "usage: setquota DEVICE UID KIB");
	limit.dqb_bhardlimit = strtoull(argv[3], NULL, 10);
	if (quotactl(QCMD(Q_SETQUOTA, USRQUOTA), argv[1], atoi(argv[2]), (void *)&limit))
		err(1, "%s", argv[1]);
	return 0;
}
