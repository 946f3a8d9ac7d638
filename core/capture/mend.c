// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * mend.c - copies single page frames again.
 *
 * If structures change faster than page frames can be copied, workers hold the processors
 * meanwhile: each occupies one at real-time priority, so that only interrupts and worker 0,
 * which mends, still run. Little is left to mend by then, so a hold is short.
 */
#include "mend.h"
#include "core/checker.h"

#define MEND_NS		500000000ULL	/* time to copy while the system runs */
#define HOLD_NS		100000000ULL	/* time to copy in a hold */
#define HOLD_WAIT_NS	50000000ULL	/* for all workers to get a processor */
#define LOOK_NS		500000000ULL	/* no holds if checking all lists takes longer */
#define HOLDS		8U

/*
 * The time between two holds, for other threads. In each second the kernel gives real-time
 * threads at most 0.95 s of a processor (sched_rt_runtime_us). Do not use that up.
 */
#define HOLD_GAP_NS	250000000ULL

struct mend {
	struct ld_again again;		/* passed to the checker */
	struct ld_pipeline *p;
	unsigned int reading;
	u64 copied;			/* page frames copied again after this reading */
	u64 ns;				/* time limit from the first copy on */
	u64 first_ns;			/* when the first copy began, 0: nothing was copied yet */
	u64 last_ns;			/* when the last copy ended */
};

struct mend_hold {
	struct mend *mend;
	port_atomic64_t held;		/* workers that hold a processor */
	port_atomic64_t done;
	unsigned int torn;
};

static struct mend *to_mend(struct ld_again *again)
{
	return (struct mend *)((char *)again - offsetof(struct mend, again));
}

/*
 * Check that @nr page frames of a chunk from @pfn on belong in the dump now. Most structures
 * are in pages whose type is certain without the rest of the chunk. For other types, classify
 * the whole chunk. Returns 0, -EFAULT if one does not belong, or a negative errno.
 */
static int mend_are_kept(struct ld_pipeline *p, u64 pfn, unsigned int nr)
{
	struct ld_source *src = p->params->source;
	struct ld_scan *scan = &p->workers[0].scan;
	u64 first = pfn % LD_CHUNK;
	bool sure = true;
	int err;

	if (!ld_is_ram(src, pfn) || !ld_is_ram(src, pfn + nr - 1))
		return -EFAULT;
	err = src->ops->page_flags(src, 0, pfn, nr, scan->page_flags + first);
	for (u64 i = first; i < first + nr && !err; i++) {
		scan->type[i] = (u8)ld_filter_type(scan->page_flags[i]);
		sure &= scan->type[i] != LD_TYPE_KERNEL;
		if (!ld_filter_keep(scan->type[i], p->request->level))
			err = -EFAULT;
	}
	if (err || sure)
		return err;
	err = ld_scan_chunk(p, 0, pfn / LD_CHUNK);
	return !err && ld_bit_next(scan->keep, first, first + nr, false) < first + nr ? -EFAULT :
										      err;
}

/* Copy page frames to @pages if they belong in the dump before and after the copying. */
static int mend_read(struct ld_pipeline *p, u64 pfn, unsigned int nr, void *pages)
{
	struct ld_source *src = p->params->source;
	u64 bad[LD_CHUNK_WORDS] = { 0 };
	int err;

	err = mend_are_kept(p, pfn, nr);
	if (!err)
		err = src->ops->read(src, 0, pfn, nr, pages, bad);
	if (!err && ld_weight(bad, LD_CHUNK_WORDS))
		err = -EFAULT;
	return err ? err : mend_are_kept(p, pfn, nr);
}

/* Put the copy of page frame @pfn at @page into the dump. */
static int mend_store(struct ld_pipeline *p, u64 pfn, const void *page)
{
	u64 *keep = ld_keepmap_chunk(&p->keepmap, pfn / LD_CHUNK), i = pfn % LD_CHUNK;
	struct ld_worker *w = &p->workers[0];
	u64 frames[LD_CHUNK_WORDS] = { 0 };
	const void *old;
	bool had = ld_pagebuf_find(&p->pagebuf, pfn, &old);
	int err = ld_pagebuf_store(&p->pagebuf, 0, pfn, page);

	if (err)
		return err;
	ld_bit_set(frames, i);
	ld_suremap_set_types(&p->sure, pfn / LD_CHUNK, frames, &w->scan);
	w->pages.buffered += !had;
	if (!ld_bit(keep, i)) {
		ld_bit_set(keep, i);
		w->pages.reclassified_kept++;
	}
	return 0;
}

