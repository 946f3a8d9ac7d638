// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * space.c - a thread that cancels a dump when its directory runs short of space.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/hint.h"
#include "port/threads.h"
#include "space.h"

#define TICK_NS		200000000L

struct space {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct output output;	/* what output_limit() needs, with descriptors of its own */
	struct ld_control *dump, *verify;
	bool stopped;		/* nothing of the caller's may be used any more */
};

static void space_free(struct space *w)
{
	if (w->output.store.dir >= 0)
		close(w->output.store.dir);
	if (w->output.fd >= 0)
		close(w->output.fd);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

/* Called with the lock held. */
static void space_sleep(struct space *w)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += TICK_NS;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	if (!w->stopped)
		pthread_cond_timedwait(&w->wake, &w->lock, &until);
}

static void *space_watch(void *arg)
{
	struct space *w = arg;

	pthread_mutex_lock(&w->lock);
	while (!w->stopped) {
		enum ld_cause cause;

		pthread_mutex_unlock(&w->lock);
		cause = output_limit(&w->output);
		pthread_mutex_lock(&w->lock);
		/* A partial dump that max_total has cut is as large as that, and may stay. */
		if (cause && !w->stopped && !ld_control_cancel(w->dump, cause) &&
		    cause != LD_CAUSE_SIZE)
			ld_control_cancel(w->verify, cause);
		space_sleep(w);
	}
	pthread_mutex_unlock(&w->lock);
	space_free(w);
	return NULL;
}

static int space_explain(int ret, struct error *err)
{
	error_set(err, "cannot start a thread: %s\n%s", strerror(-ret),
		  hint_of(HINT_THREAD, -ret));
	return ret;
}

int space_start(struct space **space, const struct output *output, struct ld_control *dump,
		struct ld_control *verify, struct error *err)
{
	pthread_condattr_t attr;
	pthread_t thread;
	struct space *w;
	int ret;

	*space = NULL;
	if (output->kind != OUTPUT_SLOT || (!output->store.minfree && !output->store.max_total))
		return 0;
	w = calloc(1, sizeof(*w));
	if (!w)
		return space_explain(-ENOMEM, err);
	w->output.kind = output->kind;
	w->output.fd = fcntl(output->fd, F_DUPFD_CLOEXEC, 3);
	w->output.store.dir = fcntl(output->store.dir, F_DUPFD_CLOEXEC, 3);
	w->output.store.minfree = output->store.minfree;
	w->output.store.max_total = output->store.max_total;
	w->dump = dump;
	w->verify = verify;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attr);
	pthread_condattr_destroy(&attr);
	ret = -EMFILE;
	if (w->output.fd >= 0 && w->output.store.dir >= 0)
		ret = threads_start(&thread, space_watch, w);
	if (ret) {
		space_free(w);
		return space_explain(ret, err);
	}
	pthread_detach(thread);
	*space = w;
	return 0;
}

void space_stop(struct space *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopped = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}
