/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * daemon.h - livedump-watch as it runs: one thread, which waits in poll() only. Not for
 * others than daemon*.c.
 *
 * trigger -> judge_on_trigger() -> the armed process -> dump_take_answer() -> the hold ->
 * a writer -> a target. All that may wait is a process of its own, see child.h.
 */
#ifndef LIVEDUMP_WATCH_DAEMON_H
#define LIVEDUMP_WATCH_DAEMON_H

#include "watch/armed/armed.h"
#include "watch/control.h"
#include "watch/hold/manager.h"
#include "watch/policy/policy.h"
#include "watch/policy/state.h"
#include "watch/report/stats.h"
#include "watch/report/tell.h"
#include "watch/trigger/kmsg.h"
#include "watch/trigger/blocked.h"
#include "watch/trigger/trace.h"
#include "watch/writer/writer.h"

#define WRITERS_MAX	4U
#define TELLERS_MAX	16U
/* Writers run at once, and a target that has a hung one gets no more. */
#define HUNG_MAX	(WRITERS_MAX * CONFIG_TARGETS_MAX)

/* What the next dump is taken by. */
struct daemon_arm {
	struct armed armed;
	s64 retry;			/* when to look whether there has to be another */
	s64 no_module;			/* until when the module is left alone, see arm_let_go() */
	unsigned int deaths;		/* that were not of a dump, since the last one */
	s64 deadline;			/* of what the process does; 0: it only waits */
	u64 machine;			/* what the machine was like, see arm_machine() */
	u64 locked;
	bool module;			/* the process uses the module */
	char why[256];			/* the engine, or why there is no armed process */
	char said[256];			/* why not, as the log has it; "": it was armed since */
};

/* The dump that is being taken. */
struct daemon_dump {
	struct trigger trigger;
	u64 symptom;
	struct policy_clock when;
	char *log;			/* of the kernel, up to then */
	int asker;			/* who asked by --now: see control_answer(); -1: nobody */
	bool cut;			/* its time is over: it ends with what there is of it */
	bool again;			/* it waits for a process that does without the module */
	bool without;			/* and was given to it */
};

/* A trigger for which there was no process. */
struct daemon_later {
	struct trigger trigger;		/* its rule is NULL: there is none */
	s64 when;
};

/* The daemon's own files. */
enum daemon_file {
	FILE_STATE,
	FILE_METRICS,
	FILE_NR,
};

/* The process that writes one of them. */
struct daemon_scribe {
	pid_t pid;			/* 0: there is none */
	s64 deadline;
	bool due;			/* there is news since the file was written last */
};

/* Processes that write the daemon's own files and tell others. */
struct daemon_files {
	struct daemon_scribe scribe[FILE_NR];
	bool dirty;			/* there is news that a restart must not lose */
	bool stale;			/* or numbers only: these wait until @next */
	s64 next;
	s64 refresh;			/* when the metrics are written again without news */
	struct {
		pid_t pid;
		s64 deadline;
	} teller[TELLERS_MAX];
	int state;			/* the memfd that the service manager keeps */
};

/* A writer that was killed, and has not ended: it waits for the disk of its target. */
struct daemon_hung {
	pid_t pid;			/* 0: the entry is free */
	unsigned int target;
	s64 killed;
};

struct daemon {
	struct config config;
	const char *proc;
	char boot[STATE_BOOT_MAX];
	struct policy policy;
	struct hold hold;
	struct manager manager;
	struct stats stats;
	struct daemon_arm arm;
	struct daemon_dump dump;
	struct armed_message written;	/* with answer.written: the dump is being verified */
	struct daemon_later later;
	s64 refused[RULES_MAX][POLICY_NR];	/* when the log told of it last; 0: never */
	struct daemon_files files;
	struct writer writer[WRITERS_MAX];
	struct daemon_hung hung[HUNG_MAX];
	struct kmsg kmsg;
	struct trace trace;
	struct blocked blocked;
	struct control control;
};

