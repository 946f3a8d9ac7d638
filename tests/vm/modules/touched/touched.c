// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * touched from=ADDRESS bytes=N: a test module that counts on each processor the
 * calls of touch_softlockup_watchdog() from the N bytes of code at ADDRESS while
 * interrupts are disabled. touch_nmi_watchdog() calls it, too. The counts are in
 * /proc/touched, a line for each processor.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

static unsigned long from, bytes;
module_param(from, ulong, 0444);
module_param(bytes, ulong, 0444);

static DEFINE_PER_CPU(unsigned long, touched_calls);

static int touched_called(struct kprobe *probe, struct pt_regs *regs)
{
	unsigned long caller = *(unsigned long *)regs->sp;

	if (caller - from < bytes && !(regs->flags & X86_EFLAGS_IF))
		__this_cpu_inc(touched_calls);
	return 0;
}

static struct kprobe touched_probe = {
	.symbol_name = "touch_softlockup_watchdog",
	.pre_handler = touched_called,
};

static int touched_show(struct seq_file *m, void *v)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		seq_printf(m, "%lu\n", per_cpu(touched_calls, cpu));
	return 0;
}

static int __init touched_init(void)
{
	int err = register_kprobe(&touched_probe);

	if (err)
		return err;
	if (!proc_create_single("touched", 0400, NULL, touched_show)) {
		unregister_kprobe(&touched_probe);
		return -ENOMEM;
	}
	return 0;
}

static void __exit touched_exit(void)
{
	remove_proc_entry("touched", NULL);
	unregister_kprobe(&touched_probe);
}

module_init(touched_init);
module_exit(touched_exit);

MODULE_DESCRIPTION("counts how often code touches the watchdogs");
MODULE_LICENSE("Dual BSD/GPL");
