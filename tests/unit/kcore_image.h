/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kcore_image.h - a small recorded directory, made up: kcore, kpageflags,
 * iomem and system, to be changed in memory and then written out. Used by the
 * unit tests and the fuzzer, so it aborts where something fails.
 *
 * The memory is that of an x86-64 machine, pfn 1-0x1f, 0x200-0x9ff and, in a
 * segment of its own, 0xa00-0xa7f. The kernel image is at pfn 0x300-0x30f.
 */
#ifndef LIVEDUMP_TEST_KCORE_IMAGE_H
#define LIVEDUMP_TEST_KCORE_IMAGE_H

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "port/port.h"

#define IMAGE_PAGE		4096U
#define IMAGE_PAGE_OFFSET	0xffff888000000000ULL
#define IMAGE_VMEMMAP		0xffffea0000000000ULL
#define IMAGE_TEXT		0xffffffff81000000ULL
#define IMAGE_MAX_PFN		0xa80U
#define IMAGE_HEAD		8192U	/* bytes of ELF headers and notes */
#define IMAGE_STRUCT_PAGE	64U
#define IMAGE_SECTION_ROOTS	0x200U	/* pfns of the memory section tables */
#define IMAGE_SECTIONS		0x201U

/* Offsets in a struct page, as in Linux 6.1. */
enum {
	IMAGE_LRU = 8,
	IMAGE_HEAD_OF = 8,
	IMAGE_MAPPING = 24,
	IMAGE_PRIVATE = 40,
	IMAGE_MAPCOUNT = 48,
	IMAGE_REFCOUNT = 52,
};

static const char image_vmcoreinfo[] =
	"OSRELEASE=6.1.0-test\n"
	"PAGESIZE=4096\n"
	"SYMBOL(_stext)=ffffffff81000000\n"
	"SYMBOL(mem_section)=ffff888000200000\n"
	"LENGTH(mem_section)=2048\n"
	"SIZE(mem_section)=16\n"
	"OFFSET(mem_section.section_mem_map)=0\n"
	"NUMBER(SECTION_SIZE_BITS)=27\n"
	"NUMBER(MAX_PHYSMEM_BITS)=46\n"
	"SIZE(page)=64\n"
	"OFFSET(page.flags)=0\n"
	"OFFSET(page._refcount)=52\n"
	"OFFSET(page.mapping)=24\n"
	"OFFSET(page.private)=40\n"
	"OFFSET(page.lru)=8\n"
	"OFFSET(page._mapcount)=48\n"
	"OFFSET(page.compound_head)=8\n"
	"SYMBOL(swapper_pg_dir)=ffffffff80400000\n"	/* at 0x300000 */
	"NUMBER(phys_base)=-1048576\n"
	"KERNELOFFSET=0\n";

struct image_extent {
	u64 vaddr;
	u64 paddr;
	u64 pages;
};

static const struct image_extent image_extents[] = {
	{ IMAGE_TEXT, 0x300000, 0x10 },
	{ IMAGE_PAGE_OFFSET + 0x1000, 0x1000, 0x1f },
	{ IMAGE_VMEMMAP, UINT64_MAX, 1 },
	{ IMAGE_PAGE_OFFSET + 0x200000, 0x200000, 0x800 },
	{ IMAGE_VMEMMAP + 0x8000, UINT64_MAX, 0x22 },
	{ IMAGE_PAGE_OFFSET + 0xa00000, 0xa00000, 0x80 },
};

#define IMAGE_EXTENTS	(sizeof(image_extents) / sizeof(image_extents[0]))

struct image {
	u8 *kcore;
	size_t kcore_size;
	u64 flags[IMAGE_MAX_PFN];
	char vmcoreinfo[2048];
	char iomem[1024];
	char system[1024];
	char vmstat[256];	/* "": there is no such file */
};

#define IMAGE_CHECK(cond) do { if (!(cond)) { perror(#cond); abort(); } } while (0)

/* Where kernel memory is in kcore, NULL if it is not. */
static inline u8 *image_at(struct image *img, u64 vaddr)
{
	u64 off = IMAGE_HEAD;

	for (size_t i = 0; i < IMAGE_EXTENTS; i++) {
		const struct image_extent *e = &image_extents[i];

		if (vaddr >= e->vaddr && vaddr - e->vaddr < e->pages * IMAGE_PAGE)
			return img->kcore + off + (vaddr - e->vaddr);
		off += e->pages * IMAGE_PAGE;
	}
	return NULL;
}

static inline u8 *image_frame(struct image *img, u64 pfn)
{
	return image_at(img, IMAGE_PAGE_OFFSET + pfn * IMAGE_PAGE);
}

static inline u64 image_struct_page(u64 pfn)
{
	return IMAGE_VMEMMAP + pfn * IMAGE_STRUCT_PAGE;
}

static inline void image_set64(struct image *img, u64 pfn, unsigned int field, u64 value)
{
	memcpy(image_at(img, image_struct_page(pfn)) + field, &value, sizeof(value));
}

