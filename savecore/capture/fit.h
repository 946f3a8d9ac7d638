/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fit.h - whether a dump would fit where it is to go.
 */
#ifndef LIVEDUMP_FIT_H
#define LIVEDUMP_FIT_H

#include "engine.h"
#include "savecore/output/output.h"

/* An engine that is open, and where its dump goes. */
struct fit {
	const struct engine *engine;
	void *state;
	struct engine_job *job;
	const struct output *output;
	bool force;		/* dump whether it fits or not */
	u64 bytes;		/* that the dump may take there */
};

/* What the estimate says of @codec, or NULL if nothing. */
const struct ld_packed *fit_packed(const struct ld_estimate *estimate,
				   const struct ld_codec_ops *codec);

/* Whether a dump fits into @bytes, as far as the estimate's error goes. */
bool fit_holds(const struct ld_packed *packed, u64 bytes);

/* Whether it does not, even if the error is twice that. */
bool fit_refuses(const struct ld_packed *packed, u64 bytes);

/*
 * Say in @err that the dump does not fit, and what would: another codec, or
 * a dump that leaves out more, for which the engine is asked again.
 */
void fit_explain(const struct fit *fit, const struct ld_estimate *estimate, struct error *err);

/*
 * Before a dump: -ENOSPC, with @err set, if it cannot fit. Costs nothing where
 * all memory would fit, or the user forces it. What else goes wrong is left to
 * the dump to meet.
 */
int fit_check(struct fit *fit, struct error *err);

#endif
