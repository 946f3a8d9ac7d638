// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * scan: counts the pages of a dump that contain a marker.
 *
 * It decompresses every page of a kdump-compressed file with the library of the
 * codec, and checks the structure of the file. It was written from the
 * description of the format alone, so that it shares no mistake with the dumper.
 * ELF dumps are scanned by page frame within their PT_LOAD segments, and
 * flattened streams are restored in memory first.
 *
 *	scan [-v] DUMP MARKER
 *
 * Prints one line of key=value.  Exit status: 0 no marker, 1 marker found,
 * 2 the dump is malformed, 3 usage or system error.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <lzo/lzo1x.h>
#include <zlib.h>
#include <zstd.h>

#define EXIT_MARKER	1
#define EXIT_MALFORMED	2
#define EXIT_SYSTEM	3

enum {
	PAGE_RAW = 0,
	PAGE_ZLIB = 1,
	PAGE_LZO = 2,
	PAGE_ZSTD = 0x20,
};

struct kdump_header {
	char signature[8];
	int32_t version;
	char utsname[6][65];
	char pad[6];
	int64_t tv_sec;
	int64_t tv_usec;
	uint32_t status;
	int32_t block_size;
	int32_t sub_hdr_size;
	uint32_t bitmap_blocks;
	uint32_t max_mapnr;
	uint32_t total_ram_blocks;
	uint32_t device_blocks;
	uint32_t written_blocks;
	uint32_t current_cpu;
	int32_t nr_cpus;
};

_Static_assert(sizeof(struct kdump_header) == 464, "header size");

struct kdump_sub_header {
	uint64_t phys_base;
	int32_t dump_level;
	int32_t split;
	uint64_t start_pfn;
	uint64_t end_pfn;
	uint64_t vmcoreinfo_off;
	uint64_t vmcoreinfo_size;
	uint64_t note_off;
	uint64_t note_size;
	uint64_t erase_off;
	uint64_t erase_size;
	uint64_t start_pfn_64;
	uint64_t end_pfn_64;
	uint64_t max_mapnr_64;
};

_Static_assert(sizeof(struct kdump_sub_header) == 104, "sub-header size");

struct page_desc {
	int64_t offset;
	uint32_t size;
	uint32_t flags;
	uint64_t page_flags;
};

struct dump {
	const uint8_t *map;
	uint64_t size;
	uint32_t block;
	const uint8_t *bitmap;
	uint64_t nr_bits;
	const struct page_desc *desc;
	uint64_t nr_desc;
	uint64_t data_off;
	uint64_t *pfn;		/* of each descriptor */
	const char *marker;
	size_t marker_len;
	bool verbose;
};

struct tally {
	uint64_t pages;
	uint64_t marked;
	uint64_t bad;
	uint64_t raw, zlib, lzo, zstd;
	uint64_t zero;
	uint64_t stored;	/* bytes of page data */
};

#define CHUNK	4096

struct job {
	struct dump *d;
	_Atomic uint64_t next;
	pthread_mutex_t lock;
	struct tally sum;
};

__attribute__((format(printf, 1, 2), noreturn))
static void malformed(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("malformed: ", stdout);
	vprintf(fmt, ap);
	putchar('\n');
	va_end(ap);
	exit(EXIT_MALFORMED);
}

static bool has_marker(const struct dump *d, const uint8_t *page, size_t len)
{
	return memmem(page, len, d->marker, d->marker_len);
}

static bool all_zero(const uint8_t *p, size_t len)
{
	return !p[0] && !memcmp(p, p + 1, len - 1);
}

/* Decompress one page into buf; false when its descriptor or data is bad. */
static bool expand(struct dump *d, const struct page_desc *pd, uint8_t *buf,
		   ZSTD_DCtx *zctx, struct tally *t)
{
	const uint8_t *src = d->map + pd->offset;
	uLongf zlen = d->block;
	lzo_uint llen = d->block;

	if (pd->offset < 0 || (uint64_t)pd->offset < d->data_off ||
	    (uint64_t)pd->offset > d->size ||
	    pd->size > d->size - (uint64_t)pd->offset || !pd->size)
		return false;
	if (pd->flags == PAGE_RAW) {
		t->raw++;
		if (pd->size != d->block)
			return false;
		memcpy(buf, src, d->block);
		return true;
	}
	if (pd->size >= d->block)
		return false;
	switch (pd->flags) {
	case PAGE_ZLIB:
		t->zlib++;
		return uncompress(buf, &zlen, src, pd->size) == Z_OK &&
		       zlen == d->block;
	case PAGE_LZO:
		t->lzo++;
		return lzo1x_decompress_safe(src, pd->size, buf, &llen,
					     NULL) == LZO_E_OK &&
		       llen == d->block;
	case PAGE_ZSTD:
		t->zstd++;
		return ZSTD_decompressDCtx(zctx, buf, d->block, src,
					   pd->size) == d->block;
	}
	return false;
}

