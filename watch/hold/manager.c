// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * manager.c - what the service manager has to be told more than once.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#include "manager.h"
#include "notify.h"

#define AGAIN_MS	1000

void manager_open(struct manager *m)
{
	uint64_t usec;

	*m = (struct manager){ .there = getenv("NOTIFY_SOCKET") };
	if (sd_watchdog_enabled(0, &usec) > 0)
		m->interval = (s64)(usec / 2000);
}

/* Returns whether nothing is left to be forgotten. */
static bool manager_send_forget(struct manager *m)
{
	bool all = true;

	for (unsigned int i = 0; i < MANAGER_FORGET_MAX && all; i++) {
		if (!m->forget[i][0])
			continue;
		all = notify_forget(m->forget[i]);
		if (all)
			m->forget[i][0] = '\0';
	}
	return all;
}

void manager_step(struct manager *m, s64 now)
{
	bool all = true;

	if (!m->there)
		return;
	if (m->interval && now >= m->alive) {
		all = notify_state("WATCHDOG=1");
		m->alive = now + (all || m->interval < AGAIN_MS ? m->interval : AGAIN_MS);
	}
	if (now < m->again)
		return;
	if (all && !m->ready)
		m->ready = notify_state("READY=1");
	all = all && m->ready && manager_send_forget(m);
	m->again = all ? 0 : now + AGAIN_MS;
}

int manager_timeout(const struct manager *m, int ms, s64 now)
{
	s64 left = ms;

	if (m->there && m->interval && m->alive - now < left)
		left = m->alive - now;
	if (m->there && m->again && m->again - now < left)
		left = m->again - now;
	return left > 0 ? (int)left : 0;
}

/*
 * If there is no place the manager keeps it until it stops the service. The dump has left
 * its memory by then: see hold_remove().
 */
void manager_forget(struct manager *m, const char *name)
{
	for (unsigned int i = 0; i < MANAGER_FORGET_MAX; i++) {
		if (m->forget[i][0])
			continue;
		snprintf(m->forget[i], MANAGER_NAME_MAX, "%s", name);
		break;
	}
	/* The next step sends it. */
	m->again = 0;
}
