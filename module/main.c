// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * main.c - loading and unloading.
 */
#include <linux/module.h>

#include "device.h"
#include "hotplug.h"

static int __init livedump_init(void)
{
	int err;

	err = livedump_hotplug_init();
	if (err)
		return err;
	err = livedump_device_init();
	if (err)
		goto err_hotplug;
	return 0;

err_hotplug:
	livedump_hotplug_exit();
	return err;
}

/* Whoever has the device open holds the module, so no dump runs here. */
static void __exit livedump_exit(void)
{
	livedump_device_exit();
	livedump_hotplug_exit();
}

module_init(livedump_init);
module_exit(livedump_exit);

MODULE_DESCRIPTION("Dumps of the running kernel");
MODULE_LICENSE("Dual BSD/GPL");
