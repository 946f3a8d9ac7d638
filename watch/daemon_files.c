// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * daemon_files.c - the daemon's state and metrics, who is told, and what the service
 * manager keeps.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"
#include "port/procfile.h"
#include "watch/child/log.h"
#include "watch/hold/notify.h"
#include "watch/policy/symptom.h"

#define SCRIBE_MS	60000
#define STALE_MS	10000
#define REFRESH_MS	300000		/* an older file of metrics is of no running daemon */
#define FINISH_STEP_MS	5
#define FINISH_STEPS	200
#define STATE_NAME	"state"

struct stats_view daemon_view(struct daemon *d)
{
	struct stats_view view = {
		.stats = &d->stats,
		.config = &d->config,
		.policy = &d->policy,
		.hold = &d->hold,
		.armed = arm_is_ready(d),
		.armed_why = dump_is_busy(d) ? "a dump is being taken" : d->arm.why,
		.locked = d->arm.locked,
		.kmsg_lost = d->kmsg.lost,
	};

	for (unsigned int i = 0; i < HOLD_MAX; i++) {
		u64 id = d->hold.held[i].id;
		const struct writer *w = id ? write_find_writer(d, id) : NULL;

		view.writing[i] = w ? write_target_of(d, w)->name : NULL;
	}
	return view;
}

/* Runs in a process of its own. */
static void files_write(struct daemon *d, enum daemon_file file)
{
	const char *path = file == FILE_STATE ? d->config.report.state : d->config.report.metrics;
	const struct stats_view view = daemon_view(d);
	static char state[STATE_MAX];
	const char *text = state;
	int ret;

	if (file == FILE_STATE)
		state_write(state, &d->policy, policy_now(), d->boot);
	else
		text = stats_metrics(&view);
	ret = text ? tell_replace_file(path, text, file == FILE_STATE ? 0600 : 0644) : -ENOMEM;
	if (ret)
		log_line(LOG_ERR, "%s: %s", path, strerror(-ret));
	_exit(EXIT_SUCCESS);
}

/* The disk may hang: so the state is also where a daemon that starts anew finds it. */
void files_keep_state(struct daemon *d)
{
	static char state[STATE_MAX];
	size_t len = state_write(state, &d->policy, policy_now(), d->boot);

	if (d->files.state < 0) {
		d->files.state = hold_create();
		if (d->files.state < 0)
			return;
		if (!notify_keep(STATE_NAME, d->files.state)) {
			close(d->files.state);
			d->files.state = -1;
			return;
		}
	}
	if (pwrite(d->files.state, state, len, 0) < 0 || ftruncate(d->files.state, (off_t)len))
		log_line(LOG_ERR, "the state cannot be kept: %s", strerror(errno));
}

/* One file may be on a disk that hangs, and the other one on another. */
static void files_step_scribe(struct daemon *d, enum daemon_file file, s64 now)
{
	struct daemon_scribe *scribe = &d->files.scribe[file];
	pid_t pid;

	if (scribe->pid && now >= scribe->deadline) {
		/* It waits for a disk, perhaps: then it dies when that answers. */
		child_kill(scribe->pid);
		scribe->deadline = INT64_MAX;
	}
	if (!scribe->due || scribe->pid)
		return;
	pid = child_fork(NULL, 0);
	if (!pid)
		files_write(d, file);
	if (pid < 0)
		return;
	scribe->pid = pid;
	scribe->deadline = now + SCRIBE_MS;
	scribe->due = false;
}

