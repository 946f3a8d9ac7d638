// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * estimate.c - what a dump would be like, from its plan and a sample.
 *
 * The page frames that the plan keeps are cut into equal runs, as many as
 * there are samples, and of each run one page frame is taken, at a place that
 * has nothing to do with that in other runs: every 64th would meet the same
 * page of each slab. Neighbours are alike, so that this says more than as many
 * page frames from anywhere; how far it may be wrong is computed from how much
 * each sample differs from the one before it.
 */
#include "core/pages/bitmap.h"
#include "estimate.h"
#include "core/flow/pipeline.h"
#include "port/zero.h"

/*
 * Of each SAMPLE_SHARE page frames one is looked at, within limits: how good
 * the result is depends on how many they are, hardly on of how many.
 */
#define SAMPLE_SHARE	64U
#define SAMPLE_LEAST	4096U
#define SAMPLE_MOST	32768U

/* What one page frame takes with each codec; 0 if it has no data of its own. */
struct sample {
	u32 size[LD_NR_CODECS];
};

struct sampler_worker {
	void *codec[LD_NR_CODECS];
	u64 pack_ns[LD_NR_CODECS];
	u8 *to;				/* of LD_CODEC_CAP() bytes */
};

struct ld_sampler {
	u64 kept;			/* page frames, */
	u64 nr;				/* and how many samples there are of them */
	u32 zero[LD_NR_CODECS];		/* what a page of zeros packs to */
	struct sample *sample;
	struct sampler_worker *workers;
	struct ld_packed *packed;	/* the estimate's; those without a codec are left out */
};

/* Run @nr is page frames run_start(nr) .. run_start(nr + 1) - 1 of those kept. */
static u64 run_start(const struct ld_sampler *s, u64 nr)
{
	return nr * s->kept / s->nr;
}

/* The page frame of it that is taken. */
static u64 sample_rank(const struct ld_sampler *s, u64 nr)
{
	u64 start = run_start(s, nr);

	return start + port_hash64(&nr, sizeof(nr), 0) % (run_start(s, nr + 1) - start);
}

/* Find the samples in a chunk. Returns how many there are; *@first is the first one. */
static unsigned int pick(const struct ld_sampler *s, const struct ld_chunk *c, u64 *want,
			 u64 *first)
{
	u64 rank = c->rank, nr = rank * s->nr / s->kept;
	unsigned int picked = 0;

	while (nr < s->nr && sample_rank(s, nr) < rank)
		nr++;
	*first = nr;
	for (u64 i = 0; (i = ld_bit_next(c->keep, i, LD_CHUNK, true)) < LD_CHUNK; i++, rank++) {
		if (nr + picked == s->nr)
			break;
		if (sample_rank(s, nr + picked) != rank)
			continue;
		ld_bit_set(want, i);
		picked++;
	}
	return picked;
}

static u32 packed_size(const struct ld_codec_ops *codec, void *state, const void *page, u8 *to,
		       size_t size)
{
	size_t n = codec->compress(state, page, size, to, LD_CODEC_CAP(size));

	return (u32)(n && n < size ? n : size);
}

/* Pack the pages of @want that are in @got, one after the other in the worker's buffer. */
static int pack_with(struct ld_pipeline *d, unsigned int worker, unsigned int codec,
		     const u64 *want, const u64 *got, struct sample *sample)
{
	const struct ld_codec_ops *ops = d->sampler->packed[codec].codec;
	struct sampler_worker *sw = &d->sampler->workers[worker];
	size_t size = ld_page_size(d->p->source);
	const u8 *page = d->workers[worker].buf;
	u64 start = port_now_ns();

	for (u64 i = 0; (i = ld_bit_next(want, i, LD_CHUNK, true)) < LD_CHUNK; i++, sample++) {
		int err = ld_control_cancelled(d->p->control);

		if (err)
			return err;
		if (!ld_bit(got, i))
			continue;
		if (!ld_is_zero(page, size))
			sample->size[codec] = packed_size(ops, sw->codec[codec], page, sw->to,
							  size);
		page += size;
	}
	sw->pack_ns[codec] += port_now_ns() - start;
	return 0;
}

