// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_large.c - dumps of a machine with little RAM, some of it at 64 TB. No
 * table of the dump may depend on the highest page frame. The dumps are read
 * back with libkdumpfile and libelf.
 *
 * The source and the sink are made up here: those of fake.h have a table of all
 * page frames, and a buffer up to the last byte.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libkdumpfile/kdumpfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/dump/estimate.h"
#include "core/format/notes.h"
#include "core/pages/bitmap.h"
#include "dumpfile/dumpfile.h"
#include "tests/unit/fake.h"

#define FAR		(1ULL << (46 - 12))	/* the page frame at 64 TB */
#define FAR_FRAMES	2000U
#define NEAR_FRAMES	65536U			/* 256 MB */
#define MEMMAP		4096U			/* page frames that hold the struct pages of FAR */
#define LEVEL		31U
#define MIB		(1ULL << 20)

/* All that a dump may allocate, without the copies of page frames. */
#define MEMORY_MAX	(16 * MIB)

static const char vmcoreinfo[] =
	"OSRELEASE=6.1.0-fake\n"
	"PAGESIZE=4096\n"
	"NUMBER(phys_base)=0\n";

static const struct ld_range ranges[] = {
	{ 1, 159 }, { 256, NEAR_FRAMES }, { FAR, FAR + FAR_FRAMES },
};

/* Page types follow from the page frame, mostly free memory. */
static u16 far_flags(u64 pfn)
{
	static const u16 flags[] = {
		LD_PAGE_SLAB, LD_PAGE_USER, 0, LD_PAGE_CACHE, LD_PAGE_PGTABLE, LD_PAGE_POISON,
		LD_PAGE_RESERVED,
	};

	if (pfn >= MEMMAP && pfn < MEMMAP + FAR_FRAMES / 64)
		return 0;
	if (pfn < FAR && pfn / 1000 % 8)
		return LD_PAGE_FREE;
	return flags[(pfn >> 5) * 2654435761U % 7];
}

static bool far_kept(u64 pfn)
{
	u16 flags = far_flags(pfn);

	return !flags || flags & (LD_PAGE_SLAB | LD_PAGE_PGTABLE | LD_PAGE_RESERVED);
}

static void far_fill(u64 pfn, u64 *page)
{
	for (unsigned int i = 0; i < 512; i++)
		page[i] = pfn % 5 ? pfn * (i % 7 + 1) : 0;
}

static int far_page_flags(struct ld_source *src, unsigned int worker, u64 pfn, unsigned int nr,
			  u16 *page_flags)
{
	(void)src;
	(void)worker;
	for (unsigned int i = 0; i < nr; i++)
		page_flags[i] = far_flags(pfn + i);
	return 0;
}

/* The time that a read takes, by the fake clock; reads and page frames read so far. */
static u64 far_read_ns, far_reads, far_frames;

static int far_read(struct ld_source *src, unsigned int worker, u64 pfn, unsigned int nr,
		    void *buf, u64 *bad)
{
	(void)src;
	(void)worker;
	(void)bad;
	far_reads++;
	far_frames += nr;
	if (far_read_ns)
		port_atomic64_add(&fake_clock, (s64)far_read_ns);
	for (unsigned int i = 0; i < nr; i++) {
		if (far_flags(pfn + i) & LD_PAGE_POISON)
			abort();
		far_fill(pfn + i, (u64 *)buf + i * 512);
	}
	return 0;
}

struct far_round {
	int (*fn)(void *arg, unsigned int worker, unsigned int round);
	void *arg;
	unsigned int round;
};

static int far_work(void *arg, unsigned int worker)
{
	const struct far_round *r = arg;

	return r->fn(r->arg, worker, r->round);
}

static int far_stop(struct ld_source *src, unsigned int workers, unsigned int rounds,
		    int (*fn)(void *arg, unsigned int worker, unsigned int round), void *arg,
		    u64 *pause_ns)
{
	struct far_round r = { fn, arg, 0 };
	int err = 0;

	(void)src;
	for (; r.round < rounds && !err; r.round++)
		err = port_run(workers, far_work, &r);
	*pause_ns = 1;
	return err;
}

static unsigned int far_describes(struct ld_source *src, u64 pfn, u64 *first)
{
	(void)src;
	if (pfn < MEMMAP || pfn >= MEMMAP + FAR_FRAMES / 64)
		return 0;
	*first = FAR + (pfn - MEMMAP) * 64;
	return 64;
}

static const struct ld_source_ops far_ops = {
	.name = "far",
	.page_flags = far_page_flags,
	.read = far_read,
};

static const struct ld_freezer_ops far_freezer = {
	.stop = far_stop,
};

static const struct ld_memmap_ops far_memmap = {
	.describes = far_describes,
};

