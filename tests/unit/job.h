/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * job.h - one dump of a made-up memory, and what must be found in it.
 */
#ifndef LIVEDUMP_TEST_JOB_H
#define LIVEDUMP_TEST_JOB_H

#include "fake.h"

/* Three ranges, none of which begins or ends with a chunk. */
extern const struct ld_range job_ranges[];

struct job {
	struct fake_source src;
	struct fake_sink sink;
	struct ld_control ctl;
	struct dump_request request;
	struct ld_params p;
	struct ld_selfcheck selfcheck;	/* for p */
	struct dump_result st;
};

/* Ready for ld_dump(): kdump, zstd, level 31, two workers, memory for all. */
void job_open(struct job *j, const struct ld_range *r);
void job_close(struct job *j);

/* The dump as a file, for libraries that want one. */
int dump_fd(const struct job *j);

bool in_ram(const struct job *j, u64 pfn);

/* What a reader must find in a page frame. */
enum want { DROPPED, CONTENT, ZEROS };

/* libkdumpfile finds what @want says in each page frame. */
void check_kdump(const struct job *j, enum want (*want)(const struct job *j, u64 pfn));

/*
 * The same of an ELF core, by libelf: each page frame is in it once, at its addresses, and
 * those of the kernel image once more. Returns the number of program headers.
 */
u64 check_elf(const struct job *j, enum want (*want)(const struct job *j, u64 pfn));

enum want all_content(const struct job *j, u64 pfn);
enum want by_level(const struct job *j, u64 pfn);
enum want bad_dropped(const struct job *j, u64 pfn);

/* Page flags in a pattern that makes runs of all lengths, and all classes. */
void mixed_flags(struct job *j);

/* An after_read(), whose arg is the job: cancelled half way. */
void cancel_late(struct fake_source *f, u64 pfn, unsigned int nr);

#endif
