// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * source_kcore.c - the memory source of a stock kernel.
 *
 * /proc/kcore is an ELF core of the kernel's virtual memory. Its PT_LOADs
 * with a physical address are the direct map, one for each stretch of System
 * RAM, and the kernel image once more at the address it is linked to. The
 * former are the RAM ranges of a dump, each with its own place in the file.
 *
 * Each open file of /proc/kcore has one buffer under one lock, so each worker
 * has an open file of its own.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "../core/bitmap.h"
#include "../core/filter.h"
#include "../core/notes.h"
#include "kcore_elf.h"
#include "kcore_facts.h"
#include "kcore_iomem.h"
#include "kcore_system.h"
#include "source_kcore.h"

#define PAGE_SHIFT	12U	/* of x86-64 */
#define PAGE_BYTES	((size_t)1 << PAGE_SHIFT)
#define READ_BYTES	((size_t)1 << 18)
#define NAME_BYTES	256

/* The physical address widths of x86-64 with 4 and 5 levels of page tables. */
#define PHYS_BITS_MIN	46U
#define PHYS_BITS_MAX	52U

/*
 * RAM may lie far apart, but tables are as long as the highest page frame's
 * number, so an image of a few pages must not claim one at the end of the
 * address space.
 */
#define SPREAD_MAX	4096U
#define SPREAD_FREE	(1ULL << (40 - PAGE_SHIFT))

/* Page frames that are at consecutive places in the file. */
struct extent {
	u64 start;
	u64 end;
	u64 offset;	/* of the first, byte of the file */
};

struct kcore_source {
	struct ld_source src;
	char dir[NAME_BYTES];
	bool live;		/* dir is a mounted procfs */
	unsigned int workers;
	struct kcore_worker *worker;
	struct kcore_elf elf;
	struct kcore_pages pages;
	struct extent *extent;	/* ascending, apart from each other */
	unsigned int nr_extents;
	struct ld_range *ranges;
	void *notes;
};

static struct kcore_source *to_kcore(struct ld_source *src)
{
	return (struct kcore_source *)((char *)src - offsetof(struct kcore_source, src));
}

/* memory */

static unsigned int find_extent(const struct kcore_source *ks, u64 pfn)
{
	unsigned int lo = 0, hi = ks->nr_extents;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (ks->extent[mid].end <= pfn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool skippable(int err)
{
	return err == EFAULT || err == EIO;
}

/*
 * Read @nr pages at byte @off of the file. A read that fails or falls short
 * is repeated page by page, to find those that can be read.
 */
static int read_pages(int fd, u64 off, unsigned int nr, u8 *buf, u64 *bad, unsigned int bit)
{
	size_t len = (size_t)nr << PAGE_SHIFT;
	ssize_t n;

	do {
		n = pread(fd, buf, len, (off_t)off);
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)len)
		return 0;
	if (n < 0 && !skippable(errno))
		return -errno;
	if (nr == 1) {
		ld_bit_set(bad, bit);
		return 0;
	}
	for (unsigned int i = 0; i < nr; i++) {
		int err = read_pages(fd, off + i * PAGE_BYTES, 1, buf + i * PAGE_BYTES, bad,
				     bit + i);
		if (err)
			return err;
	}
	return 0;
}

static int kcore_read(struct ld_source *src, unsigned int worker, u64 pfn, unsigned int nr,
		      void *buf, u64 *bad)
{
	const struct kcore_source *ks = to_kcore(src);
	const struct extent *ext = ks->extent + find_extent(ks, pfn);
	u8 *at = buf;

	for (unsigned int i = 0; i < nr; ext++) {
		if (ext == ks->extent + ks->nr_extents || pfn + i < ext->start)
			return -EINVAL;
		while (i < nr && pfn + i < ext->end) {
			u64 run = ext->end - pfn - i;
			int err;

			if (run > nr - i)
				run = nr - i;
			if (run > READ_BYTES / PAGE_BYTES)
				run = READ_BYTES / PAGE_BYTES;
			err = read_pages(ks->worker[worker].kcore,
					 ext->offset + ((pfn + i - ext->start) << PAGE_SHIFT),
					 (unsigned int)run, at, bad, i);
			if (err)
				return err;
			at += run << PAGE_SHIFT;
			i += (unsigned int)run;
		}
	}
	return 0;
}

static int kcore_source_facts(struct ld_source *src, unsigned int worker, u64 pfn,
			      unsigned int nr, u16 *facts)
{
	struct kcore_source *ks = to_kcore(src);

	return kcore_facts(&ks->pages, &ks->elf, &ks->worker[worker], pfn, nr, facts);
}

static const struct ld_source_ops kcore_ops = {
	.name = "kcore",
	.facts = kcore_source_facts,
	.read = kcore_read,
};

/* opening */

static void file_name(const struct kcore_source *ks, const char *file, char *name, size_t size)
{
	snprintf(name, size, "%s/%s", ks->dir, file);
}

/* Why the kernel refuses /proc/kcore with EPERM: open_kcore() in fs/proc/kcore.c. */
static void explain_eperm(struct error *err, const char *name)
{
	char text[128] = "";
	int fd = open("/sys/kernel/security/lockdown", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		ssize_t n = read(fd, text, sizeof(text) - 1);

		text[n > 0 ? n : 0] = '\0';
		close(fd);
	}
	if (strstr(text, "[confidentiality]"))
		error_set(err, "kernel lockdown (confidentiality) forbids reading %s: boot with lockdown=integrity or none",
			  name);
	else
		error_set(err, "not allowed to open %s: it takes the capability CAP_SYS_RAWIO",
			  name);
}

static void explain_open(const struct kcore_source *ks, const char *file, int errnum,
			 struct error *err)
{
	char name[NAME_BYTES + 16];

	file_name(ks, file, name, sizeof(name));
	if (ks->live && errnum == ENOENT && !strcmp(file, "kcore"))
		error_set(err, "this kernel has no %s: it is built without CONFIG_PROC_KCORE",
			  name);
	else if (ks->live && errnum == ENOENT && !strcmp(file, "kpageflags"))
		error_set(err, "this kernel has no %s, it is built without CONFIG_PROC_PAGE_MONITOR: only dump levels 0 and 1 work",
			  name);
	else if (ks->live && errnum == EPERM)
		explain_eperm(err, name);
	else if (ks->live && errnum == EACCES)
		error_set(err, "not allowed to open %s: run as root", name);
	else
		error_set(err, "cannot open %s: %s", name, strerror(errnum));
}

static int open_file(const struct kcore_source *ks, int dir, const char *file, struct error *err)
{
	char name[NAME_BYTES + 16];
	struct stat st;
	int fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		int rc = -errno;

		explain_open(ks, file, -rc, err);
		return rc;
	}
	/* Containers hide files of /proc behind /dev/null. */
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		file_name(ks, file, name, sizeof(name));
		error_set(err, "%s is not a regular file", name);
		close(fd);
		return -EINVAL;
	}
	return fd;
}

