/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * target.h - the file that a dump goes to.
 */
#ifndef LIVEDUMP_TARGET_H
#define LIVEDUMP_TARGET_H

#include <linux/fs.h>

#include "core/control.h"

struct livedump_target {
	struct file *file;
	bool claimed;
	const char *why;	/* what is wrong with it, or NULL */
};

/*
 * Look up @fd and check that a dump may go there. Returns 0, -EBADF or -EINVAL;
 * on success the file is held until livedump_target_put().
 */
int livedump_target_get(struct livedump_target *t, int fd);
void livedump_target_put(struct livedump_target *t);

/*
 * Keep everyone from opening the file for writing and from truncating it,
 * until livedump_target_put(); -ETXTBSY if someone has it open for writing.
 */
int livedump_target_claim(struct livedump_target *t);

/*
 * Make the file @size bytes long. While its file system is frozen, waits
 * only as long as the dump is not cancelled, and then a moment: -EBUSY.
 */
int livedump_truncate(struct file *file, u64 size, const struct ld_control *control);

#endif
