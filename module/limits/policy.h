/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * policy.h - what this machine allows: the parameters of the module.
 */
#ifndef LIVEDUMP_POLICY_H
#define LIVEDUMP_POLICY_H

#include "core/request.h"

/* The parameters are complete: from now on the parameter lock has an effect. */
void livedump_policy_init(void);

/*
 * Whether the parameters allow @request. @asked_ms is the longest pause that the
 * caller has asked for, or 0: then it is lowered to what is allowed. Returns 0, or
 * -EPERM with the reason in *@why. A refusal is logged with who asked.
 */
int livedump_policy_check(struct dump_request *request, u32 asked_ms, const char **why);

/*
 * Whether a thread may have real-time priority. A freeze uses it, too, to measure how
 * long its pause will be.
 */
bool livedump_policy_boosts(void);

/* The most threads that may work for a dump. */
unsigned int livedump_policy_workers(void);

/* The most memory that a dump may allocate, in bytes. */
u64 livedump_policy_memory(void);

/*
 * Whether the parameters forbid a dump to allocate @needed bytes. If so, it is
 * logged, and @text, of LIVEDUMP_TEXT_SIZE, says it.
 */
bool livedump_policy_explain(u64 needed, char *text);

#endif
