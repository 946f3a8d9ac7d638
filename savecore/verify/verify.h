/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verify.h - verify a finished dump: that it is complete and as it was written.
 * The checks are its own checksums (core/format/seal.h), its notes, every page
 * frame as libkdumpfile reads it, and the kernel's name, which is found by the
 * page tables in the dump. The file may hold anything.
 */
#ifndef LIVEDUMP_VERIFY_H
#define LIVEDUMP_VERIFY_H

#include <stdio.h>
#include <sys/utsname.h>

#include "core/control.h"
#include "core/request.h"
#include "core/format/seal.h"
#include "base/error.h"

struct verify_options {
	/*
	 * Cancelling it ends the verification; done and total count page
	 * frames. May be NULL.
	 */
	struct ld_control *control;
	unsigned int threads;		/* at least 1; fewer are used if memory is short */
	const struct utsname *running;	/* must be the kernel in the dump; NULL: any kernel */
	bool pipe;			/* the file may be a pipe, which is read to its end */
	bool no_kernel;			/* do not look for a kernel, which test dumps lack */
	const char *hint;		/* what to do about a bad dump; or NULL */
	u64 memory;			/* bytes that reading it may take; 0: not known */
	int scratch;			/* from scratch_prepare(); 0: verify_dump() opens one */
};

struct verify_report {
	const char *format;		/* "kdump" or "elf" */
	bool incomplete;		/* the dump says that pages may be missing */
	bool uncompared;		/* it does not tell the sum of what its pages have */
	struct ld_seal seal;
	u64 pages;			/* page frames that were read */
	char release[65];		/* of the kernel in the dump */
	char reason[LIVEDUMP_REASON_MAX + 1];	/* why the dump was taken: lines, or "" */
	u64 cached;			/* bytes that could only be read from the page cache */
	u64 elapsed_ns;
};

/*
 * Verify the dump in @fd, a regular file open for reading or a pipe, which the
 * caller closes. @name is its name in messages. Returns 0 and fills in @report,
 * or returns a negative errno and sets @err to the first error: -EBADMSG if the
 * dump is bad, another one if it could not be verified, -ENOMEM for lack of memory.
 * If opt.control is cancelled, @err stays as it was.
 *
 * What is verified is on the disk: the file is first written and dropped from the page
 * cache, if its file system can do that, and leaves nothing there.
 *
 * A flattened stream, and a dump from a pipe, is first copied to a scratch file:
 * see verify_scratch.h. opt.scratch is closed in every case.
 */
int verify_dump(int fd, const char *name, const struct verify_options *opt,
		struct verify_report *report, struct error *err);

/*
 * "point-in-time", or "point-in-time, 3 pages written by devices": how consistent a
 * dump is. @mode is of ld_mode_shown().
 */
void verify_verdict(char *buf, size_t size, enum ld_mode mode, u64 unseen);

/* The pages that devices wrote, by the seal; VERIFY_UNKNOWN: that could not be found out. */
#define VERIFY_UNKNOWN	UINT64_MAX
u64 verify_unseen(const struct ld_seal *seal);

/* Describe a good dump: "good: kdump, 12345 pages, live, 6.1.0". */
void verify_describe(char *buf, size_t size, const struct verify_report *report);

/* Print why the dump was taken, a line for each of the reason's, if it says so. */
void verify_print_reason(const struct verify_report *report, FILE *f);

/* Print how long the verification took, for -v. */
void verify_say_time(const struct verify_report *report);

#endif
