// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * daemon_write.c - have held dumps written to the first target that takes them.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "daemon.h"
#include "watch/child/log.h"
#include "watch/policy/symptom.h"

/* So long a process that was killed may take to end; one that hangs does not. */
#define END_STEP_MS	5
#define END_STEPS	20
#define END_HANGS_MS	1000

static const struct target write_by_hand = { .name = "--write", .ms = WRITE_BY_HAND_MS };

const struct target *write_target_of(const struct daemon *d, const struct writer *w)
{
	return w->target == WRITER_BY_HAND ? &write_by_hand : &d->config.target[w->target];
}

struct held *write_find_held(struct daemon *d, u64 id)
{
	for (unsigned int i = 0; i < HOLD_MAX; i++)
		if (d->hold.held[i].id == id)
			return &d->hold.held[i];
	return NULL;
}

struct writer *write_find_writer(struct daemon *d, u64 id)
{
	for (unsigned int i = 0; i < WRITERS_MAX; i++)
		if (d->writer[i].id == id)
			return &d->writer[i];
	return NULL;
}

static void write_release(struct daemon *d, struct held *held)
{
	char name[32];

	snprintf(name, sizeof(name), "held-%" PRId64, held_number(held, "key"));
	if (held->stored)
		manager_forget(&d->manager, name);
	hold_remove(held);
	d->files.dirty = true;
}

/* Have @fn called for each symptom that has this dump. */
static void write_tell_policy(struct daemon *d, const struct held *held,
			      void (*fn)(struct policy *p, u64 symptom))
{
	u64 symptom[FILES_SYMPTOMS];
	unsigned int nr = files_symptoms(d, held->record, symptom);

	for (unsigned int i = 0; i < nr; i++)
		fn(&d->policy, symptom[i]);
}

/* Where it is if the process has not said so: it was killed just then. NULL: not known. */
static const char *write_presumed(const struct target *target)
{
	if (target == &write_by_hand)
		return NULL;
	return target->directory ? target->directory : target->name;
}

/* A dump is stored, as @text says. @held is NULL if it is not held any more. */
static void write_tell_stored(struct daemon *d, const struct held *held, const char *text)
{
	d->stats.written++;
	snprintf(d->stats.last, sizeof(d->stats.last), "%.511s", text);
	log_line(LOG_NOTICE, "%s", text);
	if (!held)
		return;
	files_tell(d, TELL_WRITTEN, held->record, text);
	write_tell_policy(d, held, policy_written);
}

static void write_done(struct daemon *d, struct writer *w, const char *where)
{
	struct held *held = write_find_held(d, w->id);
	char text[640];

	if (w->target != WRITER_BY_HAND)
		d->stats.trouble[w->target][0] = '\0';
	/* The time is that of the dump: an attempt that failed has set its own. */
	if (held)
		d->stats.last_real = held_number(held, "time");
	snprintf(text, sizeof(text), "the dump of rule %s is %s%s",
		 held ? held_text(held, "rule") : "?", where ? "in " : "where --write has stored it",
		 where ?: "");
	if (held && where)
		json_object_set_new(held->record, "file", json_string(where));
	write_tell_stored(d, held, text);
	if (held)
		write_release(d, held);
	/* It has ended, or will: it has said all that it had to say. */
	writer_stop(w);
}

/*
 * A process of --write lives on when its daemon ends, and may have stored a dump that this
 * daemon holds: then it is released. Returns whether it is so. @held may be NULL.
 */
static bool write_settle(struct daemon *d, struct held *held)
{
	struct writer *w;

	if (!held || !held->id || !hold_is_written(held))
		return false;
	w = write_find_writer(d, held->id);
	if (w)
		write_end(d, w);
	write_done(d, &(struct writer){ .sock = -1, .id = held->id, .target = WRITER_BY_HAND },
		   NULL);
	return true;
}

/* For --status: why the dump of @held, which may be NULL, is still held. */
static void write_tell_failure(struct daemon *d, const struct writer *w, const struct held *held,
			       s64 now, const char *why)
{
	const char *name = write_target_of(d, w)->name;
	time_t real = time(NULL), when;
	char again[80] = "";
	struct tm tm;

	if (w->target != WRITER_BY_HAND)
		snprintf(d->stats.trouble[w->target], LOOK_MAX, "%.255s", why);
	if (held && held->next <= now) {
		snprintf(again, sizeof(again), "; the next target follows");
	} else if (held) {
		when = real + (time_t)((held->next - now) / 1000);
		if (localtime_r(&when, &tm))
			strftime(again, sizeof(again), "; tried again at %H:%M:%S", &tm);
	}
	d->stats.last_real = (s64)real;
	snprintf(d->stats.last, sizeof(d->stats.last), "target %s: %.300s%s", name, why, again);
}

