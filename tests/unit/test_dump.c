// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_dump.c - whole dumps of a made-up memory, read back by libkdumpfile
 * (kdump) and libelf (ELF): each page frame kept must come back as it was,
 * each one dropped must not.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <gelf.h>
#include <libkdumpfile/kdumpfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/procfs.h>
#include <unistd.h>

#include "../../core/bitmap.h"
#include "../../core/format_kdump.h"
#include "fake.h"

static const struct ld_range ranges[] = { { 0, 159 }, { 256, 1800 }, { 3000, 3072 }, { 0, 0 } };

struct job {
	struct fake_source src;
	struct fake_sink sink;
	struct ld_control ctl;
	struct ld_params p;
	struct ld_stats st;
};

static void job_open(struct job *j, const struct ld_range *r)
{
	memset(j, 0, sizeof(*j));
	fake_open(&j->src, r);
	fake_sink_open(&j->sink, false);
	j->p = (struct ld_params){
		.source = &j->src.src,
		.sink = &j->sink.sink,
		.format = &ld_format_kdump,
		.codec = &ld_codec_zstd,
		.codec_level = 1,
		.level = 31,
		.workers = 2,
		.memory = 64 << 20,
		.control = &j->ctl,
	};
}

static void job_close(struct job *j)
{
	fake_sink_close(&j->sink);
	fake_close(&j->src);
}

/* The dump as a file, for libraries that want one. */
static int dump_fd(const struct job *j)
{
	int fd = memfd_create("dump", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, j->sink.data, j->sink.size), j->sink.size);
	assert_int_equal(ftruncate(fd, (off_t)j->sink.final), 0);
	return fd;
}

static bool in_ram(const struct job *j, u64 pfn)
{
	for (unsigned int i = 0; i < j->src.src.nr_ranges; i++)
		if (pfn >= j->src.ranges[i].start && pfn < j->src.ranges[i].end)
			return true;
	return false;
}

enum want { DROPPED, CONTENT, ZEROS };

/* @want says what a reader must find in each page frame. */
static void check_kdump(const struct job *j, enum want (*want)(const struct job *j, u64 pfn))
{
	static const u8 zeros[FAKE_PAGE];
	int fd = dump_fd(j);
	kdump_ctx_t *ctx = kdump_new();
	u8 page[FAKE_PAGE];
	u64 dropped = 0;

	assert_int_equal(kdump_set_number_attr(ctx, KDUMP_ATTR_FILE_FD, (kdump_num_t)fd),
			 KDUMP_OK);
	for (u64 pfn = 0; pfn < j->src.max; pfn++) {
		enum want w = in_ram(j, pfn) ? want(j, pfn) : DROPPED;
		size_t len = FAKE_PAGE;
		kdump_status st;

		st = kdump_read(ctx, KDUMP_MACHPHYSADDR, pfn * FAKE_PAGE, page, &len);
		if (w == DROPPED) {
			if (st == KDUMP_OK)
				fail_msg("page frame %lu should not be there", pfn);
			kdump_clear_err(ctx);
			dropped++;
			continue;
		}
		if (st != KDUMP_OK)
			fail_msg("page frame %lu: %s", pfn, kdump_get_err(ctx));
		if (memcmp(page, w == ZEROS ? zeros : fake_page((void *)&j->src, pfn), FAKE_PAGE))
			fail_msg("page frame %lu has another content", pfn);
	}
	assert_int_equal(j->st.kept, j->src.max - dropped);
	kdump_free(ctx);
	close(fd);
}

static enum want all_content(const struct job *j, u64 pfn)
{
	(void)j;
	(void)pfn;
	return CONTENT;
}

