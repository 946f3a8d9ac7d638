/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * target.h - the file that a dump goes to.
 */
#ifndef LIVEDUMP_TARGET_H
#define LIVEDUMP_TARGET_H

#include <linux/fs.h>

#include "core/control.h"

struct livedump_target {
	struct file *file;	/* the caller's */
	struct file *io;	/* what the dump reads and writes; set by the claim */
	struct inode *below;	/* of @file on the file system below an overlay, or NULL */
	bool claimed;
	bool spares;		/* see target_spare_programs() */
	const char *why;	/* what is wrong with it, or NULL */
};

/*
 * Look up @fd and check that a dump may go there. Returns 0 or -EBADF, or what
 * is wrong with the file. On success a reference to it is held until
 * livedump_target_put().
 */
int livedump_target_get(struct livedump_target *t, int fd);

/* The same for an open file of the kernel's own. */
int livedump_target_use(struct livedump_target *t, struct file *file);
void livedump_target_put(struct livedump_target *t);

/*
 * Until livedump_target_put(), nobody can open the file for writing or truncate
 * it by name. Returns 0, -ETXTBSY if someone else has it open for writing, or
 * another error if a dump may no longer go there.
 */
int livedump_target_claim(struct livedump_target *t);

/*
 * Make the file @size bytes long. The claim is given up for a moment: if someone
 * else opens the file for writing in it, this returns -ETXTBSY. If the file
 * system is frozen, this waits. If the dump is cancelled, it waits for a short
 * time more, and then returns -EBUSY.
 */
int livedump_target_truncate(struct livedump_target *t, u64 size,
			     const struct ld_control *control);

/* Like livedump_target_truncate() to 0 after a dump that failed, and give up the claim. */
int livedump_target_empty(struct livedump_target *t, const struct ld_control *control);

/*
 * Begin a write to the file. Returns false if its file system is frozen. If it
 * does not, livedump_target_end_write() must follow the write.
 */
bool livedump_target_try_write(const struct livedump_target *t);
void livedump_target_end_write(const struct livedump_target *t);

/* Set ->why if @err of a write to the file needs explaining. */
void livedump_target_explain(struct livedump_target *t, int err);

/* The page cache of the file. */
struct address_space *livedump_target_mapping(const struct livedump_target *t);

#endif