/* The target has not taken it: the next one, or the first one again, later. */
static void write_failed(struct daemon *d, struct writer *w, s64 now, const char *why)
{
	const struct target *target = write_target_of(d, w);
	struct held *held = write_find_held(d, w->id);

	/* By another one than this. */
	if (!w->gone_on && write_settle(d, held))
		return;
	/* Killed when it had written it, and before it could say so. */
	if (held && hold_is_written(held)) {
		write_done(d, w, write_presumed(target));
		return;
	}
	d->stats.write_failures++;
	log_line(LOG_ERR, "target %s: the dump was not written: %s", target->name, why);
	/* The targets of one that --write could not store are due when they were before. */
	if (held && w->target != WRITER_BY_HAND) {
		held->target = w->target + 1;
		held->next = now;
		if (held->target >= d->config.targets) {
			held->target = 0;
			held->next = now + (s64)d->config.retry_ms;
		}
	}
	write_tell_failure(d, w, held, now, why);
	writer_stop(w);
	d->files.dirty = true;
}

bool write_take_news(struct daemon *d, struct writer *w, s64 now)
{
	const struct target *target = write_target_of(d, w);
	char text[CHILD_TEXT_MAX];

	switch (writer_read(w, text)) {
	case WRITER_NOTHING:
		return false;
	case WRITER_ASKS:
		if (write_settle(d, write_find_held(d, w->id)))
			break;
		/* From now on the dump may be there: it gets its time once more. */
		w->deadline = now + (s64)target->ms;
		if (writer_go_on(w))
			write_failed(d, w, now, "the process that writes it has ended");
		break;
	case WRITER_DONE:
		write_done(d, w, text);
		break;
	case WRITER_FAILED:
		write_failed(d, w, now, text);
		break;
	case WRITER_COPIES:
		w->deadline = now + (s64)target->ms;
		break;
	case WRITER_WARNS:
		log_line(LOG_WARNING, "target %s: warning: %s", target->name, text);
		break;
	}
	return true;
}

static bool write_hangs(const struct daemon *d, unsigned int target)
{
	for (unsigned int i = 0; i < HUNG_MAX; i++)
		if (d->hung[i].pid && d->hung[i].target == target)
			return true;
	return false;
}

bool write_is_active(const struct daemon *d)
{
	for (unsigned int i = 0; i < HUNG_MAX; i++)
		if (d->hung[i].pid)
			return true;
	return write_is_going_on(d);
}

bool write_is_going_on(const struct daemon *d)
{
	for (unsigned int i = 0; i < WRITERS_MAX; i++)
		if (d->writer[i].pid)
			return true;
	return false;
}

/* The first that can be tried now; d->config.targets: none. */
static unsigned int write_target(const struct daemon *d, const struct held *held)
{
	unsigned int target = held->target;

	while (target < d->config.targets && write_hangs(d, target))
		target++;
	return target;
}

/*
 * The daemon ends at @end: a writer that has another target after its own gets half of the time
 * until then, once. So does --write before it stores the dump, if a target can take it.
 */
void write_hurry(struct daemon *d, s64 now, s64 end)
{
	for (unsigned int i = 0; i < WRITERS_MAX; i++) {
		struct writer *w = &d->writer[i];
		const struct held *held = write_find_held(d, w->id);
		bool other = w->target + 1 < d->config.targets;

		if (w->target == WRITER_BY_HAND)
			other = held && !w->gone_on && write_target(d, held) < d->config.targets;
		if (w->pid && w->deadline > end && other)
			w->deadline = now + (end - now) / 2;
	}
}

/* In a directory one writer at a time picks a name and removes what there is too much of. */
static bool write_has_to_wait(const struct daemon *d, const struct held *held)
{
	unsigned int target = write_target(d, held);

	if (target == d->config.targets || !d->config.target[target].directory)
		return false;
	for (unsigned int i = 0; i < WRITERS_MAX; i++)
		if (d->writer[i].id && d->writer[i].target == target)
			return true;
	return false;
}

/* The dump that is to be written next: of the highest priority the oldest. */
static struct held *write_next(struct daemon *d, s64 now)
{
	struct held *best = NULL;

	for (unsigned int i = 0; i < HOLD_MAX; i++) {
		struct held *held = &d->hold.held[i];

		if (!held->id || now < held->next || write_find_writer(d, held->id) ||
		    write_has_to_wait(d, held))
			continue;
		if (!best || held->priority > best->priority ||
		    (held->priority == best->priority && held->id < best->id))
			best = held;
	}
	return best;
}

/* It is to be killed. If it hangs it cannot be, so it is remembered until it has ended. */
static void write_remember(struct daemon *d, const struct writer *w, s64 now)
{
	struct daemon_hung *hung = d->hung;

	if (w->pid == WRITER_ASKED)
		return;
	while (hung->pid && hung < d->hung + HUNG_MAX - 1)
		hung++;
	*hung = (struct daemon_hung){ .pid = w->pid, .target = w->target, .killed = now };
}

/*
 * A command may leave processes that hang after its writer has ended: they are of its group.
 * When one has ended that did hang, its target may be there again. One that was only slow is
 * no reason to try again before its time.
 */