/* Facts in a pattern that makes runs of all lengths, and all classes. */
static void mixed_facts(struct job *j)
{
	static const u16 facts[] = {
		LD_FACT_FREE, LD_FACT_SLAB, LD_FACT_USER, LD_FACT_CACHE, 0,
		LD_FACT_CACHE | LD_FACT_PRIVATE, LD_FACT_PGTABLE, LD_FACT_RESERVED,
		LD_FACT_POISON, LD_FACT_ABSENT, LD_FACT_SLAB | LD_FACT_USER,
	};
	u64 x = 1, left = 0, which = 0;

	for (u64 pfn = 0; pfn < j->src.max; pfn++) {
		if (!left--) {
			x = x * 6364136223846793005ULL + 1442695040888963407ULL;
			left = x >> 58;
			which = (x >> 40) % (sizeof(facts) / sizeof(facts[0]));
		}
		j->src.facts[pfn] = facts[which];
	}
}

/* The dump levels as makedumpfile(8) has them, written once more. */
static bool level_drops(unsigned int level, u16 facts)
{
	if (facts & (LD_FACT_POISON | LD_FACT_ABSENT))
		return true;
	if (facts & LD_FACT_FREE)
		return level & 16;
	if (facts & LD_FACT_SLAB)
		return false;
	if (facts & LD_FACT_USER)
		return level & 8;
	if (facts & LD_FACT_CACHE)
		return (level & 4) || ((level & 2) && !(facts & LD_FACT_PRIVATE));
	return false;
}

static enum want by_level(const struct job *j, u64 pfn)
{
	return level_drops(j->p.level, j->src.facts[pfn]) ? DROPPED : CONTENT;
}

static void test_every_codec(void **state)
{
	(void)state;
	for (unsigned int i = 0; ld_codecs[i]; i++) {
		struct job j;

		job_open(&j, ranges);
		j.p.codec = ld_codecs[i];
		j.p.codec_level = ld_codecs[i]->level_default;
		mixed_facts(&j);
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		check_kdump(&j, by_level);
		assert_int_equal(j.st.pinned, j.st.kept);
		job_close(&j);
	}
}

static void test_every_level(void **state)
{
	(void)state;
	for (unsigned int level = 0; level <= LD_LEVEL_MAX; level++) {
		struct job j;

		job_open(&j, ranges);
		j.p.level = level;
		mixed_facts(&j);
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		check_kdump(&j, by_level);
		job_close(&j);
	}
}

/* From none to more than enough pinned memory, the dump is the same. */
static void test_any_memory(void **state)
{
	static const u64 pages[] = { 0, 1, 100, 300, 700, 1400, 8000 };

	(void)state;
	for (unsigned int i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		struct job j;

		job_open(&j, ranges);
		j.p.level = 8;
		j.p.memory = pages[i] * FAKE_PAGE;
		mixed_facts(&j);
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		check_kdump(&j, by_level);
		assert_int_equal(j.st.pinned + j.st.streamed, j.st.kept);
		assert_true(j.st.pinned <= pages[i]);
		job_close(&j);
	}
}

/*
 * What structure depends on is read ahead when not everything fits, and the
 * memory of users never is.
 */
static void test_structure_first(void **state)
{
	(void)state;
	for (int plenty = 0; plenty < 2; plenty++) {
		u64 slab = 0, kernel = 0;
		struct job j;

		job_open(&j, ranges);
		for (u64 pfn = 0; pfn < j.src.max; pfn++) {
			static const u16 facts[] = { LD_FACT_USER, LD_FACT_CACHE, 0, LD_FACT_SLAB };

			j.src.facts[pfn] = facts[pfn % 4];
			slab += in_ram(&j, pfn) && pfn % 4 == 3;
			kernel += in_ram(&j, pfn) && pfn % 4 == 2;
		}
		j.p.level = 0;
		j.p.workers = 1;
		j.p.memory = plenty ? 64 << 20 : slab * FAKE_PAGE;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		check_kdump(&j, all_content);
		assert_int_equal(j.st.pinned, plenty ? slab + kernel : slab);
		assert_true(j.st.pinned_bytes <= j.p.memory);
		job_close(&j);
	}
}

/* Until it stands still the system changes; what it was then is in the dump. */
static void turn_until_frozen(struct fake_source *f, u64 pfn, unsigned int nr)
{
	static const u16 facts[] = { LD_FACT_USER, LD_FACT_SLAB, LD_FACT_FREE, 0 };

	for (unsigned int i = 0; i < nr && !f->frozen; i++)
		if ((pfn + i) % 5 == 0)
			f->facts[pfn + i] = facts[(pfn + i + f->reads) % 4];
}

