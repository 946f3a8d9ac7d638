// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * daemon.c - livedump-watch as it runs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/process/tlb.h"
#include "daemon.h"
#include "watch/child/log.h"
#include "watch/child/look.h"
#include "watch/config/config.h"
#include "watch/hold/notify.h"

/* The longest time between looks at what has no descriptor. */
#define STEP_MS		30000

/*
 * For what is held when the daemon ends: after a reboot it would be lost. TimeoutStopSec= of
 * the unit has room for it.
 */
#define FINISH_MS	8000
#define FINISH_STEP_MS	100

/* A directory that has not answered by then is taken to hang. */
#define LOOK_MS		1000U

enum poll_slot {
	SLOT_SIGNAL,
	SLOT_KMSG,
	SLOT_TRACE,
	SLOT_ARMED,
	SLOT_CONTROL,
	SLOT_FIFO,
	SLOT_CLIENT,
	SLOT_WRITER = SLOT_CLIENT + CONTROL_CLIENTS,
	NR_SLOTS = SLOT_WRITER + WRITERS_MAX,
};

static int daemon_open_signals(void)
{
	static const int taken[] = { SIGTERM, SIGINT, SIGUSR1, SIGCHLD };
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		sigaddset(&set, taken[i]);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void daemon_lose_kmsg(struct daemon *d, const char *why)
{
	log_line(LOG_ERR, "/dev/kmsg: %s: the kernel's messages are not watched", why);
	rules_turn_off(&d->config.rules, RULE_KMSG, "/dev/kmsg cannot be read");
	d->files.dirty = true;
}

static void daemon_lose_trace(struct daemon *d, const char *why)
{
	log_line(LOG_ERR, "tracefs: %s: tracepoints are not watched", why);
	rules_turn_off(&d->config.rules, RULE_TRACEPOINT, "tracefs cannot be used");
	d->files.dirty = true;
}

static void daemon_open_triggers(struct daemon *d, s64 now)
{
	char *complaints = NULL, *line, *next;
	size_t len;
	FILE *f = open_memstream(&complaints, &len);
	int ret;

	ret = kmsg_open(&d->kmsg);
	if (ret)
		daemon_lose_kmsg(d, strerror(-ret));
	ret = trace_open(&d->trace, &d->config.rules, f);
	if (ret)
		daemon_lose_trace(d, strerror(-ret));
	fclose(f);
	for (next = complaints; (line = strsep(&next, "\n"));)
		if (*line)
			log_line(LOG_WARNING, "%s", line);
	free(complaints);
	blocked_open(&d->blocked, &d->config.rules, "/proc", now);
}

/*
 * A page of the daemon that has to be read from the disk that hangs would stop it, too.
 * The libraries' pages are those of the armed process: they are locked once.
 */
static void daemon_lock_memory(void)
{
	prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
	/* What the processes of the hook and the targets leave is ours, too. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (mlockall(MCL_CURRENT) || mlockall(MCL_FUTURE | MCL_ONFAULT))
		log_line(LOG_ERR, "cannot lock memory: %s", strerror(errno));
}

/*
 * Without TZ the C library looks at the file whenever it is asked for the time zone, and a
 * look into a directory of the disk that hangs does not return.
 */
static void daemon_read_time_zone(void)
{
	setenv("TZ", ":/etc/localtime", 0);
	tzset();
}

/* When a dump is held it may be too late to find out. */
static void daemon_look_at_targets(struct daemon *d)
{
	look_at_targets(&d->config, LOOK_MS, d->stats.trouble);
	for (unsigned int i = 0; i < d->config.targets; i++)
		if (d->stats.trouble[i][0])
			log_line(LOG_WARNING, "target %s would take no dump now: %s",
				 d->config.target[i].name, d->stats.trouble[i]);
}

static int daemon_open(struct daemon *d, const char *file, const char *socket)
{
	s64 now = policy_now().boot;
	int ret;

	ret = config_read(&d->config, file, stderr);
	if (ret)
		return ret;
	for (unsigned int i = 0; i < WRITERS_MAX; i++)
		d->writer[i] = (struct writer)WRITER_INIT;
	daemon_read_time_zone();
	/* Before this daemon takes or changes anything that the other one has. */
	ret = control_open(&d->control, socket);
	if (ret == -EBUSY)
		return ret;
	if (ret)
		log_line(LOG_ERR, "%s: %s: --status and --now do not work", socket, strerror(-ret));
	files_open(d);
	daemon_open_triggers(d, now);
	daemon_lock_memory();
	arm_start(d, now);
	daemon_look_at_targets(d);
	return 0;
}

static void daemon_reap(struct daemon *d, s64 now)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == d->arm.armed.pid)
			d->arm.armed.ended = true;
		/* Until it is replaced, or forgotten. */
		while (d->arm.armed.ended)
			dump_take_answer(d);
		write_on_exit(d, pid, now);
		files_on_exit(d, pid);
	}
}

