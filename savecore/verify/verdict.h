/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verdict.h - what verifying has shown, and what follows for the dump. Only a dump
 * that is known to be bad may be discarded. One that could not be verified, for lack
 * of memory or because the disk could not be read, is all that there is.
 */
#ifndef LIVEDUMP_VERDICT_H
#define LIVEDUMP_VERDICT_H

#include "verify.h"

enum verdict_kind {
	VERDICT_NONE,		/* nobody has verified it */
	VERDICT_GOOD,
	VERDICT_UNKNOWN,	/* it could not be verified here, through no fault of its own */
	VERDICT_UNREADABLE,	/* what was written cannot be read again */
};

struct verdict {
	enum verdict_kind kind;
	int ret;			/* what verify_dump() returned */
	struct verify_report report;	/* if kind is VERDICT_GOOD */
	struct error why;		/* why it is not known whether the dump is good */
};

/*
 * Verify the dump in @fd as verify_dump() does. Returns 0 if it is to be kept, as
 * v->kind says; otherwise the dump is bad or the verification was cancelled.
 */
int verdict_reach(struct verdict *v, int fd, const char *name, const struct verify_options *opt,
		  struct error *err);

/* Why the dump is not verified, in a few words; NULL if it is or nobody wanted to. */
const char *verdict_doubt(const struct verdict *v);

/* Say on stderr why a dump that is kept is not verified, if it probably can be used. */
void verdict_say(const struct verdict *v);

/* Returns 0, or a negative errno with @err set if a dump that is kept can probably not be used. */
int verdict_explain(const struct verdict *v, struct error *err);

#endif
