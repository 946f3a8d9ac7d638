// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * oldabi error=N knows=BYTES: a test module in the place of livedump.ko, that has another
 * version: each ioctl of /dev/livedump fails with errno N, but with E2BIG if more of its
 * argument than the first BYTES is not zero. 0: it knows all of it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

static int error;
module_param(error, int, 0644);
static unsigned int knows;
module_param(knows, uint, 0644);

static long oldabi_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	u32 size;
	int ret;

	if (!knows)
		return -error;
	if (get_user(size, (u32 __user *)arg))
		return -EFAULT;
	if (size <= knows)
		return -error;
	ret = check_zeroed_user((char __user *)arg + knows, size - knows);
	if (ret < 0)
		return ret;
	return ret ? -error : -E2BIG;
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