static void test_freeze(void **state)
{
	static const unsigned int levels[] = { 0, 1, 8, 31 };

	(void)state;
	for (unsigned int i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		struct job j;

		job_open(&j, ranges);
		mixed_facts(&j);
		for (u64 pfn = 300; pfn < 600; pfn++)
			memset(fake_page(&j.src, pfn), 0, FAKE_PAGE);
		j.src.before_facts = turn_until_frozen;
		j.p.level = levels[i];
		j.p.freeze = true;
		j.p.max_pause_ns = 60ULL * 1000000000;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		assert_int_equal(j.src.freezes, 1);
		check_kdump(&j, by_level);
		assert_int_equal(j.st.pinned, j.st.kept);
		assert_int_equal(j.st.streamed, 0);
		assert_true(j.st.pause_ns > 0);
		assert_true(j.st.predicted_ns > 0);
		job_close(&j);
	}
}

static enum want bad_dropped(const struct job *j, u64 pfn)
{
	return j->src.bad[pfn] ? DROPPED : CONTENT;
}

/* What cannot be read is not in a frozen dump. */
static void test_freeze_unreadable(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, ranges);
	j.src.bad[400] = true;
	j.src.bad[401] = true;
	j.p.freeze = true;
	j.p.max_pause_ns = 60ULL * 1000000000;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_kdump(&j, bad_dropped);
	assert_int_equal(j.st.unreadable, 2);
	job_close(&j);
}

/* Said before anything stands still. */
static void test_freeze_refused(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, ranges);
	j.p.freeze = true;
	j.p.max_pause_ns = 60ULL * 1000000000;
	j.p.memory = 1 << 20;
	assert_int_equal(ld_dump(&j.p, &j.st), -ENOMEM);
	assert_true(j.st.memory_needed >= 1776 * FAKE_PAGE);
	j.p.memory = j.st.memory_needed;
	j.p.max_pause_ns = 0;
	assert_int_equal(ld_dump(&j.p, &j.st), -ETIME);
	assert_true(j.st.predicted_ns > 0);
	assert_int_equal(j.src.freezes, 0);
	j.p.max_pause_ns = 60ULL * 1000000000;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(j.src.freezes, 1);
	job_close(&j);
}

static void test_zero_pages(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, ranges);
	for (u64 pfn = 300; pfn < 900; pfn++)
		memset(fake_page(&j.src, pfn), 0, FAKE_PAGE);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(j.st.zero, 600);
	check_kdump(&j, all_content);
	job_close(&j);
}

/* A user got the page frame while it was read: it must not be in the dump. */
static void turn_user(struct fake_source *f, u64 pfn, unsigned int nr)
{
	for (u64 p = pfn; p < pfn + nr; p++)
		if (p % 7 == 0)
			f->facts[p] = LD_FACT_USER;
}

static enum want turned_dropped(const struct job *j, u64 pfn)
{
	(void)j;
	return pfn % 7 ? CONTENT : DROPPED;
}

static enum want turned_zeros(const struct job *j, u64 pfn)
{
	(void)j;
	return pfn % 7 ? CONTENT : ZEROS;
}

static void test_turned_while_read(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, ranges);
	j.src.after_read = turn_user;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_kdump(&j, turned_dropped);
	assert_int_equal(j.st.turned_dropped, j.st.frames - j.st.kept);
	assert_int_equal(j.st.withheld, 0);
	job_close(&j);

	/* Too late to take it out of the layout: it is there, without content. */
	job_open(&j, ranges);
	j.p.memory = 0;
	j.src.after_read = turn_user;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_kdump(&j, turned_zeros);
	assert_true(j.st.withheld > 0);
	job_close(&j);
}

/* Free when it was first looked at, slab ever after. */
static void turn_slab(struct fake_source *f, u64 pfn, unsigned int nr)
{
	(void)nr;
	if (pfn != 3000)
		return;
	for (u64 p = 256; p < 300; p++)
		f->facts[p] = LD_FACT_SLAB;
}

