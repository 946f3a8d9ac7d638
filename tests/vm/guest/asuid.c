// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * asuid UID PROGRAM [ARG...]: run a program as a user without privileges.
 */
#define _GNU_SOURCE
#include <err.h>
#include <grp.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	uid_t uid;

	if (argc < 3)
		errx(125, "usage: asuid UID PROGRAM [ARG...]");
	uid = atoi(argv[1]);
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid))
		err(125, "cannot become %u", uid);
	execvp(argv[2], argv + 2);
	err(125, "%s", argv[2]);
}
