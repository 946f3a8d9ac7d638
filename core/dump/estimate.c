// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * estimate.c - estimate a dump from its plan and a sample.
 *
 * The page frames that the plan keeps are cut into equal runs. The sample has
 * one page frame of each run. Its place within the run is pseudo-random: every
 * 64th page frame would be the same page of each slab. Neighbours are alike, so
 * such a sample says more than the same number of page frames from random
 * places. The error of the estimate is computed from the differences between
 * consecutive samples.
 */
#include "core/capture/capture.h"
#include "core/flow/measure.h"
#include "core/flow/stage.h"
#include "core/scale.h"
#include "port/zero.h"
#include "estimate.h"

/*
 * One of SAMPLE_SHARE page frames is in the sample, within limits. The quality
 * of an estimate depends on the size of the sample, hardly on the size of the
 * memory.
 */
#define SAMPLE_SHARE	64U
#define SAMPLE_LEAST	4096U
#define SAMPLE_MOST	32768U

/* Bytes of one page frame with each codec. 0: it has no data of its own. */
struct sample {
	u32 size[LD_NR_CODECS];
};

struct sampler_worker {
	void *codec[LD_NR_CODECS];
	u64 pack_ns[LD_NR_CODECS];
	u8 *to;				/* buffer of LD_CODEC_CAP() bytes */
};

struct sampler {
	struct ld_pipeline *pipeline;
	bool brief;			/* only the sizes with the codec of the request */
	u64 kept;			/* page frames that the plan keeps */
	u64 nr;				/* samples */
	u64 nr_zero;			/* samples that are full of zeros */
	u32 zero[LD_NR_CODECS];		/* bytes of a page of zeros */
	struct sample *sample;
	struct sampler_worker *workers;
	struct ld_packed *packed;	/* in the estimate; entries without a codec are skipped */
};

/* Run @nr has the kept page frames sample_run_start(nr) .. sample_run_start(nr + 1) - 1. */
static u64 sample_run_start(const struct sampler *s, u64 nr)
{
	return nr * s->kept / s->nr;
}

/* Sample @nr is this one of the kept page frames. */
static u64 sample_rank(const struct sampler *s, u64 nr)
{
	u64 start = sample_run_start(s, nr);

	return start + port_hash64(&nr, sizeof(nr), 0) % (sample_run_start(s, nr + 1) - start);
}

/*
 * Set the bits of @want for the samples in a chunk. Returns how many there are.
 * *@first is the number of the first one.
 */
static unsigned int sample_find_in_chunk(const struct sampler *s, const struct ld_chunk *c,
					 u64 *want, u64 *first)
{
	u64 rank = c->rank, nr = rank * s->nr / s->kept;
	unsigned int found = 0;

	while (nr < s->nr && sample_rank(s, nr) < rank)
		nr++;
	*first = nr;
	for (u64 i = 0; (i = ld_bit_next(c->keep, i, LD_CHUNK, true)) < LD_CHUNK; i++, rank++) {
		if (nr + found == s->nr)
			break;
		if (sample_rank(s, nr + found) != rank)
			continue;
		ld_bit_set(want, i);
		found++;
	}
	return found;
}

static u32 sample_packed_size(const struct ld_codec_ops *codec, void *state, const void *page,
			      u8 *to, size_t size)
{
	size_t n = codec->compress(state, page, size, to, LD_CODEC_CAP(size));

	return (u32)(n && n < size ? n : size);
}

/*
 * Compress the pages of @want that are in @got. They are one after the other in
 * the buffer of the worker.
 */
static int sample_pack_pages(struct sampler *s, unsigned int worker, unsigned int codec,
			     const u64 *want, const u64 *got, struct sample *sample)
{
	const struct ld_params *params = s->pipeline->params;
	const struct ld_codec_ops *ops = s->packed[codec].codec;
	struct sampler_worker *sw = &s->workers[worker];
	size_t size = ld_page_size(params->source);
	const u8 *page = s->pipeline->workers[worker].buf;
	u64 start = port_now_ns();

	for (u64 i = 0; (i = ld_bit_next(want, i, LD_CHUNK, true)) < LD_CHUNK; i++, sample++) {
		int err = ld_control_cancelled(params->control);

		if (err)
			return err;
		if (!ld_bit(got, i))
			continue;
		if (!ld_is_zero(page, size))
			sample->size[codec] = sample_packed_size(ops, sw->codec[codec], page,
								 sw->to, size);
		page += size;
		port_relax();
	}
	sw->pack_ns[codec] += port_now_ns() - start;
	return 0;
}

