// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * vmemmap.c - which page frames hold the kernel's array of struct pages.
 */
#include "vmemmap.h"

/* Steps of the sort between two moments at which the host may schedule: some 0.1 ms. */
#define SORT_STEPS	1024U

void ld_vmemmap_open(struct ld_vmemmap *v, unsigned int described)
{
	memset(v, 0, sizeof(*v));
	v->described = described;
}

static size_t vmemmap_bytes(const struct ld_vmemmap *v)
{
	return v->capacity * sizeof(*v->runs);
}

void ld_vmemmap_close(struct ld_vmemmap *v)
{
	port_free(v->runs, vmemmap_bytes(v));
	v->runs = NULL;
	v->capacity = 0;
}

int ld_vmemmap_alloc(struct ld_vmemmap *v)
{
	v->capacity = v->nr;
	v->nr = 0;
	memset(&v->last, 0, sizeof(v->last));
	v->runs = port_alloc(vmemmap_bytes(v));
	return v->runs ? 0 : -ENOMEM;
}

static void vmemmap_store_last(struct ld_vmemmap *v)
{
	if (v->nr <= v->capacity)
		v->runs[v->nr - 1] = v->last;
}

static void vmemmap_begin_run(struct ld_vmemmap *v, u64 pfn, u64 first, u32 each)
{
	v->last = (struct ld_vmemmap_run){ .pfn = pfn, .first = first, .nr = 1, .each = each };
	v->nr++;
}

void ld_vmemmap_add(struct ld_vmemmap *v, u64 pfn, u64 first)
{
	struct ld_vmemmap_run *last = &v->last;
	bool follows = last->nr && first == last->first + (u64)last->nr * last->each;

	if (follows && pfn == last->pfn + last->nr && last->each == v->described &&
	    last->nr < 0xffffffffU) {
		last->nr++;
	} else if (follows && pfn == last->pfn + last->nr - 1) {
		/* The page frame of before once more: it gets a run of its own. */
		if (last->nr > 1) {
			last->nr--;
			vmemmap_store_last(v);
			vmemmap_begin_run(v, pfn, first - v->described, v->described);
		}
		last->each += v->described;
	} else {
		vmemmap_begin_run(v, pfn, first, v->described);
	}
	vmemmap_store_last(v);
}

/* Move the run at @at down in the heap of the first @nr runs. */
static void vmemmap_sift(struct ld_vmemmap_run *runs, u64 at, u64 nr)
{
	struct ld_vmemmap_run moved = runs[at];
	u64 child;

	while ((child = 2 * at + 1) < nr) {
		if (child + 1 < nr && runs[child].pfn < runs[child + 1].pfn)
			child++;
		if (runs[child].pfn <= moved.pfn)
			break;
		runs[at] = runs[child];
		at = child;
	}
	runs[at] = moved;
}

/* A heap sort: it needs no memory, and can be interrupted anywhere. */
static void vmemmap_sort_runs(struct ld_vmemmap *v)
{
	struct ld_vmemmap_run *runs = v->runs;

	for (u64 i = v->nr / 2; i--;) {
		vmemmap_sift(runs, i, v->nr);
		if (!(i % SORT_STEPS))
			port_relax();
	}
	for (u64 nr = v->nr; nr > 1; nr--) {
		struct ld_vmemmap_run largest = runs[0];

		runs[0] = runs[nr - 1];
		runs[nr - 1] = largest;
		vmemmap_sift(runs, 0, nr - 1);
		if (!(nr % SORT_STEPS))
			port_relax();
	}
}

/* Join runs that have page frames in common: these are in the array more than once. */
static void vmemmap_join_runs(struct ld_vmemmap *v)
{
	u64 nr = 0;

	for (u64 i = 0; i < v->nr; i++) {
		struct ld_vmemmap_run *run = &v->runs[i], *last = nr ? &v->runs[nr - 1] : NULL;

		if (last && run->pfn < last->pfn + last->nr) {
			if (run->pfn + run->nr > last->pfn + last->nr)
				last->nr = (u32)(run->pfn + run->nr - last->pfn);
			last->each = 0;
		} else {
			v->runs[nr++] = *run;
		}
		if (!(i % SORT_STEPS))
			port_relax();
	}
	v->nr = nr;
}

void ld_vmemmap_sort(struct ld_vmemmap *v)
{
	if (v->nr > v->capacity)
		v->nr = v->capacity;
	vmemmap_sort_runs(v);
	vmemmap_join_runs(v);
}

unsigned int ld_vmemmap_find(const struct ld_vmemmap *v, u64 pfn, u64 *first)
{
	u64 lo = 0, hi = v->nr;

	while (lo < hi) {
		u64 mid = lo + (hi - lo) / 2;
		const struct ld_vmemmap_run *run = &v->runs[mid];

		if (pfn < run->pfn) {
			hi = mid;
		} else if (pfn >= run->pfn + run->nr) {
			lo = mid + 1;
		} else {
			*first = run->first + (pfn - run->pfn) * run->each;
			return run->each;
		}
	}
	return 0;
}
