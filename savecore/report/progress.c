// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * progress.c - watches a dump: draws how far it is, and ends it on SIGINT,
 * SIGTERM and SIGHUP.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "progress.h"

#define TICK_MS		200
#define PATIENCE_NS	2000000000ULL
#define COLS_MAX	200
#define BAR_MIN		8U

struct progress {
	struct progress_config c;
	pthread_t thread;
	int signal_fd;
	int stop_fd;
	int run_fd;			/* there is something to run, */
	void (*run)(void *arg);		/* this, */
	void *run_arg;
	sem_t ran;			/* and it has been */
	bool bar;			/* stderr is a terminal */
	bool drawn;			/* and there is something to clear */
	port_atomic64_t signal;		/* the first that came */
	port_atomic64_t page_size;
	port_atomic64_t verifying;
	u64 cancel_ns;			/* since when the dump is cancelled, or 0 */
	int stage;			/* last stage seen, one more if verifying, or -1 */
	u64 stage_ns;			/* since when */
	u64 said;			/* bit per stage that -v has told of */
};

static sigset_t blocked;

void progress_block_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa;

	/* signalfd(2) would report an ignored signal that is blocked. */
	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (!sigaction(signals[i], NULL, &sa) && sa.sa_handler != SIG_IGN)
			sigaddset(&blocked, signals[i]);
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
}

/* "1:02" or "1:00:02". */
static void put_duration(char *buf, size_t size, u64 seconds)
{
	if (seconds >= 3600)
		snprintf(buf, size, "%" PRIu64 ":%02u:%02u", seconds / 3600,
			 (unsigned int)(seconds / 60 % 60), (unsigned int)(seconds % 60));
	else
		snprintf(buf, size, "%u:%02u", (unsigned int)(seconds / 60),
			 (unsigned int)(seconds % 60));
}

/* What comes after the last stage of the dump is its verification. */
static const char *stage_name(const struct progress *p, int stage)
{
	if (p->c.restore)
		return stage < LD_NR_STAGES ? "write" : "verify";
	return stage < LD_NR_STAGES ? ld_stage_name((enum ld_stage)stage) : "verify";
}

void progress_line(char *buf, size_t size, unsigned int cols, const struct progress_view *view)
{
	u64 done = view->done < view->total ? view->done : view->total;
	double part = view->total ? (double)done / (double)view->total : 0;
	double seconds = (double)view->elapsed_ns / 1e9;
	char bar[COLS_MAX + 1], tail[64], left[32] = "-:--";
	double rate = 0;
	unsigned int width, full;
	int used;

	if (seconds > 0)
		rate = (double)done / seconds;
	if (rate > 0 && (double)(view->total - done) / rate < 360000)
		put_duration(left, sizeof(left), (u64)((double)(view->total - done) / rate + 0.5));
	used = snprintf(tail, sizeof(tail), "%3u%% %6.0f MB/s %s left", (unsigned int)(part * 100),
			rate * (double)view->page_size / 1e6, left);
	if (cols > COLS_MAX)
		cols = COLS_MAX;
	/* "stage  [bar] tail" */
	width = (unsigned int)used + 10;
	if (cols < width + BAR_MIN) {
		snprintf(buf, size, "%-6s %.*s", view->name,
			 cols > 7 ? (int)cols - 7 : 0, tail);
		return;
	}
	width = cols - width;
	full = (unsigned int)(part * width);
	memset(bar, '=', full);
	memset(bar + full, ' ', width - full);
	bar[width] = '\0';
	snprintf(buf, size, "%-6s [%s] %s", view->name, bar, tail);
}

static void say_stages(struct progress *p, int stage)
{
	u64 passed = (u64)port_atomic64_read(&p->c.control->passed);

	if (!p->c.verbose || p->bar)
		return;
	/* Stages too short to be seen have passed all the same. */
	if (p->c.restore)
		passed = 1;
	if (stage == LD_NR_STAGES)
		passed |= 1ULL << LD_NR_STAGES;
	for (int i = 0; i <= LD_NR_STAGES; i++)
		if ((passed & ~p->said) >> i & 1)
			fprintf(stderr, "savecore: %s\n", stage_name(p, i));
	p->said |= passed;
}

static int stage_now(const struct progress *p)
{
	if (port_atomic64_read(&p->verifying))
		return LD_NR_STAGES;
	return (int)port_atomic64_read(&p->c.control->stage);
}

static void draw(struct progress *p)
{
	const struct ld_control *ctl = p->c.control;
	int stage = stage_now(p);
	u64 total = (u64)port_atomic64_read(&ctl->total);
	struct winsize ws = { 0 };
	struct progress_view view;
	char line[COLS_MAX + 64];
	unsigned int cols = 80;

	if (!total || stage < 0 || stage > LD_NR_STAGES)
		return;
	if (stage != p->stage) {
		say_stages(p, stage);
		p->stage = stage;
		p->stage_ns = port_now_ns();
	}
	if (!p->bar)
		return;
	view = (struct progress_view){
		.name = stage_name(p, stage),
		.done = (u64)port_atomic64_read(&ctl->done),
		.total = total,
		.elapsed_ns = port_now_ns() - p->stage_ns,
		.page_size = (size_t)port_atomic64_read(&p->page_size),
	};
	if (!ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) && ws.ws_col)
		cols = ws.ws_col;
	progress_line(line, sizeof(line), cols - 1, &view);
	fprintf(stderr, "\r%s\033[K", line);
	p->drawn = true;
}

