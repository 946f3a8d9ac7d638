// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sandbox.c - enter the sandbox; give up capabilities.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "port/overcommit.h"
#include "sandbox_impl.h"

/*
 * libseccomp crashes if it gets no memory while it builds a filter. That takes 0.3 MiB, but with
 * strict overcommit the kernel counts what is left only to some MiB: see that there is so much.
 */
#define SANDBOX_BYTES	((size_t)4 << 20)

#define CAP(name)	((uint64_t)1 << CAP_##name)

/* In the order in which they are printed. */
static const struct {
	uint64_t bit;
	const char *name;
} capabilities[] = {
	{ CAP(SYS_RAWIO), "sys_rawio" },
	{ CAP(SYS_NICE), "sys_nice" },
	{ CAP(IPC_LOCK), "ipc_lock" },
	{ CAP(DAC_OVERRIDE), "dac_override" },
	{ CAP(DAC_READ_SEARCH), "dac_read_search" },
	{ CAP(FOWNER), "fowner" },
};

/* Capabilities for linking and removing files. They depend on the owner of the directory. */
static uint64_t sandbox_caps_for_names(int dir)
{
	uint64_t need = 0;
	struct stat st;

	if (fstat(dir, &st) || st.st_uid != geteuid() || (st.st_mode & 0300) != 0300)
		need |= CAP(DAC_OVERRIDE) | CAP(FOWNER);
	/* Without /proc a file is linked by its descriptor (AT_EMPTY_PATH), which needs this. */
	if (access("/proc/self/fd", X_OK))
		need |= CAP(DAC_READ_SEARCH);
	return need;
}

/* Files may belong to the owner of the directory, or to members of its group. */
static uint64_t sandbox_caps_to_look(int dir)
{
	struct stat st;

	if (!fstat(dir, &st) && st.st_uid == geteuid() && !(st.st_mode & 0020))
		return 0;
	return CAP(DAC_READ_SEARCH);
}

static uint64_t sandbox_caps_needed(const struct sandbox *s)
{
	uint64_t need = 0;

	if (s->dir >= 0 && s->looks)
		need |= sandbox_caps_to_look(s->dir);
	else if (s->dir >= 0)
		need |= sandbox_caps_for_names(s->dir);
	if (s->locks_memory)
		need |= CAP(IPC_LOCK);
	if (s->boosts)
		need |= CAP(SYS_NICE);
	if (s->asks_module)
		need |= CAP(SYS_RAWIO);
	return need;
}

/* Drop all capabilities but *@keep. *@keep is set to those that are left. */
static int sandbox_drop_caps(uint64_t *keep)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return -errno;
	*keep &= data[0].effective | (uint64_t)data[1].effective << 32;
	for (unsigned int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].effective = (uint32_t)(*keep >> 32 * i);
		data[i].permitted = data[i].effective;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

/* "seccomp" or "no seccomp (why)"; returns the length. */
static size_t sandbox_describe_part(char *buf, size_t size, const char *name, const char *missing)
{
	if (!missing)
		return (size_t)snprintf(buf, size, "%s, ", name);
	return (size_t)snprintf(buf, size, "no %s (%s), ", name, missing);
}

static void sandbox_describe(struct sandbox_report *report, uint64_t left, const char *no_landlock,
			     const char *no_seccomp)
{
	size_t size = sizeof(report->text), at;

	if (!report)
		return;
	at = sandbox_describe_part(report->text, size, "seccomp", no_seccomp);
	at += sandbox_describe_part(report->text + at, size - at, "landlock", no_landlock);
	at += (size_t)snprintf(report->text + at, size - at, "capabilities:");
	for (size_t i = 0; i < sizeof(capabilities) / sizeof(*capabilities); i++)
		if (left & capabilities[i].bit)
			at += (size_t)snprintf(report->text + at, size - at, " %s",
					       capabilities[i].name);
	if (!left)
		snprintf(report->text + at, size - at, " none");
}

int sandbox_enter(const struct sandbox *s, struct sandbox_report *report, struct error *err)
{
	uint64_t keep = sandbox_caps_needed(s);
	const char *no_landlock = NULL, *no_seccomp = NULL;
	int ret;

	if (!overcommit_can_have(SANDBOX_BYTES)) {
		error_set_code(err, ERROR_NO_MEMORY,
			       "not enough memory to enter the sandbox\n"
			       "end other programs, or raise the limit on address space (ulimit -v)");
		return -ENOMEM;
	}
	/* Read the time zone while its file can be opened. */
	tzset();
	ret = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
	if (!ret)
		ret = sandbox_landlock(s, &no_landlock);
	if (!ret)
		ret = sandbox_drop_caps(&keep);
	if (!ret)
		ret = sandbox_seccomp(s, &no_seccomp);
	if (ret) {
		error_set_code(err, ERROR_SANDBOX,
			       "cannot enter the sandbox: %s\nuse --no-sandbox to run without it",
			       strerror(-ret));
		return ret;
	}
	sandbox_describe(report, keep, no_landlock, no_seccomp);
	return 0;
}
