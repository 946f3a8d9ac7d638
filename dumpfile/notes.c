// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * notes.c - parse the ELF notes of a dump. They may hold anything.
 */
#include <elf.h>
#include <errno.h>
#include <string.h>

#include "arch/arch.h"
#include "core/format/notes.h"
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
	if (size > left || !nh.n_namesz)
		return dumpfile_bad(f, err, "its notes are damaged");
	note->name = (const char *)from + sizeof(nh);
	if (nh.n_namesz == LD_LIVE_NAME_SIZE &&
	    !memcmp(note->name, LD_LIVE_NAME, LD_LIVE_NAME_SIZE))
		note->name = LD_LIVE_NAME;
	else if (note->name[nh.n_namesz - 1])
		return dumpfile_bad(f, err, "its notes are damaged");
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
	if (seal->version != LD_SEAL_VERSION && seal->version != LD_SEAL_VERSION_1)
		return dumpfile_bad(f, err, "its checksums have the unknown version %u",
				    seal->version);
	if (note->desc_size != ld_seal_bytes(seal))
		return dumpfile_bad(f, err, "its checksums are damaged");
	memset(seal, 0, sizeof(*seal));
	memcpy(seal, note->desc, note->desc_size);
	if (seal->mode >= LD_NR_MODES || seal->mode == LD_MODE_PRECOPY)
		return dumpfile_bad(f, err, "its checksums have the unknown mode %u",
				    seal->mode);
	return 0;
}

static bool note_is_seal(const struct note *note)
{
	return !strcmp(note->name, LD_SEAL_NAME) &&
	       (note->type == LD_SEAL_TYPE || note->type == LD_SEAL_TYPE_OLD);
}

int notes_find_seal(const struct dumpfile_file *f, const struct notes *n, struct ld_seal *seal,
		    u64 *off, struct error *err)
{
	struct note note;
	size_t at = 0;
	int ret;

	while ((ret = notes_next(f, n, &at, &note, err)) > 0) {
		if (!note_is_seal(&note))
			continue;
		*off = n->off + (u64)(note.desc - n->data);
		ret = notes_copy_seal(f, &note, seal, err);
		return ret ? ret : 1;
	}
	return ret;
}

int notes_find_reason(const struct dumpfile_file *f, const struct notes *n, char *text,
		      struct error *err)
{
	struct dump_reason reason;
	struct note note;
	size_t at = 0;
	int ret;

	text[0] = '\0';
	while ((ret = notes_next(f, n, &at, &note, err)) > 0) {
		if (strcmp(note.name, LD_REASON_NAME) != 0 || note.type != LD_REASON_TYPE)
			continue;
		reason = (struct dump_reason){ (const char *)note.desc, note.desc_size };
		if (!ld_reason_is_valid(&reason))
			return dumpfile_bad(f, err, "its reason is damaged");
		memcpy(text, reason.text, reason.size);
		text[reason.size] = '\0';
		return 0;
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

/* The notes that Xen writes. libkdumpfile reads them and trusts their sizes. */
static bool note_is_xen(const struct note *note)
{
	return !strcmp(note->name, "VMCOREINFO_XEN") || !strcmp(note->name, "Xen") ||
	       !strcmp(note->name, ".note.Xen");
}

static int notes_use(const struct dumpfile_file *f, struct notes *n, const struct note *note,
		     struct error *err)
{
	if (note_is_xen(note))
		return dumpfile_bad(f, err, "it is a dump of Xen, which cannot be read");
	if (!strcmp(note->name, "CORE") && note->type == NT_PRSTATUS) {
		if (!ld_arch_is_prstatus_size(note->desc_size))
			return dumpfile_bad(f, err, "its registers of CPU %u are damaged",
					    n->nr_prstatus);
		/* libkdumpfile makes some 30 attributes of each. */
		if (n->nr_prstatus == DUMPFILE_CPUS_MAX)
			return dumpfile_bad(f, err, "it has registers of more than %u CPUs",
					    DUMPFILE_CPUS_MAX);
		n->nr_prstatus++;
	} else if (!strcmp(note->name, "VMCOREINFO")) {
		if (n->vmcoreinfo.text)
			return dumpfile_bad(f, err, "it has two notes of VMCOREINFO");
		n->vmcoreinfo.text = (const char *)note->desc;
		n->vmcoreinfo.size = note->desc_size;
	} else if (note_is_seal(note)) {
		n->sealed = true;
	}
	return 0;
}

static u64 notes_vmcoreinfo_off(const struct notes *n)
{
	return n->off + (u64)((const u8 *)n->vmcoreinfo.text - n->data);
}

int notes_parse(const struct dumpfile_file *f, struct notes *n, struct error *err)
{
	struct note note;
	size_t at = 0;
	int ret, used = 0;

	n->nr_prstatus = 0;
	n->sealed = false;
	n->vmcoreinfo.text = NULL;
	while (!used && (ret = notes_next(f, n, &at, &note, err)) > 0)
		used = notes_use(f, n, &note, err);
	if (used || ret)
		return used ? used : ret;
	if (!n->vmcoreinfo.text)
		return dumpfile_bad(f, err, "it has no VMCOREINFO");
	if (n->vmcoreinfo_size && (n->vmcoreinfo_size != n->vmcoreinfo.size ||
				   n->vmcoreinfo_off != notes_vmcoreinfo_off(n)))
		return dumpfile_bad(f, err, "its header has another VMCOREINFO than its notes");
	ret = notes_check_vmcoreinfo(f, &n->vmcoreinfo, err);
	return ret ? ret : notes_find_release(f, n, err);
}
