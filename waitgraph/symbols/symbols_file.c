// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * symbols_file.c - System.map and vmlinux.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbols_file.h"

/* The kernel image, and what moves with it. Below are offsets of variables of a CPU. */
#define KERNEL_IMAGE_START	0xffffffff80000000ULL

static int symbols_file_add_elf(Elf *elf, struct symbols *s)
{
	Elf_Scn *section = NULL;
	int ret = 0;

	while ((section = elf_nextscn(elf, section)) != NULL) {
		GElf_Shdr header;
		Elf_Data *data;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_SYMTAB)
			continue;
		data = elf_getdata(section, NULL);
		for (int i = 0; data && !ret; i++) {
			const char *name;
			GElf_Sym sym;

			if (!gelf_getsym(data, i, &sym))
				break;
			name = elf_strptr(elf, header.sh_link, sym.st_name);
			if (name && sym.st_shndx != SHN_UNDEF &&
			    GELF_ST_TYPE(sym.st_info) <= STT_FUNC)
				ret = symbols_add(s, sym.st_value, name, strlen(name), 0);
		}
	}
	return ret;
}

/* Lines of address, type and name. */
static int symbols_file_add_map(FILE *file, struct symbols *s)
{
	char *line = NULL, *end, *name;
	size_t room = 0;
	int ret = 0;

	while (!ret && getline(&line, &room, file) > 0) {
		u64 addr = strtoull(line, &end, 16);

		if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ')
			continue;
		name = end + 3;
		ret = symbols_add(s, addr, name, strcspn(name, " \t\n"), 0);
	}
	free(line);
	return ret;
}

static int symbols_file_add(int fd, struct symbols *s)
{
	Elf *elf = NULL;
	FILE *file;
	int ret;

	if (elf_version(EV_CURRENT) != EV_NONE)
		elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF) {
		ret = symbols_file_add_elf(elf, s);
		elf_end(elf);
		return ret;
	}
	if (elf)
		elf_end(elf);
	if (lseek(fd, 0, SEEK_SET))
		return -errno;
	fd = dup(fd);
	file = fd < 0 ? NULL : fdopen(fd, "r");
	if (!file) {
		ret = -errno;
		if (fd >= 0)
			close(fd);
		return ret;
	}
	ret = symbols_file_add_map(file, s);
	fclose(file);
	return ret;
}

static bool symbols_file_find(const struct symbols *s, const char *name, u64 *addr)
{
	for (u32 i = 0; i < s->nr; i++)
		if (!strcmp(s->names + s->all[i].name, name)) {
			*addr = s->all[i].addr;
			return true;
		}
	return false;
}

/* Whether what the file has moves by @by to where the kernel has it. */
static bool symbols_file_matches(const struct symbols *s, const struct vmcoreinfo *vi, u64 by)
{
	static const struct {
		const char *key, *name;
	} rows[] = {
		{ "SYMBOL(init_uts_ns)", "init_uts_ns" },
		{ "SYMBOL(swapper_pg_dir)", "swapper_pg_dir" },
		{ "SYMBOL(init_top_pgt)", "init_top_pgt" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		u64 there, here;

		if (vmcoreinfo_hex(vi, rows[i].key, &there) &&
		    symbols_file_find(s, rows[i].name, &here) && here + by != there)
			return false;
	}
	return true;
}

int symbols_file_read(const struct kernel_file *file, const struct vmcoreinfo *vi,
		      struct symbols *s, struct error *err)
{
	u64 linked, stext;
	int ret;

	if (!vmcoreinfo_hex(vi, "SYMBOL(_stext)", &stext)) {
		error_set(err, "VMCOREINFO has no _stext: take another dump");
		return -EBADMSG;
	}
	ret = symbols_file_add(file->fd, s);
	if (ret) {
		error_set(err, "%s: %s: name the System.map or the vmlinux of the kernel",
			  file->name, strerror(-ret));
		return ret;
	}
	/* "ffffffffffffffff B The real System.map is in the linux-image-RELEASE-dbg package" */
	if (s->nr == 1 && symbols_file_find(s, "The", &linked)) {
		error_set(err, "%s: Debian's file has no symbols: install linux-image-RELEASE-dbg and name its System.map or vmlinux",
			  file->name);
		return -ENOENT;
	}
	if (!symbols_file_find(s, "_stext", &linked)) {
		error_set(err, "%s: it has no symbol _stext: name the System.map or the vmlinux of the kernel",
			  file->name);
		return -ENOENT;
	}
	if (!symbols_file_matches(s, vi, stext - linked)) {
		error_set(err, "%s: it is of another kernel: name the System.map or the vmlinux of this one",
			  file->name);
		return -ENOENT;
	}
	for (u32 i = 0; i < s->nr; i++)
		if (s->all[i].addr >= KERNEL_IMAGE_START)
			s->all[i].addr += stext - linked;
	return 0;
}