static void test_born_while_read(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, ranges);
	for (u64 p = 256; p < 300; p++)
		j.src.facts[p] = LD_FACT_FREE;
	j.p.workers = 1;
	j.src.after_read = turn_slab;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_kdump(&j, all_content);
	assert_int_equal(j.st.turned_kept, 300 - 256);
	job_close(&j);
}

static enum want bad_zeros(const struct job *j, u64 pfn)
{
	return j->src.bad[pfn] ? ZEROS : CONTENT;
}

static void test_unreadable(void **state)
{
	(void)state;
	for (int pinned = 0; pinned < 2; pinned++) {
		struct job j;
		u64 bad = 0;

		job_open(&j, ranges);
		for (u64 pfn = 0; pfn < j.src.max; pfn++) {
			j.src.bad[pfn] = pfn % 11 == 0 || (pfn > 600 && pfn < 700);
			bad += in_ram(&j, pfn) && j.src.bad[pfn];
		}
		j.p.memory = pinned ? 64 << 20 : 0;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		check_kdump(&j, pinned ? bad_dropped : bad_zeros);
		assert_int_equal(j.st.unreadable, bad);
		job_close(&j);
	}
}

static void test_header(void **state)
{
	const struct kdump_header *h;
	const struct kdump_sub_header *sub;
	struct job j;

	(void)state;
	job_open(&j, ranges);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	h = (void *)j.sink.data;
	sub = (void *)(j.sink.data + FAKE_PAGE);
	assert_memory_equal(h->signature, "KDUMP   ", 8);
	assert_string_equal(h->utsname[1], "fakehost");
	assert_int_equal(h->tv_usec, 0);
	assert_int_equal(h->status, KDUMP_COMPRESSED_ZSTD);
	assert_int_equal(h->max_mapnr, 3072);
	assert_int_equal(h->total_ram_blocks, j.st.frames);
	assert_int_equal(sub->dump_level, 31);
	assert_memory_equal(j.sink.data + sub->offset_vmcoreinfo, "OSRELEASE=6.1.0-fake\n", 21);
	assert_int_equal(j.st.file_bytes, j.sink.final);
	job_close(&j);
}

/*
 * The notes as readers find them. struct elf_prstatus is the C library's, not
 * the offsets that the notes were built with.
 */
static void test_notes(void **state)
{
	struct elf_prstatus pr, zero = { 0 };
	size_t at = 0, name, desc, end;
	const struct ld_system *sys;
	unsigned int cpus = 0;
	bool info = false, snap = false;
	const Elf64_Phdr *ph;
	GElf_Nhdr nh;
	Elf_Data *data;
	struct job j;
	Elf *elf;
	int fd;

	(void)state;
	job_open(&j, ranges);
	j.p.format = &ld_format_elf;
	j.p.codec = &ld_codec_none;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	sys = &j.src.src.system;
	fd = dump_fd(&j);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	ph = (Elf64_Phdr *)(j.sink.data + sizeof(Elf64_Ehdr));
	data = elf_getdata_rawchunk(elf, ph->p_offset, sys->notes_size, ELF_T_NHDR);
	assert_non_null(data);
	while ((end = gelf_getnote(data, at, &nh, &name, &desc)) > 0) {
		const char *buf = data->d_buf;

		if (!strcmp(buf + name, "CORE")) {
			assert_int_equal(nh.n_type, NT_PRSTATUS);
			assert_int_equal(nh.n_descsz, sizeof(pr));
			memcpy(&pr, buf + desc, sizeof(pr));
			assert_int_equal(pr.pr_pid, ++cpus);
			assert_memory_equal(&pr.pr_reg, &zero.pr_reg, sizeof(pr.pr_reg));
		} else if (!strcmp(buf + name, "VMCOREINFO")) {
			assert_memory_equal(buf + desc, "OSRELEASE=6.1.0-fake\n", 21);
			assert_int_equal(desc, sys->vmcoreinfo_off);
			info = true;
		} else {
			assert_string_equal(buf + name, "SNAP");
			assert_int_equal(nh.n_descsz, 8);
			snap = true;
		}
		at = end;
	}
	assert_int_equal(at, sys->notes_size);
	assert_int_equal(cpus, 2);
	assert_true(info && snap);
	elf_end(elf);
	close(fd);
	job_close(&j);
}

