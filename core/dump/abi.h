/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * abi.h - convert requests, results and estimates to and from the structures of
 * the ioctl. savecore fills in the argument and reads the result. The module
 * does the opposite.
 */
#ifndef LIVEDUMP_ABI_H
#define LIVEDUMP_ABI_H

#include "core/lists/layout.h"
#include "core/request.h"
#include "core/result.h"

struct ld_estimate;

/* Set the members of @arg that @request has. The other members do not change. */
void ld_abi_from_request(struct livedump_arg *arg, const struct dump_request *request);

/*
 * Convert @arg to @request. memory_mib is copied unchanged: only the host knows
 * how much memory it has. There is no reason in @request: only the host can read
 * it. Returns 0, -EINVAL for an undefined value, or -EOPNOTSUPP for a codec that
 * this host lacks. An error stores its reason, a constant string, in *@why.
 */
int ld_abi_to_request(struct dump_request *request, const struct livedump_arg *arg,
		      const char **why);

/* Where the run queues are, which only user space can find out. */
void ld_abi_from_queues(struct livedump_arg *arg, const struct ld_list_queues *queues);
void ld_abi_to_queues(struct ld_list_queues *queues, const struct livedump_arg *arg);

/*
 * Copy all numbers of a result. text, memory_allowed and the members of a dry
 * run do not change.
 */
void ld_abi_from_result(struct livedump_result *to, const struct dump_result *result);
void ld_abi_to_result(struct dump_result *result, const struct livedump_result *from);

/* Copy the estimates of a dry run, which are in addition to its result. */
void ld_abi_from_estimate(struct livedump_result *to, const struct ld_estimate *estimate);
void ld_abi_to_estimate(struct ld_estimate *estimate, const struct livedump_result *from);

#endif
