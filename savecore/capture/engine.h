/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * engine.h - the ways to take a live dump. An engine opens all that it needs,
 * writes one dump to a file descriptor, and returns a result. The caller opens
 * and publishes the output.
 */
#ifndef LIVEDUMP_ENGINE_H
#define LIVEDUMP_ENGINE_H

#include "base/error.h"
#include "core/dump/dump.h"
#include "core/dump/estimate.h"
#include "lists_check.h"

/* What an engine reads from. Set by open(), valid until close(). */
struct engine_source {
	const struct ld_system *system;
	size_t page_size;
	char device[128];		/* the file that memory is read from */
	u64 ram;			/* upper bound, bytes */
};

/* One dump. */
struct engine_job {
	const struct dump_request *request;
	const char *proc;		/* directory of kcore and kpageflags */
	bool dry_run;			/* estimate() is called, dump() is not */
	unsigned int workers;		/* the module chooses its own number */
	int fd;				/* of the output */
	bool stream;			/* fd cannot seek */
	struct ld_control control;
	struct engine_source source;

	/* Set by open(): the dump has a crash kernel's memory, see kcore_has_crash_kernel(). */
	bool crash_kernel;

	/* Set by estimate(): the most bytes that the page buffer may have. */
	u64 memory_allowed;

	/* Set by dump(), and by the estimates, see ld_estimate(). */
	struct dump_result result;
	port_atomic64_t sent;		/* bytes written to a stream, also while dump() runs */
	char text[256];			/* the error text of the module, or empty */
	struct lists_verdict lists;	/* of a live dump by this process */
	bool no_reason;			/* the module is too old for the request's reason */
};

struct engine {
	const char *name;

	/*
	 * Open and check all that the dump needs: nothing is opened later.
	 * Returns 0 or a negative errno, with @err set. It is -EOPNOTSUPP for
	 * a dry run that estimate() does not support. On success *state is
	 * valid until close().
	 */
	int (*open)(void **state, struct engine_job *job, struct error *err);

	/*
	 * Estimate the dump at dump level @level, see ld_estimate(). Writes
	 * nothing. Returns 0 or a negative errno, -EOPNOTSUPP if the engine
	 * cannot estimate.
	 */
	int (*estimate)(void *state, struct engine_job *job, unsigned int level,
			struct ld_estimate *estimate);

	/*
	 * Estimate whether the dump takes more than @room bytes, see ld_estimate_fit().
	 * Writes nothing. Returns 0 or a negative errno, -EOPNOTSUPP if only estimate() can
	 * tell.
	 */
	int (*estimate_fit)(void *state, struct engine_job *job, u64 room,
			    struct ld_estimate *estimate);

	/* Write the whole dump to job->fd. Returns 0 or a negative errno. */
	int (*dump)(void *state, struct engine_job *job);

	void (*close)(void *state);
};

/*
 * What to do if the module cannot take the dump: "use --engine kcore" or, as only
 * the module can freeze the system, "leave out --freeze".
 */
static inline const char *engine_instead(const struct dump_request *request)
{
	return request->mode == LD_MODE_LIVE ? "use --engine kcore" : "leave out --freeze";
}

/* Which freeze pauses the system for a shorter time, and needs less memory; NULL: none. */
static inline const char *engine_gentler(enum ld_mode mode)
{
	switch (mode) {
	case LD_MODE_FREEZE:
		return "use --freeze=precopy or --freeze=kernel";
	case LD_MODE_FREEZE_KERNEL:
		return "use --freeze=precopy";
	default:
		return NULL;
	}
}

extern const struct engine engine_kcore;
extern const struct engine engine_module;

#endif
