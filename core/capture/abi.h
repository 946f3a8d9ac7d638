/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * abi.h - requests, results and estimates to and from the structures of the
 * ioctl: savecore fills in the argument and reads the result, the module does
 * the opposite.
 */
#ifndef LIVEDUMP_ABI_H
#define LIVEDUMP_ABI_H

#include "core/request.h"
#include "core/result.h"

struct ld_estimate;

/* Set all that @request has in @arg, whose other members keep their values. */
void ld_abi_from_request(struct livedump_arg *arg, const struct dump_request *request);

/*
 * The request that @arg makes. memory_mib is taken as it is: what there is of
 * memory is the host's to know. Returns 0; -EINVAL for a value that is not
 * defined, -EOPNOTSUPP for a codec that this host lacks, with the reason, a
 * constant string, in *@why.
 */
int ld_abi_to_request(struct dump_request *request, const struct livedump_arg *arg,
		      const char **why);

/* All numbers of a result. text, memory_allowed and what is of a dry run are left alone. */
void ld_abi_from_result(struct livedump_result *to, const struct dump_result *result);
void ld_abi_to_result(struct dump_result *result, const struct livedump_result *from);

/* What a dry run has found, beside its result. */
void ld_abi_from_estimate(struct livedump_result *to, const struct ld_estimate *estimate);
void ld_abi_to_estimate(struct ld_estimate *estimate, const struct livedump_result *from);

#endif
