// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * target.c - the file that a dump goes to.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/sched.h>

#include "module/compat/compat.h"
#include "target.h"

/* How long a cancelled dump waits for a frozen file system to empty its file. */
#define THAW_WAIT	msecs_to_jiffies(50)

/*
 * The dump holds kernel memory: as a core dump, it goes to one regular file
 * under one name, and to none that a bare write could not replace.
 */
static const char *target_find_fault(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	if (file->f_flags & O_APPEND)
		return "the file is open for appending";
	if (!S_ISREG(inode->i_mode))
		return "not a regular file";
	if (inode->i_nlink > 1)
		return "the file has more than one name";
	if (!(file->f_mode & FMODE_CAN_WRITE) || !file->f_op->write_iter)
		return "the file's file system cannot be written to this way";
	return NULL;
}

int livedump_target_get(struct livedump_target *t, int fd)
{
	t->file = fget(fd);
	if (!t->file) {
		t->why = "not an open file";
		return -EBADF;
	}
	if (!(t->file->f_mode & FMODE_WRITE)) {
		t->why = "the file is not open for writing";
		goto err_put;
	}
	t->why = target_find_fault(t->file);
	if (!t->why)
		return 0;
	fput(t->file);
	t->file = NULL;
	return -EINVAL;

err_put:
	fput(t->file);
	t->file = NULL;
	return -EBADF;
}

/*
 * The caller's own file counts as 1 writer. -1 denies writing to all who ask,
 * and what it turns back into on release is again the 1 that goes away when
 * the file is closed. Others may deny writing too meanwhile, hence the sum.
 */
int livedump_target_claim(struct livedump_target *t)
{
	atomic_t *writers = &file_inode(t->file)->i_writecount;

	if (atomic_cmpxchg(writers, 1, -1) != 1) {
		t->why = "someone else has the file open for writing";
		return -ETXTBSY;
	}
	t->claimed = true;
	/* It may have got a second name while this one waited. */
	t->why = target_find_fault(t->file);
	return t->why ? -EINVAL : 0;
}

void livedump_target_put(struct livedump_target *t)
{
	if (!t->file)
		return;
	if (t->claimed)
		atomic_add(2, &file_inode(t->file)->i_writecount);
	t->claimed = false;
	fput(t->file);
	t->file = NULL;
}

/*
 * vfs_truncate() is for callers who could open the file for writing now,
 * which nobody can. This is what ftruncate(2) does with an open file.
 */
int livedump_truncate(struct file *file, u64 size, const struct ld_control *control)
{
	struct inode *inode = file_inode(file);
	struct iattr attr = {
		.ia_valid = ATTR_SIZE | ATTR_MTIME | ATTR_CTIME | ATTR_FILE,
		.ia_size = size,
		.ia_file = file,
	};
	unsigned long cancelled = 0;
	int err;

	while (!sb_start_write_trylock(inode->i_sb)) {
		if (ld_control_cancelled(control)) {
			if (!cancelled)
				cancelled = jiffies | 1;
			else if (time_after(jiffies, cancelled + THAW_WAIT))
				return -EBUSY;
		}
		schedule_timeout_uninterruptible(msecs_to_jiffies(10));
	}
	inode_lock(inode);
	err = notify_change(livedump_file_idmap(file), file->f_path.dentry, &attr, NULL);
	inode_unlock(inode);
	sb_end_write(inode->i_sb);
	return err;
}
