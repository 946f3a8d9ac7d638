// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * record.c - records the memory of the running system in a directory that
 * savecore --proc reads: kcore, kpageflags, iomem, system.
 *
 * usage: record DIR
 *
 * kcore keeps the segments that a dump is made from: the direct map, the
 * kernel image and the struct pages. The rest of /proc/kcore, terabytes of
 * vmalloc space that is mostly not mapped, is left out. Pages of zeros
 * become holes. The page cache of the running system is not used, as it
 * would change the memory that is recorded.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "savecore/kcore/kcore_ranges.h"
#include "savecore/kcore/kcore_system.h"
#include "savecore/source/kcore_pages.h"

#define BLOCK	((size_t)1 << 20)
#define PAGE	((size_t)4096)

static char *buf;

static int create(int dir, const char *name, int flags)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | flags, 0600);

	if (fd < 0)
		err(1, "cannot create %s", name);
	return fd;
}

static void write_at(int fd, u64 off, const void *data, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(fd, (const char *)data + done, len - done, (off_t)(off + done));

		if (n <= 0)
			err(1, "cannot write");
		done += (size_t)n;
	}
}

static void copy_file(int dir, const char *from, const char *name)
{
	int in = open(from, O_RDONLY), out = create(dir, name, 0);
	u64 off = 0;
	ssize_t n;

	if (in < 0)
		err(1, "cannot open %s", from);
	while ((n = read(in, buf, BLOCK)) > 0) {
		write_at(out, off, buf, (size_t)n);
		off += (u64)n;
	}
	if (n < 0)
		err(1, "cannot read %s", from);
	close(in);
	if (close(out))
		err(1, "cannot write %s", name);
}

static void record_system(int dir)
{
	struct utsname uts;
	int fd = create(dir, "system", 0);

	if (uname(&uts))
		err(1, "uname");
	dprintf(fd, SYSTEM_MAGIC "\nsysname %s\nnodename %s\nrelease %s\nversion %s\n",
		uts.sysname, uts.nodename, uts.release, uts.version);
	dprintf(fd, "machine %s\ndomainname %s\ncpus %ld\n", uts.machine, uts.domainname,
		sysconf(_SC_NPROCESSORS_ONLN));
	if (close(fd))
		err(1, "cannot write system");
}

/* Write the pages of @len bytes that hold anything; @data is page aligned. */
static void write_pages(int out, u64 off, const char *data, size_t len)
{
	static const char zeros[PAGE];
	size_t at = 0;

	while (at < len) {
		size_t from;

		while (at < len && !memcmp(data + at, zeros, PAGE))
			at += PAGE;
		from = at;
		while (at < len && memcmp(data + at, zeros, PAGE))
			at += PAGE;
		if (at > from)
			write_at(out, off + from, data + from, at - from);
	}
}

static void copy_segment(int in, u64 from, int out, u64 to, u64 size)
{
	for (u64 done = 0; done < size; done += BLOCK) {
		size_t len = size - done < BLOCK ? size - done : BLOCK;
		ssize_t n = pread(in, buf, len, (off_t)(from + done));

		if (n != (ssize_t)len) {
			/* Find the pages that can be read. */
			memset(buf, 0, len);
			for (size_t at = 0; at < len; at += PAGE)
				if (pread(in, buf + at, PAGE, (off_t)(from + done + at)) < 0)
					memset(buf + at, 0, PAGE);
		}
		memset(buf + len, 0, -len & (PAGE - 1));
		write_pages(out, to + done, buf, (len + PAGE - 1) & ~(PAGE - 1));
	}
}

/* Whether the segment holds struct pages of RAM. */
static bool is_vmemmap(const struct kcore_segment *seg, const struct kcore_pages *pages,
		       const struct kcore_ranges *ram)
{
	for (unsigned int i = 0; i < ram->nr_ranges; i++) {
		u64 start = pages->vmemmap + ram->range[i].start * pages->size;
		u64 end = pages->vmemmap + ram->range[i].end * pages->size;

		if (seg->vaddr < end && start < seg->vaddr + seg->size)
			return true;
	}
	return false;
}

static Elf64_Phdr phdr_of(const struct kcore_segment *seg, u64 offset)
{
	return (Elf64_Phdr) {
		.p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X, .p_offset = offset,
		.p_vaddr = seg->vaddr, .p_paddr = seg->paddr,
		.p_filesz = seg->size, .p_memsz = seg->size, .p_align = PAGE,
	};
}

