// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * daemon_arm.c - always have a process that can take the next dump.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "include/uapi/livedump.h"
#include "port/procfile.h"
#include "watch/child/log.h"

#define ARM_MS		60000	/* that the process may need to get ready */
#define ARM_RETRY_MS	60000
#define ARM_LET_GO_MS	60000
#define IOMEM_MAX	262144U	/* bytes; a longer one is not looked at */

/*
 * A number for where there is memory. How much of it is in use by others, such as a
 * balloon, changes all the time and is no matter.
 */
static u64 arm_memory(void)
{
	static char text[IOMEM_MAX];
	u64 hash = 0;

	if (procfile_read("/proc/iomem", text, sizeof(text)))
		return 0;
	for (const char *at = text, *end; *at; at = end + (*end == '\n')) {
		end = at + strcspn(at, "\n");
		if (memmem(at, (size_t)(end - at), "System RAM", 10))
			hash = port_hash64(at, (size_t)(end - at), hash);
	}
	return hash;
}

/*
 * A number that changes when an armed process does not fit any more: memory was plugged
 * in or out, or the module was loaded, or is to be used again.
 */
static u64 arm_machine(const struct daemon *d, s64 now)
{
	bool module = d->arm.no_module <= now && !access(LIVEDUMP_DEVICE, F_OK);

	return (arm_memory() * 2 + module) * 4096 + (u64)sysconf(_SC_NPROCESSORS_ONLN);
}

bool arm_is_ready(const struct daemon *d)
{
	return d->arm.armed.ready && !d->arm.armed.busy;
}

void arm_fail(struct daemon *d, const char *why)
{
	struct daemon_arm *arm = &d->arm;

	snprintf(arm->why, sizeof(arm->why), "%s", why);
	if (strcmp(arm->why, arm->said) != 0)
		log_line(LOG_ERR, "not armed: %s", arm->why);
	memcpy(arm->said, arm->why, sizeof(arm->said));
	armed_stop(&arm->armed);
	arm->deadline = 0;
	d->files.dirty = true;
	if (d->dump.again) {
		d->dump.again = false;
		dump_fail(d, why);
	}
}

void arm_start(struct daemon *d, s64 now)
{
	const struct armed_params params = {
		.dump = &d->config.dump, .proc = d->proc, .no_module = d->arm.no_module > now,
	};
	int ret;

	armed_stop(&d->arm.armed);
	d->arm.locked = 0;
	d->arm.machine = arm_machine(d, now);
	d->arm.retry = now + ARM_RETRY_MS;
	d->arm.deadline = 0;
	ret = armed_start(&d->arm.armed, &params);
	if (ret) {
		arm_fail(d, strerror(-ret));
		return;
	}
	snprintf(d->arm.why, sizeof(d->arm.why), "it is being armed");
	d->arm.deadline = now + ARM_MS;
}

void arm_step(struct daemon *d, s64 now)
{
	struct daemon_arm *arm = &d->arm;

	if (arm->deadline && now >= arm->deadline) {
		if (arm->armed.busy)
			dump_cut(d, now);
		else
			arm_fail(d, "arming took too long");
	}
	if (now < arm->retry || arm->armed.busy)
		return;
	arm->retry = now + ARM_RETRY_MS;
	if (!arm->armed.pid || (arm->armed.ready && arm->machine != arm_machine(d, now)))
		arm_start(d, now);
}

void arm_without_module(struct daemon *d, s64 now)
{
	d->arm.no_module = now + ARM_LET_GO_MS;
	arm_start(d, now);
}

const char *arm_let_go(struct daemon *d, s64 now)
{
	if (dump_is_busy(d))
		return "a dump is being taken";
	log_line(LOG_NOTICE, "the module is not used for one minute");
	arm_without_module(d, now);
	return NULL;
}