static int sample_chunk(void *ctx, unsigned int worker, u64 chunk)
{
	struct sampler *s = ctx;
	struct ld_pipeline *p = s->pipeline;
	struct ld_source *src = p->params->source;
	u64 want[LD_CHUNK_WORDS] = { 0 }, got[LD_CHUNK_WORDS], bad[LD_CHUNK_WORDS];
	struct ld_worker *w = &p->workers[worker];
	size_t size = ld_page_size(src);
	unsigned int nr;
	u64 first;
	int err;

	err = ld_keepmap_load(&p->keepmap, &w->group, chunk, w->chunk.keep, &w->chunk.rank);
	if (err)
		return err;
	nr = sample_find_in_chunk(s, &w->chunk, want, &first);
	if (!nr)
		return 0;
	err = ld_scan_chunk(p, worker, chunk);
	if (err)
		return err;
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		got[i] = want[i] & w->scan.keep[i];
	err = ld_chunk_read(src, worker, chunk, got, w->buf, bad);
	if (err)
		return dump_end_blame(&w->end, LD_STAGE_SAMPLE, chunk * LD_CHUNK, err);
	/*
	 * A page that cannot be read counts as zeros. Its part of the buffer is
	 * undefined.
	 */
	for (u64 i = 0, at = 0; (i = ld_bit_next(got, i, LD_CHUNK, true)) < LD_CHUNK; i++, at++)
		if (ld_bit(bad, i))
			memset((u8 *)w->buf + at * size, 0, size);
	for (unsigned int c = 0; c < LD_NR_CODECS && !err; c++)
		if (s->packed[c].codec)
			err = sample_pack_pages(s, worker, c, want, got, s->sample + first);
	port_atomic64_add(&p->params->control->done, nr);
	return err;
}

/* The square root of @n, rounded down. */
static u64 estimate_square_root(u64 n)
{
	u64 root = 0;

	for (u64 bit = 1ULL << 31; bit; bit >>= 1)
		if ((root + bit) * (root + bit) <= n)
			root += bit;
	return root;
}

/*
 * Twice the standard error of the sum over all kept page frames. The variance
 * of one sample is half the mean square of the difference between neighbours.
 * The variance of the mean is computed from it, times 2^16. With pages of up to
 * 64 KiB no intermediate result has more than 63 bits.
 */
static u64 estimate_sum_error(const struct sampler *s, u64 squares)
{
	u64 variance;

	if (s->nr == s->kept || s->nr < 2)
		return 0;
	variance = (squares << 16) / (2 * (s->nr - 1) * s->nr);
	variance = variance * ((s->kept - s->nr) * 1024 / s->kept) / 1024;
	return 2 * (s->kept * estimate_square_root(variance) >> 8);
}

static void estimate_extrapolate(const struct sampler *s, unsigned int codec,
				 const struct ld_layout *layout, u64 common_ns)
{
	const struct ld_params *params = s->pipeline->params;
	const struct ld_format_ops *format = params->request->format;
	u64 holes, overhead = format->overhead(layout, s->zero[codec], &holes);
	struct ld_packed *packed = &s->packed[codec];
	u64 sum = 0, squares = 0, pack_ns = 0, last = 0;

	for (u64 i = 0; i < s->nr; i++) {
		u64 size = s->sample[i].size[codec];
		u64 differs = size > last ? size - last : last - size;

		sum += size;
		if (i)
			squares += differs * differs;
		last = size;
	}
	for (unsigned int i = 0; i < params->workers; i++)
		pack_ns += s->workers[i].pack_ns[codec];
	if (s->nr) {
		packed->disk_bytes = ld_scale(sum, s->kept, s->nr);
		packed->error = estimate_sum_error(s, squares);
		packed->time_ns = ld_scale(pack_ns, s->kept, s->nr * params->workers);
	}
	packed->file_bytes = overhead + packed->disk_bytes;
	packed->disk_bytes += overhead - holes;
	if (format->holes)
		packed->file_bytes = overhead + (s->kept << params->source->page_shift);
	packed->time_ns = s->brief ? 0 : ld_add(packed->time_ns, common_ns);
}

