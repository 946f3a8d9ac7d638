// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * notes.c - parse the ELF notes of a dump. They may hold anything.
 */
#include <elf.h>
#include <errno.h>
#include <string.h>

#include "arch/arch.h"
#include "core/request.h"
#include "notes.h"

static u64 note_pad(u64 len)
{
	return (len + 3) & ~3ULL;
}

int notes_next(const struct dumpfile_file *f, const struct notes *n, size_t *at,
	       struct note *note, struct error *err)
{
	const u8 *from = n->data + *at;
	size_t left = n->size - *at;
	Elf64_Nhdr nh;
	u64 name, size;

	if (!left)
		return 0;
	if (left < sizeof(nh))
		return dumpfile_bad(f, err, "its notes are damaged");
	memcpy(&nh, from, sizeof(nh));
	name = note_pad(nh.n_namesz);
	size = sizeof(nh) + name + note_pad(nh.n_descsz);
	if (size > left || !nh.n_namesz || from[sizeof(nh) + nh.n_namesz - 1])
		return dumpfile_bad(f, err, "its notes are damaged");
	note->name = (const char *)from + sizeof(nh);
	note->type = nh.n_type;
	note->desc = from + sizeof(nh) + name;
	note->desc_size = nh.n_descsz;
	*at += size;
	return 1;
}

static int notes_copy_seal(const struct dumpfile_file *f, const struct note *note,
			   struct ld_seal *seal, struct error *err)
{
	if (note->desc_size < sizeof(seal->version))
		return dumpfile_bad(f, err, "its checksums are damaged");
	memcpy(&seal->version, note->desc, sizeof(seal->version));
	if (seal->version != LD_SEAL_VERSION)
		return dumpfile_bad(f, err, "its checksums have the unknown version %u",
				    seal->version);
	if (note->desc_size != sizeof(*seal))
		return dumpfile_bad(f, err, "its checksums are damaged");
	memcpy(seal, note->desc, sizeof(*seal));
	if (seal->mode >= LD_NR_MODES)
		return dumpfile_bad(f, err, "its checksums have the unknown mode %u",
				    seal->mode);
	return 0;
}

int notes_find_seal(const struct dumpfile_file *f, const struct notes *n, struct ld_seal *seal,
		    u64 *off, struct error *err)
{
	struct note note;
	size_t at = 0;
	int ret;

	while ((ret = notes_next(f, n, &at, &note, err)) > 0) {
		if (strcmp(note.name, LD_SEAL_NAME) != 0 || note.type != LD_SEAL_TYPE)
			continue;
		*off = n->off + (u64)(note.desc - n->data);
		ret = notes_copy_seal(f, &note, seal, err);
		return ret ? ret : 1;
	}
	return ret;
}

static int notes_find_release(const struct dumpfile_file *f, struct notes *n, struct error *err)
{
	const char *release;
	size_t len;

	release = vmcoreinfo_find(&n->vmcoreinfo, "OSRELEASE", &len);
	if (!release || !len || len >= sizeof(n->release))
		return dumpfile_bad(f, err, "its VMCOREINFO has no OSRELEASE");
	memcpy(n->release, release, len);
	n->release[len] = '\0';
	if (strlen(n->release) != len)
		return dumpfile_bad(f, err, "its VMCOREINFO is damaged");
	return 0;
}

int notes_parse(const struct dumpfile_file *f, struct notes *n, struct error *err)
{
	struct note note;
	size_t at = 0;
	int ret;

	n->nr_prstatus = 0;
	while ((ret = notes_next(f, n, &at, &note, err)) > 0) {
		if (!strcmp(note.name, "CORE") && note.type == NT_PRSTATUS) {
			if (!ld_arch_is_prstatus_size(note.desc_size))
				return dumpfile_bad(f, err, "its registers of CPU %u are damaged",
						    n->nr_prstatus);
			n->nr_prstatus++;
		} else if (!strcmp(note.name, "VMCOREINFO")) {
			n->vmcoreinfo.text = (const char *)note.desc;
			n->vmcoreinfo.size = note.desc_size;
		}
	}
	if (ret)
		return ret;
	if (!n->vmcoreinfo.text)
		return dumpfile_bad(f, err, "it has no VMCOREINFO");
	return notes_find_release(f, n, err);
}
