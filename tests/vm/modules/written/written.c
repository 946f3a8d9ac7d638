// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * written [rules_off=BITS] [running=1] [flood=1] [raw_mb=MB] | [loops=N | enomem=1 |
 * late=US | wait=1]: a test module that has the tracker of livedump.ko, built for tests, follow
 * what is written to, writes to pages in many ways, and prints how many of these the
 * tracker names in a pause:
 *
 *	written: NAME: N of M named
 *
 * rules_off	TRACK_RULE_ bits of module/track/facts.h: rules that are not applied
 * running	a sweep comes between the writes and the pause
 * flood	more pages than TRACK_USED_MAX are read with the writes
 * loops	only begin, sweep and end so many times
 * enomem	begin, sweep and end until enough memory is there: each time one
 *		allocation more succeeds, and none after it until the end
 * late		the same, cancelled after that many us, twice as many, and so on
 * raw_mb	so much memory counts as raw: of what is written to in the first part of
 *		it (under), and in the last (over)
 * slow_removal	with wait: taking memory offline takes so many seconds longer
 * wait		do nothing until something is written to the parameter collect, and
 *		compare with the page tables at that moment when the module is
 *		unloaded: what the module itself has changed must be over by then
 *
 * At the end it compares the kernel's page tables with those before, but for their
 * accessed and dirty bits:
 *
 *	written: tables: N entries differ, M not dirty
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "core/pages/groups.h"
#include "module/crew/port_kernel.h"
#include "module/source/source_kernel.h"
#include "module/track/facts.h"
#include "tests/vm/modules/written/tables.h"

static unsigned int rules_off;
module_param(rules_off, uint, 0444);
static bool running;
module_param(running, bool, 0444);
static bool flood;
module_param(flood, bool, 0444);
static unsigned int loops;
module_param(loops, uint, 0444);
static bool enomem;
module_param(enomem, bool, 0444);
static unsigned int late;
module_param(late, uint, 0444);
static unsigned int raw_mb;
module_param(raw_mb, uint, 0444);
static bool wait;
module_param(wait, bool, 0444);
static unsigned int slow_removal;
module_param(slow_removal, uint, 0444);

/* What the core needs here of its port; livedump.ko has its own. */
void *port_alloc(size_t size)
{
	return kvzalloc(size, GFP_KERNEL);
}

void port_free(void *mem, size_t size)
{
	kvfree(mem);
}

void port_relax(void)
{
}

#include "core/pages/groups.c"

#include "tests/vm/modules/written/ways.h"

static struct ld_control control;
static struct ld_groups groups;
static struct ld_map named;	/* in the last round and in the pause */

/* Two of them have gone since the workers were counted. */
static unsigned int pause_workers(void)
{
	return num_online_cpus() + 2;
}

static void take_all(unsigned int worker, unsigned int workers)
{
	for (u64 n = worker; n < groups.nr_chunks; n += workers) {
		u64 chunk = ld_groups_chunk(&groups, n);

		src->tracker->take(src, worker, chunk, ld_map_chunk(&named, chunk));
	}
}

static int pause_work(void *arg, unsigned int worker, unsigned int round)
{
	if (round == 0)
		return src->tracker->sweep_paused(src, worker, pause_workers(), 0);
	take_all(worker, pause_workers());
	return 0;
}

static int sweep_and_take(struct ld_tracker_counts *counts)
{
	int err = src->tracker->sweep(src, &control, counts);

	if (err)
		return err;
	take_all(0, 1);
	pr_info("sweep: changed %llu, always %llu, reclassify %llu, %llu us\n", counts->changed,
		counts->always, counts->reclassify, counts->scan_ns / 1000);
	return 0;
}

static bool is_named(unsigned long pfn)
{
	return pfn && ld_map_any(&named, pfn, pfn + 1);
}

static void report(void)
{
	for (unsigned int w = 0; w < ARRAY_SIZE(ways); w++) {
		unsigned int n = 0;

		for (unsigned int i = 0; i < PAGES; i++)
			n += is_named(ways[w].pfn(i));
		pr_info("%s: %u of %u named\n", ways[w].name, n, PAGES);
	}
}

/* What a dump does that sees that a device writes the first page frame of the ring. */
static int find_device(void)
{
	u64 pfn = ring_pfn(0), doubt[LD_CHUNK_WORDS] = { 0 };
	struct ld_tracker_counts counts;
	int err;

	src->tracker->in_doubt(src, pfn / LD_CHUNK, doubt);
	ring_write();
	err = src->tracker->sweep(src, &control, &counts);
	if (err)
		return err;
	pr_info("device: in doubt %u, seen %u\n", ld_bit(doubt, pfn % LD_CHUNK),
		src->tracker->written(src, pfn));
	src->tracker->device_wrote(src, pfn);
	return 0;
}

/* Areas of less than 2 MiB each. */
#define FLOOD_AREAS	6U
#define FLOOD_PAGES	400U

static unsigned long *flooded[FLOOD_AREAS];

static int flood_prepare(void)
{
	for (unsigned int i = 0; i < FLOOD_AREAS && flood; i++) {
		flooded[i] = vmalloc(FLOOD_PAGES * PAGE_SIZE);
		if (!flooded[i])
			return -ENOMEM;
	}
	return 0;
}

static void flood_read(void)
{
	for (unsigned int i = 0; i < FLOOD_AREAS; i++)
		for (unsigned int page = 0; page < FLOOD_PAGES; page++)
			READ_ONCE(flooded[i][page * PAGE_SIZE / sizeof(long)]);
}

static void flood_undo(void)
{
	for (unsigned int i = 0; i < FLOOD_AREAS; i++)
		vfree(flooded[i]);
}

