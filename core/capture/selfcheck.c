// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * selfcheck.c - a test of freezes: copy twice and compare.
 */
#include "core/format/seal.h"
#include "core/scale.h"
#include "port/zero.h"
#include "selfcheck.h"

/* Written in the pause, see PORT_OWN_MIN. */
struct ld_selfcheck_run {
	struct ld_pagebuf second;
	port_atomic64_t written;	/* as in struct ld_selfcheck */
	port_atomic64_t marked;
	port_atomic64_t differing;
};

static size_t selfcheck_bytes(void)
{
	return port_own_bytes(sizeof(struct ld_selfcheck_run));
}

int ld_selfcheck_open(struct ld_pipeline *p, struct ld_need *need)
{
	if (!p->params->selfcheck || p->request->mode == LD_MODE_LIVE)
		return 0;
	p->selfcheck = port_alloc(selfcheck_bytes());
	if (!p->selfcheck)
		return dump_end_blame(&p->result->end, LD_STAGE_ALLOCATE, 0, -ENOMEM);
	need->memory *= 2;
	need->pause_ns = ld_add(need->pause_ns, need->copy_ns);
	return 0;
}

void ld_selfcheck_close(struct ld_pipeline *p)
{
	if (!p->selfcheck)
		return;
	p->result->bytes.buffer += ld_pagebuf_bytes(&p->selfcheck->second);
	ld_pagebuf_close(&p->selfcheck->second);
	port_free(p->selfcheck, selfcheck_bytes());
	p->selfcheck = NULL;
}

/* Copy again the page frames that have a good copy. */
static int selfcheck_copy_chunk(void *ctx, unsigned int worker, u64 chunk)
{
	struct ld_pipeline *p = ctx;
	struct ld_pagebuf_masks first;
	int err;

	ld_copied(p, chunk, &first);
	err = ld_pagebuf_read(&p->selfcheck->second, p->params->source, worker, chunk,
			      p->request->level, first.good, NULL);
	return dump_end_blame(&p->workers[worker].end, LD_STAGE_FREEZE, chunk * LD_CHUNK,
			      err == -ENOSPC ? -ENOMEM : err);
}

int ld_selfcheck_add_round(struct ld_pipeline *p, const struct ld_pagebuf_size *size,
			   struct ld_stage_run *round, unsigned int *nr)
{
	if (!p->selfcheck)
		return 0;
	round[(*nr)++] = (struct ld_stage_run){ .step = selfcheck_copy_chunk, .ctx = p };
	return ld_pagebuf_open(&p->selfcheck->second, p->params->source, &p->groups,
			       p->params->workers, size);
}

enum ld_pages ld_selfcheck_pages(const struct ld_source *src, const void *page, const void *other)
{
	const struct ld_arch_paging *paging = &src->system.arch->paging;
	u64 marks = paging->accessed | paging->dirty;
	const u64 *a = page, *b = other;

	if (page && other && !memcmp(page, other, ld_page_size(src)))
		return LD_PAGES_SAME;
	if (!page && !other)
		return LD_PAGES_SAME;
	if (!page || !other)
		return ld_is_zero(page ? page : other, ld_page_size(src)) ? LD_PAGES_SAME :
									    LD_PAGES_DIFFER;
	for (size_t i = 0; i < ld_page_size(src) / sizeof(u64); i++) {
		bool present = a[i] & b[i] & paging->present;

		if (a[i] != b[i] && (!present || (a[i] ^ b[i]) & ~marks))
			return LD_PAGES_DIFFER;
	}
	return LD_PAGES_MARKED;
}

#define SUM_WORDS	64U

/* The checksum of a page. In present page-table entries, ignore accessed and dirty bits. */
static u64 selfcheck_plain_sum(const struct ld_source *src, const u64 *page, u64 seed)
{
	const struct ld_arch_paging *paging = &src->system.arch->paging;
	u64 marks = paging->accessed | paging->dirty, part[SUM_WORDS];

	for (size_t i = 0; page && i < ld_page_size(src) / sizeof(u64); i += SUM_WORDS) {
		for (size_t n = 0; n < SUM_WORDS; n++)
			part[n] = page[i + n] & (page[i + n] & paging->present ? ~marks : ~0ULL);
		seed = port_hash64(part, sizeof(part), seed);
	}
	return seed;
}

void ld_selfcheck_record(const struct ld_source *src, const void *page, u64 pfn,
			 struct ld_early_page *record)
{
	record->sum = ld_seal_page(page, ld_page_size(src), pfn);
	record->plain = selfcheck_plain_sum(src, page, pfn);
}

