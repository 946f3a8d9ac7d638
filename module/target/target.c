// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * target.c - the file that a dump goes to.
 *
 * Writing and truncating go by the kernel's own functions, so that security
 * modules, file notification and file attributes count as for a write by a
 * program.
 *
 * Truncating is vfs_truncate(): what ftruncate(2) calls is not exported.
 * vfs_truncate() asks whether a path may be truncated, and ftruncate(2) whether
 * it was allowed to who opened the file. So it runs with the credentials that
 * the file was opened with. It also needs write access to the inode, which the
 * claim denies. So the claim is given up meanwhile, and taken again.
 *
 * An overlay writes through its own open files, which get the flags of those
 * above. There the dump opens the file once more: the caller's flags, such as
 * O_DIRECT, do not apply to that open file, and fcntl(2) cannot change them.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/pagemap.h>
#include <linux/sched.h>

#include "module/compat/compat.h"
#include "module/limits/caller.h"
#include "target.h"

/* How long a cancelled dump waits for a frozen file system to empty its file. */
#define THAW_WAIT	msecs_to_jiffies(50)

static int target_refuse(struct livedump_target *t, const char *why, int err)
{
	t->why = why;
	return err;
}

static int target_check_inode(struct livedump_target *t, const struct inode *inode)
{
	if (IS_APPEND(inode))
		return target_refuse(t, "the file is append-only", -EPERM);
	if (IS_IMMUTABLE(inode))
		return target_refuse(t, "the file is immutable", -EPERM);
	if (IS_SWAPFILE(inode))
		return target_refuse(t, "the file is in use as swap space", -ETXTBSY);
	return 0;
}

/*
 * A dump holds kernel memory: like a core dump it goes only to a regular file
 * with at most one name. The file must be one that plain writes can replace.
 */
static int target_check(struct livedump_target *t)
{
	const struct file *file = t->file;
	const struct inode *inode = file_inode(file);
	int err;

	if (file->f_flags & O_APPEND)
		return target_refuse(t, "the file is open for appending", -EINVAL);
	if (!S_ISREG(inode->i_mode))
		return target_refuse(t, "not a regular file", -EINVAL);
	if (inode->i_nlink > 1)
		return target_refuse(t, "the file has more than one name", -EINVAL);
	if (!(file->f_mode & FMODE_CAN_WRITE) || !file->f_op->write_iter)
		return target_refuse(t, "the file system does not support writes by the kernel",
				     -EINVAL);
	err = target_check_inode(t, inode);
	if (!err && t->below)
		err = target_check_inode(t, t->below);
	return err;
}

/* An overlay has copied the file to its upper directory when it was opened for writing. */
static struct inode *target_find_below(const struct file *file)
{
	struct inode *real = d_real_inode(file_dentry(file));

	return real == file_inode(file) ? NULL : real;
}

static int target_take(struct livedump_target *t, struct file *file)
{
	int err;

	t->file = file;
	if (t->file->f_mode & FMODE_WRITE) {
		t->below = target_find_below(t->file);
		err = target_check(t);
	} else {
		err = target_refuse(t, "the file is not open for writing", -EBADF);
	}
	if (err)
		livedump_target_put(t);
	return err;
}

int livedump_target_get(struct livedump_target *t, int fd)
{
	struct file *file = fget(fd);

	return file ? target_take(t, file) : target_refuse(t, "not an open file", -EBADF);
}

int livedump_target_use(struct livedump_target *t, struct file *file)
{
	return target_take(t, get_file(file));
}

/* A second open file on an overlay, with the rights of the first. */
static int target_open_io(struct livedump_target *t)
{
	const struct cred *opener = t->file->f_cred, *old;
	int flags = t->file->f_mode & FMODE_READ ? O_RDWR : O_WRONLY;

	if (t->io)
		return 0;
	if (!t->below) {
		t->io = get_file(t->file);
		return 0;
	}
	old = livedump_rights_take(opener);
	t->io = dentry_open(&t->file->f_path, flags | O_LARGEFILE, opener);
	livedump_rights_return(old, opener);
	if (!IS_ERR(t->io))
		return 0;
	flags = PTR_ERR(t->io);
	t->io = NULL;
	return target_refuse(t, "the file on the overlay could not be opened again", flags);
}

/*
 * i_writecount is the number of open files that may write, or negative while
 * nobody can open the inode for writing. A memfd is an open file that is not
 * counted. The dump's own open files:
 */
static int target_count_own(const struct livedump_target *t)
{
	return !!(t->file->f_mode & FMODE_WRITER) + (t->io != t->file);
}

/* An overlay has an open file below for each one of its own. */
static int target_count_below(const struct livedump_target *t)
{
	return 1 + (t->io != t->file);
}

/*
 * While i_writecount is -1, nobody can open the file for writing. This adds what
 * makes it the number of own files again, and does not store it, because others
 * may have denied writing meanwhile, too.
 */
static void target_allow_writers(struct livedump_target *t)
{
	if (!t->claimed)
		return;
	if (t->below)
		atomic_add(target_count_below(t) + 1, &t->below->i_writecount);
	atomic_add(target_count_own(t) + 1, &file_inode(t->file)->i_writecount);
	t->claimed = false;
}

