// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * oldabi error=N: a test module in the place of livedump.ko, that has another
 * version: each ioctl of /dev/livedump fails with errno N.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

static int error;
module_param(error, int, 0644);

static long oldabi_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return -error;
}

static const struct file_operations oldabi_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = oldabi_ioctl,
};

static struct miscdevice oldabi_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "livedump",
	.fops = &oldabi_fops,
	.mode = 0600,
};

module_misc_device(oldabi_device);

MODULE_DESCRIPTION("a livedump.ko of another version");
MODULE_LICENSE("Dual BSD/GPL");
