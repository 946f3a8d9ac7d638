// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * placed - memory that knows where it is, and whether a dump has it there.
 *
 *	placed hold MIB FILE
 *	placed check DUMP FILE
 *
 * `hold' locks so much memory, writes into each page its page frame number, and all of
 * them into FILE, and stays. `check' reads an ELF core and fails unless it has all of
 * these page frames, each with its number. There are copies elsewhere: of what was read,
 * in memory of savecore.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE		4096UL
#define MIB		(1UL << 20)
#define PFN_MASK	((1ULL << 55) - 1)
#define PFN_MAX		(1UL << 24)

struct mark {
	char text[16];
	uint64_t pfn;
};

/* Made at run time: the program's own text is in memory, too. */
static void mark_make(struct mark *m, uint64_t pfn)
{
	strcpy(m->text, "qmbdfe!qbhf!gsb");
	for (char *c = m->text; *c; c++)
		--*c;
	m->pfn = pfn;
}

static void hold(size_t bytes, const char *name)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY);
	char temp[256], *p;
	uint64_t entry;
	FILE *list;

	snprintf(temp, sizeof(temp), "%s.new", name);
	list = fopen(temp, "w");
	if (!list)
		err(1, "%s", temp);

	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || madvise(p, bytes, MADV_NOHUGEPAGE))
		err(1, "mmap");
	memset(p, 1, bytes);
	if (pagemap < 0 || mlock(p, bytes))
		err(1, "mlock");
	for (size_t at = 0; at < bytes; at += PAGE) {
		off_t off = (off_t)((uintptr_t)(p + at) / PAGE * sizeof(entry));

		if (pread(pagemap, &entry, sizeof(entry), off) != sizeof(entry))
			err(1, "pagemap");
		mark_make((struct mark *)(p + at), entry & PFN_MASK);
		fprintf(list, "%llu\n", (unsigned long long)(entry & PFN_MASK));
	}
	if (fclose(list) || rename(temp, name))
		err(1, "%s", name);
	pause();
}

static void must_read(int fd, void *buf, size_t len, uint64_t off)
{
	if (pread(fd, buf, len, (off_t)off) != (ssize_t)len)
		err(1, "reading %zu bytes at %llu", len, (unsigned long long)off);
}

static bool held[PFN_MAX], seen[PFN_MAX];
static unsigned long right, wrong;

static unsigned long read_list(const char *name)
{
	FILE *list = fopen(name, "r");
	unsigned long pfn, nr = 0;

	if (!list)
		err(1, "%s", name);
	for (; fscanf(list, "%lu", &pfn) == 1; nr++) {
		if (pfn >= PFN_MAX)
			errx(1, "page frame %lu", pfn);
		held[pfn] = true;
	}
	fclose(list);
	return nr;
}

/* What was freed of the kernel image is in its segment and in that of the direct map. */
static void check_segment(int fd, const Elf64_Phdr *ph)
{
	struct mark want, found;

	for (uint64_t at = 0; at + PAGE <= ph->p_filesz; at += PAGE) {
		uint64_t pfn = (ph->p_paddr + at) / PAGE;

		if (pfn >= PFN_MAX || !held[pfn])
			continue;
		must_read(fd, &found, sizeof(found), ph->p_offset + at);
		memset(&want, 0, sizeof(want));
		mark_make(&want, pfn);
		if (!memcmp(&found, &want, sizeof(want))) {
			right += !seen[pfn];
			seen[pfn] = true;
		} else if (!wrong++) {
			printf("page frame %llu has %.15s %llu\n", (unsigned long long)pfn,
			       found.text, (unsigned long long)found.pfn);
		}
	}
}

static int check(const char *dump, const char *list)
{
	unsigned long pages = read_list(list);
	int fd = open(dump, O_RDONLY);
	Elf64_Ehdr eh;
	Elf64_Phdr ph;

	if (fd < 0)
		err(1, "%s", dump);
	must_read(fd, &eh, sizeof(eh), 0);
	if (memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0 || eh.e_phnum == PN_XNUM)
		errx(1, "%s: not an ELF core, or one with too many headers", dump);
	for (unsigned int i = 0; i < eh.e_phnum; i++) {
		must_read(fd, &ph, sizeof(ph), eh.e_phoff + i * sizeof(ph));
		if (ph.p_type == PT_LOAD)
			check_segment(fd, &ph);
	}
	printf("of %lu pages %lu are in their places, %lu places have something else\n", pages,
	       right, wrong);
	return wrong || !pages || right != pages;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "hold"))
		hold(strtoul(argv[2], NULL, 10) * MIB, argv[3]);
	if (argc == 4 && !strcmp(argv[1], "check"))
		return check(argv[2], argv[3]);
	errx(2, "usage: placed hold MIB FILE, or placed check DUMP FILE");
}