static void sampler_close(struct sampler *s)
{
	const struct ld_params *params = s->pipeline->params;
	size_t cap = LD_CODEC_CAP(ld_page_size(params->source));

	for (unsigned int i = 0; s->workers && i < params->workers; i++) {
		for (unsigned int c = 0; c < LD_NR_CODECS; c++)
			if (s->workers[i].codec[c])
				ld_codecs[c]->close(s->workers[i].codec[c]);
		port_free(s->workers[i].to, cap);
	}
	port_free(s->workers, params->workers * sizeof(*s->workers));
	port_free(s->sample, s->nr * sizeof(*s->sample));
}

/* Open @codec in all workers, unless it is not asked for. That of the request must open. */
static int sampler_open_codec(struct sampler *s, unsigned int codec)
{
	const struct ld_params *params = s->pipeline->params;
	const struct dump_request *request = params->request;
	const struct ld_codec_ops *ops = ld_codecs[codec];
	struct ld_packed *packed = &s->packed[codec];
	int err = 0;

	if ((ops->flag && !request->format->compresses) || (s->brief && ops != request->codec))
		return 0;
	packed->level = ops == request->codec ? request->codec_level : ops->level_default;
	for (unsigned int i = 0; i < params->workers && !err; i++)
		err = ops->open(&s->workers[i].codec[codec], packed->level,
				ld_page_size(params->source));
	if (!err)
		packed->codec = ops;
	return ops == request->codec ? err : 0;
}

static int sampler_alloc(struct sampler *s)
{
	const struct ld_params *params = s->pipeline->params;

	s->sample = port_alloc(s->nr * sizeof(*s->sample));
	s->workers = port_alloc(params->workers * sizeof(*s->workers));
	if (!s->sample || !s->workers)
		return -ENOMEM;
	for (unsigned int i = 0; i < params->workers; i++) {
		s->workers[i].to = port_alloc(LD_CODEC_CAP(ld_page_size(params->source)));
		if (!s->workers[i].to)
			return -ENOMEM;
	}
	return 0;
}

/* Returns 0 or a negative errno. Close it in both cases. */
static int sampler_open(struct sampler *s, struct ld_pipeline *p, bool brief,
			struct ld_estimate *estimate)
{
	size_t size = ld_page_size(p->params->source);
	int err;

	memset(s, 0, sizeof(*s));
	s->pipeline = p;
	s->brief = brief;
	s->packed = estimate->packed;
	s->kept = p->keepmap.total;
	s->nr = s->kept / SAMPLE_SHARE;
	if (s->nr < SAMPLE_LEAST)
		s->nr = SAMPLE_LEAST;
	if (s->nr > SAMPLE_MOST)
		s->nr = SAMPLE_MOST;
	if (s->nr > s->kept)
		s->nr = s->kept;
	estimate->sampled = s->nr;
	err = sampler_alloc(s);
	memset(p->workers[0].buf, 0, size);
	for (unsigned int c = 0; c < LD_NR_CODECS && !err; c++) {
		err = sampler_open_codec(s, c);
		if (!err && s->packed[c].codec)
			s->zero[c] = sample_packed_size(s->packed[c].codec, s->workers[0].codec[c],
							p->workers[0].buf, s->workers[0].to, size);
	}
	return err;
}

static struct ld_layout estimate_layout(const struct ld_pipeline *p)
{
	return (struct ld_layout){
		.source = p->params->source,
		.keep = &p->keepmap.map,
		.kept = p->keepmap.total,
	};
}

/*
 * Whether the dump takes at most @room bytes even if no page gets smaller. If so, that
 * is its estimate.
 */