static void clear(const struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
}

static void leave(struct progress *p, int sig)
{
	if (p->c.abandon)
		p->c.abandon(p->c.arg);
	clear(p);
	fprintf(stderr, "savecore: %s: ended at once, nothing is kept: run it again for a dump\n",
		sig ? strsignal(sig) : "the dump was given up, and did not end");
	_exit(sig ? 128 + sig : EXIT_FAILURE);
}

static void take_signal(struct progress *p)
{
	struct signalfd_siginfo si;
	int first = (int)port_atomic64_read(&p->signal);

	if (read(p->signal_fd, &si, sizeof(si)) != sizeof(si))
		return;
	if (first)
		leave(p, first);
	port_atomic64_set(&p->signal, si.ssi_signo);
	ld_control_cancel(p->c.control, LD_CAUSE_SIGNAL);
}

static void run_one(struct progress *p)
{
	u64 one;

	if (read(p->run_fd, &one, sizeof(one)) != sizeof(one))
		return;
	p->run(p->run_arg);
	sem_post(&p->ran);
}

static void *watch(void *arg)
{
	struct progress *p = arg;
	struct pollfd fds[] = {
		{ .fd = p->signal_fd, .events = POLLIN },
		{ .fd = p->stop_fd, .events = POLLIN },
		{ .fd = p->run_fd, .events = POLLIN },
	};

	while (!(fds[1].revents & POLLIN)) {
		int sig = (int)port_atomic64_read(&p->signal);

		if (poll(fds, 3, TICK_MS) < 0 && errno != EINTR)
			break;
		if (fds[0].revents & POLLIN)
			take_signal(p);
		if (fds[2].revents & POLLIN)
			run_one(p);
		if (p->c.tick)
			p->c.tick(p->c.arg);
		if (!port_atomic64_read(&p->c.control->cancel))
			p->cancel_ns = 0;
		else if (!p->cancel_ns)
			p->cancel_ns = port_now_ns();
		if (p->cancel_ns && !p->c.patient && port_now_ns() - p->cancel_ns > PATIENCE_NS)
			leave(p, sig);
		draw(p);
	}
	return NULL;
}

static void free_progress(struct progress *p)
{
	if (p->signal_fd >= 0)
		close(p->signal_fd);
	if (p->stop_fd >= 0)
		close(p->stop_fd);
	if (p->run_fd >= 0)
		close(p->run_fd);
	sem_destroy(&p->ran);
	free(p);
}

static int cannot_start(int ret, struct error *err)
{
	error_set(err, "cannot start a thread: %s: end other programs", strerror(-ret));
	return ret;
}

int progress_start(struct progress **progress, const struct progress_config *config,
		   struct error *err)
{
	const char *term = getenv("TERM");
	struct progress *p;
	int ret;

	p = calloc(1, sizeof(*p));
	if (!p)
		return cannot_start(-ENOMEM, err);
	p->c = *config;
	p->stage = -1;
	p->bar = isatty(STDERR_FILENO) && term && strcmp(term, "dumb");
	p->signal_fd = signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK);
	p->stop_fd = eventfd(0, EFD_CLOEXEC);
	p->run_fd = eventfd(0, EFD_CLOEXEC);
	sem_init(&p->ran, 0, 0);
	if (p->signal_fd < 0 || p->stop_fd < 0 || p->run_fd < 0)
		ret = -errno;
	else
		ret = -pthread_create(&p->thread, NULL, watch, p);
	if (ret) {
		free_progress(p);
		return cannot_start(ret, err);
	}
	*progress = p;
	return 0;
}

void progress_page_size(struct progress *p, size_t page_size)
{
	port_atomic64_set(&p->page_size, (s64)page_size);
}

void progress_verify(struct progress *p)
{
	port_atomic64_set(&p->verifying, 1);
}

int progress_signal(const struct progress *p)
{
	return (int)port_atomic64_read(&p->signal);
}

/* An eventfd takes this at once. */
static void wake(int fd)
{
	u64 one = 1;

	while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

void progress_run(struct progress *p, void (*fn)(void *arg), void *arg)
{
	p->run = fn;
	p->run_arg = arg;
	wake(p->run_fd);
	while (sem_wait(&p->ran) && errno == EINTR)
		;
}

int progress_stop(struct progress *p)
{
	int sig;

	wake(p->stop_fd);
	pthread_join(p->thread, NULL);
	clear(p);
	sig = progress_signal(p);
	if (port_atomic64_read(&p->c.control->total))
		say_stages(p, stage_now(p));
	free_progress(p);
	return sig;
}
