/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * throttle.h - a sink before the sink: it lets through so many bytes per second,
 * and nothing that would make the dump longer than it may be.
 *
 * Only the write phase goes through it. How fast memory is read ahead is no
 * matter of pace, and what is written to finish a dump is little.
 */
#ifndef LIVEDUMP_THROTTLE_H
#define LIVEDUMP_THROTTLE_H

#include "core/control.h"
#include "core/request.h"
#include "core/sink.h"

struct ld_throttle {
	struct ld_sink sink;
	struct ld_sink *below;
	u64 rate;			/* bytes per second, 0 for no limit */
	u64 max_bytes;
	const struct ld_control *control;
	const port_atomic64_t *stop;	/* not 0: nobody waits any more */
	port_atomic64_t next_ns;	/* when the next byte may be written */
	port_atomic64_t below_full;	/* an -EFBIG was not for max_bytes */
};

/*
 * Begin to write to params.sink through @pace. With *@stop not 0 what is being
 * written is written without delay.
 */
void ld_throttle_init(struct ld_throttle *throttle, const struct ld_params *params,
		      const port_atomic64_t *stop);

#endif
