// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_log.c - a made-up ring of log records: in order, torn, cut, not complete, at the
 * end of the ring, and damaged.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "tests/unit/waitgraph/image.h"
#include "waitgraph/kernel/log.h"

#define PRB		(IMAGE_BASE + 0x10)
#define RING		(IMAGE_BASE + 0x100)
#define DESCS		(IMAGE_BASE + 0x1000)
#define INFOS		(IMAGE_BASE + 0x2000)
#define DATA		(IMAGE_BASE + 0x3000)
#define NR_BITS		3U
#define SIZE_BITS	7U
#define DESC_SIZE	24U
#define INFO_SIZE	88U
#define COMMITTED	(1ULL << 62)
#define FINALIZED	(2ULL << 62)
#define REUSABLE	(3ULL << 62)
#define FIRST		(~0ULL >> 2 & ~7ULL)	/* the IDs wrap */

static const char info_text[] =
	"SYMBOL(prb)=ffffffff81000010\n"
	"OFFSET(printk_ringbuffer.desc_ring)=0\nOFFSET(printk_ringbuffer.text_data_ring)=48\n"
	"OFFSET(prb_desc_ring.count_bits)=0\nOFFSET(prb_desc_ring.descs)=8\n"
	"OFFSET(prb_desc_ring.infos)=16\nOFFSET(prb_desc_ring.head_id)=24\n"
	"OFFSET(prb_desc_ring.tail_id)=32\nSIZE(prb_desc)=24\nOFFSET(prb_desc.state_var)=0\n"
	"OFFSET(prb_desc.text_blk_lpos)=8\nOFFSET(prb_data_blk_lpos.begin)=0\n"
	"OFFSET(prb_data_blk_lpos.next)=8\nSIZE(printk_info)=88\nOFFSET(printk_info.ts_nsec)=8\n"
	"OFFSET(printk_info.text_len)=16\nOFFSET(prb_data_ring.size_bits)=0\n"
	"OFFSET(prb_data_ring.data)=8\n";

static const struct vmcoreinfo vi = { info_text, sizeof(info_text) - 1 };

static u64 id_of(u64 number)
{
	return (FIRST + number) & (~0ULL >> 2);
}

static void put_record(struct image *image, u64 number, u64 state, u64 begin, u64 next,
		       const char *text)
{
	u64 id = id_of(number), i = id & 7, off = begin & 127;
	u16 len = (u16)strlen(text);

	image_u64(image, DESCS + i * DESC_SIZE, state | id);
	image_u64(image, DESCS + i * DESC_SIZE + 8, begin);
	image_u64(image, DESCS + i * DESC_SIZE + 16, next);
	image_u64(image, INFOS + i * INFO_SIZE + 8, 1000000 * number);
	image_put(image, INFOS + i * INFO_SIZE + 16, &len, sizeof(len));
	if (begin & 1)
		return;
	if (begin >> SIZE_BITS != (next - 1) >> SIZE_BITS)
		off = 0;
	image_u64(image, DATA + off, id);
	image_put(image, DATA + off + 8, text, len);
}

static struct image *make_ring(void)
{
	struct image *image = image_new();

	image_u64(image, PRB, RING);
	image_u32(image, RING, NR_BITS);
	image_u64(image, RING + 8, DESCS);
	image_u64(image, RING + 16, INFOS);
	image_u64(image, RING + 24, id_of(9));
	image_u64(image, RING + 32, id_of(4));
	image_u32(image, RING + 48, SIZE_BITS);
	image_u64(image, RING + 56, DATA);
	put_record(image, 4, FINALIZED, 256 + 64, 256 + 80, "four");
	put_record(image, 5, FINALIZED, 256 + 80, 256 + 104, "five\nlines");
	put_record(image, 6, FINALIZED, 1, 3, "");
	put_record(image, 7, FINALIZED, 256 + 104, 384 + 32, "wrapped around");
	put_record(image, 8, REUSABLE, 384 + 32, 384 + 40, "");
	put_record(image, 9, COMMITTED, 384 + 32, 384 + 56, "nine");
	return image;
}

static void append(void *arg, const struct log_record *record)
{
	char *all = arg;

	sprintf(all + strlen(all), "%d:%.*s|", (int)(record->ns / 1000000), (int)record->len,
		record->text);
}

static void expect_log(struct image *image, const char *want, u64 want_torn)
{
	struct error err = { 0 };
	char all[1024] = "";
	u64 torn;

	assert_int_equal(log_read(image_memory(image), &vi, append, all, &torn, &err), 0);
	assert_string_equal(all, want);
	assert_int_equal(torn, want_torn);
}

static void test_records(void **state)
{
	struct image *image = make_ring();

	(void)state;
	expect_log(image, "4:four|5:five\nlines|6:|7:wrapped around|9:nine|", 0);
	image_free(image);
}

static void test_torn(void **state)
{
	struct image *image = make_ring();
	u16 len = 1000;

	(void)state;
	/* A newer record has the block of 4, 5 says it is longer, 7 has no block. */
	image_u64(image, DATA + 64, id_of(12));
	image_put(image, INFOS + (id_of(5) & 7) * INFO_SIZE + 16, &len, sizeof(len));
	image_put(image, DATA + 80 + 8, "five\nlines 6789", 16);
	image_u64(image, DESCS + (id_of(7) & 7) * DESC_SIZE + 16, 256 + 104);
	expect_log(image, "5:five\nlines 6789|6:|9:nine|", 2);
	image_free(image);
}

static void test_nonsense(void **state)
{
	struct image *image = make_ring();
	struct error err = { 0 };
	u64 torn;

	(void)state;
	image_u32(image, RING, 60);
	assert_int_equal(log_read(image_memory(image), &vi, append, NULL, &torn, &err), -EBADMSG);
	err.text[0] = '\0';
	assert_int_equal(log_read(&image->m, &(struct vmcoreinfo){ info_text, 100 }, append, NULL,
				  &torn, &err), -ENOENT);
	assert_non_null(strstr(err.text, "VMCOREINFO has no OFFSET("));
	image_free(image);
}

static void count(void *arg, const struct log_record *record)
{
	u64 *sum = arg;

	for (size_t i = 0; i < record->len; i++)
		*sum += (u8)record->text[i];
}

static void test_damage(void **state)
{
	(void)state;
	srand(1);
	for (unsigned int i = 0; i < 300; i++) {
		struct image *image = make_ring();
		struct error err = { 0 };
		u64 torn, sum = 0;

		image_damage(image, 0x3100);
		log_read(image_memory(image), &vi, count, &sum, &torn, &err);
		image_free(image);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