/* daemon_arm.c */
void arm_step(struct daemon *d, s64 now);
void arm_start(struct daemon *d, s64 now);
bool arm_is_ready(const struct daemon *d);

/* There is no armed process. The log has each reason once, not with each attempt. */
void arm_fail(struct daemon *d, const char *why);

/*
 * Have the next dump taken without the module for a minute, so that it can be unloaded.
 * Returns NULL, or why this cannot be.
 */
const char *arm_let_go(struct daemon *d, s64 now);

/* The same at once, for a dump that the module has not taken. */
void arm_without_module(struct daemon *d, s64 now);

/* daemon_judge.c: what triggers call; the next process is armed; someone asks. */
void judge_on_trigger(void *arg, struct trigger *t);
void judge_again(struct daemon *d, s64 now);
void judge_by_hand(struct daemon *d, const char *reason, int asker);

/* Count a trigger that starts no dump. For each rule and reason the log has one an hour. */
void judge_refuse(struct daemon *d, const struct trigger *t, u64 symptom,
		  enum policy_verdict verdict);

/*
 * daemon_dump.c: take a dump because of @t; the process has answered; its time is over, or
 * it has failed.
 */
void dump_fire(struct daemon *d, const struct trigger *t, u64 symptom, struct policy_clock now,
	       int asker);
void dump_take_answer(struct daemon *d);
void dump_cut(struct daemon *d, s64 now);
/* The daemon ends: keep the dump that is being taken if it is written, or say that it is lost. */
void dump_abandon(struct daemon *d);
void dump_fail(struct daemon *d, const char *why);
bool dump_is_busy(const struct daemon *d);

/* daemon_write.c */
void write_step(struct daemon *d, s64 now);
/* The writer of a dump, the dump of a writer: NULL if there is none. ID 0: a free place. */
struct writer *write_find_writer(struct daemon *d, u64 id);
struct held *write_find_held(struct daemon *d, u64 id);
const struct target *write_target_of(const struct daemon *d, const struct writer *w);
/* End a writer that is in the way. */
void write_end(struct daemon *d, struct writer *w);
/* Whether a process writes a dump, or hangs because it did. */
bool write_is_active(const struct daemon *d);
bool write_take_news(struct daemon *d, struct writer *w, s64 now);
void write_on_exit(struct daemon *d, pid_t pid, s64 now);
/* Try all dumps that are held now, e.g. because the daemon ends. */
void write_all_now(struct daemon *d, s64 now);
void write_hurry(struct daemon *d, s64 now, s64 end);
/* Whether a process writes a dump that may still come to its end. */
bool write_is_going_on(const struct daemon *d);
void write_dropped(const struct held *held, void *arg);

/*
 * daemon_give.c: a client of the socket asks for a held dump, see control.h. It is given one, and
 * is one of the writers then, or is answered that there is none.
 */
#define WRITE_BY_HAND_MS	300000U	/* since it got on last: then targets are tried again */
void give_dump(struct daemon *d, unsigned int client, const char *keys, s64 now);

/* daemon_files.c */
void files_open(struct daemon *d);
void files_step(struct daemon *d, s64 now);
void files_keep_state(struct daemon *d);
/* The daemon ends: write the files for the last time, if their disks answer. */
void files_finish(struct daemon *d);
/* When files_step() has something to do at the latest. */
s64 files_due(const struct daemon *d);
void files_on_exit(struct daemon *d, pid_t pid);
void files_keep_held(struct daemon *d);
void files_tell(struct daemon *d, enum tell_event event, const json_t *record, const char *text);
struct stats_view daemon_view(struct daemon *d);

/*
 * Store in @symptom what the dump of @record is of: the symptom of its trigger, of what hangs
 * in it, and if tasks hang, of their count. Returns how many there are.
 */
#define FILES_SYMPTOMS	3U
unsigned int files_symptoms(const struct daemon *d, const json_t *record,
			    u64 symptom[FILES_SYMPTOMS]);

/* daemon.c: run until a signal ends it. Returns the exit status. */
int daemon_run(const char *config, const char *socket, const char *proc);

#endif