static int sample_step(struct ld_pipeline *d, unsigned int worker, u64 chunk)
{
	u64 want[LD_CHUNK_WORDS] = { 0 }, got[LD_CHUNK_WORDS], bad[LD_CHUNK_WORDS];
	struct ld_worker *w = &d->workers[worker];
	struct ld_sampler *s = d->sampler;
	unsigned int nr;
	u64 first;
	int err;

	err = ld_keepmap_load(&d->keepmap, &w->group, chunk, w->chunk.keep, &w->chunk.rank);
	if (err)
		return err;
	nr = pick(s, &w->chunk, want, &first);
	if (!nr)
		return 0;
	err = ld_scan_chunk(d, worker, chunk);
	if (err)
		return err;
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		got[i] = want[i] & w->scan.keep[i];
	err = ld_chunk_read(d->p->source, worker, chunk, got, w->buf, bad);
	if (err)
		return dump_end_blame(&w->end, LD_STAGE_READ, chunk * LD_CHUNK, err);
	/* What could not be read is as good as zeros; its place in the buffer is undefined. */
	for (u64 i = 0, at = 0; (i = ld_bit_next(got, i, LD_CHUNK, true)) < LD_CHUNK; i++, at++)
		if (ld_bit(bad, i))
			memset((u8 *)w->buf + at * ld_page_size(d->p->source), 0,
			       ld_page_size(d->p->source));
	for (unsigned int c = 0; c < LD_NR_CODECS && !err; c++)
		if (s->packed[c].codec)
			err = pack_with(d, worker, c, want, got, s->sample + first);
	port_atomic64_add(&d->p->control->done, nr);
	return err;
}

/* The largest number whose square is not more than @n. */
static u64 square_root(u64 n)
{
	u64 root = 0;

	for (u64 bit = 1ULL << 31; bit; bit >>= 1)
		if ((root + bit) * (root + bit) <= n)
			root += bit;
	return root;
}

/*
 * Twice the standard error of the sum over all page frames kept. The variance
 * of one, half the mean square of the difference between neighbours, becomes
 * that of the mean, times 2^16; no intermediate result has more than 63 bits
 * with pages of up to 64 KiB.
 */
static u64 sum_error(const struct ld_sampler *s, u64 squares)
{
	u64 variance;

	if (s->nr == s->kept || s->nr < 2)
		return 0;
	variance = (squares << 16) / (2 * (s->nr - 1) * s->nr);
	variance = variance * ((s->kept - s->nr) * 1024 / s->kept) / 1024;
	return 2 * (s->kept * square_root(variance) >> 8);
}

static void extrapolate(struct ld_pipeline *d, unsigned int codec, u64 overhead, u64 common_ns)
{
	const struct ld_params *p = d->p;
	const struct ld_sampler *s = d->sampler;
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
	for (unsigned int i = 0; i < p->workers; i++)
		pack_ns += s->workers[i].pack_ns[codec];
	if (s->nr) {
		packed->disk_bytes = sum * s->kept / s->nr;
		packed->error = sum_error(s, squares);
		packed->time_ns = pack_ns / s->nr * s->kept / p->workers;
	}
	packed->disk_bytes += overhead;
	packed->file_bytes = packed->disk_bytes;
	if (p->request->format->holes)
		packed->file_bytes = overhead + (s->kept << p->source->page_shift);
	packed->time_ns += common_ns;
}

static void close_sampler(struct ld_pipeline *d)
{
	size_t cap = LD_CODEC_CAP(ld_page_size(d->p->source));
	struct ld_sampler *s = d->sampler;

	if (!s)
		return;
	for (unsigned int i = 0; s->workers && i < d->p->workers; i++) {
		for (unsigned int c = 0; c < LD_NR_CODECS; c++)
			if (s->workers[i].codec[c])
				ld_codecs[c]->close(s->workers[i].codec[c]);
		port_free(s->workers[i].to, cap);
	}
	port_free(s->workers, d->p->workers * sizeof(*s->workers));
	port_free(s->sample, s->nr * sizeof(*s->sample));
	port_free(s, sizeof(*s));
	d->sampler = NULL;
}

/* Open @codec in all workers. One that is not asked for may be missing. */
static int open_codec(struct ld_pipeline *d, unsigned int codec)
{
	const struct ld_params *p = d->p;
	const struct ld_codec_ops *ops = ld_codecs[codec];
	struct ld_packed *packed = &d->sampler->packed[codec];
	int err = 0;

	if (ops->flag && !p->request->format->compresses)
		return 0;
	packed->level = ops == p->request->codec ? p->request->codec_level : ops->level_default;
	for (unsigned int i = 0; i < p->workers && !err; i++)
		err = ops->open(&d->sampler->workers[i].codec[codec], packed->level,
				ld_page_size(p->source));
	if (!err)
		packed->codec = ops;
	return ops == p->request->codec ? err : 0;
}

