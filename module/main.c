// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * main.c - loading and unloading.
 */
#include <linux/module.h>

#include "device.h"
#include "module/crew/hotplug.h"
#include "module/crew/own.h"
#include "module/limits/policy.h"
#include "module/limits/pressure.h"
#include "module/track/track.h"
#include "turn.h"

static int __init livedump_init(void)
{
	int err;

	livedump_policy_init();
	err = livedump_hotplug_init();
	if (err)
		return err;
	err = livedump_turn_init();
	if (err)
		goto err_hotplug;
	err = livedump_pressure_init();
	if (err)
		goto err_turn;
	err = livedump_device_init();
	if (err)
		goto err_pressure;
	return 0;

err_pressure:
	livedump_pressure_exit();
err_turn:
	livedump_turn_exit();
err_hotplug:
	livedump_hotplug_exit();
	return err;
}

/*
 * Whoever has the device open holds the module, and so does each dump until its
 * last thread has gone. So no dump runs here.
 */
static void __exit livedump_exit(void)
{
	livedump_device_exit();
	livedump_pressure_exit();
	livedump_turn_exit();
	livedump_hotplug_exit();
	livedump_track_exit();
	livedump_own_exit();
}

module_init(livedump_init);
module_exit(livedump_exit);

MODULE_DESCRIPTION("Dumps of the running kernel");
MODULE_LICENSE("Dual BSD/GPL");