static void report_page(const struct dump *d, uint64_t i, const char *what)
{
	const struct page_desc *pd = &d->desc[i];

	if (d->verbose)
		fprintf(stderr, "%s: pfn %#" PRIx64 " desc %" PRIu64
			" offset %" PRId64 " size %u flags %#x\n", what,
			d->pfn[i], i, pd->offset, pd->size, pd->flags);
}

static void *scan_worker(void *arg)
{
	struct job *job = arg;
	struct dump *d = job->d;
	struct tally t = { 0 };
	uint8_t *buf = malloc(d->block);
	ZSTD_DCtx *zctx = ZSTD_createDCtx();
	uint64_t i, end;

	if (!buf || !zctx)
		errx(EXIT_SYSTEM, "out of memory");
	while ((i = atomic_fetch_add(&job->next, CHUNK)) < d->nr_desc) {
		end = i + CHUNK < d->nr_desc ? i + CHUNK : d->nr_desc;
		for (; i < end; i++) {
			t.pages++;
			if (!expand(d, &d->desc[i], buf, zctx, &t)) {
				t.bad++;
				report_page(d, i, "bad");
				continue;
			}
			t.stored += d->desc[i].size;
			if (all_zero(buf, d->block)) {
				t.zero++;
			} else if (has_marker(d, buf, d->block)) {
				t.marked++;
				report_page(d, i, "marker");
			}
		}
	}
	pthread_mutex_lock(&job->lock);
	for (i = 0; i < sizeof(t) / sizeof(uint64_t); i++)
		((uint64_t *)&job->sum)[i] += ((uint64_t *)&t)[i];
	pthread_mutex_unlock(&job->lock);
	ZSTD_freeDCtx(zctx);
	free(buf);
	return NULL;
}

/* Check a (offset, size) area of the file that must lie below the bitmaps. */
static void check_area(const char *name, uint64_t off, uint64_t size,
		       uint64_t limit)
{
	if (size && (off > limit || size > limit - off))
		malformed("%s at %" PRIu64 "+%" PRIu64 " is outside the headers",
			  name, off, size);
}

static void check_notes(const struct dump *d, const struct kdump_sub_header *sh)
{
	const uint8_t *p = d->map + sh->note_off, *end = p + sh->note_size;
	unsigned int prstatus = 0, vmcoreinfo = 0;
	const struct kdump_header *h = (const void *)d->map;

	while (p < end) {
		const Elf64_Nhdr *n = (const void *)p;
		uint64_t name, desc;

		if (end - p < (long)sizeof(*n))
			malformed("note header cut short");
		name = (n->n_namesz + 3) & ~3UL;
		desc = (n->n_descsz + 3) & ~3UL;
		if (name + desc > (uint64_t)(end - p) - sizeof(*n))
			malformed("note reaches past the note area");
		if (n->n_type == NT_PRSTATUS && n->n_namesz == 5 &&
		    !memcmp(n + 1, "CORE", 5))
			prstatus++;
		if (n->n_namesz == 11 && !memcmp(n + 1, "VMCOREINFO", 11)) {
			vmcoreinfo++;
			if (p + sizeof(*n) + name != d->map + sh->vmcoreinfo_off)
				malformed("vmcoreinfo offset misses its note");
		}
		p += sizeof(*n) + name + desc;
	}
	if (vmcoreinfo != 1)
		malformed("%u VMCOREINFO notes in the note area", vmcoreinfo);
	if (prstatus && prstatus != (unsigned int)h->nr_cpus)
		malformed("%u NT_PRSTATUS notes, nr_cpus %d", prstatus,
			  h->nr_cpus);
}

