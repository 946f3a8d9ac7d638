// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * precopy_room.c - the room in the page buffer.
 *
 * The page buffer has a place for each page frame of the plan, or after a first round that
 * writes to the file, for as many as are expected to change; and slack. On a busy system
 * even more may come into use or change. A round leaves such page frames stale, and a pause
 * that has no place for one is given up. Then the page buffer is extended, and another
 * round copies what was left.
 */
#include "core/scale.h"
#include "precopy.h"

/* More will lack room soon: twice as many as did, and these. */
#define ROOM_SPARE	4096U

int precopy_lack_room(struct precopy *pc, u64 chunk, const u64 *want)
{
	struct ld_pagebuf *buf = &pc->pipeline->pagebuf;
	u64 lacking = ld_pagebuf_unplaced(buf, chunk, want);

	/* Some may have been copied, and some have older copies. All of them stay stale. */
	ld_pagebuf_forget(buf, chunk, want);
	port_atomic64_add(&pc->lacking, (s64)lacking);
	return -ENOSPC;
}

int precopy_make_room(struct precopy *pc, bool *more)
{
	u64 lacking = (u64)port_atomic64_read(&pc->lacking), pages = 2 * lacking + ROOM_SPARE;
	struct ld_pipeline *p = pc->pipeline;
	u64 *needed = &p->result->bytes.needed;
	u64 most = p->request->memory;
	int err;

	*more = lacking;
	if (!lacking)
		return 0;
	port_atomic64_set(&pc->lacking, 0);
	if (ld_add(*needed, ld_pagebuf_extend_bytes(&p->pagebuf, pages)) > most)
		pages = lacking;
	*needed = ld_add(*needed, ld_pagebuf_extend_bytes(&p->pagebuf, pages));
	err = *needed > most ? -ENOMEM : ld_pagebuf_extend(&p->pagebuf, pages);
	return dump_end_blame(&p->result->end, LD_STAGE_ALLOCATE, 0, err);
}
