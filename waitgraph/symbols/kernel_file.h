/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel_file.h - a file with what a dump lacks. It is opened before the dump is read:
 * in the sandbox nothing can be opened.
 */
#ifndef LIVEDUMP_WAITGRAPH_KERNEL_FILE_H
#define LIVEDUMP_WAITGRAPH_KERNEL_FILE_H

struct kernel_file {
	const char *name;		/* NULL: there is none; look for it in the dump */
	int fd;
};

#endif