static void open_kdump(struct dump *d)
{
	const struct kdump_header *h = (const void *)d->map;
	const struct kdump_sub_header *sh;
	uint64_t head, half, i, n = 0, ram = 0;
	const uint8_t *ram_bits;

	if (d->size < sizeof(*h))
		malformed("shorter than its header");
	d->block = h->block_size;
	if (h->version != 6)
		malformed("header version %d", h->version);
	if (d->block != 4096)
		malformed("block size %u", d->block);
	if (h->sub_hdr_size < 1 || h->bitmap_blocks & 1 || h->nr_cpus < 1)
		malformed("sub_hdr_size %d, bitmap_blocks %u, nr_cpus %d",
			  h->sub_hdr_size, h->bitmap_blocks, h->nr_cpus);
	head = (1 + (uint64_t)h->sub_hdr_size) * d->block;
	half = (uint64_t)h->bitmap_blocks / 2 * d->block;
	if (head + 2 * half > d->size)
		malformed("bitmaps reach past the end of the file");
	sh = (const void *)(d->map + d->block);
	check_area("vmcoreinfo", sh->vmcoreinfo_off, sh->vmcoreinfo_size, head);
	check_area("notes", sh->note_off, sh->note_size, head);
	check_area("eraseinfo", sh->erase_off, sh->erase_size, head);
	if (sh->note_size)
		check_notes(d, sh);
	ram_bits = d->map + head;
	d->bitmap = ram_bits + half;
	d->nr_bits = half * 8;
	if (sh->max_mapnr_64 > d->nr_bits)
		malformed("max_mapnr %" PRIu64 " of %" PRIu64 " bits",
			  sh->max_mapnr_64, d->nr_bits);
	for (i = 0; i < half; i++) {
		n += __builtin_popcount(d->bitmap[i]);
		ram += __builtin_popcount(ram_bits[i]);
		if (d->bitmap[i] & ~ram_bits[i])
			malformed("a dumped page is no RAM, pfn near %#" PRIx64,
				  i * 8);
	}
	d->nr_desc = n;
	d->desc = (const void *)(d->map + head + 2 * half);
	d->data_off = head + 2 * half + n * sizeof(*d->desc);
	if (d->data_off > d->size)
		malformed("descriptors reach past the end of the file");
	d->pfn = malloc((n + 1) * sizeof(*d->pfn));
	if (!d->pfn)
		errx(EXIT_SYSTEM, "out of memory");
	for (i = n = 0; i < d->nr_bits; i++)
		if (d->bitmap[i / 8] & 1 << i % 8)
			d->pfn[n++] = i;
	printf("format=kdump status=%#x ram=%" PRIu64 " ", h->status, ram);
}

static void scan_kdump(struct dump *d, struct tally *t)
{
	struct job job = { .d = d, .lock = PTHREAD_MUTEX_INITIALIZER };
	long i, nr = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t tid[16];

	open_kdump(d);
	if (nr > 16)
		nr = 16;
	for (i = 0; i < nr; i++)
		if (pthread_create(&tid[i], NULL, scan_worker, &job))
			errx(EXIT_SYSTEM, "cannot create a thread");
	for (i = 0; i < nr; i++)
		pthread_join(tid[i], NULL);
	*t = job.sum;
}

/* Pages seen through two segments (kernel text) count in each. */
static void scan_elf(struct dump *d, struct tally *t)
{
	const Elf64_Ehdr *eh = (const void *)d->map;
	const Elf64_Phdr *ph;
	uint64_t phnum, i, off, len;

	d->block = 4096;
	if (d->size < sizeof(*eh) || eh->e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh->e_type != ET_CORE || eh->e_phentsize != sizeof(*ph))
		malformed("not a 64-bit core");
	phnum = eh->e_phnum;
	if (phnum == PN_XNUM) {
		const Elf64_Shdr *s = (const void *)(d->map + eh->e_shoff);

		if (eh->e_shoff > d->size - sizeof(*s))
			malformed("section header past the end of the file");
		phnum = s->sh_info;
	}
	if (eh->e_phoff > d->size ||
	    phnum > (d->size - eh->e_phoff) / sizeof(*ph))
		malformed("program headers past the end of the file");
	ph = (const void *)(d->map + eh->e_phoff);
	for (i = 0; i < phnum; i++) {
		if (ph[i].p_offset > d->size ||
		    ph[i].p_filesz > d->size - ph[i].p_offset ||
		    ph[i].p_filesz > ph[i].p_memsz)
			malformed("segment %" PRIu64 " past the end", i);
		if (ph[i].p_type != PT_LOAD)
			continue;
		for (off = 0; off < ph[i].p_filesz; off += len) {
			const uint8_t *p = d->map + ph[i].p_offset + off;

			len = ph[i].p_filesz - off;
			if (len > d->block)
				len = d->block;
			t->pages++;
			t->raw++;
			t->stored += len;
			if (all_zero(p, len)) {
				t->zero++;
			} else if (has_marker(d, p, len)) {
				t->marked++;
				if (d->verbose)
					fprintf(stderr, "marker: paddr %#" PRIx64
						"\n", ph[i].p_paddr + off);
			}
		}
	}
	printf("format=elf status=%#x segments=%" PRIu64 " ", eh->e_flags,
	       phnum);
}

