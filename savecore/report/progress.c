// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * progress.c - a thread that draws the progress of a dump and cancels the dump
 * on SIGINT, SIGQUIT, SIGTERM and SIGHUP. It must not do anything that may block: it is
 * the one that ends a dump which is blocked.
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

#include "base/hint.h"
#include "base/say.h"
#include "port/locked.h"
#include "port/threads.h"
#include "progress.h"

#define TICK_MS		200
#define PATIENCE_NS	2000000000ULL

/*
 * Whoever hangs up sends several signals: a shell SIGHUP after the terminal's,
 * systemd SIGTERM and SIGHUP, timeout(1) one to the process and one to its group.
 * Those that come within this time of the first are one.
 */
#define TOGETHER_NS	2000000000ULL

/* How long an end at once waits for its message to be read, and for the clean-up. */
#define LAST_WORDS_MS	1000
#define COLS_MAX	200
#define BAR_MIN		8U
#define SLOW_NS		5000000000ULL	/* an open that takes longer is worth a line */
#define RATE_MIN_NS	500000000ULL	/* in a shorter time no rate can be told */

/* A function that the watching thread runs for another one. */
struct progress_task {
	int fd;				/* eventfd: there is a task */
	void (*run)(void *arg);
	void *arg;
	sem_t done;
};

/* What is on standard error. Used by the watching thread, and once it has ended. */
struct progress_screen {
	bool bar;			/* stderr is a terminal */
	int stage;			/* that was drawn last, LD_NR_STAGES: verify, -1: none */
	u64 stage_ns;			/* when it was seen first */
	u64 stage_done;			/* and what was done of it by then */
	u64 printed;			/* stages that -v has printed, one bit each */
};

/* An end at once. */
struct progress_end {
	int status;
	struct error err;
	port_atomic64_t abandoned;	/* answer() and abandon() have returned */
	port_atomic64_t discarded;	/* locked_discard() has returned */
};

/* port_now_ns(), or 0 */
struct progress_moments {
	u64 signal;			/* when a signal that counts came last */
	u64 cancel;			/* when it was cancelled, or last went on since */
	u64 opening;			/* when the output was seen first to be opened */
};

struct progress {
	struct progress_config c;
	pthread_t thread;
	int signal_fd;
	int stop_fd;			/* eventfd: end the thread */
	struct progress_task task;
	struct progress_screen screen;
	struct ld_control *watched;	/* what a signal cancels; atomic */
	port_atomic64_t signal;		/* the first that came, or 0 */
	port_atomic64_t page_size;
	port_atomic64_t verifying;
	struct progress_end end;
	struct progress_moments last;
	bool slow_told;			/* the line about a slow open has been printed */
};

static sigset_t blocked;

