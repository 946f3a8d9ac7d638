// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * policy.c - what this machine allows.
 *
 * The parameters can be written until one of them, lock, is set: then neither
 * they nor lock can be changed until the module is loaded again. The kernel has
 * one write to a module's parameters at a time. Dumps read them without a lock,
 * each parameter once for each decision.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/time64.h>

#include "caller.h"
#include "policy.h"

static bool policy_allow_freeze = true;
static bool policy_allow_precopy = true;
static bool policy_allow_boost = true;
static unsigned int policy_max_pause_ms = LIVEDUMP_PAUSE_MAX;
static unsigned int policy_max_memory_mib;	/* 0: no limit */
static unsigned int policy_max_workers;		/* 0: no limit */
static bool policy_lock;

/* While the module is loaded, lock may come before other parameters. */
static bool policy_complete;

void livedump_policy_init(void)
{
	policy_complete = true;
}

static void policy_log(const char *name, const char *what)
{
	char who[LIVEDUMP_NAME_SIZE];

	pr_info("livedump: refused: %s: the parameter %s %s\n", livedump_name_current(who), name,
		what);
}

static int policy_may_set(const struct kernel_param *kp)
{
	if (!policy_complete || !policy_lock)
		return 0;
	policy_log(kp->name, "is locked");
	return -EPERM;
}

static int policy_set_bool(const char *val, const struct kernel_param *kp)
{
	int err = policy_may_set(kp);

	return err ?: param_set_bool(val, kp);
}

static int policy_set_uint(const char *val, const struct kernel_param *kp)
{
	int err = policy_may_set(kp);

	return err ?: param_set_uint(val, kp);
}

static int policy_set_pause(const char *val, const struct kernel_param *kp)
{
	unsigned int ms;
	int err = policy_may_set(kp);

	if (!err)
		err = val ? kstrtouint(val, 0, &ms) : -EINVAL;
	if (!err && (!ms || ms > LIVEDUMP_PAUSE_MAX))
		err = -EINVAL;
	return err ?: param_set_uint(val, kp);
}

static const struct kernel_param_ops policy_bool_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = policy_set_bool,
	.get = param_get_bool,
};

static const struct kernel_param_ops policy_uint_ops = {
	.set = policy_set_uint,
	.get = param_get_uint,
};

static const struct kernel_param_ops policy_pause_ops = {
	.set = policy_set_pause,
	.get = param_get_uint,
};

module_param_cb(allow_freeze, &policy_bool_ops, &policy_allow_freeze, 0644);
__MODULE_PARM_TYPE(allow_freeze, "bool");
MODULE_PARM_DESC(allow_freeze, "Allow frozen dumps (Y)");

module_param_cb(allow_precopy, &policy_bool_ops, &policy_allow_precopy, 0644);
__MODULE_PARM_TYPE(allow_precopy, "bool");
MODULE_PARM_DESC(allow_precopy, "Allow frozen dumps that track writes in the kernel's page tables (Y)");

module_param_cb(allow_boost, &policy_bool_ops, &policy_allow_boost, 0644);
__MODULE_PARM_TYPE(allow_boost, "bool");
MODULE_PARM_DESC(allow_boost, "Allow real-time priority while memory is read (Y)");

module_param_cb(max_pause_ms, &policy_pause_ops, &policy_max_pause_ms, 0644);
__MODULE_PARM_TYPE(max_pause_ms, "uint");
MODULE_PARM_DESC(max_pause_ms, "Longest pause of a frozen dump in milliseconds, 1 to 2000 (2000)");
static_assert(LIVEDUMP_PAUSE_MAX == 2000);

module_param_cb(max_memory_mib, &policy_uint_ops, &policy_max_memory_mib, 0644);
__MODULE_PARM_TYPE(max_memory_mib, "uint");
MODULE_PARM_DESC(max_memory_mib, "Most memory of a dump in MiB, 0 for no limit (0)");

module_param_cb(max_workers, &policy_uint_ops, &policy_max_workers, 0644);
__MODULE_PARM_TYPE(max_workers, "uint");
MODULE_PARM_DESC(max_workers, "Most threads that work for a dump, 0 for no limit (0)");

module_param_cb(lock, &policy_bool_ops, &policy_lock, 0644);
__MODULE_PARM_TYPE(lock, "bool");
MODULE_PARM_DESC(lock, "Let no parameter change until the module is loaded again (N)");

static int policy_refuse(const char **why, const char *name, const char *reason)
{
	policy_log(name, "forbids it");
	*why = reason;
	return -EPERM;
}

static int policy_check_freeze(struct dump_request *request, u32 asked_ms, const char **why)
{
	unsigned int most = READ_ONCE(policy_max_pause_ms);

	if (!READ_ONCE(policy_allow_freeze))
		return policy_refuse(why, "allow_freeze",
				     "the module's parameter allow_freeze forbids frozen dumps");
	if (request->mode == LD_MODE_PRECOPY && !READ_ONCE(policy_allow_precopy))
		return policy_refuse(why, "allow_precopy",
				     "the module's parameter allow_precopy forbids pre-copied dumps");
	if (asked_ms > most)
		return policy_refuse(why, "max_pause_ms",
				     "the module's parameter max_pause_ms forbids so long a pause");
	/* The caller may have left it to the module. */
	request->max_pause_ns = min_t(u64, request->max_pause_ns, (u64)most * NSEC_PER_MSEC);
	return 0;
}

int livedump_policy_check(struct dump_request *request, u32 asked_ms, const char **why)
{
	if (request->mode != LD_MODE_LIVE)
		return policy_check_freeze(request, asked_ms, why);
	if (request->boost && !READ_ONCE(policy_allow_boost))
		return policy_refuse(why, "allow_boost",
				     "the module's parameter allow_boost forbids the boost");
	return 0;
}

bool livedump_policy_boosts(void)
{
	return READ_ONCE(policy_allow_boost);
}

unsigned int livedump_policy_workers(void)
{
	unsigned int most = READ_ONCE(policy_max_workers);

	return most ? most : UINT_MAX;
}

u64 livedump_policy_memory(void)
{
	unsigned int mib = READ_ONCE(policy_max_memory_mib);

	return mib ? (u64)mib << 20 : U64_MAX;
}

bool livedump_policy_explain(u64 needed, char *text)
{
	u64 most = livedump_policy_memory();

	if (needed <= most)
		return false;
	policy_log("max_memory_mib", "forbids it");
	scnprintf(text, LIVEDUMP_TEXT_SIZE,
		  "a freeze needs %llu MiB of memory for the copy, the module's parameter max_memory_mib allows %llu MiB",
		  needed >> 20, most >> 20);
	return true;
}