void files_step(struct daemon *d, s64 now)
{
	struct daemon_files *f = &d->files;

	files_keep_held(d);
	if (f->dirty || (f->stale && now >= f->next)) {
		files_keep_state(d);
		f->scribe[FILE_STATE].due = true;
		f->scribe[FILE_METRICS].due = d->config.report.metrics;
		f->next = now + STALE_MS;
		f->dirty = false;
		f->stale = false;
	}
	if (now >= f->refresh) {
		f->scribe[FILE_METRICS].due = d->config.report.metrics;
		f->refresh = now + REFRESH_MS;
	}
	for (enum daemon_file i = 0; i < FILE_NR; i++)
		files_step_scribe(d, i, now);
	for (unsigned int i = 0; i < TELLERS_MAX; i++)
		if (f->teller[i].pid && now >= f->teller[i].deadline) {
			log_line(LOG_ERR, "the hook or the journal took too long");
			child_kill(f->teller[i].pid);
			f->teller[i].pid = 0;
		}
}

s64 files_due(const struct daemon *d)
{
	const struct daemon_files *f = &d->files;
	s64 due = INT64_MAX;

	if (f->stale)
		due = f->next;
	if (d->config.report.metrics && f->refresh < due)
		due = f->refresh;
	for (enum daemon_file i = 0; i < FILE_NR; i++)
		if (f->scribe[i].pid && f->scribe[i].deadline < due)
			due = f->scribe[i].deadline;
	for (unsigned int i = 0; i < TELLERS_MAX; i++)
		if (f->teller[i].pid && f->teller[i].deadline < due)
			due = f->teller[i].deadline;
	return due;
}

/* Whether process *@pid runs still. It is 0 if not. */
static bool files_runs(pid_t *pid)
{
	if (*pid && waitpid(*pid, NULL, WNOHANG))
		*pid = 0;
	return *pid;
}

void files_finish(struct daemon *d)
{
	struct daemon_files *f = &d->files;
	bool busy = true;

	files_keep_state(d);
	f->dirty = true;
	for (unsigned int i = 0; i < FINISH_STEPS && busy; i++) {
		busy = false;
		/* One that runs has old news: another one follows it. */
		files_step(d, policy_now().boot);
		for (enum daemon_file file = 0; file < FILE_NR; file++)
			busy |= files_runs(&f->scribe[file].pid) || f->scribe[file].due;
		for (unsigned int t = 0; t < TELLERS_MAX; t++)
			busy |= files_runs(&f->teller[t].pid);
		poll(NULL, 0, busy ? FINISH_STEP_MS : 0);
	}
}

void files_on_exit(struct daemon *d, pid_t pid)
{
	for (enum daemon_file i = 0; i < FILE_NR; i++)
		if (d->files.scribe[i].pid == pid)
			d->files.scribe[i].pid = 0;
	for (unsigned int i = 0; i < TELLERS_MAX; i++)
		if (d->files.teller[i].pid == pid)
			d->files.teller[i].pid = 0;
}

void files_tell(struct daemon *d, enum tell_event event, const json_t *record, const char *text)
{
	s64 now = policy_now().boot;

	for (unsigned int i = 0; record && i < TELLERS_MAX; i++) {
		pid_t pid;

		if (d->files.teller[i].pid)
			continue;
		pid = tell_start(&d->config, event, record, text);
		if (pid > 0) {
			d->files.teller[i].pid = pid;
			d->files.teller[i].deadline = now + (s64)d->config.report.hook_ms;
		}
		return;
	}
}

/* Give the service manager what it does not have yet. */
void files_keep_held(struct daemon *d)
{
	for (unsigned int i = 0; i < HOLD_MAX; i++) {
		struct held *held = &d->hold.held[i];
		char name[32];

		if (!held->id || held->stored)
			continue;
		json_object_set_new(held->record, "key", json_integer((json_int_t)held->id));
		snprintf(name, sizeof(name), "held-%" PRIu64, held->id);
		held->stored = notify_keep(name, held->fd);
	}
}

