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
 * Look up @fd and check that a dump may go there. Returns 0, -EBADF or -EINVAL.
 * On success a reference to the file is held until livedump_target_put().
 */
int livedump_target_get(struct livedump_target *t, int fd);
void livedump_target_put(struct livedump_target *t);

/*
 * Until livedump_target_put(), nobody can open the file for writing or truncate
 * it by name. Returns 0, -ETXTBSY if someone else has it open for writing, or
 * -EINVAL if a dump may no longer go there.
 */
int livedump_target_claim(struct livedump_target *t);

/*
 * Make the file @size bytes long. If its file system is frozen, this waits.
 * If the dump is cancelled, it waits for a short time more, and then returns
 * -EBUSY.
 */
int livedump_truncate(struct file *file, u64 size, const struct ld_control *control);

#endif