/* Returns false if the daemon is to end. */
static bool daemon_take_signals(struct daemon *d, int fd, s64 now)
{
	struct signalfd_siginfo info;
	bool go_on = true;

	while (read(fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			daemon_reap(d, now);
		else if (info.ssi_signo == SIGUSR1)
			judge_by_hand(d, "SIGUSR1", -1);
		else
			go_on = false;
	}
	return go_on;
}

static void daemon_take_question(struct daemon *d, unsigned int client)
{
	const struct stats_view view = daemon_view(d);
	char question[CONTROL_QUESTION_MAX];
	const char *why;
	json_t *status;
	char *text;

	if (!control_read(&d->control, client, question))
		return;
	if (!strncmp(question, "now ", 4)) {
		judge_by_hand(d, question + 4, (int)client);
		return;
	}
	if (!strcmp(question, "let-go")) {
		why = arm_let_go(d, policy_now().boot);
		control_answer(&d->control, (int)client, !why, why ? why : "the module is let go");
		return;
	}
	if (!strncmp(question, "write", 5)) {
		give_dump(d, client, question + 5, policy_now().boot);
		return;
	}
	status = stats_status(&view);
	text = status ? json_dumps(status, JSON_INDENT(1)) : NULL;
	control_send(&d->control, (int)client, text ? text : "{}");
	free(text);
	json_decref(status);
}

static void daemon_take_fifo(struct daemon *d)
{
	char reason[CONTROL_QUESTION_MAX];

	if (control_read_fifo(&d->control, reason))
		judge_by_hand(d, reason, -1);
}

static void daemon_fill_slots(const struct daemon *d, int signals, struct pollfd *p)
{
	for (unsigned int i = 0; i < NR_SLOTS; i++)
		p[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	p[SLOT_SIGNAL].fd = signals;
	p[SLOT_KMSG].fd = d->kmsg.fd;
	p[SLOT_TRACE].fd = d->trace.fd;
	p[SLOT_ARMED].fd = d->arm.armed.sock;
	p[SLOT_CONTROL].fd = d->control.sock;
	p[SLOT_FIFO].fd = d->control.fifo;
	for (unsigned int i = 0; i < CONTROL_CLIENTS; i++)
		p[SLOT_CLIENT + i].fd = d->control.client[i];
	for (unsigned int i = 0; i < WRITERS_MAX; i++)
		p[SLOT_WRITER + i].fd = d->writer[i].sock;
}

/* Not those of @p: an earlier one may have closed them. */
static void daemon_take_slots(struct daemon *d, const struct pollfd *p, s64 now)
{
	if (p[SLOT_ARMED].revents)
		dump_take_answer(d);
	if (p[SLOT_TRACE].revents && trace_read(&d->trace, &d->config.rules, judge_on_trigger, d)) {
		trace_close(&d->trace);
		daemon_lose_trace(d, "trace_pipe cannot be read");
	}
	if (p[SLOT_KMSG].revents && kmsg_read(&d->kmsg, &d->config.rules, judge_on_trigger, d)) {
		kmsg_close(&d->kmsg);
		daemon_lose_kmsg(d, "it cannot be read any more");
	}
	if (p[SLOT_CONTROL].revents)
		control_accept(&d->control);
	if (p[SLOT_FIFO].revents)
		daemon_take_fifo(d);
	for (unsigned int i = 0; i < CONTROL_CLIENTS; i++)
		if (p[SLOT_CLIENT + i].revents && d->control.client[i] == p[SLOT_CLIENT + i].fd)
			daemon_take_question(d, i);
	for (unsigned int i = 0; i < WRITERS_MAX; i++)
		if (p[SLOT_WRITER + i].revents && d->writer[i].sock == p[SLOT_WRITER + i].fd)
			write_take_news(d, &d->writer[i], now);
}

static int daemon_sooner(int ms, s64 when, s64 now)
{
	s64 left = when > now ? when - now : 0;

	return left < ms ? (int)left : ms;
}

/* Until when nothing is to be done. */
static int daemon_timeout(const struct daemon *d, s64 now)
{
	int ms = manager_timeout(&d->manager, STEP_MS, now);
	int tasks = blocked_timeout(&d->blocked, now);

	if (tasks >= 0 && tasks < ms)
		ms = tasks;
	if (d->arm.deadline)
		ms = daemon_sooner(ms, d->arm.deadline, now);
	if (!d->arm.armed.pid)
		ms = daemon_sooner(ms, d->arm.retry, now);
	ms = daemon_sooner(ms, files_due(d), now);
	for (unsigned int i = 0; i < WRITERS_MAX; i++)
		if (d->writer[i].pid)
			ms = daemon_sooner(ms, d->writer[i].deadline, now);
	for (unsigned int i = 0; i < HOLD_MAX; i++)
		if (d->hold.held[i].id && d->hold.held[i].next > now)
			ms = daemon_sooner(ms, d->hold.held[i].next, now);
	return ms;
}

static void daemon_step(struct daemon *d, s64 now)
{
	arm_step(d, now);
	blocked_look(&d->blocked, &d->config.rules, now, judge_on_trigger, d);
	write_step(d, now);
	files_step(d, now);
	manager_step(&d->manager, now);
}

/* Whether nothing is going on that may have to do with a hang. */
static bool daemon_is_idle(const struct daemon *d)
{
	return !write_is_going_on(d) && !dump_is_busy(d) && !hold_count(&d->hold);
}

static void daemon_loop(struct daemon *d, int signals)
{
	bool go_on = true, settled = false;
	struct pollfd p[NR_SLOTS];

	while (go_on) {
		s64 now = policy_now().boot, slept;
		int ms, nr;

		daemon_step(d, now);
		daemon_fill_slots(d, signals, p);
		ms = daemon_timeout(d, now);
		if (!settled && ms > TLB_SETTLE_MS)
			ms = TLB_SETTLE_MS;
		nr = poll(p, NR_SLOTS, ms);
		if (nr < 0)
			continue;
		slept = policy_now().boot - now;
		settled = !nr && slept >= TLB_SETTLE_MS;
		/* Not while something may hang, see base/process/tlb.h. */
		if (settled && daemon_is_idle(d))
			tlb_forget();
		now += slept;
		daemon_take_slots(d, p, now);
		if (p[SLOT_SIGNAL].revents)
			go_on = daemon_take_signals(d, signals, now);
	}
}

/* What can be written within FINISH_MS, if no signal comes again. */
static void daemon_finish_writing(struct daemon *d, int signals)
{
	s64 now = policy_now().boot, end = now + FINISH_MS;
	struct pollfd p[NR_SLOTS];
	bool go_on = true;

	write_all_now(d, now);
	while (go_on && now < end) {
		write_step(d, now);
		if (!write_is_going_on(d))
			return;
		write_hurry(d, now, end);
		daemon_fill_slots(d, signals, p);
		/* Nothing else is listened to any more. */
		for (unsigned int i = 0; i < SLOT_WRITER; i++)
			if (i != SLOT_SIGNAL)
				p[i].fd = -1;
		if (poll(p, NR_SLOTS, FINISH_STEP_MS) < 0)
			continue;
		now = policy_now().boot;
		daemon_take_slots(d, p, now);
		if (p[SLOT_SIGNAL].revents)
			go_on = daemon_take_signals(d, signals, now);
	}
}

static void daemon_finish(struct daemon *d, int signals)
{
	dump_abandon(d);
	/* For the next daemon, which may have to come without what follows. */
	files_keep_state(d);
	notify_state("STOPPING=1");
	armed_stop(&d->arm.armed);
	daemon_finish_writing(d, signals);
	files_finish(d);
}

/* What is held stays with the service manager. */
static void daemon_close(struct daemon *d)
{
	for (unsigned int i = 0; i < WRITERS_MAX; i++)
		writer_stop(&d->writer[i]);
	armed_stop(&d->arm.armed);
	trace_close(&d->trace);
	kmsg_close(&d->kmsg);
	blocked_close(&d->blocked);
	control_close(&d->control);
	if (hold_count(&d->hold))
		log_line(LOG_NOTICE, "%u dumps are held and not written yet", hold_count(&d->hold));
	config_free(&d->config);
}

static const char *daemon_why(int ret)
{
	if (ret == -EINVAL)
		return "the configuration is not valid";
	return ret == -EBUSY ? "another livedump-watch runs already: see --status" : strerror(-ret);
}

int daemon_run(const char *file, const char *socket, const char *proc)
{
	static struct daemon d;
	int signals, ret;

	d = (struct daemon){
		.proc = proc, .dump.asker = -1, .arm.armed = ARMED_INIT, .trace = TRACE_INIT,
		.blocked = BLOCKED_INIT, .kmsg.fd = -1, .control = CONTROL_INIT,
	};
	signals = daemon_open_signals();
	ret = signals < 0 ? signals : daemon_open(&d, file, socket);
	if (ret) {
		log_line(LOG_ERR, "cannot start: %s", daemon_why(ret));
		return EXIT_FAILURE;
	}
	daemon_loop(&d, signals);
	daemon_finish(&d, signals);
	daemon_close(&d);
	close(signals);
	return EXIT_SUCCESS;
}