/* The VMCOREINFO note, all that savecore needs. Returns its size. */
static size_t build_note(const struct kcore_elf *elf, char *note)
{
	Elf64_Nhdr nh = {
		.n_namesz = sizeof("VMCOREINFO"), .n_descsz = (u32)elf->vmcoreinfo_size,
	};
	size_t desc = sizeof(nh) + ((sizeof("VMCOREINFO") + 3) & ~(size_t)3);

	memset(note, 0, desc);
	memcpy(note, &nh, sizeof(nh));
	memcpy(note + sizeof(nh), "VMCOREINFO", sizeof("VMCOREINFO"));
	memcpy(note + desc, elf->vmcoreinfo, elf->vmcoreinfo_size);
	return desc + ((elf->vmcoreinfo_size + 3) & ~(size_t)3);
}

static void record_kcore(int dir, int in, const struct kcore_elf *elf,
			 const struct kcore_pages *pages, const struct kcore_ranges *ram)
{
	size_t head = sizeof(Elf64_Ehdr) + (elf->nr + 1) * sizeof(Elf64_Phdr);
	char *header = calloc(1, head + elf->vmcoreinfo_size + 64);
	Elf64_Ehdr *eh = (Elf64_Ehdr *)header;
	Elf64_Phdr *ph = (Elf64_Phdr *)(header + sizeof(*eh));
	int fd = create(dir, "kcore", 0), out = openat(dir, "kcore", O_WRONLY | O_DIRECT);
	u64 size, off;

	if (!header || out < 0)
		err(1, "cannot write kcore");
	ph[0].p_type = PT_NOTE;
	ph[0].p_offset = head;
	ph[0].p_filesz = build_note(elf, header + head);
	ph[0].p_align = 4;
	size = head + ph[0].p_filesz;
	off = (size + PAGE - 1) & ~(PAGE - 1);
	*eh = (Elf64_Ehdr) {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_CORE, .e_machine = elf->arch->elf_machine, .e_version = EV_CURRENT,
		.e_phoff = sizeof(*eh), .e_ehsize = sizeof(*eh), .e_phentsize = sizeof(*ph),
		.e_phnum = 1,
	};
	for (unsigned int i = 0; i < elf->nr; i++) {
		const struct kcore_segment *seg = &elf->seg[i];

		if (seg->paddr == KCORE_NO_PADDR && !is_vmemmap(seg, pages, ram))
			continue;
		ph[eh->e_phnum++] = phdr_of(seg, off);
		copy_segment(in, seg->offset, out, off, seg->size);
		off += (seg->size + PAGE - 1) & ~(PAGE - 1);
	}
	write_at(fd, 0, header, size);
	if (ftruncate(fd, (off_t)off) || fsync(fd) || close(fd) || close(out))
		err(1, "cannot write kcore");
	free(header);
}

int main(int argc, char **argv)
{
	struct error e = { 0 };
	struct kcore_ranges ram = { 0 };
	struct kcore_pages pages;
	struct ld_system sys;
	struct kcore_elf elf;
	int dir, in, iomem;

	if (argc != 2)
		errx(2, "usage: record DIR");
	buf = aligned_alloc(PAGE, BLOCK);
	dir = open(argv[1], O_RDONLY | O_DIRECTORY);
	in = open("/proc/kcore", O_RDONLY);
	iomem = open("/proc/iomem", O_RDONLY);
	if (!buf || dir < 0 || in < 0 || iomem < 0)
		err(1, "cannot open /proc or %s", argv[1]);
	if (kcore_elf_read(&elf, in, INT64_MAX, "/proc/kcore", &e) || !elf.vmcoreinfo ||
	    kcore_ranges_find(&ram, &elf, iomem, &sys, "/proc/kcore", "/proc/iomem", &e) ||
	    kcore_pages_find(&pages, &elf, in, ram.range[0].start, &e))
		errx(1, "%s", e.text[0] ? e.text : "no VMCOREINFO");
	record_system(dir);
	copy_file(dir, "/proc/iomem", "iomem");
	copy_file(dir, "/proc/kpageflags", "kpageflags");
	record_kcore(dir, in, &elf, &pages, &ram);
	return 0;
}
