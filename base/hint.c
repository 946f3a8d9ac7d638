// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * hint.c - what the user can do about an error.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "core/pages/filter.h"
#include "hint.h"

enum hint_who {
	ANYONE,
	ROOT,			/* "run it as root" would not help */
	OTHERS,
};

#define ANY	(-1)		/* all operations */
#define REST	0		/* all other errors */

struct hint_row {
	int op;
	int errnum;
	enum hint_who who;
	const char *text;
};

/*
 * The first row that fits counts. A limit of the process or of the system has the
 * same remedy whatever met with it, so those rows come first.
 */
static const struct hint_row hint_rows[] = {
	{ ANY, EMFILE, ANYONE, "raise the limit on open files (ulimit -n)" },
	{
		ANY, ENFILE, ANYONE,
		"end other programs, or raise fs.file-max: the system has too many open files",
	},
	{
		HINT_THREAD, EAGAIN, ANYONE,
		"raise the limit on processes (ulimit -u, or pids.max of the control group) or on memory (ulimit -v, or vm.overcommit_ratio), or end other programs",
	},
	{
		HINT_MODULE, EAGAIN, ANYONE,
		"raise the limit on processes (ulimit -u, or pids.max of the control group)",
	},
	{ HINT_MODULE, ENOMEM, ANYONE, "end other programs" },
	{ HINT_MODULE, EPERM, ANYONE, "read the kernel log" },
	{
		ANY, ENOMEM, ANYONE,
		"end other programs, or raise the limit on memory (ulimit -v, or vm.overcommit_ratio)",
	},
	{ HINT_THREAD, REST, ANYONE, "end other programs and run savecore again" },

	{ HINT_BOUNDS, EACCES, ANYONE, "make the file readable" },
	{ HINT_KERNEL, EPERM, ROOT, "run savecore on the host, outside of any container" },
	{ HINT_KERNEL, EACCES, ROOT, "run savecore on the host, outside of any container" },
	{
		ANY, EPERM, ROOT,
		"use another directory: a security policy or an attribute of the file (chattr) forbids it to root, too",
	},
	{
		ANY, EACCES, ROOT,
		"use another directory: a security policy or the file server forbids it to root, too",
	},
	{ HINT_INPUT, EPERM, OTHERS, "name a file that you may read" },
	{ HINT_INPUT, EACCES, OTHERS, "name a file that you may read" },
	{
		HINT_DIRECTORY, EACCES, OTHERS,
		"run it as root, or name a directory that you may read and write",
	},
	{ ANY, EPERM, OTHERS, "run it as root, or use a directory that you may write to" },
	{ ANY, EACCES, OTHERS, "run it as root, or use a directory that you may write to" },
	{ ANY, EROFS, ANYONE, "use a directory of a file system that is not mounted read-only" },
	{ ANY, ENOSPC, ANYONE, "remove files, or use another directory" },
	{ ANY, EDQUOT, ANYONE, "remove files, have the quota raised, or use another directory" },
	{ ANY, EFBIG, ANYONE, "raise the limit (ulimit -f), or use another file system" },
	/* What a disk failed with, in the words of the kernel's table of block status. */
	{ ANY, EIO, ANYONE, "read the kernel log, and use another device" },
	{ HINT_WRITE, EBADE, ANYONE, "read the kernel log, and use another device" },
	{ HINT_WRITE, EILSEQ, ANYONE, "read the kernel log, and use another device" },
	{ HINT_WRITE, ENODATA, ANYONE, "read the kernel log, and use another device" },
	{ HINT_WRITE, ENODEV, ANYONE, "read the kernel log, and use another device" },
	{ HINT_WRITE, ENOLINK, ANYONE, "read the kernel log, and use another device" },
	{ HINT_WRITE, EREMOTEIO, ANYONE, "read the kernel log, and use another device" },
	{ HINT_WRITE, ETIMEDOUT, ANYONE, "read the kernel log, and use another device" },
	{ ANY, ESTALE, ANYONE, "name another directory: this one was removed" },
	{ ANY, ENAMETOOLONG, ANYONE, "use a shorter name" },
	{ HINT_DIRECTORY, ENOENT, ANYONE, "create it with mode 700, or name another directory" },
	{ HINT_DIRECTORY, ENOTDIR, ANYONE, "name a directory, or use -o for a file" },
	{ HINT_CREATE, ENOENT, ANYONE, "create the directory, or use another one" },
	{ HINT_INPUT, ENOENT, ANYONE, "name a file that is there" },

	{ HINT_BOUNDS, REST, ANYONE, "make the file readable" },
	{ HINT_DIRECTORY, REST, ANYONE, "name a directory that you may read and write" },
	{ HINT_CREATE, REST, ANYONE, "use another file or directory" },
	{ HINT_WRITE, REST, ANYONE, "use another directory or file" },
	{ HINT_STREAM, REST, ANYONE, "name an output that can be written to" },
	{ HINT_INPUT, REST, ANYONE, "name a file that you may read" },
	{ HINT_KERNEL, REST, ANYONE, "read the kernel log" },
	{ HINT_MODULE, REST, ANYONE, "read the kernel log" },
};

const char *hint_for(enum hint_op op, int errnum, bool root)
{
	const struct hint_row *row = hint_rows;

	/* Each operation has a row for the rest. */
	while ((row->op != ANY && row->op != (int)op) ||
	       (row->errnum != REST && row->errnum != errnum) ||
	       row->who == (root ? OTHERS : ROOT))
		row++;
	return row->text;
}

const char *hint_room(bool rotates)
{
	return rotates ? "remove old dumps first, which -m does only when the new one is stored" :
			 "remove files";
}

const char *hint_less(unsigned int level)
{
	return level < LD_LEVEL_MAX ? "leave out more with -d" : NULL;
}

const char *hint_join(char *buf, size_t size, const char *const *ways, unsigned int nr)
{
	unsigned int last = nr;
	size_t len = 0;

	buf[0] = '\0';
	while (last && !ways[last - 1])
		last--;
	for (unsigned int i = 0; i < last && len < size; i++) {
		const char *joint = !len ? "" : i + 1 == last ? ", or " : ", ";

		if (ways[i])
			len += (size_t)snprintf(buf + len, size - len, "%s%s", joint, ways[i]);
	}
	return buf;
}

const char *hint_hung(void)
{
	return "name a directory on another file system, such as one in /run (memory)";
}

const char *hint_of(enum hint_op op, int errnum)
{
	return hint_for(op, errnum, !geteuid());
}
