// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * preflight.c - tests whether writes set dirty bits on this machine.
 *
 * A hypervisor may walk the page tables for the guest, and emulators have bugs. So the
 * bits are tested before anything relies on them.
 */
#include <linux/irq_work.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "facts.h"
#include "module/limits/cgroup.h"
#include "module/tables/bits.h"
#include "preflight.h"

/* One write to a page of our own. */
struct flight {
	const struct track_tables *tables;
	struct irq_work work;
	u8 *addr;
	bool clear;		/* clear the bits instead of reading them */
	bool dirty;
	bool accessed;		/* of the entry that points to the table */
};

static int flight_slice(void *arg)
{
	struct flight *f = arg;
	const struct ld_arch_paging *paging = &f->tables->paging;
	unsigned int level;
	u64 *upper, *entry = track_find(f->tables, (unsigned long)f->addr, &level, &upper);

	if (!entry || !(*entry & paging->writable))
		return -EFAULT;
	if (f->clear) {
		track_clear_bits(entry, paging->dirty);
		if (upper)
			track_clear_bits(upper, paging->accessed);
		return 0;
	}
	f->dirty = track_get(entry) & paging->dirty;
	f->accessed = !upper || track_get(upper) & paging->accessed;
	return 0;
}

static void flight_write(struct irq_work *work)
{
	struct flight *f = container_of(work, struct flight, work);

	if (track_rule_is_off(TRACK_RULE_PREFLIGHT))
		return;
	WRITE_ONCE(*f->addr, *f->addr + 1);
}

static int flight_try(struct flight *f, struct track_slice *slice, bool irq)
{
	int err;

	f->clear = true;
	err = track_slice_run(slice, flight_slice, f);
	if (err)
		return err;
	if (irq) {
		irq_work_queue(&f->work);
		irq_work_sync(&f->work);
	} else {
		flight_write(&f->work);
	}
	f->clear = false;
	return track_slice_run(slice, flight_slice, f);
}

static int flight_try_all(struct flight *f, struct track_slice *slice, u8 *direct, u8 *other,
			  bool *prunes)
{
	for (unsigned int i = 0; i < 4; i++) {
		int err;

		f->addr = i & 1 ? other : direct;
		err = flight_try(f, slice, i & 2);
		if (err)
			return err;
		if (!f->dirty)
			return -EOPNOTSUPP;
		*prunes = *prunes && f->accessed;
	}
	return 0;
}

int track_preflight(const struct track_tables *tables, struct track_slice *slice, bool *prunes,
		    const char **why)
{
	struct page *page = alloc_page(LIVEDUMP_GFP | __GFP_ZERO);
	struct flight f = { .tables = tables };
	void *other = page ? vmap(&page, 1, VM_MAP, PAGE_KERNEL) : NULL;
	int err = other ? 0 : -ENOMEM;

	*prunes = true;
	init_irq_work(&f.work, flight_write);
	if (!err)
		err = flight_try_all(&f, slice, page_address(page), other, prunes);
	if (err == -EFAULT || err == -EOPNOTSUPP) {
		*why = err == -EFAULT ? "a page of our own is not in the kernel's page tables" :
		       "the page tables do not tell what is written to on this system";
		err = -EOPNOTSUPP;
	}
	vunmap(other);
	if (page)
		__free_page(page);
	return err;
}