/* Cancelled half way. */
static void cancel_late(struct fake_source *f, u64 pfn, unsigned int nr)
{
	struct job *j = f->arg;

	(void)nr;
	if (pfn >= 1024)
		port_atomic64_set(&j->ctl.cancel, EINTR);
}

static enum want first_part(const struct job *j, u64 pfn)
{
	(void)j;
	return pfn < 1024 ? CONTENT : DROPPED;
}

static void test_cancel(void **state)
{
	kdump_ctx_t *ctx;
	u8 page[FAKE_PAGE];
	struct job j;
	int fd;

	(void)state;
	job_open(&j, ranges);
	j.src.after_read = cancel_late;
	j.src.arg = &j;
	assert_int_equal(ld_dump(&j.p, &j.st), -EINTR);
	assert_false(j.st.incomplete);
	job_close(&j);

	job_open(&j, ranges);
	j.src.after_read = cancel_late;
	j.src.arg = &j;
	j.p.keep_partial = true;
	j.p.memory = 0;
	j.p.workers = 1;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_true(j.st.incomplete);
	assert_int_equal(j.st.cause, -EINTR);
	assert_true(((struct kdump_header *)j.sink.data)->status & KDUMP_INCOMPLETE);
	fd = dump_fd(&j);
	ctx = kdump_new();
	assert_int_equal(kdump_set_number_attr(ctx, KDUMP_ATTR_FILE_FD, (kdump_num_t)fd),
			 KDUMP_OK);
	for (u64 pfn = 0; pfn < 1024; pfn++) {
		size_t len = FAKE_PAGE;

		if (!in_ram(&j, pfn) || first_part(&j, pfn) == DROPPED)
			continue;
		assert_int_equal(kdump_read(ctx, KDUMP_MACHPHYSADDR, pfn * FAKE_PAGE, page, &len),
				 KDUMP_OK);
		assert_memory_equal(page, fake_page(&j.src, pfn), FAKE_PAGE);
	}
	kdump_free(ctx);
	close(fd);
	job_close(&j);
}

/* Every write error reaches the caller as itself, wherever it happens. */
static void test_write_errors(void **state)
{
	u64 size, step;
	struct job j;

	(void)state;
	job_open(&j, ranges);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	size = j.sink.final;
	job_close(&j);
	step = size / 40;
	for (u64 at = 1; at < size; at += step) {
		job_open(&j, ranges);
		j.sink.fail_at = at;
		j.sink.fail_with = -ENOSPC;
		assert_int_equal(ld_dump(&j.p, &j.st), -ENOSPC);
		assert_string_equal(j.st.failed, "write");
		job_close(&j);
	}
}

static void test_source_error(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, ranges);
	j.src.facts_error = -EIO;
	assert_int_equal(ld_dump(&j.p, &j.st), -EIO);
	assert_string_equal(j.st.failed, "classify page frames");
	job_close(&j);
}

static void test_one_worker_is_deterministic(void **state)
{
	struct job a, b;

	(void)state;
	job_open(&a, ranges);
	job_open(&b, ranges);
	a.p.workers = 1;
	b.p.workers = 1;
	mixed_facts(&a);
	mixed_facts(&b);
	assert_int_equal(ld_dump(&a.p, &a.st), 0);
	assert_int_equal(ld_dump(&b.p, &b.st), 0);
	assert_int_equal(a.sink.size, b.sink.size);
	assert_memory_equal(a.sink.data, b.sink.data, a.sink.size);
	job_close(&a);
	job_close(&b);
}

