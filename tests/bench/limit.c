// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * limit.c - how fast a dump can be at best. In a plain loop, each thread reads
 * the pages of a given dump from the image that the dump was made of, compresses
 * them and writes the results. It does not classify them or keep their order,
 * and the output is not a dump.
 *
 * usage: limit IMAGE_DIR DUMP CODEC THREADS OUT
 *
 * Only the second bitmap of DUMP, a kdump-compressed file, is used. As in a dump,
 * pages of zeros are neither compressed nor written.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/pages/bitmap.h"
#include "core/codec/codec.h"
#include "core/format/kdump.h"
#include "port/zero.h"
#include "savecore/kcore/kcore_ranges.h"

#define PAGE	((size_t)4096)
#define CHUNK	512U		/* page frames a thread takes at a time */

struct work {
	char kcore[4096];
	struct kcore_ranges ram;
	const struct ld_codec_ops *codec;
	u64 *keep;
	u64 max_pfn;
	int out;
	port_atomic64_t next;	/* chunk */
	port_atomic64_t end;	/* of the output */
	port_atomic64_t pages;
};

static void *xalloc(size_t size)
{
	void *mem = aligned_alloc(PAGE, (size + PAGE - 1) & ~(PAGE - 1));

	if (!mem)
		err(1, "malloc");
	return mem;
}

/* Read page frames @pfn .. @end - 1. */
static void read_run(const struct work *w, int fd, u64 pfn, u64 end, u8 *buf)
{
	while (pfn < end) {
		const struct kcore_extent *ext = kcore_ranges_extent(&w->ram, pfn);
		u64 stop = end < ext->end ? end : ext->end;
		size_t len = (stop - pfn) * PAGE;

		if (pread(fd, buf, len, (off_t)(ext->offset + (pfn - ext->start) * PAGE)) !=
		    (ssize_t)len)
			err(1, "cannot read the image");
		buf += len;
		pfn = stop;
	}
}

/* Compress @nr pages to @to; returns the number of bytes. */
static size_t pack(const struct work *w, void *state, const u8 *buf, u64 nr, u8 *to)
{
	u8 *at = to;

	for (u64 i = 0; i < nr; i++, buf += PAGE) {
		size_t n;

		if (ld_is_zero(buf, PAGE))
			continue;
		n = w->codec->compress(state, buf, PAGE, at, LD_CODEC_CAP(PAGE));
		if (!n || n >= PAGE) {
			memcpy(at, buf, PAGE);
			n = PAGE;
		}
		at += n;
	}
	return (size_t)(at - to);
}

static int loop(void *arg, unsigned int worker)
{
	struct work *w = arg;
	u8 *buf = xalloc(CHUNK * PAGE), *packed = xalloc(CHUNK * LD_CODEC_CAP(PAGE));
	int fd = open(w->kcore, O_RDONLY);
	void *state = NULL;

	(void)worker;
	if (fd < 0 || w->codec->open(&state, w->codec->level_default, PAGE))
		err(1, "cannot set up");
	for (;;) {
		u64 pfn = (u64)port_atomic64_add(&w->next, 1) * CHUNK;
		u64 last = pfn + CHUNK < w->max_pfn ? pfn + CHUNK : w->max_pfn;
		size_t len = 0;

		if (pfn >= w->max_pfn)
			break;
		while ((pfn = ld_bit_next(w->keep, pfn, last, true)) < last) {
			u64 end = ld_bit_next(w->keep, pfn, last, false);

			read_run(w, fd, pfn, end, buf);
			len += pack(w, state, buf, end - pfn, packed + len);
			port_atomic64_add(&w->pages, (s64)(end - pfn));
			pfn = end;
		}
		if (len && pwrite(w->out, packed, len,
				  (off_t)port_atomic64_add(&w->end, (s64)len)) != (ssize_t)len)
			err(1, "cannot write");
	}
	w->codec->close(state);
	close(fd);
	free(buf);
	free(packed);
	return 0;
}

static void read_bitmap(struct work *w, const char *dump)
{
	int fd = open(dump, O_RDONLY);
	struct kdump_sub_header sub;
	struct kdump_header head;
	size_t half;

	if (fd < 0 || pread(fd, &head, sizeof(head), 0) != sizeof(head) ||
	    pread(fd, &sub, sizeof(sub), PAGE) != sizeof(sub) ||
	    memcmp(head.signature, KDUMP_SIGNATURE, sizeof(head.signature)) != 0)
		errx(1, "%s is no kdump-compressed file", dump);
	half = head.bitmap_blocks / 2 * PAGE;
	w->max_pfn = sub.max_mapnr_64;
	w->keep = xalloc(half);
	if (w->max_pfn > half * 8 ||
	    pread(fd, w->keep, half, (off_t)((1 + (u64)head.sub_hdr_size) * PAGE + half)) !=
	    (ssize_t)half)
		errx(1, "%s has no bitmap", dump);
	close(fd);
}

int main(int argc, char **argv)
{
	const struct ld_codec_ops *const *codec = ld_codecs;
	struct error e = { 0 };
	struct work w = { 0 };
	struct ld_system sys;
	struct kcore_elf elf;
	struct stat st;
	int fd, iomem;

	if (argc != 6)
		errx(2, "usage: limit IMAGE_DIR DUMP CODEC THREADS OUT");
	while (*codec && strcmp((*codec)->name, argv[3]) != 0)
		codec++;
	if (!*codec)
		errx(2, "unknown codec %s", argv[3]);
	w.codec = *codec;
	snprintf(w.kcore, sizeof(w.kcore), "%s/kcore", argv[1]);
	fd = open(w.kcore, O_RDONLY);
	iomem = open("/dev/null", O_RDONLY);
	if (fd < 0 || iomem < 0 || fstat(fd, &st))
		err(1, "%s", w.kcore);
	if (kcore_elf_read(&elf, fd, (u64)st.st_size, w.kcore, &e) ||
	    kcore_ranges_find(&w.ram, &elf, iomem, &sys, w.kcore, "/dev/null", &e))
		errx(1, "%s", e.text);
	read_bitmap(&w, argv[2]);
	w.out = open(argv[5], O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (w.out < 0)
		err(1, "%s", argv[5]);
	if (port_run((unsigned int)atoi(argv[4]), loop, &w))
		errx(1, "cannot start threads");
	printf("%lld pages\n", (long long)port_atomic64_read(&w.pages));
	return 0;
}