void progress_block_signals(void)
{
	static const int signals[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	struct sigaction sa;

	/* signalfd(2) would report an ignored signal that is blocked. */
	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (!sigaction(signals[i], NULL, &sa) && sa.sa_handler != SIG_IGN)
			sigaddset(&blocked, signals[i]);
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
}

/* "1:02" or "1:00:02". */
static void progress_format_duration(char *buf, size_t size, u64 seconds)
{
	if (seconds >= 3600)
		snprintf(buf, size, "%" PRIu64 ":%02u:%02u", seconds / 3600,
			 (unsigned int)(seconds / 60 % 60), (unsigned int)(seconds % 60));
	else
		snprintf(buf, size, "%u:%02u", (unsigned int)(seconds / 60),
			 (unsigned int)(seconds % 60));
}

/* @stage may be LD_NR_STAGES: the verification, which follows the dump. */
static const char *progress_stage_name(const struct progress *p, int stage)
{
	if (p->c.restore)
		return stage < LD_NR_STAGES ? "write" : "verify";
	return stage < LD_NR_STAGES ? ld_stage_name((enum ld_stage)stage) : "verify";
}

/*
 * The rate since the stage was seen first, and the time left at this rate. They
 * stay as they are while there is nothing to tell them from: what was done before
 * took a time that is not known, or was of the stage before.
 */
static void progress_format_rate(char *speed, size_t speed_size, char *left, size_t left_size,
				 const struct progress_view *view)
{
	double rate;

	if (view->done >= view->total && view->since < view->total)
		progress_format_duration(left, left_size, 0);
	if (view->elapsed_ns < RATE_MIN_NS || view->done <= view->since)
		return;
	rate = (double)(view->done - view->since) * 1e9 / (double)view->elapsed_ns;
	snprintf(speed, speed_size, "%.0f", rate * (double)view->page_size / 1e6);
	if (view->done < view->total && (double)(view->total - view->done) / rate < 360000)
		progress_format_duration(left, left_size,
					 (u64)((double)(view->total - view->done) / rate + 0.5));
}

void progress_line(char *buf, size_t size, unsigned int cols, const struct progress_view *view)
{
	u64 done = view->done < view->total ? view->done : view->total;
	double part = view->total ? (double)done / (double)view->total : 0;
	char bar[COLS_MAX + 1], tail[64], speed[32] = "-", left[32] = "-:--";
	unsigned int width, full;
	int used;

	progress_format_rate(speed, sizeof(speed), left, sizeof(left), view);
	used = snprintf(tail, sizeof(tail), "%3u%% %6s MB/s %s left", (unsigned int)(part * 100),
			speed, left);
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

static void progress_print_stages(struct progress *p, int stage)
{
	u64 passed = (u64)port_atomic64_read(&p->c.control->passed);

	if (!p->c.verbose || p->screen.bar)
		return;
	/* A stage may be too short for this thread to see it: print all that passed. */
	if (p->c.restore)
		passed = 1;
	if (stage == LD_NR_STAGES)
		passed |= 1ULL << LD_NR_STAGES;
	for (int i = 0; i <= LD_NR_STAGES; i++)
		if ((passed & ~p->screen.printed) >> i & 1)
			fprintf(say_err(), "savecore: %s\n", progress_stage_name(p, i));
	p->screen.printed |= passed;
}

static int progress_current_stage(const struct progress *p)
{
	if (port_atomic64_read(&p->verifying))
		return LD_NR_STAGES;
	return (int)port_atomic64_read(&p->c.control->stage);
}

static struct ld_control *progress_watched(struct progress *p)
{
	return __atomic_load_n(&p->watched, __ATOMIC_ACQUIRE);
}

static void progress_draw(struct progress *p)
{
	const struct ld_control *ctl = progress_watched(p);
	int stage = progress_current_stage(p);
	u64 total = (u64)port_atomic64_read(&ctl->total);
	u64 done = (u64)port_atomic64_read(&ctl->done);
	struct winsize ws = { 0 };
	struct progress_view view;
	char line[COLS_MAX + 64];
	unsigned int cols = 80;

	if (!total || stage < 0 || stage > LD_NR_STAGES)
		return;
	if (stage != p->screen.stage)
		progress_print_stages(p, stage);
	/* The stage and its counters do not change at the same moment. */
	if (stage != p->screen.stage || done < p->screen.stage_done) {
		p->screen.stage = stage;
		p->screen.stage_ns = port_now_ns();
		p->screen.stage_done = done;
	}
	if (!p->screen.bar)
		return;
	view = (struct progress_view){
		.name = progress_stage_name(p, stage),
		.since = p->screen.stage_done,
		.done = done,
		.total = total,
		.elapsed_ns = port_now_ns() - p->screen.stage_ns,
		.page_size = (size_t)port_atomic64_read(&p->page_size),
	};
	if (!ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) && ws.ws_col)
		cols = ws.ws_col;
	progress_line(line, sizeof(line), cols - 1, &view);
	say_bar(line);
}

static void *progress_abandon(void *arg)
{
	struct progress *p = arg;

	if (p->c.answer)
		p->c.answer(p->c.arg, p->end.status, &p->end.err);
	p->c.abandon(p->c.arg);
	port_atomic64_set(&p->end.abandoned, 1);
	return NULL;
}

/* Have a thread call them: they may block, as the dump may that is to end. */
static void progress_start_abandon(struct progress *p)
{
	pthread_t thread;

	if (!p->c.abandon || threads_start(&thread, progress_abandon, p))
		port_atomic64_set(&p->end.abandoned, 1);
}

static void *progress_discard(void *arg)
{
	struct progress *p = arg;

	locked_discard();
	port_atomic64_set(&p->end.discarded, 1);
	return NULL;
}

/*
 * Threads that wait for a disk outlive the process, and all its memory with them: on a
 * machine whose storage hangs, that would be the page buffer's, up to half of what is
 * available. Waits for as long as some is given back.
 */
static void progress_discard_memory(struct progress *p)
{
	u64 before = 0, now;
	pthread_t thread;
	int idle_ms = 0;

	if (threads_start(&thread, progress_discard, p))
		return;
	while (!port_atomic64_read(&p->end.discarded) && idle_ms < LAST_WORDS_MS) {
		poll(NULL, 0, 10);
		now = locked_discarded();
		idle_ms = now == before ? idle_ms + 10 : 0;
		before = now;
	}
}

static const char *progress_opening(const struct progress *p)
{
	return p->c.opening ? p->c.opening(p->c.arg) : NULL;
}

/* Tell what the program waits for, once: a disk that hangs, or a slow one. */
static void progress_check_opening(struct progress *p)
{
	const char *opening = progress_opening(p);
	struct error note = { 0 };
	u64 now = port_now_ns();

	if (!opening || p->slow_told)
		return;
	if (!p->last.opening)
		p->last.opening = now;
	if (now - p->last.opening < SLOW_NS)
		return;
	p->slow_told = true;
	error_set(&note, "waiting for %s: it does not answer\n%s", opening, hint_hung());
	fprintf(say_err(), "savecore: %s\n", note.text);
	say_early();
}

static void progress_exit_at_once(struct progress *p, int sig)
{
	const char *cannot = "the dump was cancelled and did not stop";
	const char *opening = progress_opening(p);
	enum error_code code = ERROR_INTERRUPTED;
	char why[160] = "";

	if (!sig && p->c.why)
		code = p->c.why(p->c.arg, why, sizeof(why));
	p->end.status = sig ? 128 + sig : EXIT_FAILURE;
	if (opening)
		error_set_code(&p->end.err, code,
			       "%s: %s does not answer, no dump was begun\n%s",
			       sig ? strsignal(sig) : cannot, opening, hint_hung());
	else
		error_set_code(&p->end.err, code,
			       "%s%s%s: savecore ended at once, the dump was discarded\nrun savecore again",
			       why, why[0] ? ": " : "", sig ? strsignal(sig) : cannot);
	say_bar(NULL);
	/* Before an object for programs, which may follow it on the same stream. */
	fprintf(say_err(), "savecore: %s\n", p->end.err.text);
	progress_start_abandon(p);
	for (int ms = 0; ms < LAST_WORDS_MS && !port_atomic64_read(&p->end.abandoned); ms += 10)
		poll(NULL, 0, 10);
	progress_discard_memory(p);
	say_end(LAST_WORDS_MS);
	_exit(p->end.status);
}

static void progress_receive_signal(struct progress *p)
{
	int first = (int)port_atomic64_read(&p->signal);
	struct signalfd_siginfo si;
	u64 now;

	if (read(p->signal_fd, &si, sizeof(si)) != sizeof(si))
		return;
	now = port_now_ns();
	if (p->last.signal && now - p->last.signal < TOGETHER_NS)
		return;
	p->last.signal = now;
	if (!first)
		port_atomic64_set(&p->signal, si.ssi_signo);
	if (!ld_control_cancel(progress_watched(p), LD_CAUSE_SIGNAL) && first)
		progress_exit_at_once(p, first);
}

/* End the process if what was cancelled has not stopped and does not go on either. */
static void progress_check_patience(struct progress *p)
{
	u64 now = port_now_ns();

	if (!ld_control_cancelled(progress_watched(p)))
		p->last.cancel = 0;
	else if (!p->last.cancel || (p->c.finishing && p->c.finishing(p->c.arg)))
		p->last.cancel = now;
	else if (now - p->last.cancel > PATIENCE_NS)
		progress_exit_at_once(p, (int)port_atomic64_read(&p->signal));
}

static void progress_run_task(struct progress *p)
{
	u64 one;

	if (read(p->task.fd, &one, sizeof(one)) != sizeof(one))
		return;
	p->task.run(p->task.arg);
	sem_post(&p->task.done);
}

static void *progress_watch(void *arg)
{
	struct progress *p = arg;
	struct pollfd fds[] = {
		{ .fd = p->signal_fd, .events = POLLIN },
		{ .fd = p->stop_fd, .events = POLLIN },
		{ .fd = p->task.fd, .events = POLLIN },
	};

	while (!(fds[1].revents & POLLIN)) {
		if (poll(fds, 3, TICK_MS) < 0 && errno != EINTR)
			break;
		if (fds[0].revents & POLLIN)
			progress_receive_signal(p);
		if (fds[2].revents & POLLIN)
			progress_run_task(p);
		if (p->c.tick)
			p->c.tick(p->c.arg);
		progress_check_opening(p);
		progress_check_patience(p);
		progress_draw(p);
	}
	return NULL;
}

static void progress_free(struct progress *p)
{
	if (p->signal_fd >= 0)
		close(p->signal_fd);
	if (p->stop_fd >= 0)
		close(p->stop_fd);
	if (p->task.fd >= 0)
		close(p->task.fd);
	sem_destroy(&p->task.done);
	free(p);
}

static int progress_explain_start(int ret, struct error *err)
{
	error_set(err, "cannot start a thread: %s\n%s", strerror(-ret),
		  hint_of(HINT_THREAD, -ret));
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
		return progress_explain_start(-ENOMEM, err);
	p->c = *config;
	p->watched = config->control;
	p->screen.stage = -1;
	p->screen.bar = isatty(STDERR_FILENO) && term && strcmp(term, "dumb");
	p->signal_fd = signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK);
	p->stop_fd = eventfd(0, EFD_CLOEXEC);
	p->task.fd = eventfd(0, EFD_CLOEXEC);
	sem_init(&p->task.done, 0, 0);
	if (p->signal_fd < 0 || p->stop_fd < 0 || p->task.fd < 0)
		ret = -errno;
	else
		ret = threads_start(&p->thread, progress_watch, p);
	if (ret) {
		progress_free(p);
		return progress_explain_start(ret, err);
	}
	*progress = p;
	return 0;
}