/* ELF: every kept page frame is in the file, once, at its addresses. */
static void check_elf(const struct job *j, enum want (*want)(const struct job *j, u64 pfn),
		      size_t *nr_phdr)
{
	const struct ld_system *sys = &j->src.src.system;
	u8 *seen = calloc(j->src.max, 1);
	int fd = dump_fd(j);
	u64 image = 0;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	assert_non_null(elf);
	assert_int_equal(elf_getphdrnum(elf, nr_phdr), 0);
	for (size_t i = 0; i < *nr_phdr; i++) {
		GElf_Phdr ph;

		assert_non_null(gelf_getphdr(elf, (int)i, &ph));
		if (ph.p_type == PT_NOTE) {
			assert_memory_equal(j->sink.data + ph.p_offset, sys->notes, ph.p_filesz);
			continue;
		}
		assert_int_equal(ph.p_type, PT_LOAD);
		if (ph.p_vaddr >= sys->kernel_vaddr) {
			assert_int_equal(ph.p_vaddr - sys->kernel_vaddr,
					 ph.p_paddr - sys->kernel_paddr);
			image += ph.p_memsz;
		} else {
			assert_int_equal(ph.p_vaddr - sys->page_offset, ph.p_paddr);
		}
		for (u64 off = 0; off < ph.p_filesz; off += FAKE_PAGE) {
			u64 pfn = (ph.p_paddr + off) / FAKE_PAGE;

			assert_true(ph.p_offset + off + FAKE_PAGE <= j->sink.final);
			assert_memory_equal(j->sink.data + ph.p_offset + off,
					    fake_page((void *)&j->src, pfn), FAKE_PAGE);
			if (ph.p_vaddr < sys->kernel_vaddr)
				seen[pfn]++;
		}
	}
	assert_int_equal(image, sys->kernel_size);
	for (u64 pfn = 0; pfn < j->src.max; pfn++)
		assert_int_equal(seen[pfn], in_ram(j, pfn) && want(j, pfn) == CONTENT);
	elf_end(elf);
	close(fd);
	free(seen);
}

static void test_elf(void **state)
{
	struct job j;
	size_t nr;

	(void)state;
	job_open(&j, ranges);
	j.p.format = &ld_format_elf;
	j.p.codec = &ld_codec_none;
	j.src.src.system.kernel_paddr = 400 * FAKE_PAGE;
	j.src.src.system.kernel_size = 777 * FAKE_PAGE;
	mixed_facts(&j);
	for (u64 pfn = 300; pfn < 900; pfn += 2)
		memset(fake_page(&j.src, pfn), 0, FAKE_PAGE);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_elf(&j, by_level, &nr);
	assert_true(nr > 10);
	job_close(&j);
}

/* More segments than e_phnum can count. */
static void test_elf_many_segments(void **state)
{
	static const struct ld_range big[] = { { 0, 140000 }, { 0, 0 } };
	struct job j;
	size_t nr;

	(void)state;
	job_open(&j, big);
	j.p.format = &ld_format_elf;
	j.p.codec = &ld_codec_none;
	for (u64 pfn = 0; pfn < j.src.max; pfn++)
		j.src.facts[pfn] = pfn % 2 ? LD_FACT_USER : 0;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_elf(&j, by_level, &nr);
	assert_int_equal(nr, 70001);
	job_close(&j);
}

static void test_elf_takes_no_codec(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, ranges);
	j.p.format = &ld_format_elf;
	assert_int_equal(ld_dump(&j.p, &j.st), -EINVAL);
	job_close(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_codec),
		cmocka_unit_test(test_every_level),
		cmocka_unit_test(test_any_memory),
		cmocka_unit_test(test_structure_first),
		cmocka_unit_test(test_freeze),
		cmocka_unit_test(test_freeze_unreadable),
		cmocka_unit_test(test_freeze_refused),
		cmocka_unit_test(test_zero_pages),
		cmocka_unit_test(test_turned_while_read),
		cmocka_unit_test(test_born_while_read),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_write_errors),
		cmocka_unit_test(test_source_error),
		cmocka_unit_test(test_one_worker_is_deterministic),
		cmocka_unit_test(test_elf),
		cmocka_unit_test(test_elf_many_segments),
		cmocka_unit_test(test_elf_takes_no_codec),
	};

	return cmocka_run_group_tests_name("dump", tests, NULL, NULL);
}