static int follow(void)
{
	struct ld_tracker_counts counts;
	u64 pause_ns;
	int err;

	for (unsigned int i = 0; i < 3; i++) {
		err = i == 2 ? find_device() : 0;
		if (!err)
			err = sweep_and_take(&counts);
		if (err)
			return err;
	}
	memset(named.words, 0, ld_map_bytes(&groups));
	for (unsigned int w = 0; w < ARRAY_SIZE(ways); w++)
		if (ways[w].write)
			ways[w].write();
	if (flood)
		flood_read();
	if (running)
		err = sweep_and_take(&counts);
	if (!err)
		err = src->freezer->stop(src, pause_workers(), 2, pause_work, NULL, &pause_ns);
	if (err)
		return err;
	pr_info("pause of %llu us\n", pause_ns / 1000);
	report();
	return 0;
}

static int follow_loops(void)
{
	struct ld_tracker_counts counts;
	const char *why;
	int err = 0;

	for (unsigned int i = 0; i < loops && !err; i++) {
		err = src->tracker->begin(src, 2, LD_LEVEL_MAX, &why);
		if (!err)
			err = src->tracker->sweep(src, &control, &counts);
		src->tracker->end(src);
	}
	return err;
}

/* Begin, sweep three times, and end. */
static int follow_once(void)
{
	struct ld_tracker_counts counts;
	const char *why;
	int err = src->tracker->begin(src, 2, LD_LEVEL_MAX, &why);

	for (unsigned int i = 0; i < 3 && !err; i++)
		err = src->tracker->sweep(src, &control, &counts);
	src->tracker->end(src);
	return err;
}

static int follow_enomem(void)
{
	unsigned int failed = 0;
	int err;

	do {
		atomic_set(&livedump_allocs_left, failed);
		err = follow_once();
		atomic_set(&livedump_allocs_left, -1);
		failed += err == -ENOMEM;
	} while (err == -ENOMEM && failed < 1000);
	pr_info("enomem: %u failed\n", failed);
	return err;
}

static int late_thread(void *us)
{
	usleep_range((unsigned long)us, (unsigned long)us + 100);
	ld_control_cancel(&control, LD_CAUSE_TIME);
	while (!kthread_should_stop())
		usleep_range(100, 200);
	return 0;
}

static int follow_late(void)
{
	unsigned int cancelled = 0;
	int err;

	do {
		unsigned long us = late * (cancelled + 1);
		struct task_struct *task = kthread_run(late_thread, (void *)us, "written");

		if (IS_ERR(task))
			return PTR_ERR(task);
		err = follow_once();
		kthread_stop(task);
		port_atomic64_set(&control.cancel, LD_CAUSE_NONE);
		cancelled += err == -ECANCELED;
	} while (err == -ECANCELED && cancelled < 1000);
	pr_info("late: %u cancelled\n", cancelled);
	return err;
}

static int collect_set(const char *val, const struct kernel_param *kp)
{
	return before ? -EBUSY : tables_before();
}

static const struct kernel_param_ops collect_ops = {
	.set = collect_set,
};

module_param_cb(collect, &collect_ops, NULL, 0200);

static int run_all(void)
{
	const char *why = NULL;
	int err, differ;

	if (wait)
		return 0;
	err = tables_before();
	if (err)
		return err;
	if (loops) {
		err = follow_loops();
	} else if (enomem) {
		err = follow_enomem();
	} else if (late) {
		err = follow_late();
	} else {
		err = src->tracker->begin(src, num_online_cpus(), LD_LEVEL_MAX, &why);
		if (!err)
			err = follow();
		src->tracker->end(src);
	}
	if (why)
		pr_info("refused: %s\n", why);
	differ = tables_after();
	return err ?: differ;
}

static int prepare_and_run(void)
{
	int err = ld_groups_open(&groups, src);

	named.groups = &groups;
	named.words = vzalloc(ld_map_bytes(&groups));
	if (!named.words)
		err = -ENOMEM;
	for (unsigned int w = 0; w < ARRAY_SIZE(ways) && !err; w++)
		if (ways[w].prepare)
			err = ways[w].prepare();
	if (!err)
		err = flood_prepare();
	return err ?: run_all();
}

static void finish(void)
{
	for (unsigned int w = 0; w < ARRAY_SIZE(ways); w++)
		if (ways[w].undo)
			ways[w].undo();
	flood_undo();
	vfree(before);
	vfree(named.words);
	ld_groups_close(&groups);
	livedump_source_close(src);
}

/* After all others have let it go on. */
static int removal_notify(struct notifier_block *nb, unsigned long action, void *arg)
{
	if (action == MEM_GOING_OFFLINE)
		ssleep(slow_removal);
	return NOTIFY_OK;
}

static struct notifier_block removal_notifier = {
	.notifier_call = removal_notify,
	.priority = INT_MIN,
};

static int __init written_init(void)
{
	int err = livedump_source_open(&src, &control, LD_MODE_FREEZE);

	if (err)
		return err;
	livedump_track_rules_off = rules_off;
	err = prepare_and_run();
	livedump_track_rules_off = 0;
	if (!err && wait && slow_removal)
		err = register_memory_notifier(&removal_notifier);
	if (!err && wait)
		return 0;
	finish();
	/* All is done: the module need not be unloaded. */
	return err ?: -ENODEV;
}

static void __exit written_exit(void)
{
	if (slow_removal)
		unregister_memory_notifier(&removal_notifier);
	if (before)
		tables_after();
	finish();
}

module_init(written_init);
module_exit(written_exit);

MODULE_DESCRIPTION("writes to memory in many ways");
MODULE_LICENSE("Dual BSD/GPL");
