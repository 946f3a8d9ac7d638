/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dump.h - take one dump: what a host calls, and all that it needs for it.
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
 * Take a dump. Blocks until it is done. @result is filled in on every path.
 * Returns 0 or a negative errno; what the sink then holds is no dump.
 *
 * A freeze ends before the system is paused with -ENOMEM if request.memory is
 * less than result.bytes.needed, and with -ETIME if result.times.pause_estimate
 * is more than request.max_pause_ns. It ends with -ETIME, too, if the pause gets
 * longer all the same, and with -EOPNOTSUPP if the source has no freezer.
 */
int ld_dump(const struct ld_params *params, struct dump_result *result);

#endif
