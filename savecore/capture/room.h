/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * room.h - whether a dump would fit where it is to go.
 */
#ifndef LIVEDUMP_ROOM_H
#define LIVEDUMP_ROOM_H

#include "engine.h"
#include "savecore/output/output.h"

/* An engine that is open, and where its dump goes. */
struct room {
	const struct engine *engine;
	void *state;
	struct engine_job *job;
	const struct output *output;
	u64 bytes;		/* that the dump may take there */
};

/* What the estimate says of @codec, or NULL if nothing. */
const struct ld_packed *room_packed(const struct ld_estimate *estimate,
				    const struct ld_codec_ops *codec);

/* Whether a dump fits into @bytes, as far as the estimate's error goes. */
bool room_fits(const struct ld_packed *packed, u64 bytes);

/* Whether it does not, even if the error is twice that. */
bool room_refuses(const struct ld_packed *packed, u64 bytes);

/*
 * Say in @err that the dump does not fit, and what would: another codec, or
 * a dump that leaves out more, for which the engine is asked again.
 */
void room_explain(const struct room *room, const struct ld_estimate *estimate, struct error *err);

/*
 * Before a dump: -ENOSPC, with @err set, if it cannot fit. Costs nothing where
 * all memory would fit, or the user forces it. What else goes wrong is left to
 * the dump to meet.
 */
int room_check(struct room *room, struct error *err);

#endif
