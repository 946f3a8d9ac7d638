// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * source_kcore.c - the memory source that reads /proc/kcore, which needs no
 * kernel module.
 *
 * In the kernel each open file of /proc/kcore has one buffer under one lock, so
 * each worker opens the file itself.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/pages/bitmap.h"
#include "core/pages/filter.h"
#include "core/format/notes.h"
#include "savecore/kcore/kcore_elf.h"
#include "savecore/kcore/kcore_files.h"
#include "savecore/kcore/kcore_iomem.h"
#include "kcore_guest.h"
#include "kcore_pages.h"
#include "kcore_pools.h"
#include "savecore/kcore/kcore_ranges.h"
#include "savecore/kcore/kcore_system.h"
#include "base/hint.h"
#include "source_kcore.h"

/* How often the segments may move while a chunk is read. */
#define MOVES_MAX	16U

struct kcore_source {
	struct ld_source src;
	struct kcore_files files;
	unsigned int workers;
	struct kcore_worker *worker;
	struct kcore_elf elf;
	struct kcore_pages pages;
	struct kcore_ranges ranges;
	bool crash_kernel;	/* its memory is dumped, as its place is not known */
	void *notes;
};

static struct kcore_source *to_kcore(struct ld_source *src)
{
	return (struct kcore_source *)((char *)src - offsetof(struct kcore_source, src));
}

/* memory */

static bool kcore_is_page_error(int err)
{
	return err == EFAULT || err == EIO;
}

/*
 * Read @nr pages at byte @off of the file. A read that fails or is short is
 * repeated in two halves, to find the pages that can be read.
 */
static int kcore_read_pages(int fd, u64 off, unsigned int nr, size_t page_size, u8 *buf, u64 *bad,
			    unsigned int bit)
{
	size_t len = nr * page_size;
	ssize_t n;
	int err;

	do {
		n = pread(fd, buf, len, (off_t)off);
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)len)
		return 0;
	if (n < 0 && !kcore_is_page_error(errno))
		return -errno;
	if (nr == 1) {
		ld_bit_set(bad, bit);
		return 0;
	}
	len = nr / 2 * page_size;
	err = kcore_read_pages(fd, off, nr / 2, page_size, buf, bad, bit);
	if (err)
		return err;
	return kcore_read_pages(fd, off + len, nr - nr / 2, page_size, buf + len, bad,
				bit + nr / 2);
}

static int kcore_read_extents(const struct kcore_source *ks, int fd, u64 pfn, unsigned int nr,
			      u8 *at, u64 *bad)
{
	const struct kcore_extent *ext = kcore_ranges_extent(&ks->ranges, pfn);
	u64 shift = (u64)port_atomic64_read(&ks->elf.shift);
	size_t page_size = ld_page_size(&ks->src);

	for (unsigned int i = 0; i < nr; ext++) {
		if (ext == ks->ranges.extent + ks->ranges.nr_extents || pfn + i < ext->start)
			return -EINVAL;
		if (pfn + i < ext->end) {
			u64 run = ext->end - pfn - i;
			int err;

			if (run > nr - i)
				run = nr - i;
			err = kcore_read_pages(fd, ext->offset + shift +
					       (pfn + i - ext->start) * page_size,
					       (unsigned int)run, page_size, at, bad, i);
			if (err)
				return err;
			at += run * page_size;
			i += (unsigned int)run;
		}
	}
	return 0;
}

static int kcore_read(struct ld_source *src, unsigned int worker, u64 pfn, unsigned int nr,
		      void *buf, u64 *bad)
{
	struct kcore_source *ks = to_kcore(src);
	int fd = ks->worker[worker].kcore, err = 1;
	u64 before[LD_CHUNK / 64];

	memcpy(before, bad, (nr + 63) / 64 * sizeof(*bad));
	for (unsigned int i = 0; i < MOVES_MAX && err == 1; i++) {
		s64 shift = port_atomic64_read(&ks->elf.shift);

		memcpy(bad, before, (nr + 63) / 64 * sizeof(*bad));
		err = kcore_read_extents(ks, fd, pfn, nr, buf, bad);
		if (!err)
			err = kcore_elf_moved(&ks->elf, fd, shift);
	}
	return err == 1 ? -EAGAIN : err;
}

static int kcore_source_page_flags(struct ld_source *src, unsigned int worker, u64 pfn,
				   unsigned int nr, u16 *page_flags)
{
	struct kcore_source *ks = to_kcore(src);
	struct kcore_worker *w = &ks->worker[worker];
	int err = 1;

	for (unsigned int i = 0; i < MOVES_MAX && err == 1; i++) {
		s64 shift = port_atomic64_read(&ks->elf.shift);

		err = kcore_page_flags(&ks->pages, &ks->elf, w, pfn, nr, page_flags);
		if (!err && w->memory_read)
			err = kcore_elf_moved(&ks->elf, w->kcore, shift);
	}
	return err == 1 ? -EAGAIN : err;
}

