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
	u64 bytes;		/* available for the dump; UINT64_MAX if it is not known */
	u64 length;		/* the longest file that is allowed, UINT64_MAX: any */
};

/* The estimate for @codec, or NULL if there is none. */
const struct ld_packed *fit_packed(const struct ld_estimate *estimate,
				   const struct ld_codec_ops *codec);

/*
 * Set what is available to the dump: space, and the length that --max-size and the
 * limit on file sizes allow. Returns whether any of it is known.
 */
bool fit_measure(struct fit *fit);

/* Whether a dump fits, even if it is larger by the estimate's error: its two parts, and both. */
bool fit_has_space(const struct fit *fit, const struct ld_packed *packed);
bool fit_may_be_so_long(const struct fit *fit, const struct ld_packed *packed);
bool fit_holds(const struct fit *fit, const struct ld_packed *packed);

/* Whether a dump has no space, even if it is smaller by twice the error. */
bool fit_refuses(const struct fit *fit, const struct ld_packed *packed);

/* Whether --max-total, and not the file system, says what is available. */
bool fit_is_limited(const struct fit *fit);

/* Whether a disk quota does. */
bool fit_is_at_quota(const struct fit *fit);

/*
 * Set @err: the dump does not fit. It names a codec or a dump level that would
 * fit, for which it may call the engine's estimate() again.
 */
void fit_explain(const struct fit *fit, const struct ld_estimate *estimate, struct error *err);

/*
 * Check before a dump whether it fits. Returns 0, or -ENOSPC with @err set. No
 * estimate is made if all memory would fit, or with @force. If the engine has
 * estimate_fit(), all codecs are tried only for a dump that is refused. Other errors
 * are ignored: the dump fails with them.
 */
int fit_check(struct fit *fit, struct error *err);

#endif
