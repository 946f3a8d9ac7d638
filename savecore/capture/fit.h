/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fit.h - whether a dump would fit where it is written to.
 */
#ifndef LIVEDUMP_FIT_H
#define LIVEDUMP_FIT_H

#include "engine.h"
#include "savecore/output/output.h"

/* An open engine, and the output of its dump. */
struct fit {
	const struct engine *engine;
	void *state;
	struct engine_job *job;
	const struct output *output;
	bool rotates;		/* old dumps are removed afterwards */
	bool force;		/* the user wants the dump even if it does not fit */
	u64 bytes;		/* available for the dump */
};

/* The estimate for @codec, or NULL if there is none. */
const struct ld_packed *fit_packed(const struct ld_estimate *estimate,
				   const struct ld_codec_ops *codec);

/* Whether a dump fits into @bytes, even if it is larger by the estimate's error. */
bool fit_holds(const struct ld_packed *packed, u64 bytes);

/* Whether a dump does not fit, even if it is smaller by twice the error. */
bool fit_refuses(const struct ld_packed *packed, u64 bytes);

/* Whether --max-total, and not the file system, says what is available. */
bool fit_is_limited(const struct fit *fit);

/*
 * Set @err: the dump does not fit. It names a codec or a dump level that would
 * fit, for which it may call the engine's estimate() again.
 */
void fit_explain(const struct fit *fit, const struct ld_estimate *estimate, struct error *err);

/*
 * Check before a dump whether it fits. Returns 0, or -ENOSPC with @err set. No
 * estimate is made if all memory would fit, or with @force. Other errors are
 * ignored: the dump fails with them.
 */
int fit_check(struct fit *fit, struct error *err);

#endif