static inline void image_set32(struct image *img, u64 pfn, unsigned int field, u32 value)
{
	memcpy(image_at(img, image_struct_page(pfn)) + field, &value, sizeof(value));
}

static inline Elf64_Ehdr *image_ehdr(struct image *img)
{
	return (Elf64_Ehdr *)img->kcore;
}

/* Header 0 is the notes', header i + 1 that of extent i. */
static inline Elf64_Phdr *image_phdr(struct image *img, unsigned int i)
{
	return (Elf64_Phdr *)(img->kcore + sizeof(Elf64_Ehdr)) + i;
}

/* The notes, from the VMCOREINFO text as it is now, padded with zeros. */
static inline void image_set_notes(struct image *img)
{
	Elf64_Phdr *ph = image_phdr(img, 0);
	size_t text = strlen(img->vmcoreinfo);
	Elf64_Nhdr nh = { .n_namesz = 11, .n_descsz = (u32)((text + 4) & ~(size_t)3) };
	u8 *note = img->kcore + IMAGE_HEAD / 2;

	memset(note, 0, IMAGE_HEAD / 2);
	memcpy(note, &nh, sizeof(nh));
	memcpy(note + sizeof(nh), "VMCOREINFO", 11);
	memcpy(note + sizeof(nh) + 12, img->vmcoreinfo, text);
	ph->p_type = PT_NOTE;
	ph->p_offset = IMAGE_HEAD / 2;
	ph->p_filesz = sizeof(nh) + 12 + nh.n_descsz;
}

static inline void image_set_headers(struct image *img)
{
	u64 off = IMAGE_HEAD;

	*image_ehdr(img) = (Elf64_Ehdr) {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_phoff = sizeof(Elf64_Ehdr), .e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = IMAGE_EXTENTS + 1,
	};
	for (unsigned int i = 0; i < IMAGE_EXTENTS; i++) {
		const struct image_extent *e = &image_extents[i];

		*image_phdr(img, i + 1) = (Elf64_Phdr) {
			.p_type = PT_LOAD, .p_offset = off, .p_vaddr = e->vaddr,
			.p_paddr = e->paddr, .p_filesz = e->pages * IMAGE_PAGE,
			.p_memsz = e->pages * IMAGE_PAGE, .p_align = IMAGE_PAGE,
		};
		off += e->pages * IMAGE_PAGE;
	}
}

/* Every page frame is in use by the kernel and has content of its own. */
static inline void image_open(struct image *img)
{
	u64 sections = IMAGE_PAGE_OFFSET + IMAGE_SECTIONS * IMAGE_PAGE;
	u64 map = IMAGE_VMEMMAP | 0xf;

	memset(img, 0, sizeof(*img));
	img->kcore_size = IMAGE_HEAD;
	for (size_t i = 0; i < IMAGE_EXTENTS; i++)
		img->kcore_size += image_extents[i].pages * IMAGE_PAGE;
	img->kcore = calloc(1, img->kcore_size);
	IMAGE_CHECK(img->kcore);
	strcpy(img->vmcoreinfo, image_vmcoreinfo);
	image_set_headers(img);
	image_set_notes(img);
	for (u64 pfn = 0; pfn < IMAGE_MAX_PFN; pfn++) {
		u8 *frame = image_frame(img, pfn);

		if (!frame)
			continue;
		for (unsigned int i = 0; i < 8; i++)
			frame[i * 512] = (u8)(pfn + i);
		memcpy(frame + 8, &pfn, sizeof(pfn));
		image_set32(img, pfn, IMAGE_REFCOUNT, 1);
		image_set32(img, pfn, IMAGE_MAPCOUNT, UINT32_MAX);
	}
	memcpy(image_frame(img, IMAGE_SECTION_ROOTS), &sections, sizeof(sections));
	memcpy(image_frame(img, IMAGE_SECTIONS), &map, sizeof(map));
	strcpy(img->iomem, "00000000-00000fff : Reserved\n"
	       "00001000-0001ffff : System RAM\n"
	       "00200000-00a7ffff : System RAM\n"
	       "  00300000-0030ffff : Kernel code\n"
	       "  00800000-0080ffff : Crash kernel\n");
	strcpy(img->system, "livedump system 1\nsysname Linux\nnodename test\n"
	       "release 6.1.0-test\nversion #1 SMP\nmachine x86_64\ndomainname (none)\n"
	       "cpus 3\n");
}

static inline void image_close(struct image *img)
{
	free(img->kcore);
}

static inline void image_write_file(int dir, const char *name, const void *data, size_t size)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	IMAGE_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size && !close(fd));
}

static inline void image_write(const struct image *img, const char *path)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY);

	IMAGE_CHECK(dir >= 0);
	image_write_file(dir, "kcore", img->kcore, img->kcore_size);
	image_write_file(dir, "kpageflags", img->flags, sizeof(img->flags));
	image_write_file(dir, "iomem", img->iomem, strlen(img->iomem));
	image_write_file(dir, "system", img->system, strlen(img->system));
	if (img->vmstat[0])
		image_write_file(dir, "vmstat", img->vmstat, strlen(img->vmstat));
	close(dir);
}

#endif
