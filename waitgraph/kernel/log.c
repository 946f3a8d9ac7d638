// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * log.c - the ring of records since Linux 5.10. Source: kernel/printk/printk_ringbuffer.c.
 *
 * A record has a descriptor and an info in two arrays, both at its ID modulo their length,
 * and a block in a ring of bytes, which begins with the ID again. So a record that was
 * overwritten while it was dumped has another ID in one of them.
 */
#include <errno.h>
#include <stdlib.h>

#include "log.h"

#define LOG_NR_BITS_MAX		26U
#define LOG_SIZE_BITS_MAX	32U
#define LOG_ID_MASK		(~0ULL >> 2)	/* the upper two bits are the state */
#define LOG_COMMITTED		1U
#define LOG_FINALIZED		2U
#define LOG_NO_DATA		1U		/* in a position: the record has no text */
#define LOG_TEXT_MAX		65536U

enum log_key {
	LOG_DESC_RING, LOG_TEXT_RING, LOG_COUNT_BITS, LOG_DESCS, LOG_INFOS, LOG_HEAD, LOG_TAIL,
	LOG_DESC_SIZE, LOG_STATE, LOG_BLOCK, LOG_BEGIN, LOG_NEXT,
	LOG_INFO_SIZE, LOG_STAMP, LOG_LEN, LOG_SIZE_BITS, LOG_DATA,
	NR_LOG_KEYS
};

static const char *const log_keys[NR_LOG_KEYS] = {
	[LOG_DESC_RING] = "OFFSET(printk_ringbuffer.desc_ring)",
	[LOG_TEXT_RING] = "OFFSET(printk_ringbuffer.text_data_ring)",
	[LOG_COUNT_BITS] = "OFFSET(prb_desc_ring.count_bits)",
	[LOG_DESCS] = "OFFSET(prb_desc_ring.descs)",
	[LOG_INFOS] = "OFFSET(prb_desc_ring.infos)",
	[LOG_HEAD] = "OFFSET(prb_desc_ring.head_id)",
	[LOG_TAIL] = "OFFSET(prb_desc_ring.tail_id)",
	[LOG_DESC_SIZE] = "SIZE(prb_desc)",
	[LOG_STATE] = "OFFSET(prb_desc.state_var)",
	[LOG_BLOCK] = "OFFSET(prb_desc.text_blk_lpos)",
	[LOG_BEGIN] = "OFFSET(prb_data_blk_lpos.begin)",
	[LOG_NEXT] = "OFFSET(prb_data_blk_lpos.next)",
	[LOG_INFO_SIZE] = "SIZE(printk_info)",
	[LOG_STAMP] = "OFFSET(printk_info.ts_nsec)",
	[LOG_LEN] = "OFFSET(printk_info.text_len)",
	[LOG_SIZE_BITS] = "OFFSET(prb_data_ring.size_bits)",
	[LOG_DATA] = "OFFSET(prb_data_ring.data)",
};

struct log_ring {
	struct memory *m;
	u64 key[NR_LOG_KEYS];
	u64 descs, infos, data;		/* addresses */
	u64 nr_bits, size_bits;		/* binary logarithms of their lengths */
	u64 head, tail;			/* IDs; the head is the newest */
	char text[LOG_TEXT_MAX];	/* of one record */
};