/* A sink in a file with holes. */
struct far_sink {
	struct ld_sink sink;
	int fd;
	port_atomic64_t written;
};

static int far_sink_write(struct ld_sink *sink, u64 off, const void *buf, size_t len)
{
	struct far_sink *s = (struct far_sink *)sink;

	port_atomic64_add(&s->written, (s64)len);
	return pwrite(s->fd, buf, len, (off_t)off) == (ssize_t)len ? 0 : -EIO;
}

static int far_sink_read(struct ld_sink *sink, u64 off, void *buf, size_t len)
{
	struct far_sink *s = (struct far_sink *)sink;
	ssize_t n = pread(s->fd, buf, len, (off_t)off);

	if (n < 0)
		return -EIO;
	memset((u8 *)buf + n, 0, len - (size_t)n);
	return 0;
}

static int far_sink_finish(struct ld_sink *sink, u64 size)
{
	return ftruncate(((struct far_sink *)sink)->fd, (off_t)size);
}

static const struct ld_sink_ops far_sink_ops = {
	.name = "file",
	.rewrites = true,
	.write = far_sink_write,
	.read = far_sink_read,
	.finish = far_sink_finish,
};

struct far_job {
	struct ld_source src;
	struct far_sink sink;
	struct ld_control control;
	struct dump_request request;
	struct ld_params params;
	struct dump_result result;
};