static void write_forget_hung(struct daemon *d, s64 now)
{
	bool gone = false;

	for (unsigned int i = 0; i < HUNG_MAX; i++)
		if (d->hung[i].pid && kill(-d->hung[i].pid, 0) && errno == ESRCH) {
			d->hung[i].pid = 0;
			gone |= now - d->hung[i].killed >= END_HANGS_MS;
		}
	if (gone)
		write_all_now(d, now);
}

void write_all_now(struct daemon *d, s64 now)
{
	for (unsigned int i = 0; i < HOLD_MAX; i++)
		if (d->hold.held[i].id && d->hold.held[i].next > now)
			d->hold.held[i].next = now;
}

/* End a writer that is in the way, and remember it if it hangs. */
void write_end(struct daemon *d, struct writer *w)
{
	const struct writer old = *w;

	writer_stop(w);
	for (int i = 0; i < END_STEPS && old.pid != WRITER_ASKED; i++) {
		/* What else it has to say nobody wants to know. */
		if (waitpid(old.pid, NULL, WNOHANG))
			return;
		poll(NULL, 0, END_STEP_MS);
	}
	write_remember(d, &old, policy_now().boot);
}

/*
 * Another process would only come to wait where the one before does, and so on as long as
 * the disk hangs. Returns false if there is no target to try now.
 */
static bool write_choose_target(struct daemon *d, struct held *held, s64 now)
{
	s64 wait = (s64)d->config.retry_ms;

	held->target = write_target(d, held);
	if (held->target < d->config.targets)
		return true;
	held->target = 0;
	/* One that was killed just now need not hang: another dump may fit in time. */
	for (unsigned int i = 0; i < HUNG_MAX; i++)
		if (d->hung[i].pid && now - d->hung[i].killed < END_HANGS_MS && wait > END_HANGS_MS)
			wait = END_HANGS_MS;
	held->next = now + wait;
	return false;
}

void write_step(struct daemon *d, s64 now)
{
	struct writer *w;
	struct held *held;

	for (unsigned int i = 0; i < HOLD_MAX; i++)
		if (!write_find_writer(d, d->hold.held[i].id))
			write_settle(d, &d->hold.held[i]);
	for (unsigned int i = 0; i < WRITERS_MAX; i++) {
		w = &d->writer[i];
		if (!w->pid || now < w->deadline)
			continue;
		write_remember(d, w, now);
		write_failed(d, w, now, "it took too long");
	}
	while ((w = write_find_writer(d, 0)) && (held = write_next(d, now))) {
		int ret;

		if (!write_choose_target(d, held, now))
			continue;
		ret = writer_start(w, held, &d->config.target[held->target], held->target, now);
		if (!ret)
			continue;
		held->next = now + (s64)d->config.retry_ms;
		log_line(LOG_ERR, "cannot start to write a dump: %s", strerror(-ret));
	}
}

/*
 * What it had to say is in the socket still. What it has started may hang with the socket
 * open, so there need not be an end.
 */
void write_on_exit(struct daemon *d, pid_t pid, s64 now)
{
	for (unsigned int i = 0; i < WRITERS_MAX; i++) {
		struct writer *w = &d->writer[i];

		while (w->pid == pid)
			if (!write_take_news(d, w, now))
				write_failed(d, w, now, "the process that writes it has ended");
	}
	write_forget_hung(d, now);
}

/* One that --write is just storing is not lost: the process is not killed. */
static void write_await_mark(const struct held *held)
{
	for (int i = 0; i < END_STEPS && !hold_is_written(held); i++)
		poll(NULL, 0, END_STEP_MS);
}

/* A newer dump of a higher priority needs its room. */
void write_dropped(const struct held *held, void *arg)
{
	struct daemon *d = arg;
	struct writer *w = write_find_writer(d, held->id);
	/* It has copied all, and is not killed. */
	bool storing = w && w->target == WRITER_BY_HAND && w->gone_on;
	const char *target = w ? write_target_of(d, w)->name : write_by_hand.name;
	char text[256], name[32];

	if (storing)
		write_await_mark(held);
	/* Killed when it had written it, and before it could say so. */
	storing |= hold_is_written(held);
	if (w)
		write_end(d, w);
	snprintf(name, sizeof(name), "held-%" PRId64, held_number(held, "key"));
	if (held->stored)
		manager_forget(&d->manager, name);
	if (storing || hold_is_written(held)) {
		snprintf(text, sizeof(text), "the dump of rule %.100s is stored by target %.100s",
			 held_text(held, "rule"), target);
		write_tell_stored(d, held, text);
		return;
	}
	d->stats.lost++;
	write_tell_policy(d, held, policy_forget);
	snprintf(text, sizeof(text), "the dump of rule %s is lost: one of higher priority needs its room",
		 held_text(held, "rule"));
	log_line(LOG_ERR, "%s", text);
	files_tell(d, TELL_LOST, held->record, text);
}