unsigned int files_symptoms(const struct daemon *d, const json_t *record,
			    u64 symptom[FILES_SYMPTOMS])
{
	const char *signature = record_text(record, "signature");
	const struct rule *rule = rules_find((struct rules *)&d->config.rules,
					     record_text(record, "rule"));
	unsigned int nr = 0;

	symptom[nr++] = strtoull(record_text(record, "symptom"), NULL, 16);
	if (*signature)
		symptom[nr++] = symptom_of_signature(signature);
	if (rule && rule->cause == RULE_CAUSE_HUNG_TASK)
		symptom[nr++] = symptom_of(SYMPTOM_HUNG_TASK, "", "");
	return nr;
}

static bool files_is_held(const void *arg, u64 symptom)
{
	const struct daemon *d = arg;
	u64 all[FILES_SYMPTOMS];

	for (unsigned int i = 0; i < HOLD_MAX; i++) {
		const struct held *held = &d->hold.held[i];
		unsigned int nr = held->id ? files_symptoms(d, held->record, all) : 0;

		while (nr--)
			if (all[nr] == symptom)
				return true;
	}
	return false;
}

/* While what the service manager has kept is taken. The state need not come first. */
struct files_taking {
	struct daemon *d;
	u64 written[HOLD_MAX * FILES_SYMPTOMS];	/* symptoms whose dump is at a target */
	unsigned int nr;
};

/* A dump that was written when the daemon before was killed, and could not say so. */
static void files_take_written(struct files_taking *t, json_t *record)
{
	if (record && t->nr + FILES_SYMPTOMS <= HOLD_MAX * FILES_SYMPTOMS)
		t->nr += files_symptoms(t->d, record, t->written + t->nr);
	json_decref(record);
}

/* A descriptor that the service manager has kept from the daemon before. */
static void files_take(void *arg, const char *name, int fd)
{
	static char text[STATE_MAX];
	struct files_taking *t = arg;
	struct daemon *d = t->d;
	json_t *written = NULL;
	struct held *held;
	u64 key;
	int ret;

	if (!strcmp(name, STATE_NAME) && d->files.state < 0) {
		d->files.state = fd;
		if (procfile_read_fd(fd, text, sizeof(text)) ||
		    !state_read(&d->policy, text, policy_now(), d->boot))
			log_line(LOG_ERR, "the state that was kept cannot be read");
		return;
	}
	if (sscanf(name, "held-%" SCNu64, &key) != 1) {
		close(fd);
		return;
	}
	/* Not the name of one that is to be forgotten either. */
	if (d->hold.next < key)
		d->hold.next = key;
	ret = hold_add_again(&d->hold, fd, &held, &written);
	if (ret) {
		files_take_written(t, written);
		if (ret != -EALREADY)
			log_line(LOG_ERR, "a dump that was held cannot be held: %s",
				 strerror(-ret));
		manager_forget(&d->manager, name);
		close(fd);
		return;
	}
	held->id = key;
	held->stored = true;
	json_object_set_new(held->record, "key", json_integer((json_int_t)key));
	log_line(LOG_NOTICE, "a dump of rule %s is held from before", held_text(held, "rule"));
}

void files_open(struct daemon *d)
{
	static char text[STATE_MAX];
	struct files_taking taking = { .d = d };
	struct sysinfo info;

	state_boot_id(d->boot);
	d->files.state = -1;
	d->hold.budget = d->config.dump.hold;
	if (!d->hold.budget && !sysinfo(&info))
		d->hold.budget = hold_budget((u64)info.totalram * info.mem_unit);
	if (!procfile_read(d->config.report.state, text, sizeof(text)) &&
	    !state_read(&d->policy, text, policy_now(), d->boot))
		log_line(LOG_ERR, "%s cannot be parsed and is not used",
			 d->config.report.state);
	manager_open(&d->manager);
	notify_take(files_take, &taking);
	while (taking.nr--)
		policy_written(&d->policy, taking.written[taking.nr]);
	/* What was held when the service was stopped is gone: the next dump is to be kept. */
	policy_forget_lost(&d->policy, files_is_held, d);
	d->files.dirty = true;
}
