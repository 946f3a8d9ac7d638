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
 * What is wrong with the file, or NULL. A dump holds kernel memory: like a core
 * dump it goes only to a regular file with at most one name. The file must be
 * one that plain writes can replace.
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
		return "the file system does not support writes by the kernel";
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
 * The caller's open file counts as one writer, so i_writecount is 1. While it
 * is -1, nobody can open the file for writing. livedump_target_put() adds 2 to
 * make it 1 again, and closing the file makes it 0. It adds instead of storing
 * 1, because others may have denied writing meanwhile, too.
 */
int livedump_target_claim(struct livedump_target *t)
{
	atomic_t *writers = &file_inode(t->file)->i_writecount;

	if (atomic_cmpxchg(writers, 1, -1) != 1) {
		t->why = "someone else has the file open for writing";
		return -ETXTBSY;
	}
	t->claimed = true;
	/* The file may have got a second name while this dump waited. */
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
	/*
	 * The last reference closes the file, which may hang. fput() would have
	 * the kernel close it in a queue that it has for all kernel threads.
	 */
	if (current->flags & PF_KTHREAD)
		__fput_sync(t->file);
	else
		fput(t->file);
	t->file = NULL;
}

/*
 * vfs_truncate() needs write access to the inode, which is denied to everyone
 * during a dump. This does what ftruncate(2) does with an open file.
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