static const struct ld_source_ops kcore_ops = {
	.name = "kcore",
	.page_flags = kcore_source_page_flags,
	.read = kcore_read,
};

/* opening */

static int kcore_open_workers(struct kcore_source *ks, bool need_flags, struct error *err)
{
	ks->worker = calloc(ks->workers, sizeof(*ks->worker));
	if (!ks->worker) {
		error_set(err, "not enough memory\n%s", hint_of(HINT_KERNEL, ENOMEM));
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < ks->workers; i++) {
		ks->worker[i].kcore = -1;
		ks->worker[i].kpageflags = -1;
	}
	for (unsigned int i = 0; i < ks->workers; i++) {
		struct kcore_worker *w = &ks->worker[i];

		w->kcore = kcore_file_open(&ks->files, "kcore", err);
		if (w->kcore < 0)
			return w->kcore;
		w->kpageflags = kcore_file_open(&ks->files, "kpageflags", need_flags ? err :
						&(struct error){ 0 });
		if (w->kpageflags < 0 && need_flags)
			return w->kpageflags;
	}
	return 0;
}

static int kcore_refuse(const struct kcore_source *ks, struct error *err, const char *what)
{
	error_set_code(err, ERROR_BAD_MEMORY_IMAGE,
		       "%s/kcore is not a usable kernel memory image: %s", ks->files.path, what);
	return -EINVAL;
}

static int kcore_find_memory(struct kcore_source *ks, struct error *err)
{
	char name[KCORE_NAME_MAX], iomem_name[KCORE_NAME_MAX];
	int fd, rc;

	kcore_file_name(&ks->files, "kcore", name);
	kcore_file_name(&ks->files, "iomem", iomem_name);
	fd = kcore_file_open(&ks->files, "iomem", err);
	if (fd < 0)
		return fd;
	rc = kcore_ranges_find(&ks->ranges, &ks->elf, fd, &ks->src.system, name, iomem_name, err);
	close(fd);
	if (rc)
		return rc;
	if (ks->ranges.crash_hidden)
		ks->crash_kernel = kcore_iomem_may_be_reserved(&ks->files);
	ks->src.ranges = ks->ranges.range;
	ks->src.nr_ranges = ks->ranges.nr_ranges;
	ks->src.max_pfn = ks->src.ranges[ks->src.nr_ranges - 1].end;
	return 0;
}

static const struct kcore_pools_files running_pools = {
	.btf = "/sys/kernel/btf/vmlinux",
	.zswap = "/sys/module/zswap/parameters",
	.meminfo = "/proc/meminfo",
};

/* Find the struct pages. If the segments moved meanwhile, what was found is void. */
static int kcore_find_pages(struct kcore_source *ks, struct error *err)
{
	int fd = ks->worker[0].kcore, rc = 0, moved = 1;

	for (unsigned int i = 0; i < MOVES_MAX && moved == 1; i++) {
		s64 shift = port_atomic64_read(&ks->elf.shift);

		*err = (struct error){ .text = "" };
		rc = kcore_pages_find(&ks->pages, &ks->elf, fd, ks->src.ranges[0].start, err);
		moved = kcore_elf_moved(&ks->elf, fd, shift);
	}
	return rc;
}

/* Check that all that kcore_page_flags() reads is there. */
static int kcore_check_flags(struct kcore_source *ks, bool need_flags, struct error *err)
{
	struct error ignored = { 0 };
	u64 last = ks->src.max_pfn - 1, flags;
	int rc;

	if (ks->worker[0].kpageflags < 0)
		return 0;
	if (pread(ks->worker[0].kpageflags, &flags, sizeof(flags),
		  (off_t)(last * sizeof(flags))) != sizeof(flags)) {
		error_set_code(err, ERROR_BAD_MEMORY_IMAGE,
			       "%s/kpageflags is shorter than the memory in kcore", ks->files.path);
		return -EINVAL;
	}
	rc = kcore_find_pages(ks, need_flags ? err : &ignored);
	if (rc && need_flags)
		return rc;
	if (rc) {
		memset(&ks->pages, 0, sizeof(ks->pages));
		return 0;
	}
	if (ks->files.live && kcore_pools_find(&ks->pages.pools, &ks->src, &running_pools)) {
		error_set(err, "not enough memory to read %s\n%s", running_pools.btf,
			  hint_of(HINT_KERNEL, ENOMEM));
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < ks->workers; i++) {
		ks->worker[i].pages = malloc((size_t)LD_CHUNK * ks->pages.size);
		if (!ks->worker[i].pages) {
			error_set(err, "not enough memory\n%s", hint_of(HINT_KERNEL, ENOMEM));
			return -ENOMEM;
		}
	}
	return 0;
}

