// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * throttle.c - see throttle.h.
 */
#include "throttle.h"

#define NS_PER_S	1000000000ULL

/* Most bytes that are written at once. */
#define PIECE		((size_t)64 << 10)

/* A worker that waits looks this often whether the dump goes on. */
#define SLICE_NS	50000000ULL

/*
 * After a stall writing is faster until it has made up for this much time, and no
 * more: that would be a burst.
 */
#define LAG_NS		1000000000ULL

/* Reserve time for @len bytes. Returns when it begins. */
static u64 throttle_next_turn(struct ld_throttle *p, size_t len)
{
	u64 cost = len * NS_PER_S / p->rate;
	u64 next, now, turn;

	do {
		next = (u64)port_atomic64_read(&p->next_ns);
		now = port_now_ns();
		turn = next + LAG_NS < now ? now - LAG_NS : next;
	} while (!port_atomic64_cas(&p->next_ns, (s64)next, (s64)(turn + cost)));
	return turn;
}

static int throttle_wait_turn(const struct ld_throttle *p, u64 turn)
{
	u64 now;
	int err;

	while ((now = port_now_ns()) < turn && !port_atomic64_read(p->stop)) {
		err = ld_control_cancelled(p->control);
		if (err)
			return err;
		port_sleep_ns(turn - now < SLICE_NS ? turn - now : SLICE_NS);
	}
	return 0;
}

static bool throttle_limits_rate(const struct ld_throttle *p)
{
	return p->rate && port_atomic64_read(&p->control->stage) != LD_STAGE_FLUSH;
}

static int throttle_write(struct ld_sink *sink, u64 off, const void *buf, size_t len)
{
	struct ld_throttle *p = (struct ld_throttle *)sink;
	const u8 *at = buf;
	int err = 0;

	if (p->max_bytes && off + len > p->max_bytes)
		return -EFBIG;
	while (len && !err) {
		size_t n = len;

		if (throttle_limits_rate(p)) {
			n = len < PIECE ? len : PIECE;
			err = throttle_wait_turn(p, throttle_next_turn(p, n));
			if (err)
				return err;
		}
		err = p->below->ops->write(p->below, off, at, n);
		off += n;
		at += n;
		len -= n;
	}
	if (err == -EFBIG)
		port_atomic64_set(&p->below_full, 1);
	return err;
}

static int throttle_read(struct ld_sink *sink, u64 off, void *buf, size_t len)
{
	struct ld_throttle *p = (struct ld_throttle *)sink;

	return p->below->ops->read(p->below, off, buf, len);
}

static int throttle_finish(struct ld_sink *sink, u64 size)
{
	struct ld_throttle *p = (struct ld_throttle *)sink;

	return p->below->ops->finish(p->below, size);
}

static const struct ld_sink_ops throttle_once_ops = {
	.name = "throttle",
	.write = throttle_write,
	.read = throttle_read,
	.finish = throttle_finish,
};

static const struct ld_sink_ops throttle_rewriting_ops = {
	.name = "throttle",
	.rewrites = true,
	.write = throttle_write,
	.read = throttle_read,
	.finish = throttle_finish,
};

void ld_throttle_init(struct ld_throttle *p, const struct ld_params *params,
		      const port_atomic64_t *stop)
{
	p->sink.ops = params->sink->ops->rewrites ? &throttle_rewriting_ops : &throttle_once_ops;
	p->sink.readable = params->sink->readable;
	p->below = params->sink;
	p->rate = params->request->rate;
	p->max_bytes = params->request->max_bytes;
	p->control = params->control;
	p->stop = stop;
	port_atomic64_set(&p->next_ns, (s64)port_now_ns());
	port_atomic64_set(&p->below_full, 0);
}