static bool estimate_fits_raw(const struct ld_pipeline *p, u64 room, struct ld_estimate *estimate)
{
	const struct dump_request *request = p->request;
	size_t size = ld_page_size(p->params->source);
	struct ld_layout layout = estimate_layout(p);
	struct ld_packed most = { .codec = request->codec, .level = request->codec_level };
	u64 holes;

	most.file_bytes = request->format->overhead(&layout, size, &holes) + layout.kept * size;
	most.disk_bytes = most.file_bytes - holes;
	if (most.disk_bytes > room)
		return false;
	for (unsigned int c = 0; c < LD_NR_CODECS; c++)
		if (ld_codecs[c] == request->codec)
			estimate->packed[c] = most;
	return true;
}

/* Compress the samples, and compute from them the size and time with each codec. */
static int estimate_from_sample(struct sampler *s, struct ld_estimate *estimate)
{
	struct ld_pipeline *p = s->pipeline;
	const struct dump_request *request = p->request;
	struct ld_layout layout = estimate_layout(p);
	struct ld_stage_run run = {
		.stage = LD_STAGE_SAMPLE,
		.total = s->nr,
		.step = sample_chunk,
		.ctx = s,
	};
	u64 copy_ns = 0;
	int err = 0;

	if (s->nr)
		err = ld_run_stage(p, &run);
	if (!err && !s->brief)
		err = ld_measure_copy(p, s->kept, ld_capture_of(request->mode)->boost_plan, NULL,
				      NULL, &copy_ns);
	if (err)
		return err;
	for (u64 i = 0; i < s->nr && !s->brief; i++)
		s->nr_zero += !s->sample[i].size[0];
	if (s->nr)
		estimate->zero = s->nr_zero * s->kept / s->nr;
	for (unsigned int c = 0; c < LD_NR_CODECS; c++)
		if (s->packed[c].codec)
			estimate_extrapolate(s, c, &layout, ld_add(2 * p->plan_ns, copy_ns));
	return 0;
}

/* @room is that of ld_estimate_fit(), NULL for ld_estimate(). */
static int estimate_run_stages(struct ld_pipeline *p, const struct ld_capture_ops *way,
			       void **state, const u64 *room, struct ld_estimate *estimate)
{
	struct sampler s;
	struct ld_need need;
	int err;

	err = ld_capture_plan(p, way, state, &need);
	if (err)
		return err;
	p->result->bytes.needed = need.memory;
	p->result->times.pause_estimate = need.pause_ns;
	ld_keepmap_finalize(&p->keepmap);
	if (room && estimate_fits_raw(p, *room, estimate))
		return 0;
	ld_stage_begin(p, LD_STAGE_ALLOCATE, 0);
	err = dump_end_blame(&p->result->end, LD_STAGE_ALLOCATE, 0,
			     sampler_open(&s, p, room, estimate));
	if (!err)
		err = estimate_from_sample(&s, estimate);
	sampler_close(&s);
	if (!err && !room)
		estimate->buffer_bytes = way->estimate(p, *state, s.nr_zero, s.nr);
	return err;
}

static int estimate_run(const struct ld_params *params, const u64 *room,
			struct dump_result *result, struct ld_estimate *estimate)
{
	const struct ld_capture_ops *way = ld_capture_of(params->request->mode);
	struct ld_pipeline *p;
	void *state = NULL;
	int err;

	memset(estimate, 0, sizeof(*estimate));
	err = ld_pipeline_open(&p, params, result, NULL);
	if (err)
		return err;
	err = estimate_run_stages(p, way, &state, room, estimate);
	if (err)
		ld_pipeline_fail(p, err);
	if (state)
		way->close(state);
	ld_pipeline_close(p);
	result->pages.zero = estimate->zero;
	return err;
}

int ld_estimate(const struct ld_params *params, struct dump_result *result,
		struct ld_estimate *estimate)
{
	return estimate_run(params, NULL, result, estimate);
}

int ld_estimate_fit(const struct ld_params *params, u64 room, struct dump_result *result,
		    struct ld_estimate *estimate)
{
	return estimate_run(params, &room, result, estimate);
}
