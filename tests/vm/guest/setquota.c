// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * setquota.c - limits what the files of a user may take on a file system.
 *
 *   setquota DEVICE UID KIB [SOFT_KIB TIME]	(0 KIB: no limit)
 *
 * At TIME, in seconds since 1970, the soft limit becomes another hard one.
 */
#include <err.h>
#include <stdlib.h>
#include <sys/quota.h>
#include <sys/types.h>

int main(int argc, char **argv)
{
	struct dqblk limit = { .dqb_valid = QIF_BLIMITS };

	if (argc != 4 && argc != 6)
		errx(2, "usage: setquota DEVICE UID KIB [SOFT_KIB TIME]");
	limit.dqb_bhardlimit = strtoull(argv[3], NULL, 10);
	if (argc == 6) {
		limit.dqb_bsoftlimit = strtoull(argv[4], NULL, 10);
		limit.dqb_btime = strtoull(argv[5], NULL, 10);
		limit.dqb_valid |= QIF_BTIME;
	}
	if (quotactl(QCMD(Q_SETQUOTA, USRQUOTA), argv[1], atoi(argv[2]), (void *)&limit))
		err(1, "%s", argv[1]);
	return 0;
}