static int mend_copy(struct ld_again *again, u64 pfn, unsigned int nr)
{
	struct mend *mend = to_mend(again);
	struct ld_pipeline *p = mend->p;
	u8 *pages = p->workers[0].buf;

	if (!mend->first_ns) {
		mend->first_ns = port_now_ns();
		mend->last_ns = mend->first_ns;
	}
	while (nr) {
		unsigned int run = LD_CHUNK - (unsigned int)(pfn % LD_CHUNK);
		int err;

		if (run > nr)
			run = nr;
		if (mend->copied + run > LD_MEND_MAX)
			return -ENOSPC;
		if (port_now_ns() - mend->first_ns > mend->ns)
			return -ETIME;
		mend->copied += run;
		err = mend_read(p, pfn, run, pages);
		for (unsigned int i = 0; i < run && !err; i++)
			err = mend_store(p, pfn + i, pages + i * ld_page_size(p->params->source));
		mend->last_ns = port_now_ns();
		if (err)
			return err;
		pfn += run;
		nr -= run;
	}
	return 0;
}

static unsigned int mend_try(struct mend *mend, u64 ns)
{
	struct ld_checker *checker = mend->p->params->checker;

	mend->ns = ns;
	mend->first_ns = 0;
	mend->last_ns = 0;
	return checker->what_is_torn(checker, &mend->p->pagebuf, &mend->again, mend->reading);
}

/* Worker 0 mends as soon as all others hold a processor, or after HOLD_WAIT_NS. */
static int mend_held(void *arg, unsigned int worker)
{
	struct mend_hold *h = arg;
	unsigned int others = h->mend->p->params->workers - 1;
	u64 start, wait = HOLD_WAIT_NS;

	port_boost(true);
	start = port_now_ns();
	if (!worker) {
		while (port_atomic64_read(&h->held) < others && port_now_ns() - start < wait)
			port_yield();
		h->torn = mend_try(h->mend, HOLD_NS);
		port_atomic64_set(&h->done, 1);
	} else {
		port_atomic64_add(&h->held, 1);
		wait += HOLD_NS + HOLD_WAIT_NS;
		while (!port_atomic64_read(&h->done) && port_now_ns() - start < wait)
			port_yield();
	}
	port_boost(false);
	return 0;
}

static unsigned int mend_try_held(struct mend *mend)
{
	struct mend_hold hold = { .mend = mend };

	port_run(mend->p->params->workers, mend_held, &hold);
	return hold.torn;
}

/*
 * Whether holding the processors is of use: there is a worker for each, and checking all
 * lists does not take much longer than a hold. The last try, from @begun_ns on, tells how
 * long that takes. The time from its first copy to its last does not count: it is limited,
 * and longest where structures change fast, which is what holds are for.
 */
static bool mend_may_hold(const struct mend *mend, u64 begun_ns)
{
	u64 look_ns = port_now_ns() - begun_ns - (mend->last_ns - mend->first_ns);

	return mend->p->params->workers >= port_cpus() && look_ns < LOOK_NS;
}

bool ld_mend(struct ld_pipeline *p, unsigned int reading)
{
	struct mend mend = { .again = { mend_copy }, .p = p, .reading = reading };
	u64 begun = port_now_ns();
	unsigned int torn = mend_try(&mend, MEND_NS);
	bool held = mend_may_hold(&mend, begun);

	for (unsigned int i = 0; i < HOLDS && torn && p->request->boost; i++) {
		port_sleep_ns(HOLD_GAP_NS);
		begun = port_now_ns();
		torn = held ? mend_try_held(&mend) : mend_try(&mend, MEND_NS);
		/* The first try may have told too little: what it checked between copies. */
		held = held && port_now_ns() - begun < LOOK_NS + HOLD_NS;
	}
	p->result->lists = (struct dump_lists){ reading, torn, mend.copied };
	return torn;
}
