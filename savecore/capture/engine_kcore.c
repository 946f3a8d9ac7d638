// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * engine_kcore.c - the engine without the module. The core runs in this process
 * and reads memory through /proc/kcore.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine.h"
#include "savecore/output/sink_file.h"
#include "savecore/source/source_kcore.h"

/*
 * The least page buffer, in bytes, beside which the lists' check prepares itself. Where
 * less may be locked, it first gives back the memory that this takes.
 */
#define BESIDE_LEAST	((u64)256 << 20)

/* Not with --threads 1: who asks for it wants no more than one processor to be used. */
static bool kcore_prepares_beside(const struct engine_job *job)
{
	return job->workers > 1 && job->request->memory >= BESIDE_LEAST;
}

struct kcore_engine {
	struct ld_source *source;
};

static int kcore_engine_open(void **state, struct engine_job *job, struct error *err)
{
	struct kcore_options options = {
		.dir = job->proc,
		.workers = job->workers + 1,	/* the last one is for the lists' check */
		.level = job->request->level,
	};
	struct kcore_engine *e;
	int ret;

	e = calloc(1, sizeof(*e));
	if (!e) {
		error_set(err, "not enough memory\nend other programs and run savecore again");
		return -ENOMEM;
	}
	ret = kcore_open(&options, &e->source, err);
	if (ret) {
		free(e);
		return ret;
	}
	job->source.system = &e->source->system;
	job->source.page_size = ld_page_size(e->source);
	job->source.ram = ld_source_frames(e->source) * job->source.page_size;
	snprintf(job->source.device, sizeof(job->source.device), "%s/kcore", job->proc);
	job->crash_kernel = kcore_has_crash_kernel(e->source);
	*state = e;
	return 0;
}

static struct ld_params kcore_engine_params(const struct kcore_engine *e, struct engine_job *job)
{
	return (struct ld_params){
		.request = job->request,
		.source = e->source,
		.workers = job->workers,
		.control = &job->control,
	};
}

static int kcore_engine_estimate(void *state, struct engine_job *job, unsigned int level,
				 struct ld_estimate *estimate)
{
	struct ld_params params = kcore_engine_params(state, job);
	struct dump_request request = *job->request;

	request.level = level;
	params.request = &request;
	job->memory_allowed = request.memory;
	return ld_estimate(&params, &job->result, estimate);
}

static int kcore_engine_estimate_fit(void *state, struct engine_job *job, u64 room,
				     struct ld_estimate *estimate)
{
	struct ld_params params = kcore_engine_params(state, job);

	return ld_estimate_fit(&params, room, &job->result, estimate);
}

static int kcore_engine_dump(void *state, struct engine_job *job)
{
	struct ld_params params = kcore_engine_params(state, job);
	struct sink_stream *stream = NULL;
	struct lists_check check = { 0 };
	struct sink_fd file;
	int ret;

	if (job->stream) {
		ret = sink_stream_open(&stream, job->fd);
		if (ret)
			return ret;
		sink_stream_count(stream, &job->sent);
		params.sink = sink_stream_sink(stream);
	} else {
		sink_fd_init(&file, job->fd);
		params.sink = &file.sink;
	}
	/* Without a page buffer there is no copy to look at. */
	if (job->request->memory) {
		lists_check_open(&check, params.source, job->workers,
				 kcore_prepares_beside(job));
		params.checker = &check.checker;
	}
	ret = ld_dump(&params, &job->result);
	lists_check_close(&check);
	lists_tell(&job->result.lists, check.why, &job->lists);
	if (stream)
		sink_stream_close(stream);
	return ret;
}

static void kcore_engine_close(void *state)
{
	struct kcore_engine *e = state;

	kcore_close(e->source);
	free(e);
}

const struct engine engine_kcore = {
	.name = "kcore",
	.open = kcore_engine_open,
	.estimate = kcore_engine_estimate,
	.estimate_fit = kcore_engine_estimate_fit,
	.dump = kcore_engine_dump,
	.close = kcore_engine_close,
};
