// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cpus.c - the run queues of processors have clocks. That of a processor that sleeps
 * stands still, but one that took part in the dump was awake.
 */
#include <errno.h>
#include <stdlib.h>

#include "cpus.h"

int cpus_read(struct cpus *c, const struct kernel *k, struct error *err)
{
	static const struct field_row rows[] = {
		{ "rq", "clock", true },
		{ "rq", "clock_task", true },
	};
	u64 offsets, runqueues, ids, nr, mask, possible = 0;
	struct field f[2];

	*c = (struct cpus){ 0 };
	if (types_fields(&k->types, rows, 2, f, err) || !f[0].there || !f[1].there ||
	    !symbols_find(&k->symbols, "__per_cpu_offset", &offsets) ||
	    !symbols_find(&k->symbols, "runqueues", &runqueues) ||
	    !symbols_find(&k->symbols, "__cpu_possible_mask", &mask) ||
	    !symbols_find(&k->symbols, "nr_cpu_ids", &ids) ||
	    memory_number(k->m, ids, sizeof(u32), &nr) || !nr || nr > CPUS_MAX)
		return 0;
	c->taken = calloc(nr, sizeof(*c->taken));
	if (!c->taken) {
		error_set(err, "the processors: not enough memory");
		return -ENOMEM;
	}
	c->nr = (u32)nr;
	for (u32 i = 0; i < c->nr; i++) {
		u64 at, clock, clock_task;

		c->taken[i] = UINT64_MAX;
		if (i % 64 == 0 && memory_u64(k->m, mask + i / 8, &possible))
			possible = 0;
		if (!(possible >> i % 64 & 1) || memory_u64(k->m, offsets + i * 8ULL, &at))
			continue;
		at += runqueues;
		if (field_read(k->m, at, &f[0], &clock) ||
		    field_read(k->m, at, &f[1], &clock_task) || clock_task > clock)
			continue;
		c->taken[i] = clock - clock_task;
		if (clock > c->now)
			c->now = clock;
	}
	return 0;
}

void cpus_free(struct cpus *c)
{
	free(c->taken);
	*c = (struct cpus){ 0 };
}

u64 cpus_since(const struct cpus *c, u32 cpu, u64 stamp)
{
	u64 then;

	if (cpu >= c->nr || c->taken[cpu] == UINT64_MAX || !stamp)
		return UINT64_MAX;
	then = stamp + c->taken[cpu];
	if (then < stamp)
		return UINT64_MAX;
	/* The clocks of two processors may differ a little. */
	return then < c->now ? c->now - then : 0;
}
