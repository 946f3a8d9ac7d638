// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * daemon_give.c - give held dumps to --write, which stores them where no target is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "watch/child/log.h"

/* Whether @keys, numbers with a space before each, has the one of @held. */
static bool give_is_named(const char *keys, const struct held *held)
{
	s64 key = held_number(held, "key");
	char *end;

	for (; *keys; keys = end) {
		if (strtoll(keys, &end, 10) == key && end != keys)
			return true;
		if (end == keys)
			break;
	}
	return false;
}

/* A place for one more writer: at least that of one that has not got on since the last attempt. */
static struct writer *give_find_place(struct daemon *d)
{
	struct writer *w = write_find_writer(d, 0);

	for (unsigned int i = 0; !w && i < WRITERS_MAX; i++)
		if (d->writer[i].pid == WRITER_ASKED && !d->writer[i].gone_on) {
			w = &d->writer[i];
			write_end(d, w);
		}
	return w;
}

static bool give_is_given(struct daemon *d, const struct held *held)
{
	const struct writer *w = write_find_writer(d, held->id);

	return w && w->pid == WRITER_ASKED;
}

/* One that another administrator writes comes last, though that process may hang. */
static bool give_is_better(struct daemon *d, const struct held *a, const struct held *b)
{
	bool given = give_is_given(d, a);

	if (given != give_is_given(d, b))
		return !given;
	if (a->priority != b->priority)
		return a->priority > b->priority;
	return a->id < b->id;
}

/*
 * The dump to be given: of the highest priority the oldest. One that was told to go on may be
 * stored by now, so it is not given again. Who begins may take over what another administrator
 * writes, which may hang; who goes on leaves it.
 */
static struct held *give_choose(struct daemon *d, const char *keys, bool *storing)
{
	struct held *best = NULL;

	*storing = false;
	for (unsigned int i = 0; i < HOLD_MAX; i++) {
		struct held *held = &d->hold.held[i];
		const struct writer *w = held->id ? write_find_writer(d, held->id) : NULL;

		if (!held->id || give_is_named(keys, held))
			continue;
		if (w && (w->gone_on || (w->pid == WRITER_ASKED && *keys)))
			*storing = true;
		else if (!best || give_is_better(d, held, best))
			best = held;
	}
	return best;
}

void give_dump(struct daemon *d, unsigned int client, const char *keys, s64 now)
{
	bool storing;
	struct held *held = give_choose(d, keys, &storing);
	struct writer *w = held ? write_find_writer(d, held->id) : NULL;
	int sock;

	if (!held) {
		control_answer(&d->control, (int)client, !storing, storing ?
			       "a dump that is held is just being stored: look at --status" :
			       "no dump is held");
		return;
	}
	/* A target that hangs is why someone asks. */
	if (w)
		write_end(d, w);
	else
		w = give_find_place(d);
	if (!w) {
		control_answer(&d->control, (int)client, false,
			       "too many dumps are being written: try again");
		return;
	}
	sock = control_give(&d->control, client, held->fd, held_number(held, "key"));
	if (sock < 0)
		return;
	*w = (struct writer){
		.pid = WRITER_ASKED, .sock = sock, .id = held->id, .target = WRITER_BY_HAND,
		.deadline = now + WRITE_BY_HAND_MS,
	};
	log_line(LOG_NOTICE, "the dump of rule %s is given to --write", held_text(held, "rule"));
}
