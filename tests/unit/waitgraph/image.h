/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * image.h - made-up memory of a kernel: bytes at one address. Pages outside of it, and
 * those that are marked so, are missing.
 */
#ifndef LIVEDUMP_TEST_IMAGE_H
#define LIVEDUMP_TEST_IMAGE_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "waitgraph/memory/memory.h"

#define IMAGE_BASE	0xffffffff81000000ULL
#define IMAGE_SIZE	(64U * MEMORY_PAGE)

struct image {
	u8 bytes[IMAGE_SIZE];
	bool missing[IMAGE_SIZE / MEMORY_PAGE];
	struct memory m;
};

static int image_read_page(void *ctx, u64 addr, void *page)
{
	struct image *image = ctx;
	u64 off = addr - IMAGE_BASE;

	if (off >= IMAGE_SIZE || image->missing[off / MEMORY_PAGE])
		return -EFAULT;
	memcpy(page, image->bytes + off, MEMORY_PAGE);
	return 0;
}

static const struct memory_ops image_ops = { .read_page = image_read_page };

/*
 * The cache of the image that was freed last, for the next one: with the address sanitizer,
 * 16 MiB of new memory take longer than most of what is tested with it.
 */
static struct memory image_spare;

static inline struct image *image_new(void)
{
	return calloc(1, sizeof(struct image));
}

/* Have the memory read again what was changed since. */
static inline struct memory *image_memory(struct image *image)
{
	if (!image->m.slots) {
		image->m = image_spare;
		image->m.ctx = image;
		image_spare = (struct memory){ 0 };
	}
	if (image->m.slots)
		memory_forget(&image->m);
	else if (memory_open(&image->m, &image_ops, image))
		abort();
	return &image->m;
}

static inline void image_free(struct image *image)
{
	memory_close(&image_spare);
	image_spare = image->m;
	free(image);
}

static inline void image_put(struct image *image, u64 addr, const void *data, size_t len)
{
	if (addr - IMAGE_BASE > IMAGE_SIZE - len)
		abort();
	memcpy(image->bytes + (addr - IMAGE_BASE), data, len);
}

static inline void image_u64(struct image *image, u64 addr, u64 value)
{
	image_put(image, addr, &value, sizeof(value));
}

static inline void image_u32(struct image *image, u64 addr, u32 value)
{
	image_put(image, addr, &value, sizeof(value));
}

/* Change some bytes at random below @size. */
static inline void image_damage(struct image *image, size_t size)
{
	for (int i = rand() % 8; i >= 0; i--)
		image->bytes[(size_t)rand() % size] ^= (u8)(1 + rand() % 255);
	if (rand() % 4 == 0)
		image->missing[(size_t)rand() % size / MEMORY_PAGE] = true;
}

#endif
