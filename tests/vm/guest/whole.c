// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * whole.c - whether a file is a complete kdump-compressed dump: the header
 * says so, every page frame of bitmap 2 has a descriptor, every descriptor
 * leads to data inside of the file, and that data ends where the file does.
 *
 *   whole FILE
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATUS		424
#define BLOCK_SIZE	428
#define SUB_BLOCKS	432
#define BITMAP_BLOCKS	436
#define MAX_MAPNR_64	96	/* in the sub-header */
#define INCOMPLETE	8

struct desc {
	int64_t offset;
	uint32_t size;
	uint32_t flags;
	uint64_t page_flags;
};

static uint32_t u32_at(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t u64_at(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Descriptors lead to data behind them; returns where the last data ends. */
static uint64_t check_descs(const uint8_t *p, uint64_t at, uint64_t nr, uint64_t size)
{
	uint64_t first = at + nr * sizeof(struct desc), end = 0;

	if (first > size)
		errx(1, "%llu descriptors do not fit", (unsigned long long)nr);
	for (uint64_t i = 0; i < nr; i++, at += sizeof(struct desc)) {
		struct desc d;

		memcpy(&d, p + at, sizeof(d));
		if (d.offset < (int64_t)first || !d.size || d.size > 4096 ||
		    (uint64_t)d.offset + d.size > size)
			errx(1, "descriptor %llu of %llu: %u bytes at %lld",
			     (unsigned long long)i, (unsigned long long)nr, d.size,
			     (long long)d.offset);
		if (end < (uint64_t)d.offset + d.size)
			end = (uint64_t)d.offset + d.size;
	}
	return end;
}

int main(int argc, char **argv)
{
	uint64_t block, map, half, nr = 0, end;
	const uint8_t *p;
	struct stat st;
	int fd;

	if (argc != 2)
		errx(2, "usage: whole FILE");
	fd = open(argv[1], O_RDONLY);
	if (fd < 0 || fstat(fd, &st))
		err(1, "%s", argv[1]);
	if (st.st_size < 3 * 4096)
		errx(1, "%lld bytes", (long long)st.st_size);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		err(1, "mmap");
	if (memcmp(p, "KDUMP   ", 8))
		errx(1, "no header");
	if (u32_at(p + STATUS) & INCOMPLETE)
		errx(1, "it says that it is incomplete");
	block = u32_at(p + BLOCK_SIZE);
	half = u32_at(p + BITMAP_BLOCKS) / 2 * block;
	map = (1 + u32_at(p + SUB_BLOCKS)) * block;
	if (block != 4096 || map + 2 * half > (uint64_t)st.st_size ||
	    half * 8 < u64_at(p + block + MAX_MAPNR_64))
		errx(1, "bitmaps of 2 x %llu bytes do not fit", (unsigned long long)half);
	for (uint64_t i = 0; i < half; i += 8)
		nr += (unsigned int)__builtin_popcountll(u64_at(p + map + half + i));
	if (nr < 1000)
		errx(1, "%llu page frames", (unsigned long long)nr);
	end = check_descs(p, map + 2 * half, nr, (uint64_t)st.st_size);
	if (end != (uint64_t)st.st_size)
		errx(1, "data ends at %llu, the file at %lld", (unsigned long long)end,
		     (long long)st.st_size);
	return 0;
}