enum ld_pages ld_selfcheck_early(const struct ld_pipeline *p, u64 pfn, const void *page)
{
	const struct ld_source *src = p->params->source;
	const struct ld_early_chunk *early = ld_early_chunk(&p->early, pfn / LD_CHUNK);
	const struct ld_early_page *record = ld_early_page(&p->early, early, pfn % LD_CHUNK);

	if (ld_is_zero(page, ld_page_size(src)))
		page = NULL;
	if (ld_seal_page(page, ld_page_size(src), pfn) == record->sum)
		return LD_PAGES_SAME;
	return selfcheck_plain_sum(src, page, pfn) == record->plain ? LD_PAGES_MARKED :
								      LD_PAGES_DIFFER;
}

/*
 * When the processor sets accessed and dirty bits, it writes to page tables without setting
 * a dirty bit for that write. So only pre-copy, which relies on dirty bits, misses it.
 */
static bool selfcheck_allows_marks(const struct ld_pipeline *p)
{
	return p->request->mode == LD_MODE_PRECOPY && p->result->precopy.rounds;
}

/* @page is the second copy of a page frame that is written early. */
static enum ld_pages selfcheck_compare_early(const struct ld_pipeline *p, u64 pfn,
					     const void *page, bool zero)
{
	const struct ld_early_chunk *early = ld_early_chunk(&p->early, pfn / LD_CHUNK);

	if (page)
		return ld_selfcheck_early(p, pfn, page);
	return zero && ld_bit(early->zero, pfn % LD_CHUNK) ? LD_PAGES_SAME : LD_PAGES_DIFFER;
}

/* Count page frame @pfn, whose two copies are not the same. */
static void selfcheck_count(struct ld_pipeline *p, u64 pfn, enum ld_pages how)
{
	const struct ld_selfcheck *test = p->params->selfcheck;
	struct ld_selfcheck_run *check = p->selfcheck;
	struct ld_source *src = p->params->source;

	if (how == LD_PAGES_MARKED && selfcheck_allows_marks(p)) {
		port_atomic64_add(&check->marked, 1);
	} else if (test->wrote && test->wrote(src, pfn)) {
		port_atomic64_add(&check->written, 1);
	} else {
		port_atomic64_add(&check->differing, 1);
		if (test->differs)
			test->differs(src, pfn);
	}
}

static int selfcheck_compare_chunk(void *ctx, unsigned int worker, u64 chunk)
{
	struct ld_pipeline *p = ctx;
	struct ld_source *src = p->params->source;
	struct ld_worker *w = &p->workers[worker];
	const void **page = w->chunk.page, **other = w->buf;
	u64 zero[LD_CHUNK_WORDS] = { 0 }, other_zero[LD_CHUNK_WORDS] = { 0 };
	const struct ld_early_chunk *early = ld_early_chunk(&p->early, chunk);
	struct ld_pagebuf_masks first;

	memset(page, 0, LD_CHUNK * sizeof(*page));
	memset(other, 0, LD_CHUNK * sizeof(*other));
	ld_copied(p, chunk, &first);
	ld_pagebuf_pages(&p->pagebuf, chunk, page, zero);
	ld_pagebuf_pages(&p->selfcheck->second, chunk, other, other_zero);
	for (u64 i = 0; (i = ld_bit_next(first.good, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		enum ld_pages how = LD_PAGES_DIFFER;

		/* No copy is not the same as a page of zeros. */
		if (ld_early_has_content(early, i))
			how = selfcheck_compare_early(p, chunk * LD_CHUNK + i, other[i],
						      ld_bit(other_zero, i));
		else if ((page[i] || ld_bit(zero, i)) && (other[i] || ld_bit(other_zero, i)))
			how = ld_selfcheck_pages(src, page[i], other[i]);
		if (how != LD_PAGES_SAME)
			selfcheck_count(p, chunk * LD_CHUNK + i, how);
	}
	return 0;
}

int ld_selfcheck_compare(struct ld_pipeline *p, u64 frames)
{
	struct ld_stage_run run = {
		.stage = LD_STAGE_COMPARE,
		.total = frames,
		.step = selfcheck_compare_chunk,
		.ctx = p,
	};
	int err;

	if (!p->selfcheck)
		return 0;
	err = ld_run_stage(p, &run);
	p->params->selfcheck->written += (u64)port_atomic64_read(&p->selfcheck->written);
	p->params->selfcheck->marked += (u64)port_atomic64_read(&p->selfcheck->marked);
	p->params->selfcheck->differing += (u64)port_atomic64_read(&p->selfcheck->differing);
	return err;
}