static int target_deny_writers(struct livedump_target *t)
{
	atomic_t *writers = &file_inode(t->file)->i_writecount;
	int own = target_count_own(t), below = target_count_below(t);

	if (atomic_cmpxchg(writers, own, -1) != own)
		goto busy;
	if (t->below && atomic_cmpxchg(&t->below->i_writecount, below, -1) != below) {
		atomic_add(own + 1, writers);
		goto busy;
	}
	t->claimed = true;
	return 0;

busy:
	return target_refuse(t, "someone else has the file open for writing", -ETXTBSY);
}

/*
 * Page cache for the dump is charged to the caller's memory group. If there is
 * no memory, the write fails, and nothing is killed for it.
 */
#define TARGET_GFP	(__GFP_RETRY_MAYFAIL | __GFP_NOWARN)

static void target_spare_programs(struct livedump_target *t)
{
	struct address_space *mapping = livedump_target_mapping(t);
	gfp_t gfp = mapping_gfp_mask(mapping);

	t->spares = !(gfp & __GFP_RETRY_MAYFAIL);
	mapping_set_gfp_mask(mapping, gfp | TARGET_GFP);
}

static void target_end_sparing(struct livedump_target *t)
{
	struct address_space *mapping;

	if (!t->spares)
		return;
	mapping = livedump_target_mapping(t);
	mapping_set_gfp_mask(mapping, mapping_gfp_mask(mapping) & ~TARGET_GFP);
	t->spares = false;
}

int livedump_target_claim(struct livedump_target *t)
{
	int err;

	err = target_open_io(t);
	if (!err)
		err = target_deny_writers(t);
	/* The file may have got a second name while this dump waited. */
	if (!err)
		err = target_check(t);
	if (!err)
		target_spare_programs(t);
	return err;
}

/*
 * The last reference closes the file, which may hang. fput() would have the
 * kernel close it in a queue that it has for all kernel threads.
 */
static void target_close(struct file *file)
{
	if (current->flags & PF_KTHREAD)
		__fput_sync(file);
	else
		fput(file);
}

void livedump_target_put(struct livedump_target *t)
{
	if (!t->file)
		return;
	target_end_sparing(t);
	target_allow_writers(t);
	if (t->io)
		target_close(t->io);
	target_close(t->file);
	t->io = NULL;
	t->file = NULL;
}

struct address_space *livedump_target_mapping(const struct livedump_target *t)
{
	return t->below ? t->below->i_mapping : t->io->f_mapping;
}

static bool target_is_frozen(const struct inode *inode)
{
	if (!sb_start_write_trylock(inode->i_sb))
		return true;
	sb_end_write(inode->i_sb);
	return false;
}

/*
 * The kernel's functions wait for a frozen file system without end and cannot be
 * interrupted. So a dump begins a write only if there is no freeze. One that
 * comes between this check and the write still makes its thread wait.
 */
bool livedump_target_try_write(const struct livedump_target *t)
{
	if (t->below && target_is_frozen(t->below))
		return false;
	return livedump_try_start_write(t->io);
}

void livedump_target_end_write(const struct livedump_target *t)
{
	livedump_end_write(t->io);
}

static int target_wait_for_thaw(const struct livedump_target *t, const struct ld_control *control)
{
	unsigned long cancelled = 0;

	while ((t->below && target_is_frozen(t->below)) || target_is_frozen(file_inode(t->file))) {
		if (ld_control_cancelled(control)) {
			if (!cancelled)
				cancelled = jiffies | 1;
			else if (time_after(jiffies, cancelled + THAW_WAIT))
				return -EBUSY;
		}
		schedule_timeout_uninterruptible(msecs_to_jiffies(10));
	}
	return 0;
}

void livedump_target_explain(struct livedump_target *t, int err)
{
	if (err == -EPERM && !target_check_inode(t, t->below ?: file_inode(t->file)))
		t->why = "writing is not permitted: is the file sealed?";
	else if (err == -EACCES)
		t->why = "a security module or file server does not permit writing to the file";
}

/* What ftruncate(2) does. Nobody has denied writing. */
static int target_truncate(struct livedump_target *t, u64 size)
{
	const struct cred *old, *cred = livedump_truncate_cred(t->file);
	int err;

	/* The caller's rights count, too, not only the opener's. */
	err = livedump_may_write(t->io);
	if (err) {
		livedump_target_explain(t, err);
		return err;
	}
	old = livedump_rights_take(cred);
	err = vfs_truncate(&t->file->f_path, size);
	livedump_rights_return(old, cred);
	/* A signal came while the holder of a lease was waited for. */
	if (err == -ERESTARTSYS)
		return -EINTR;
	if (err == -EPERM && !target_check_inode(t, t->below ?: file_inode(t->file)))
		t->why = "truncating is not permitted: is the file sealed?";
	else if (err == -EACCES)
		t->why = "who opened the file may not truncate it";
	return err;
}

int livedump_target_truncate(struct livedump_target *t, u64 size,
			     const struct ld_control *control)
{
	int err;

	err = target_wait_for_thaw(t, control);
	if (err)
		return err;
	target_allow_writers(t);
	err = target_truncate(t, size);
	if (!err)
		err = target_deny_writers(t);
	if (!err && i_size_read(file_inode(t->file)) != size)
		err = target_refuse(t, "someone else wrote to the file while it was truncated",
				    -ETXTBSY);
	return err;
}

int livedump_target_empty(struct livedump_target *t, const struct ld_control *control)
{
	int err;

	err = target_wait_for_thaw(t, control);
	if (err)
		return err;
	target_allow_writers(t);
	return target_truncate(t, 0);
}