static void far_open(struct far_job *j, enum ld_mode mode, u64 memory)
{
	struct ld_system *sys = &j->src.system;
	void *notes;

	memset(j, 0, sizeof(*j));
	j->src.ops = &far_ops;
	j->src.freezer = &far_freezer;
	j->src.memmap = &far_memmap;
	j->src.page_shift = 12;
	j->src.ranges = ranges;
	j->src.nr_ranges = sizeof(ranges) / sizeof(ranges[0]);
	j->src.max_pfn = FAR + FAR_FRAMES;
	strcpy(sys->uts[0], "Linux");
	strcpy(sys->uts[1], "fakehost");
	strcpy(sys->uts[2], "6.1.0-fake");
	strcpy(sys->uts[3], "#1 SMP");
	strcpy(sys->uts[4], "x86_64");
	sys->nr_cpus = 2;
	sys->cpus_end = 2;
	sys->arch = &ld_arch_x86_64;
	sys->page_offset = 0xffff888000000000ULL;
	notes = malloc(ld_notes_size(sys, sizeof(vmcoreinfo) - 1));
	ld_notes_build(sys, notes, vmcoreinfo, sizeof(vmcoreinfo) - 1, false);
	j->sink.sink.ops = &far_sink_ops;
	/* On a disk: to map a hole of a file in memory takes memory. */
	j->sink.fd = open("/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	assert_true(j->sink.fd >= 0);
	j->request = (struct dump_request){
		.mode = mode,
		.format = &ld_format_kdump,
		.codec = &ld_codec_none,
		.level = LEVEL,
		.memory = memory,
		.max_pause_ns = 600ULL * 1000000000,
	};
	j->params = (struct ld_params){
		.request = &j->request,
		.source = &j->src,
		.sink = &j->sink.sink,
		.workers = 2,
		.control = &j->control,
	};
}

static void far_close(struct far_job *j)
{
	free((void *)j->src.system.notes);
	close(j->sink.fd);
}

static u64 far_kept_frames(void)
{
	u64 kept = 0;

	for (unsigned int r = 0; r < sizeof(ranges) / sizeof(ranges[0]); r++)
		for (u64 pfn = ranges[r].start; pfn < ranges[r].end; pfn++)
			kept += far_kept(pfn);
	return kept;
}

/* Take the dump, and check what it took: memory, and bytes of a file with holes. */
static void far_dump(struct far_job *j, const char *what)
{
	struct stat st;
	s64 memory;

	port_atomic64_set(&fake_alloc_peak, port_atomic64_read(&fake_alloc_bytes));
	assert_int_equal(ld_dump(&j->params, &j->result), 0);
	assert_int_equal(port_atomic64_read(&fake_alloc_bytes), 0);
	memory = port_atomic64_read(&fake_alloc_peak) - (s64)j->result.bytes.buffer;
	assert_int_equal(fstat(j->sink.fd, &st), 0);
	print_message("%s: %ld KiB of memory without the page buffer, %ld KiB written, file of %ld MiB with %ld KiB\n",
		      what, memory >> 10, port_atomic64_read(&j->sink.written) >> 10,
		      st.st_size >> 20, st.st_blocks >> 1);
	assert_true(memory < (s64)MEMORY_MAX);
	assert_true(port_atomic64_read(&j->sink.written) < (s64)(64 * MIB));
	assert_int_equal(j->result.pages.frames, 158 + NEAR_FRAMES - 256 + FAR_FRAMES);
	assert_int_equal(j->result.pages.kept, far_kept_frames());
}

static bool far_in_ram(u64 pfn)
{
	for (unsigned int r = 0; r < sizeof(ranges) / sizeof(ranges[0]); r++)
		if (pfn >= ranges[r].start && pfn < ranges[r].end)
			return true;
	return false;
}

/* Check what libkdumpfile has of page frames @pfn .. @end - 1. */
static u64 far_check_frames(kdump_ctx_t *ctx, u64 pfn, u64 end)
{
	u64 page[512], want[512], found = 0;

	for (; pfn < end; pfn++) {
		size_t len = sizeof(page);
		kdump_status st = kdump_read(ctx, KDUMP_MACHPHYSADDR, pfn << 12, page, &len);
		bool kept = far_in_ram(pfn) && far_kept(pfn), found_it = !st;

		if (kept != found_it)
			fail_msg("page frame %lu: %s", pfn, kdump_get_err(ctx));
		if (!kept) {
			kdump_clear_err(ctx);
			continue;
		}
		far_fill(pfn, want);
		assert_memory_equal(page, want, sizeof(page));
		found++;
	}
	return found;
}

/* libkdumpfile reads 2 GB of bitmap, which takes seconds: only for one dump. */
static void far_check_libkdumpfile(const struct far_job *j)
{
	kdump_ctx_t *ctx = kdump_new();
	u64 found;

	assert_int_equal(kdump_set_number_attr(ctx, KDUMP_ATTR_FILE_MMAP_POLICY,
					       KDUMP_MMAP_ALWAYS), KDUMP_OK);
	assert_int_equal(kdump_open_fd(ctx, j->sink.fd), KDUMP_OK);
	found = far_check_frames(ctx, 0, NEAR_FRAMES + 1000);
	for (u64 pfn = 1ULL << 20; pfn < FAR; pfn *= 2)
		found += far_check_frames(ctx, pfn - 3, pfn + 3);
	found += far_check_frames(ctx, FAR - 1000, FAR + FAR_FRAMES);
	assert_int_equal(found, j->result.pages.kept);
	kdump_free(ctx);
}

struct far_reader {
	struct dumpfile d;
	u64 found;
};

static int far_read_chunk(void *arg, const struct dumpfile_chunk *c)
{
	u64 page[512], want[512], rank = c->rank;
	struct far_reader *r = arg;

	for (u64 i = 0; i < LD_CHUNK; i++) {
		u64 pfn = c->pfn + i;
		struct kdump_desc desc;

		assert_int_equal(ld_bit(c->keep, i), far_in_ram(pfn) && far_kept(pfn));
		if (!ld_bit(c->keep, i))
			continue;
		assert_int_equal(pread(r->d.file.fd, &desc, sizeof(desc),
				       (off_t)(r->d.kdump.desc_off + rank++ * sizeof(desc))),
				 sizeof(desc));
		assert_int_equal(desc.size, sizeof(page));
		assert_int_equal(pread(r->d.file.fd, page, sizeof(page), desc.offset),
				 sizeof(page));
		far_fill(pfn, want);
		assert_memory_equal(page, want, sizeof(page));
		r->found++;
	}
	return 0;
}

static void far_check_kdump(const struct far_job *j)
{
	const struct dumpfile_request req = { .fd = j->sink.fd, .name = "far", .hint = "mend it" };
	struct far_reader r = { .found = 0 };
	struct error err = { 0 };

	assert_int_equal(dumpfile_open(&r.d, &req, &err), 0);
	assert_int_equal(r.d.format->chunks(&r.d, far_read_chunk, &r, &err), 0);
	assert_int_equal(r.found, j->result.pages.kept);
	dumpfile_close(&r.d);
}

static void far_check_elf(const struct far_job *j)
{
	u64 page[512], want[512], found = 0;
	size_t nr;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(j->sink.fd, ELF_C_READ, NULL);
	assert_non_null(elf);
	assert_int_equal(elf_getphdrnum(elf, &nr), 0);
	for (size_t i = 1; i < nr; i++) {
		GElf_Phdr ph;

		assert_non_null(gelf_getphdr(elf, (int)i, &ph));
		assert_int_equal(ph.p_type, PT_LOAD);
		for (u64 off = 0; off < ph.p_memsz; off += sizeof(page)) {
			u64 pfn = (ph.p_paddr + off) >> 12;

			assert_true(far_in_ram(pfn));
			assert_int_equal(far_kept(pfn), off < ph.p_filesz);
			if (off >= ph.p_filesz)
				continue;
			assert_int_equal(pread(j->sink.fd, page, sizeof(page),
					       (off_t)(ph.p_offset + off)), sizeof(page));
			far_fill(pfn, want);
			assert_memory_equal(page, want, sizeof(page));
			found++;
		}
	}
	assert_int_equal(found, j->result.pages.kept);
	elf_end(elf);
}

static void test_kdump(void **state)
{
	static const struct {
		const char *what;
		enum ld_mode mode;
		u64 memory;
		bool readable;
	} kinds[] = {
		{ "live", LD_MODE_LIVE, 0, false },
		{ "live, bitmap in the file", LD_MODE_LIVE, 0, true },
		{ "live, read ahead", LD_MODE_LIVE, 64 * MIB, true },
		{ "freeze", LD_MODE_FREEZE, 256 * MIB, true },
		{ "freeze-kernel", LD_MODE_FREEZE_KERNEL, 256 * MIB, true },
		{ "precopy, as a freeze", LD_MODE_PRECOPY, 256 * MIB, true },
	};
	struct far_job j;

	(void)state;
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		far_open(&j, kinds[i].mode, kinds[i].memory);
		j.sink.sink.readable = kinds[i].readable;
		far_dump(&j, kinds[i].what);
		far_check_kdump(&j);
		if (kinds[i].mode == LD_MODE_FREEZE)
			far_check_libkdumpfile(&j);
		far_close(&j);
	}
}

