/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kcore_system.h - the name of the system and its number of CPUs, of the
 * running system or of a recorded one.
 *
 * A recorded directory holds the files kcore, kpageflags, iomem and perhaps vmstat
 * of /proc, perhaps kexec_crash_size of /sys/kernel, and a text file "system". Its
 * first line is "livedump system 1". Each other line is a name, a space, and a value up to
 * the end of the line:
 *
 *	sysname Linux
 *	nodename demo
 *	release 6.1.0-56-cloud-amd64
 *	version #1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-10-25)
 *	machine x86_64
 *	domainname (none)
 *	cpus 2
 *
 * The first six are as in struct utsname and at most 64 bytes long. cpus is
 * the number of CPUs online. Each must be there exactly once, in any order.
 */
#ifndef LIVEDUMP_KCORE_SYSTEM_H
#define LIVEDUMP_KCORE_SYSTEM_H

#include "base/error.h"
#include "core/source.h"

#define SYSTEM_MAGIC	"livedump system 1"

/*
 * Fill in uts, nr_cpus and cpus_end of @sys. In a recorded system no CPU is offline.
 * Return 0 or a negative errno with @err set. @name is the file's name in messages.
 */
int kcore_system_running(struct ld_system *sys, struct error *err);
int kcore_system_recorded(struct ld_system *sys, int fd, const char *name, struct error *err);

#endif