void progress_page_size(struct progress *p, size_t page_size)
{
	port_atomic64_set(&p->page_size, (s64)page_size);
}

void progress_verify(struct progress *p, struct ld_control *control)
{
	/* The counters are those of the dump until page frames are read. */
	port_atomic64_set(&control->done, 0);
	__atomic_store_n(&p->watched, control, __ATOMIC_RELEASE);
	port_atomic64_set(&p->verifying, 1);
}

int progress_signal(const struct progress *p)
{
	return (int)port_atomic64_read(&p->signal);
}

/* Writing to an eventfd does not block here: its counter is far from full. */
static void eventfd_wake(int fd)
{
	u64 one = 1;

	while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

void progress_run(struct progress *p, void (*fn)(void *arg), void *arg)
{
	p->task.run = fn;
	p->task.arg = arg;
	eventfd_wake(p->task.fd);
	while (sem_wait(&p->task.done) && errno == EINTR)
		;
}

int progress_stop(struct progress *p)
{
	int sig;

	eventfd_wake(p->stop_fd);
	pthread_join(p->thread, NULL);
	say_bar(NULL);
	sig = progress_signal(p);
	if (port_atomic64_read(&p->c.control->total))
		progress_print_stages(p, progress_current_stage(p));
	progress_free(p);
	return sig;
}