static void test_elf(void **state)
{
	struct far_job j;

	(void)state;
	for (unsigned int mode = 0; mode < LD_NR_MODES; mode++) {
		far_open(&j, mode, 256 * MIB);
		j.request.format = &ld_format_elf;
		far_dump(&j, "elf");
		far_check_elf(&j);
		far_close(&j);
	}
}

static void test_estimate(void **state)
{
	struct ld_estimate estimate;
	struct far_job j;

	(void)state;
	far_open(&j, LD_MODE_LIVE, 0);
	port_atomic64_set(&fake_alloc_peak, port_atomic64_read(&fake_alloc_bytes));
	assert_int_equal(ld_estimate(&j.params, &j.result, &estimate), 0);
	print_message("estimate: %ld KiB of memory\n", port_atomic64_read(&fake_alloc_peak) >> 10);
	assert_true(port_atomic64_read(&fake_alloc_peak) < (s64)MEMORY_MAX);
	assert_int_equal(j.result.pages.kept, far_kept_frames());
	/* Codec none: the holes of both bitmaps need no space on the disk. */
	assert_int_equal(estimate.packed[0].file_bytes - estimate.packed[0].disk_bytes,
			 2 * (FAR / 8 - 8192));
	print_message("estimate: %lu MiB on disk, %lu MiB long\n",
		      estimate.packed[0].disk_bytes >> 20, estimate.packed[0].file_bytes >> 20);
	assert_true(estimate.packed[0].disk_bytes < 32 * MIB);
	far_close(&j);
}

/*
 * Times that overflowed: the time of the sample times the page frames to copy is
 * more than 2^64 ns when 64 TB, 2^34 page frames, are kept and the sample takes
 * longer than 1 s. Here some thousand page frames are kept, so the sample takes
 * that much longer.
 */
static void test_times(void **state)
{
	struct ld_estimate estimate;
	struct far_job j;
	double pause;
	u64 frames;

	(void)state;
	far_open(&j, LD_MODE_FREEZE, 256 * MIB);
	j.params.workers = 1;
	frames = far_kept_frames();
	/* It ends with 4096 page frames; the rest is estimated. */
	assert_true(frames > 4096 + LD_CHUNK);
	port_atomic64_set(&fake_clock, 1);
	far_read_ns = 1000000000ULL * 1000000;
	far_reads = 0;
	far_frames = 0;
	j.request.max_pause_ns = 1;
	assert_int_equal(ld_dump(&j.params, &j.result), -ETIME);
	pause = (double)far_reads * 1e15 * (double)frames / (double)far_frames;
	print_message("%lu reads of %lu page frames: pause %.6f s, estimated %.6f s\n", far_reads,
		      far_frames, pause / 1e9, (double)j.result.times.pause_estimate / 1e9);
	assert_true(pause * (double)far_frames > 18446744073709551616.0);
	assert_true((double)j.result.times.pause_estimate > pause * 0.999999);
	assert_true((double)j.result.times.pause_estimate < pause * 1.000001);

	memset(&j.result, 0, sizeof(j.result));
	assert_int_equal(ld_estimate(&j.params, &j.result, &estimate), 0);
	assert_true((double)estimate.packed[0].time_ns > pause * 0.999999);
	far_read_ns = 0;
	port_atomic64_set(&fake_clock, 0);
	far_close(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kdump),
		cmocka_unit_test(test_elf),
		cmocka_unit_test(test_estimate),
		cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests_name("large", tests, NULL, NULL);
}
