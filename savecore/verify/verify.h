/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verify.h - read a finished dump again and see that all of it is there and
 * as it was written: its own checksums (core/seal.h), its notes, every page
 * frame as libkdumpfile reads it, and the kernel's name as the page tables in
 * the dump lead to it. The file may hold anything.
 */
#ifndef LIVEDUMP_VERIFY_H
#define LIVEDUMP_VERIFY_H

#include <sys/utsname.h>

#include "core/capture/dump.h"
#include "core/format/seal.h"
#include "port/error.h"

#define VERIFY_THREADS_MAX	4U

struct verify_options {
	/*
	 * Its cancel, an errno, ends the verification; done and total become
	 * page frames. NULL: nobody watches.
	 */
	struct ld_control *control;
	unsigned int threads;		/* at least 1; at most VERIFY_THREADS_MAX are used */
	const struct utsname *running;	/* must be the kernel in the dump; NULL: any may */
	bool pipe;			/* the dump may come through one; it is read to its end */
	bool no_kernel;			/* no kernel is looked for: made-up memory has none */
	const char *hint;		/* what to do about a bad dump */
	int scratch;			/* from verify_scratch(); 0: it opens its own */
};

struct verify_report {
	const char *format;		/* "kdump" or "elf" */
	bool incomplete;		/* says so itself; pages may be missing */
	struct ld_seal seal;
	u64 pages;			/* page frames that were read */
	char release[65];		/* of the kernel in the dump */
	u64 elapsed_ns;
};

/*
 * Verify the dump in @fd, a regular file open for reading or a pipe, which stays the
 * caller's; @name stands for it in messages. Returns 0 and fills in @report,
 * or a negative errno with the first thing that is wrong in @err: -EBADMSG if
 * it is the dump. What a control's cancel ends leaves @err as it was.
 *
 * A flattened stream is first put in order in an unnamed file in $TMPDIR or
 * /var/tmp: libkdumpfile 0.5.1 does not read streams. What comes through a pipe
 * is put there, too.
 */
int verify_dump(int fd, const char *name, const struct verify_options *opt,
		struct verify_report *report, struct error *err);

/*
 * The file that a stream is put in order in, for a caller that can open none
 * later. *@scratch becomes 0 if @fd is a file and no stream. Returns 0 or a negative
 * errno with @err set.
 */
int verify_scratch(int fd, const char *name, int *scratch, struct error *err);

/* "good: kdump, 12345 pages, live, 6.1.0" of a dump that was verified. */
void verify_describe(char *buf, size_t size, const struct verify_report *report);

/* How long that took, for -v. */
void verify_say_time(const struct verify_report *report);

#endif
