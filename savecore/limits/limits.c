// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * limits.c - limits on the time and the memory pressure of a dump.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/ioprio.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup.h"
#include "limits.h"

/* A shorter time is not enough to compute the pressure. */
#define WINDOW_MIN_NS	1000000000ULL

#define PROCESSES_LEAST	64U	/* that the limits must allow */

/*
 * Read the line "some", which is about the time in which at least one task
 * waited for memory: percent of the last 10 seconds, and microseconds since
 * boot.
 */
static int limits_read_pressure(int fd, double *avg10, u64 *stalled_us)
{
	char text[256];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	if (sscanf(text, "some avg10=%lf avg60=%*f avg300=%*f total=%" SCNu64, avg10,
		   stalled_us) != 2)
		return -EPROTO;
	return 0;
}

int limits_open(struct limits *l, const char *path, struct error *err)
{
	double avg10 = 0;
	u64 us;
	int ret;

	if (!l->max_pressure)
		return 0;
	l->pressure_fd = open(path, O_RDONLY | O_CLOEXEC);
	ret = l->pressure_fd < 0 ? -errno : limits_read_pressure(l->pressure_fd, &avg10, &us);
	if (ret == -ENOENT || ret == -EOPNOTSUPP) {
		error_set_code(err, ERROR_UNSUPPORTED,
			       "no %s: this kernel does not report memory pressure\nboot it with psi=1, or leave out --max-pressure",
			       path);
		return ret;
	}
	if (ret) {
		error_set(err, "cannot read %s: %s\nleave out --max-pressure", path,
			  strerror(-ret));
		return ret;
	}
	if (avg10 > l->max_pressure) {
		error_set_code(err, ERROR_PRESSURE,
			       "memory pressure is %.0f %% already, more than the %u %% of --max-pressure\nrun savecore again when the system is less busy",
			       avg10, l->max_pressure);
		return -EBUSY;
	}
	return 0;
}

void limits_close(struct limits *l)
{
	if (l->pressure_fd >= 0)
		close(l->pressure_fd);
	l->pressure_fd = -1;
}

void limits_begin(struct limits *l)
{
	port_atomic64_set(&l->start_ns, (s64)port_now_ns());
}

void limits_end(struct limits *l)
{
	port_atomic64_set(&l->start_ns, 0);
}

/* Sample the pressure and store it. Returns whether it exceeds the limit. */
static bool limits_exceed_pressure(struct limits *l, u64 now_ns)
{
	struct limits_sample *new = &l->sample[l->samples % LIMITS_SAMPLES];
	const struct limits_sample *old = l->sample;
	struct limits_sample now = { .ns = now_ns };
	u64 percent;
	double avg10;

	/* A failed read does not end the dump. */
	if (limits_read_pressure(l->pressure_fd, &avg10, &now.stalled_us))
		return false;
	/* The new sample replaces the oldest one. */
	if (l->samples >= LIMITS_SAMPLES)
		old = new;
	if (l->samples && now.ns - old->ns >= WINDOW_MIN_NS) {
		percent = (now.stalled_us - old->stalled_us) * 100000 / (now.ns - old->ns);
		port_atomic64_set(&l->pressure, (s64)percent);
	} else {
		percent = 0;
	}
	*new = now;
	l->samples++;
	return percent > l->max_pressure;
}

enum ld_cause limits_tick(struct limits *l, u64 now_ns)
{
	u64 start = (u64)port_atomic64_read(&l->start_ns);

	if (!start)
		return LD_CAUSE_NONE;
	if (l->max_time && now_ns > start && now_ns - start > l->max_time * 1000000000ULL)
		return LD_CAUSE_TIME;
	if (l->max_pressure && limits_exceed_pressure(l, now_ns))
		return LD_CAUSE_PRESSURE;
	return LD_CAUSE_NONE;
}

int limits_nice(int nice, struct error *err)
{
	int idle = IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0);
	int ret;

	if (!setpriority(PRIO_PROCESS, 0, nice) &&
	    !syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, idle))
		return 0;
	ret = -errno;
	error_set(err, "cannot lower the priority: %s\nleave out --nice", strerror(-ret));
	return ret;
}

bool limits_leave_process(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NPROC, &limit) && limit.rlim_cur < PROCESSES_LEAST)
		return false;
	return cgroup_own_pids_left() >= PROCESSES_LEAST;
}
