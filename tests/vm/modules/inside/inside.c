// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * inside: a test module that takes dumps from inside of the kernel, and takes part
 * in those of others.
 *
 * A path written to the parameter "dump" gets a dump, which a workqueue takes as a
 * driver would: not in the task that wrote. The result is that of the write. "dry" asks for
 * a dry run, without a file. The
 * other parameters show what the handlers were told. With "refuse" the second of
 * them, by priority, refuses with that errno.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "include/linux/livedump.h"

static int refuse;
module_param(refuse, int, 0644);

/* Of both handlers: how often they were called, and what the last end said. */
static int first_begins, first_ends, second_begins, second_ends, last_error, last_mode;
static unsigned long last_pages, last_bytes, last_pause_us;
module_param(first_begins, int, 0444);
module_param(first_ends, int, 0444);
module_param(second_begins, int, 0444);
module_param(second_ends, int, 0444);
module_param(last_error, int, 0444);
module_param(last_mode, int, 0444);
module_param(last_pages, ulong, 0444);
module_param(last_bytes, ulong, 0444);
module_param(last_pause_us, ulong, 0444);
static unsigned long begun, ended;	/* the numbers of dumps */
module_param(begun, ulong, 0444);
module_param(ended, ulong, 0444);

static int first_called(struct notifier_block *nb, unsigned long action, void *data)
{
	const struct livedump_event *event = data;

	if (action == LIVEDUMP_BEGIN) {
		first_begins++;
		begun = event->dump;
		return NOTIFY_OK;
	}
	first_ends++;
	ended = event->dump;
	last_error = event->error;
	last_mode = event->mode;
	last_pages = event->pages;
	last_bytes = event->file_bytes;
	last_pause_us = event->pause_ns / 1000;
	return NOTIFY_OK;
}

static int second_called(struct notifier_block *nb, unsigned long action, void *data)
{
	if (action == LIVEDUMP_END) {
		second_ends++;
		return NOTIFY_OK;
	}
	second_begins++;
	return notifier_from_errno(-refuse);
}

static struct notifier_block first = { .notifier_call = first_called, .priority = 2 };
static struct notifier_block second = { .notifier_call = second_called, .priority = 1 };

static const char reason[] = "Reason: of the module inside\n";

struct order {
	struct work_struct work;
	const char *path;
	struct livedump_arg arg;
	int err;
};

static void order_work(struct work_struct *work)
{
	struct order *o = container_of(work, struct order, work);
	bool dry = !strcmp(o->path, "dry");
	struct file *file = dry ? NULL : filp_open(o->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (dry)
		o->arg.flags = LIVEDUMP_DRY_RUN;
	if (IS_ERR(file)) {
		o->err = PTR_ERR(file);
		return;
	}
	o->err = livedump_start_file(file, &o->arg);
	pr_info("inside: %d: kept %llu bytes %llu text \"%s\"\n", o->err, o->arg.result.kept,
		o->arg.result.file_bytes, o->arg.result.text);
	if (file)
		filp_close(file, NULL);
}

static int dump_set(const char *path, const struct kernel_param *kp)
{
	struct order *o = kzalloc(sizeof(*o), GFP_KERNEL);
	char *name = kstrdup(path, GFP_KERNEL);
	int err = -ENOMEM;

	if (o && name) {
		o->path = strim(name);
		o->arg.size = sizeof(o->arg);
		o->arg.compression = LIVEDUMP_COMP_LZO;
		o->arg.dump_level = LIVEDUMP_LEVEL_MAX;
		o->arg.reason = (uintptr_t)reason;
		o->arg.reason_size = sizeof(reason) - 1;
		INIT_WORK(&o->work, order_work);
		queue_work(system_unbound_wq, &o->work);
		flush_work(&o->work);
		err = o->err;
	}
	kfree(name);
	kfree(o);
	return err;
}

static const struct kernel_param_ops dump_ops = { .set = dump_set };
module_param_cb(dump, &dump_ops, NULL, 0200);

static int __init inside_init(void)
{
	int err = livedump_register_notifier(&first);

	if (err)
		return err;
	err = livedump_register_notifier(&second);
	if (err)
		livedump_unregister_notifier(&first);
	return err;
}

static void __exit inside_exit(void)
{
	livedump_unregister_notifier(&second);
	livedump_unregister_notifier(&first);
}

module_init(inside_init);
module_exit(inside_exit);

MODULE_DESCRIPTION("Takes dumps from inside of the kernel");
MODULE_LICENSE("Dual BSD/GPL");
