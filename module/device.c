// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * device.c - /dev/livedump.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "device.h"
#include "livedump.h"
#include "module/limits/cgroup.h"

#define LINE_SIZE	256

/* An open file of the device. */
struct watcher {
	u64 seen;	/* the progress that was read last; concurrent reads race for it */
};

static int device_open(struct inode *inode, struct file *file)
{
	struct watcher *w;
	int err;

	err = livedump_permitted();
	if (err)
		return err;
	w = kzalloc(sizeof(*w), LIVEDUMP_GFP);
	if (!w)
		return -ENOMEM;
	file->private_data = w;
	return 0;
}

static int device_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

/* The line is made anew for each read. A reader that wants a new one starts at offset 0. */
static ssize_t device_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct watcher *w = file->private_data;
	char line[LINE_SIZE];
	ssize_t len;

	WRITE_ONCE(w->seen, livedump_progress_seq());
	len = livedump_progress_text(line, sizeof(line));
	return simple_read_from_buffer(buf, count, pos, line, len);
}

static __poll_t device_poll(struct file *file, poll_table *wait)
{
	struct watcher *w = file->private_data;

	poll_wait(file, &livedump_progress_wait, wait);
	return READ_ONCE(w->seen) != livedump_progress_seq() ? EPOLLIN | EPOLLRDNORM : 0;
}

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case LIVEDUMP_IOC_DUMP:
		return livedump_start((struct livedump_arg __user *)arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.read = device_read,
	.poll = device_poll,
	.llseek = default_llseek,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "livedump",
	.fops = &device_fops,
	.mode = 0600,
};

int livedump_device_init(void)
{
	return misc_register(&device);
}

void livedump_device_exit(void)
{
	misc_deregister(&device);
}
