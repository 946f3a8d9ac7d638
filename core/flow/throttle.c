// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * throttle.c - limit the rate of writing and the length of the dump.
 */
#include "throttle.h"

#define NS_PER_S	1000000000ULL

/* Maximum number of bytes in one write if the rate is limited. */
#define PIECE		((size_t)64 << 10)

/* A worker that waits checks every 50 ms whether the dump is cancelled. */
#define SLICE_NS	50000000ULL

/*
 * After a stall, writing may be faster than the rate until it has made up for
 * at most 1 s. More would be a burst.
 */
#define LAG_NS		1000000000ULL

/* Reserve the time that @len bytes need at this rate. Returns when it begins. */
static u64 throttle_next_turn(struct ld_throttle *t, size_t len)
{
	u64 cost = len * NS_PER_S / t->rate;
	u64 next, now, turn;

	do {
		next = (u64)port_atomic64_read(&t->next_ns);
		now = port_now_ns();
		turn = next + LAG_NS < now ? now - LAG_NS : next;
	} while (!port_atomic64_cas(&t->next_ns, (s64)next, (s64)(turn + cost)));
	return turn;
}

static int throttle_wait_turn(const struct ld_throttle *t, u64 turn)
{
	u64 now;
	int err;

	while ((now = port_now_ns()) < turn && !port_atomic64_read(t->stop)) {
		err = ld_control_cancelled(t->control);
		if (err)
			return err;
		port_sleep_ns(turn - now < SLICE_NS ? turn - now : SLICE_NS);
	}
	return 0;
}

static bool throttle_limits_rate(const struct ld_throttle *t)
{
	return t->rate && port_atomic64_read(&t->control->stage) != LD_STAGE_FLUSH;
}

static int throttle_write(struct ld_sink *sink, u64 off, const void *buf, size_t len)
{
	struct ld_throttle *t = (struct ld_throttle *)sink;
	const u8 *at = buf;
	int err = 0;

	if (t->max_bytes && off + len > t->max_bytes)
		return -EFBIG;
	while (len && !err) {
		size_t n = len;

		if (throttle_limits_rate(t)) {
			n = len < PIECE ? len : PIECE;
			err = throttle_wait_turn(t, throttle_next_turn(t, n));
			/*
			 * What a stream has of a chunk cannot be taken back: complete the chunk,
			 * without waiting.
			 */
			if (err && t->below->ops->rewrites)
				return err;
		}
		err = t->below->ops->write(t->below, off, at, n);
		off += n;
		at += n;
		len -= n;
	}
	if (err == -EFBIG)
		port_atomic64_set(&t->below_full, 1);
	return err;
}

static int throttle_read(struct ld_sink *sink, u64 off, void *buf, size_t len)
{
	struct ld_throttle *t = (struct ld_throttle *)sink;

	return t->below->ops->read(t->below, off, buf, len);
}

static int throttle_finish(struct ld_sink *sink, u64 size)
{
	struct ld_throttle *t = (struct ld_throttle *)sink;

	return t->below->ops->finish(t->below, size);
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

void ld_throttle_init(struct ld_throttle *t, const struct ld_params *params,
		      const port_atomic64_t *stop)
{
	t->sink.ops = params->sink->ops->rewrites ? &throttle_rewriting_ops : &throttle_once_ops;
	t->sink.readable = params->sink->readable;
	t->below = params->sink;
	t->rate = params->request->rate;
	t->max_bytes = params->request->max_bytes;
	t->control = params->control;
	t->stop = stop;
	port_atomic64_set(&t->next_ns, (s64)port_now_ns());
	port_atomic64_set(&t->below_full, 0);
}