static int open_sampler(struct ld_pipeline *d, struct ld_estimate *estimate)
{
	const struct ld_params *p = d->p;
	size_t size = ld_page_size(p->source);
	struct ld_sampler *s = port_alloc(sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	d->sampler = s;
	s->packed = estimate->packed;
	s->kept = d->keepmap.total;
	s->nr = s->kept / SAMPLE_SHARE;
	if (s->nr < SAMPLE_LEAST)
		s->nr = SAMPLE_LEAST;
	if (s->nr > SAMPLE_MOST)
		s->nr = SAMPLE_MOST;
	if (s->nr > s->kept)
		s->nr = s->kept;
	estimate->sampled = s->nr;
	s->sample = port_alloc(s->nr * sizeof(*s->sample));
	s->workers = port_alloc(p->workers * sizeof(*s->workers));
	if (!s->sample || !s->workers)
		return -ENOMEM;
	for (unsigned int i = 0; i < p->workers; i++) {
		s->workers[i].to = port_alloc(LD_CODEC_CAP(size));
		if (!s->workers[i].to)
			return -ENOMEM;
	}
	memset(d->workers[0].buf, 0, size);
	for (unsigned int c = 0; c < LD_NR_CODECS; c++) {
		err = open_codec(d, c);
		if (err)
			return err;
		if (s->packed[c].codec)
			s->zero[c] = packed_size(s->packed[c].codec, s->workers[0].codec[c],
						 d->workers[0].buf, s->workers[0].to, size);
	}
	return 0;
}

/* The zeros of the dump, and the pinned memory that they do not take. */
static void count_zeros(struct ld_pipeline *d, struct ld_estimate *estimate)
{
	const struct ld_params *p = d->p;
	const struct ld_sampler *s = d->sampler;
	u64 zero = 0, ahead, most = p->request->memory >> p->source->page_shift;

	for (u64 i = 0; i < s->nr; i++)
		zero += !s->sample[i].size[0];
	if (s->nr)
		estimate->zero = zero * s->kept / s->nr;
	if (p->request->mode != LD_MODE_LIVE) {
		estimate->buffer_bytes = d->result->bytes.needed;
		return;
	}
	d->tiers = (1U << LD_NR_TIERS) - 1;
	ahead = ld_planned(d);
	if (most && ahead && s->nr)
		estimate->buffer_bytes =
			ld_pagebuf_estimate(p->source, p->workers, most,
					    ld_reserve(ahead, most),
					   ahead - zero * ahead / s->nr);
}

static int sample(struct ld_pipeline *d, struct ld_estimate *estimate)
{
	struct ld_layout layout = {
		.source = d->p->source,
		.keep = d->keepmap.map,
		.kept = d->keepmap.total,
	};
	struct ld_sampler *s;
	u64 copy_ns = 0;
	int err;

	err = dump_end_blame(&d->result->end, LD_STAGE_ALLOCATE, 0, open_sampler(d, estimate));
	if (err)
		return err;
	s = d->sampler;
	if (s->nr)
		err = ld_run_stage(d, LD_STAGE_SAMPLE, s->nr, sample_step);
	if (!err && d->request->mode != LD_MODE_LIVE)
		err = ld_freeze_estimate(d);
	if (!err)
		err = ld_time_copy(d, s->kept, &copy_ns);
	if (err)
		return err;
	count_zeros(d, estimate);
	for (unsigned int c = 0; c < LD_NR_CODECS; c++)
		if (s->packed[c].codec)
			extrapolate(d, c, d->request->format->overhead(&layout, s->zero[c]),
				    2 * d->plan_ns + copy_ns);
	return 0;
}

int ld_estimate(const struct ld_params *p, struct dump_result *result, struct ld_estimate *estimate)
{
	struct ld_pipeline *d;
	int err;

	memset(estimate, 0, sizeof(*estimate));
	err = ld_pipeline_open(&d, p, result, NULL);
	if (err)
		return err;
	err = ld_plan(d);
	if (!err) {
		ld_keepmap_finalize(&d->keepmap);
		err = sample(d, estimate);
		close_sampler(d);
	}
	if (err) {
		dump_end_blame(&result->end, LD_STAGE_PLAN, 0, err);
		result->end.cause = err == -ECANCELED ? ld_control_cause(p->control) :
							LD_CAUSE_ERROR;
	}
	ld_pipeline_close(d);
	result->pages.zero = estimate->zero;
	return err;
}