/* Restore a flattened stream into an anonymous file and map that. */
static void unflatten(struct dump *d)
{
	uint64_t pos = 4096;
	struct stat st;
	int fd = memfd_create("scan", MFD_CLOEXEC);

	if (fd < 0)
		err(EXIT_SYSTEM, "memfd_create");
	for (;;) {
		int64_t off, size;

		if (pos > d->size || d->size - pos < 16)
			malformed("flattened stream without its end");
		off = (int64_t)be64toh(*(const uint64_t *)(d->map + pos));
		size = (int64_t)be64toh(*(const uint64_t *)(d->map + pos + 8));
		pos += 16;
		if (off == -1 && size == -1)
			break;
		if (off < 0 || size < 0 || (uint64_t)size > d->size - pos)
			malformed("flattened record at %" PRIu64, pos - 16);
		for (int64_t done = 0; done < size; ) {
			ssize_t n = pwrite(fd, d->map + pos + done,
					   size - done, off + done);

			if (n <= 0)
				err(EXIT_SYSTEM, "write");
			done += n;
		}
		pos += size;
	}
	if (pos != d->size)
		malformed("%" PRIu64 " bytes after the stream's end",
			  d->size - pos);
	munmap((void *)d->map, d->size);
	if (fstat(fd, &st))
		err(EXIT_SYSTEM, "fstat");
	d->size = st.st_size;
	d->map = d->size ? mmap(NULL, d->size, PROT_READ, MAP_SHARED, fd, 0) :
			   MAP_FAILED;
	if (d->map == MAP_FAILED)
		err(EXIT_SYSTEM, "mmap");
	close(fd);
	printf("flattened=1 ");
}

int main(int argc, char **argv)
{
	struct dump d = { 0 };
	struct tally t = { 0 };
	struct stat st;
	int fd, opt;

	while ((opt = getopt(argc, argv, "v")) == 'v')
		d.verbose = true;
	if (opt != -1 || argc - optind != 2 || !*argv[optind + 1])
		errx(EXIT_SYSTEM, "usage: scan [-v] DUMP MARKER");
	d.marker = argv[optind + 1];
	d.marker_len = strlen(d.marker);
	fd = open(argv[optind], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		err(EXIT_SYSTEM, "%s", argv[optind]);
	d.size = st.st_size;
	if (d.size < 4096)
		malformed("only %" PRIu64 " bytes", d.size);
	d.map = mmap(NULL, d.size, PROT_READ, MAP_SHARED, fd, 0);
	if (d.map == MAP_FAILED)
		err(EXIT_SYSTEM, "mmap");
	if (lzo_init() != LZO_E_OK)
		errx(EXIT_SYSTEM, "lzo_init");
	if (!memcmp(d.map, "makedumpfile", 13))
		unflatten(&d);
	if (d.size >= 8 && !memcmp(d.map, "KDUMP   ", 8))
		scan_kdump(&d, &t);
	else if (d.size >= SELFMAG && !memcmp(d.map, ELFMAG, SELFMAG))
		scan_elf(&d, &t);
	else
		malformed("neither kdump-compressed nor ELF");
	printf("pages=%" PRIu64 " marked=%" PRIu64 " bad=%" PRIu64
	       " zero=%" PRIu64 " raw=%" PRIu64 " zlib=%" PRIu64
	       " lzo=%" PRIu64 " zstd=%" PRIu64 " stored=%" PRIu64 "\n",
	       t.pages, t.marked, t.bad, t.zero, t.raw, t.zlib, t.lzo, t.zstd,
	       t.stored);
	if (t.bad)
		return EXIT_MALFORMED;
	return t.marked ? EXIT_MARKER : 0;
}