static int log_open(struct log_ring *r, const struct vmcoreinfo *vi, struct error *err)
{
	u64 prb, ring, text;

	for (unsigned int i = 0; i < NR_LOG_KEYS; i++) {
		if (vmcoreinfo_num(vi, log_keys[i], &r->key[i]))
			continue;
		error_set(err, "the kernel's log: VMCOREINFO has no %s: take a dump of Linux 5.10 or later",
			  log_keys[i]);
		return -ENOENT;
	}
	if (!vmcoreinfo_hex(vi, "SYMBOL(prb)", &prb) || memory_u64(r->m, prb, &prb))
		goto missing;
	ring = prb + r->key[LOG_DESC_RING];
	text = prb + r->key[LOG_TEXT_RING];
	if (memory_number(r->m, ring + r->key[LOG_COUNT_BITS], sizeof(u32), &r->nr_bits) ||
	    memory_u64(r->m, ring + r->key[LOG_DESCS], &r->descs) ||
	    memory_u64(r->m, ring + r->key[LOG_INFOS], &r->infos) ||
	    memory_u64(r->m, ring + r->key[LOG_HEAD], &r->head) ||
	    memory_u64(r->m, ring + r->key[LOG_TAIL], &r->tail) ||
	    memory_number(r->m, text + r->key[LOG_SIZE_BITS], sizeof(u32), &r->size_bits) ||
	    memory_u64(r->m, text + r->key[LOG_DATA], &r->data) ||
	    r->nr_bits > LOG_NR_BITS_MAX || r->size_bits > LOG_SIZE_BITS_MAX)
		goto missing;
	return 0;
missing:
	error_set(err, "the kernel's log is not in the dump, or broken: take another dump");
	return -EBADMSG;
}

/*
 * Read the text of record @id, which lies from position @begin to @next, to r->text, and
 * set *@len. A block that would not fit before the end of the ring is at its beginning.
 */
static int log_text(struct log_ring *r, u64 id, u64 begin, u64 next, u64 *len)
{
	u64 mask = (1ULL << r->size_bits) - 1, off = begin & mask, size = next - begin, its_id;

	if (begin & LOG_NO_DATA) {
		*len = 0;
		return 0;
	}
	if (begin >> r->size_bits != (next - 1) >> r->size_bits) {
		off = 0;
		size = next & mask;
	}
	if (size < sizeof(id) || size > mask + 1 - off ||
	    memory_u64(r->m, r->data + off, &its_id) || its_id != id)
		return -EFAULT;
	/* The text may have been cut. */
	if (*len > size - sizeof(id))
		*len = size - sizeof(id);
	return memory_read(r->m, r->data + off + sizeof(id), r->text, *len);
}

/* Returns 0, -EFAULT if the record is torn, or -EAGAIN if it was not complete. */
static int log_record(struct log_ring *r, u64 id, struct log_record *record)
{
	u64 i = id & ((1ULL << r->nr_bits) - 1), state, begin, next, len;
	u64 desc = r->descs + i * r->key[LOG_DESC_SIZE];
	u64 info = r->infos + i * r->key[LOG_INFO_SIZE];

	if (memory_u64(r->m, desc + r->key[LOG_STATE], &state))
		return -EFAULT;
	if ((state & LOG_ID_MASK) != id ||
	    (state >> 62 != LOG_COMMITTED && state >> 62 != LOG_FINALIZED))
		return -EAGAIN;
	desc += r->key[LOG_BLOCK];
	if (memory_u64(r->m, desc + r->key[LOG_BEGIN], &begin) ||
	    memory_u64(r->m, desc + r->key[LOG_NEXT], &next) ||
	    memory_u64(r->m, info + r->key[LOG_STAMP], &record->ns) ||
	    memory_number(r->m, info + r->key[LOG_LEN], sizeof(u16), &len) ||
	    log_text(r, id, begin, next, &len))
		return -EFAULT;
	record->text = r->text;
	record->len = len;
	return 0;
}

int log_read(struct memory *m, const struct vmcoreinfo *vi, log_fn *fn, void *arg, u64 *torn,
	     struct error *err)
{
	struct log_ring *r = calloc(1, sizeof(*r));
	int ret;

	*torn = 0;
	if (!r) {
		error_set(err, "the kernel's log: not enough memory");
		return -ENOMEM;
	}
	r->m = m;
	ret = log_open(r, vi, err);
	for (u64 i = 0; !ret && i < 1ULL << r->nr_bits; i++) {
		u64 id = (r->tail + i) & LOG_ID_MASK;
		struct log_record record;
		int got = log_record(r, id, &record);

		if (!got)
			fn(arg, &record);
		else if (got == -EFAULT)
			++*torn;
		if (id == (r->head & LOG_ID_MASK))
			break;
	}
	free(r);
	return ret;
}
