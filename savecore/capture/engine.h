/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * engine.h - the ways to take a live dump. An engine opens all that it needs,
 * takes one dump, and says what it did; where the dump goes and what becomes
 * of it is not its business.
 */
#ifndef LIVEDUMP_ENGINE_H
#define LIVEDUMP_ENGINE_H

#include "core/capture/dump.h"
#include "core/capture/estimate.h"
#include "port/error.h"

/* What an engine has opened: set by open(), valid until close(). */
struct engine_source {
	const struct ld_system *system;
	size_t page_size;
	char device[128];		/* what memory is read from */
	u64 ram;			/* bytes of it, at most */
};

/* One dump. */
struct engine_job {
	const struct dump_request *request;
	const char *proc;		/* directory with kcore and its kin */
	bool dry_run;			/* estimate() will be asked, dump() will not */
	unsigned int workers;		/* the module chooses its own number */
	int fd;				/* where the dump goes, */
	bool stream;			/* and that it cannot be seeked */
	struct ld_control control;
	struct engine_source source;

	/* Set by estimate(): most bytes of page buffer that the dump may use. */
	u64 memory_allowed;

	/* Set by dump(), and by estimate(), see ld_estimate(). */
	struct dump_result result;
	u64 sent;			/* bytes of a stream */
	char text[256];			/* what failed, in the module's words, or empty */
};

struct engine {
	const char *name;

	/*
	 * Open and check everything; nothing is opened later. -EOPNOTSUPP for
	 * a dry run if estimate() cannot tell. Returns 0 or a negative errno,
	 * with @err set. On success *state is the engine's until close().
	 */
	int (*open)(void **state, struct engine_job *job, struct error *err);

	/*
	 * What the dump would be like at dump level @level: ld_estimate().
	 * Nothing is written. Returns 0 or a negative errno, which is
	 * -EOPNOTSUPP if this one cannot tell.
	 */
	int (*estimate)(void *state, struct engine_job *job, unsigned int level,
			struct ld_estimate *estimate);

	/* Write the whole dump to job->fd. Returns 0 or a negative errno. */
	int (*dump)(void *state, struct engine_job *job);

	void (*close)(void *state);
};

extern const struct engine engine_kcore;
extern const struct engine engine_module;

#endif