/* A recording may lack the file: then all of its memory was accepted. */
static int kcore_find_unaccepted(struct kcore_source *ks, struct error *err)
{
	char name[KCORE_NAME_MAX];
	int fd, rc;

	if (!ks->files.live && faccessat(ks->files.dir, "vmstat", F_OK, 0))
		return 0;
	fd = kcore_file_open(&ks->files, "vmstat", err);
	if (fd < 0)
		return fd;
	kcore_file_name(&ks->files, "vmstat", name);
	rc = kcore_guest_find_unaccepted(&ks->pages, &ks->elf, fd, name, err);
	close(fd);
	return rc;
}

static int kcore_find_system(struct kcore_source *ks, struct error *err)
{
	struct ld_system *sys = &ks->src.system;
	char name[KCORE_NAME_MAX];
	int fd, rc;

	if (ks->files.live) {
		rc = kcore_system_running(sys, err);
	} else {
		fd = kcore_file_open(&ks->files, "system", err);
		if (fd < 0)
			return fd;
		kcore_file_name(&ks->files, "system", name);
		rc = kcore_system_recorded(sys, fd, name, err);
		close(fd);
	}
	if (rc)
		return rc;
	ks->notes = malloc(ld_notes_size(sys, ks->elf.vmcoreinfo_size));
	if (!ks->notes) {
		error_set(err, "not enough memory\n%s", hint_of(HINT_KERNEL, ENOMEM));
		return -ENOMEM;
	}
	ld_notes_build(sys, ks->notes, ks->elf.vmcoreinfo, ks->elf.vmcoreinfo_size, false);
	return 0;
}

/* Some kinds of virtual machine cannot be dumped. */
static int kcore_check_guest(struct error *err)
{
	const struct kcore_guest guest = {
		.cpuid = ld_cpuid,
		.snp_device = "/sys/bus/platform/devices/sev-guest",
		.msr = "/dev/cpu/0/msr",
		.cpus = (unsigned int)sysconf(_SC_NPROCESSORS_CONF),
	};
	int rc = kcore_guest_check_xen("/sys/hypervisor/guest_type", err);

	if (!rc)
		rc = kcore_guest_check_hyperv(guest.cpuid, err);
	return rc ? rc : kcore_guest_check_snp(&guest, err);
}

static int kcore_source_open(struct kcore_source *ks, unsigned int level, struct error *err)
{
	bool need_flags = level & ~LD_LEVEL_ZERO;
	u64 file_size = INT64_MAX;
	char name[KCORE_NAME_MAX];
	struct stat st;
	int rc;

	rc = ks->files.live ? kcore_check_guest(err) : 0;
	if (!rc)
		rc = kcore_open_workers(ks, need_flags, err);
	if (rc)
		return rc;
	if (!ks->files.live && !fstat(ks->worker[0].kcore, &st))
		file_size = (u64)st.st_size;
	kcore_file_name(&ks->files, "kcore", name);
	rc = kcore_elf_read(&ks->elf, ks->worker[0].kcore, file_size, name, err);
	if (rc)
		return rc;
	ks->src.system.arch = ks->elf.arch;
	ks->src.page_shift = ks->elf.arch->page_shift;
	if (!ks->elf.vmcoreinfo)
		return kcore_refuse(ks, err, "it has no VMCOREINFO, which kernels have only since 4.19");
	rc = kcore_find_memory(ks, err);
	if (!rc)
		rc = kcore_check_flags(ks, need_flags, err);
	if (!rc)
		rc = kcore_find_unaccepted(ks, err);
	if (!rc)
		rc = kcore_find_system(ks, err);
	return rc;
}

int kcore_open(const struct kcore_options *opt, struct ld_source **src, struct error *err)
{
	struct kcore_source *ks;
	int rc;

	ks = calloc(1, sizeof(*ks));
	if (!ks) {
		error_set(err, "not enough memory\n%s", hint_of(HINT_KERNEL, ENOMEM));
		return -ENOMEM;
	}
	ks->workers = opt->workers;
	ks->src.ops = &kcore_ops;
	rc = kcore_files_open(&ks->files, opt->dir, err);
	if (!rc)
		rc = kcore_source_open(ks, opt->level, err);
	kcore_files_close(&ks->files);
	if (rc) {
		kcore_close(&ks->src);
		return rc;
	}
	*src = &ks->src;
	return 0;
}

bool kcore_has_crash_kernel(const struct ld_source *src)
{
	return ((const struct kcore_source *)src)->crash_kernel;
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
	kcore_ranges_free(&ks->ranges);
	free(ks->notes);
	free(ks);
}
