// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
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
#include <unistd.h>

#include "job.h"

const struct ld_range job_ranges[] = { { 0, 159 }, { 256, 1800 }, { 3000, 3072 }, { 0, 0 } };

void job_open(struct job *j, const struct ld_range *r)
{
	memset(j, 0, sizeof(*j));
	fake_open(&j->src, r);
	fake_sink_open(&j->sink, false);
	j->request = (struct dump_request){
		.format = &ld_format_kdump,
		.codec = &ld_codec_zstd,
		.codec_level = 1,
		.level = 31,
		.memory = 64 << 20,
	};
	j->p = (struct ld_params){
		.request = &j->request,
		.source = &j->src.src,
		.sink = &j->sink.sink,
		.workers = 2,
		.control = &j->ctl,
	};
}

void job_close(struct job *j)
{
	fake_sink_close(&j->sink);
	fake_close(&j->src);
}

/* The dump as a file, for libraries that want one. */
int dump_fd(const struct job *j)
{
	int fd = memfd_create("dump", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, j->sink.data, j->sink.size), j->sink.size);
	assert_int_equal(ftruncate(fd, (off_t)j->sink.final), 0);
	return fd;
}

bool in_ram(const struct job *j, u64 pfn)
{
	for (unsigned int i = 0; i < j->src.src.nr_ranges; i++)
		if (pfn >= j->src.ranges[i].start && pfn < j->src.ranges[i].end)
			return true;
	return false;
}

/* @want says what a reader must find in each page frame. */
void check_kdump(const struct job *j, enum want (*want)(const struct job *j, u64 pfn))
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
	assert_int_equal(j->st.pages.kept, j->src.max - dropped);
	kdump_free(ctx);
	close(fd);
}

/* The notes but the seal are those of the source. */
static void check_elf_notes(const struct job *j, const GElf_Phdr *ph)
{
	const struct ld_system *sys = &j->src.src.system;
	size_t end = sys->seal_off + sizeof(struct ld_seal);
	const u8 *notes = j->sink.data + ph->p_offset;

	assert_memory_equal(notes, sys->notes, sys->seal_off);
	assert_memory_equal(notes + end, (const u8 *)sys->notes + end, ph->p_filesz - end);
}

static void check_elf_load(const struct job *j, const GElf_Phdr *ph, u8 *seen,
			   enum want (*want)(const struct job *j, u64 pfn))
{
	static const u8 zeros[FAKE_PAGE];
	const struct ld_system *sys = &j->src.src.system;
	bool image = ph->p_vaddr >= sys->kernel_vaddr;

	assert_int_equal(ph->p_type, PT_LOAD);
	assert_int_equal(ph->p_vaddr - (image ? sys->kernel_vaddr : sys->page_offset),
			 ph->p_paddr - (image ? sys->kernel_paddr : 0));
	for (u64 off = 0; off < ph->p_filesz; off += FAKE_PAGE) {
		u64 pfn = (ph->p_paddr + off) / FAKE_PAGE, at = ph->p_offset + off;
		enum want w = want(j, pfn);

		assert_true(at + FAKE_PAGE <= j->sink.final);
		assert_int_not_equal(w, DROPPED);
		if (memcmp(at < j->sink.size ? j->sink.data + at : zeros,
			   w == ZEROS ? zeros : fake_page((void *)&j->src, pfn), FAKE_PAGE))
			fail_msg("page frame %lu has another content", pfn);
		seen[pfn] += image ? 0 : 1;
	}
}

u64 check_elf(const struct job *j, enum want (*want)(const struct job *j, u64 pfn))
{
	const struct ld_system *sys = &j->src.src.system;
	u8 *seen = calloc(j->src.max, 1);
	u64 image = 0, kept = 0;
	int fd = dump_fd(j);
	size_t nr_phdr;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	assert_non_null(elf);
	assert_int_equal(elf_getphdrnum(elf, &nr_phdr), 0);
	for (size_t i = 0; i < nr_phdr; i++) {
		GElf_Phdr ph;

		assert_non_null(gelf_getphdr(elf, (int)i, &ph));
		assert_int_equal(ph.p_type == PT_NOTE, i == 0);
		if (!i) {
			check_elf_notes(j, &ph);
			continue;
		}
		check_elf_load(j, &ph, seen, want);
		image += ph.p_vaddr >= sys->kernel_vaddr ? ph.p_memsz : 0;
	}
	assert_int_equal(image, sys->kernel_size);
	for (u64 pfn = 0; pfn < j->src.max; pfn++) {
		assert_int_equal(seen[pfn], in_ram(j, pfn) && want(j, pfn) != DROPPED);
		kept += seen[pfn];
	}
	assert_int_equal(j->st.pages.kept, kept);
	elf_end(elf);
	close(fd);
	free(seen);
	return nr_phdr;
}

enum want all_content(const struct job *j, u64 pfn)
{
	(void)j;
	(void)pfn;
	return CONTENT;
}

/* Page flags in a pattern that makes runs of all lengths, and all classes. */
void mixed_flags(struct job *j)
{
	static const u16 page_flags[] = {
		LD_PAGE_FREE, LD_PAGE_SLAB, LD_PAGE_USER, LD_PAGE_CACHE, 0,
		LD_PAGE_CACHE | LD_PAGE_PRIVATE, LD_PAGE_PGTABLE, LD_PAGE_RESERVED,
		LD_PAGE_POISON, LD_PAGE_ABSENT, LD_PAGE_SLAB | LD_PAGE_USER,
	};
	u64 x = 1, left = 0, which = 0;

	for (u64 pfn = 0; pfn < j->src.max; pfn++) {
		if (!left--) {
			x = x * 6364136223846793005ULL + 1442695040888963407ULL;
			left = x >> 58;
			which = (x >> 40) % (sizeof(page_flags) / sizeof(page_flags[0]));
		}
		j->src.page_flags[pfn] = page_flags[which];
	}
}

/* The dump levels as makedumpfile(8) has them, written once more. */
static bool level_drops(unsigned int level, u16 page_flags)
{
	if (page_flags & (LD_PAGE_POISON | LD_PAGE_ABSENT))
		return true;
	if (page_flags & LD_PAGE_FREE)
		return level & 16;
	if (page_flags & LD_PAGE_SLAB)
		return false;
	if (page_flags & LD_PAGE_USER)
		return level & 8;
	if (page_flags & LD_PAGE_CACHE)
		return (level & 4) || ((level & 2) && !(page_flags & LD_PAGE_PRIVATE));
	return false;
}

enum want by_level(const struct job *j, u64 pfn)
{
	return level_drops(j->request.level, j->src.page_flags[pfn]) ? DROPPED : CONTENT;
}

enum want bad_dropped(const struct job *j, u64 pfn)
{
	return j->src.bad[pfn] ? DROPPED : CONTENT;
}

void cancel_late(struct fake_source *f, u64 pfn, unsigned int nr)
{
	struct job *j = f->arg;

	(void)nr;
	if (pfn >= 1024)
		ld_control_cancel(&j->ctl, LD_CAUSE_SIGNAL);
}
