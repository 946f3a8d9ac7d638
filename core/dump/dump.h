/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dump.h - create one dump: the function that a host calls, and all that it
 * needs for that.
 */
#ifndef LIVEDUMP_DUMP_H
#define LIVEDUMP_DUMP_H

#include "core/codec/codec.h"
#include "core/control.h"
#include "core/format/format.h"
#include "core/pages/filter.h"
#include "core/request.h"
#include "core/result.h"
#include "core/sink.h"
#include "core/source.h"

/*
 * Create a dump. Blocks until it is complete. Fills in @result in all cases.
 * Returns 0 or a negative errno. After an error the sink does not hold a valid
 * dump.
 *
 * A freeze ends before the system is paused with -ENOMEM if request.memory is
 * less than result.bytes.needed, and with -ETIME if result.times.pause_estimate
 * is more than request.max_pause_ns. It also ends with -ETIME if the pause
 * reaches max_pause_ns, and with -EOPNOTSUPP if the source has no freezer.
 */
int ld_dump(const struct ld_params *params, struct dump_result *result);

#endif