static int open_workers(struct kcore_source *ks, int dir, bool need_facts, struct error *err)
{
	ks->worker = calloc(ks->workers, sizeof(*ks->worker));
	if (!ks->worker) {
		error_set(err, "not enough memory");
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < ks->workers; i++)
		ks->worker[i].kcore = ks->worker[i].kpageflags = -1;
	for (unsigned int i = 0; i < ks->workers; i++) {
		struct kcore_worker *w = &ks->worker[i];

		w->kcore = open_file(ks, dir, "kcore", err);
		if (w->kcore < 0)
			return w->kcore;
		w->kpageflags = open_file(ks, dir, "kpageflags", need_facts ? err :
					  &(struct error){ "" });
		if (w->kpageflags < 0 && need_facts)
			return w->kpageflags;
	}
	return 0;
}

static int invalid(const struct kcore_source *ks, struct error *err, const char *what)
{
	error_set(err, "%s/kcore is not a usable kernel memory image: %s", ks->dir, what);
	return -EINVAL;
}

static int by_start(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* The direct map's segments become extents, and the kernel image is noted. */
static int find_extents(struct kcore_source *ks, const struct vmcoreinfo *vi, u64 phys_end,
			struct error *err)
{
	struct ld_system *sys = &ks->src.system;
	u64 stext;

	if (!vmcoreinfo_hex(vi, "SYMBOL(_stext)", &stext))
		return invalid(ks, err, "VMCOREINFO has no SYMBOL(_stext)");
	ks->extent = calloc(ks->elf.nr, sizeof(*ks->extent));
	if (!ks->extent) {
		error_set(err, "not enough memory");
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < ks->elf.nr; i++) {
		const struct kcore_segment *seg = &ks->elf.seg[i];
		struct extent *ext = &ks->extent[ks->nr_extents];
		u64 pad;

		if (seg->paddr == KCORE_NO_PADDR)
			continue;
		if (stext >= seg->vaddr && stext - seg->vaddr < seg->size) {
			sys->kernel_vaddr = seg->vaddr;
			sys->kernel_paddr = seg->paddr;
			sys->kernel_size = seg->size;
			continue;
		}
		if (seg->paddr >= phys_end || seg->size > phys_end - seg->paddr)
			return invalid(ks, err, "a segment is beyond the end of physical memory");
		if (ks->nr_extents && seg->vaddr - seg->paddr != sys->page_offset)
			return invalid(ks, err, "its segments are not those of a direct map");
		sys->page_offset = seg->vaddr - seg->paddr;
		pad = -seg->paddr & (PAGE_BYTES - 1);
		ext->start = (seg->paddr + pad) >> PAGE_SHIFT;
		ext->end = (seg->paddr + seg->size) >> PAGE_SHIFT;
		ext->offset = seg->offset + pad;
		ks->nr_extents += ext->start < ext->end;
	}
	if (!ks->nr_extents)
		return invalid(ks, err, "it has no segment of physical memory");
	qsort(ks->extent, ks->nr_extents, sizeof(*ks->extent), by_start);
	for (unsigned int i = 1; i < ks->nr_extents; i++)
		if (ks->extent[i].start < ks->extent[i - 1].end)
			return invalid(ks, err, "segments of physical memory overlap");
	return 0;
}

static void add_range(struct kcore_source *ks, u64 start, u64 end)
{
	unsigned int nr = ks->src.nr_ranges;

	if (nr && ks->ranges[nr - 1].end == start) {
		ks->ranges[nr - 1].end = end;
		return;
	}
	ks->ranges[nr].start = start;
	ks->ranges[nr].end = end;
	ks->src.nr_ranges++;
}

static int by_range_start(const void *a, const void *b)
{
	const struct ld_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* The extents without the crash kernel's memory, joined where they touch. */
static int find_ranges(struct kcore_source *ks, struct ld_range *crash, unsigned int nr_crash,
		       struct error *err)
{
	u64 frames = 0, pfn, end;

	qsort(crash, nr_crash, sizeof(*crash), by_range_start);
	ks->ranges = calloc((size_t)ks->nr_extents + nr_crash + 1, sizeof(*ks->ranges));
	if (!ks->ranges) {
		error_set(err, "not enough memory");
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < ks->nr_extents; i++) {
		pfn = ks->extent[i].start;
		end = ks->extent[i].end;
		for (unsigned int c = 0; c < nr_crash && pfn < end; c++) {
			if (crash[c].end <= pfn || crash[c].start >= end)
				continue;
			if (crash[c].start > pfn)
				add_range(ks, pfn, crash[c].start);
			pfn = crash[c].end;
		}
		if (pfn < end)
			add_range(ks, pfn, end);
	}
	ks->src.ranges = ks->ranges;
	for (unsigned int i = 0; i < ks->src.nr_ranges; i++)
		frames += ks->ranges[i].end - ks->ranges[i].start;
	if (!frames)
		return invalid(ks, err, "all its memory is the crash kernel's");
	ks->src.max_pfn = ks->ranges[ks->src.nr_ranges - 1].end;
	if (ks->src.max_pfn > SPREAD_FREE && ks->src.max_pfn / SPREAD_MAX > frames)
		return invalid(ks, err, "its memory is implausibly far apart");
	return 0;
}

static int find_memory(struct kcore_source *ks, int dir, const struct vmcoreinfo *vi,
		       struct error *err)
{
	char name[NAME_BYTES + 16];
	struct ld_range *crash = NULL;
	unsigned int nr_crash;
	u64 page_size, bits;
	int fd, rc;

	if (!vmcoreinfo_num(vi, "PAGESIZE", &page_size) || page_size != PAGE_BYTES)
		return invalid(ks, err, "its PAGESIZE is not 4096");
	if (!vmcoreinfo_num(vi, "NUMBER(phys_base)", &ks->src.system.phys_base))
		return invalid(ks, err, "VMCOREINFO has no NUMBER(phys_base)");
	if (!vmcoreinfo_num(vi, "NUMBER(MAX_PHYSMEM_BITS)", &bits))
		bits = PHYS_BITS_MIN;
	if (bits < PHYS_BITS_MIN || bits > PHYS_BITS_MAX)
		return invalid(ks, err, "its MAX_PHYSMEM_BITS is out of range");
	rc = find_extents(ks, vi, 1ULL << bits, err);
	if (rc)
		return rc;

	fd = open_file(ks, dir, "iomem", err);
	if (fd < 0)
		return fd;
	file_name(ks, "iomem", name, sizeof(name));
	rc = kcore_iomem_crash(fd, PAGE_SHIFT, &crash, &nr_crash, name, err);
	close(fd);
	if (!rc)
		rc = find_ranges(ks, crash, nr_crash, err);
	free(crash);
	return rc;
}

/* Everything facts() relies on must be there. */
static int check_facts(struct kcore_source *ks, bool need_facts, struct error *err)
{
	struct error ignored = { "" };
	u64 last = ks->src.max_pfn - 1, flags;
	int rc;

	if (ks->worker[0].kpageflags < 0)
		return 0;
	if (pread(ks->worker[0].kpageflags, &flags, sizeof(flags),
		  (off_t)(last * sizeof(flags))) != sizeof(flags)) {
		error_set(err, "%s/kpageflags is shorter than the memory in kcore", ks->dir);
		return -EINVAL;
	}
	rc = kcore_pages_find(&ks->pages, &ks->elf, ks->worker[0].kcore, ks->ranges[0].start,
			      need_facts ? err : &ignored);
	if (rc && need_facts)
		return rc;
	if (rc) {
		memset(&ks->pages, 0, sizeof(ks->pages));
		return 0;
	}
	for (unsigned int i = 0; i < ks->workers; i++) {
		ks->worker[i].pages = malloc((size_t)LD_CHUNK * ks->pages.size);
		if (!ks->worker[i].pages) {
			error_set(err, "not enough memory");
			return -ENOMEM;
		}
	}
	return 0;
}

static int find_system(struct kcore_source *ks, int dir, struct error *err)
{
	struct ld_system *sys = &ks->src.system;
	char name[NAME_BYTES + 16];
	int fd, rc;

	if (ks->live) {
		rc = kcore_system_running(sys, err);
	} else {
		fd = open_file(ks, dir, "system", err);
		if (fd < 0)
			return fd;
		file_name(ks, "system", name, sizeof(name));
		rc = kcore_system_recorded(sys, fd, name, err);
		close(fd);
	}
	if (rc)
		return rc;
	sys->elf_machine = ks->elf.machine;
	sys->vmcoreinfo_size = ks->elf.vmcoreinfo_size;
	sys->notes_size = ld_notes_size(sys->nr_cpus, sys->vmcoreinfo_size);
	ks->notes = malloc(sys->notes_size);
	if (!ks->notes) {
		error_set(err, "not enough memory");
		return -ENOMEM;
	}
	ld_notes_build(ks->notes, sys->nr_cpus, ks->elf.vmcoreinfo, sys->vmcoreinfo_size,
		       &sys->vmcoreinfo_off);
	sys->notes = ks->notes;
	return 0;
}

static int open_all(struct kcore_source *ks, int dir, unsigned int level, struct error *err)
{
	bool need_facts = level & ~LD_LEVEL_ZERO;
	u64 file_size = INT64_MAX;
	char name[NAME_BYTES + 16];
	struct vmcoreinfo vi;
	struct statfs fs;
	struct stat st;
	int rc;

	ks->live = !fstatfs(dir, &fs) && fs.f_type == PROC_SUPER_MAGIC;
	rc = open_workers(ks, dir, need_facts, err);
	if (rc)
		return rc;
	if (!ks->live && !fstat(ks->worker[0].kcore, &st))
		file_size = (u64)st.st_size;
	file_name(ks, "kcore", name, sizeof(name));
	rc = kcore_elf_read(&ks->elf, ks->worker[0].kcore, file_size, name, err);
	if (rc)
		return rc;
	if (ks->elf.machine != EM_X86_64)
		return invalid(ks, err, "not of an x86-64 machine, the only kind supported");
	if (!ks->elf.vmcoreinfo)
		return invalid(ks, err, "it has no VMCOREINFO, which kernels have since 4.19");
	vi.text = ks->elf.vmcoreinfo;
	vi.size = ks->elf.vmcoreinfo_size;
	rc = find_memory(ks, dir, &vi, err);
	if (!rc)
		rc = check_facts(ks, need_facts, err);
	if (!rc)
		rc = find_system(ks, dir, err);
	return rc;
}

int kcore_open(const struct kcore_options *opt, struct ld_source **src, struct error *err)
{
	struct kcore_source *ks;
	int dir, rc;

	dir = open(opt->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		rc = -errno;
		error_set(err, "cannot open the directory %s: %s", opt->dir, strerror(-rc));
		return rc;
	}
	ks = calloc(1, sizeof(*ks));
	if (!ks) {
		error_set(err, "not enough memory");
		close(dir);
		return -ENOMEM;
	}
	snprintf(ks->dir, sizeof(ks->dir), "%s", opt->dir);
	ks->workers = opt->workers;
	ks->src.ops = &kcore_ops;
	ks->src.page_shift = PAGE_SHIFT;
	rc = open_all(ks, dir, opt->level, err);
	close(dir);
	if (rc) {
		kcore_close(&ks->src);
		return rc;
	}
	*src = &ks->src;
	return 0;
}

void kcore_close(struct ld_source *src)
{
	struct kcore_source *ks = to_kcore(src);

	for (unsigned int i = 0; ks->worker && i < ks->workers; i++) {
		if (ks->worker[i].kcore >= 0)
			close(ks->worker[i].kcore);
		if (ks->worker[i].kpageflags >= 0)
			close(ks->worker[i].kpageflags);
		free(ks->worker[i].pages);
	}
	free(ks->worker);
	kcore_elf_free(&ks->elf);
	free(ks->extent);
	free(ks->ranges);
	free(ks->notes);
	free(ks);
}
