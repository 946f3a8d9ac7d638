/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * throttle.h - a sink in front of the sink of the dump. It limits the rate of
 * writing and the length of the dump.
 *
 * The rate limits the stage WRITE. The stage FLUSH writes little and is not
 * limited.
 */
#ifndef LIVEDUMP_THROTTLE_H
#define LIVEDUMP_THROTTLE_H

#include "core/control.h"
#include "core/request.h"
#include "core/sink.h"

struct ld_throttle {
	struct ld_sink sink;
	struct ld_sink *below;
	u64 rate;			/* maximum bytes per second, 0 for no limit */
	u64 max_bytes;			/* maximum length of the dump, 0 for no limit */
	const struct ld_control *control;
	const port_atomic64_t *stop;	/* not 0: no worker waits */
	port_atomic64_t next_ns;	/* when the next byte may be written */
	port_atomic64_t below_full;	/* not 0: the sink below returned -EFBIG */
};

/*
 * Writes to @throttle->sink go to params.sink. While *@stop is not 0 no write
 * is delayed.
 */
void ld_throttle_init(struct ld_throttle *throttle, const struct ld_params *params,
		      const port_atomic64_t *stop);

#endif
