/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verify.h - read a finished dump again and see that all of it is there and
 * as it was written: its own checksums (core/format/seal.h), its notes, every
 * page frame as libkdumpfile reads it, and the kernel's name as the page tables
 * in the dump lead to it. The file may hold anything.
 */
#ifndef LIVEDUMP_VERIFY_H
#define LIVEDUMP_VERIFY_H

#include <sys/utsname.h>

#include "core/control.h"
#include "core/format/seal.h"
#include "port/error.h"

struct verify_options {
	/*
	 * The verification ends when it is cancelled; done and total become
	 * page frames. NULL: nobody watches.
	 */
	struct ld_control *control;
	unsigned int threads;		/* at least 1; more than 4 are not used */
	const struct utsname *running;	/* must be the kernel in the dump; NULL: any may */
	bool pipe;			/* the dump may come through one; it is read to its end */
	bool no_kernel;			/* no kernel is looked for: made-up memory has none */
	const char *hint;		/* what to do about a bad dump; or NULL */
	int scratch;			/* from scratch_prepare(); 0: it opens its own */
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
 * Verify the dump in @fd, a regular file open for reading or a pipe, which stays
 * the caller's; @name stands for it in messages. Returns 0 and fills in @report,
 * or a negative errno with the first thing that is wrong in @err: -EBADMSG if
 * it is the dump. What a control's cancel ends leaves @err as it was.
 *
 * A flattened stream, and what comes through a pipe, is first put in a scratch
 * file: see verify_scratch.h. opt.scratch is closed in every case.
 */
int verify_dump(int fd, const char *name, const struct verify_options *opt,
		struct verify_report *report, struct error *err);

/* "good: kdump, 12345 pages, live, 6.1.0": what a good dump is. */
void verify_describe(char *buf, size_t size, const struct verify_report *report);

/* How long the verification took, for -v. */
void verify_say_time(const struct verify_report *report);

#endif
