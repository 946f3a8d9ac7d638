// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verify_notes.c - the ELF notes of a dump that is verified.
 */
#include <errno.h>
#include <elf.h>
#include <inttypes.h>
#include <string.h>

#include "arch/arch.h"
#include "savecore/verify/verify_impl.h"

struct note {
	const char *name;	/* terminated */
	u32 type;
	size_t desc;		/* where in the notes it is */
	size_t desc_size;
};

/* The note at byte *@at. Returns 1, 0 at the end, or a negative errno. */
static int next_note(const struct verify *v, size_t *at, struct note *note)
{
	size_t left = v->notes_size - *at;
	Elf64_Nhdr nh;
	u64 name, size;

	if (!left)
		return 0;
	if (left < sizeof(nh))
		return verify_bad(v, "its notes are damaged");
	memcpy(&nh, v->notes + *at, sizeof(nh));
	name = ((u64)nh.n_namesz + 3) & ~3ULL;
	size = sizeof(nh) + name + (((u64)nh.n_descsz + 3) & ~3ULL);
	if (size > left || !nh.n_namesz || v->notes[*at + sizeof(nh) + nh.n_namesz - 1])
		return verify_bad(v, "its notes are damaged");
	note->name = (const char *)v->notes + *at + sizeof(nh);
	note->type = nh.n_type;
	note->desc = *at + sizeof(nh) + name;
	note->desc_size = nh.n_descsz;
	*at += size;
	return 1;
}

int verify_find_seal(struct verify *v)
{
	struct ld_seal *seal = &v->report->seal;
	struct note note;
	size_t at = 0;
	int ret;

	while ((ret = next_note(v, &at, &note)) > 0) {
		if (strcmp(note.name, LD_SEAL_NAME) != 0 || note.type != LD_SEAL_TYPE)
			continue;
		if (note.desc_size < sizeof(seal->version))
			return verify_bad(v, "its checksums are damaged");
		memcpy(&seal->version, v->notes + note.desc, sizeof(seal->version));
		if (seal->version != LD_SEAL_VERSION)
			return verify_bad(v, "its checksums are of version %u, which is not known",
					  seal->version);
		if (note.desc_size != sizeof(*seal))
			return verify_bad(v, "its checksums are damaged");
		memcpy(seal, v->notes + note.desc, sizeof(*seal));
		if (seal->mode >= LD_NR_MODES)
			return verify_bad(v, "its checksums are of mode %u, which is not known",
					  seal->mode);
		memset(v->notes + note.desc, 0, sizeof(*seal));
		v->seal_off = note.desc;
		return 0;
	}
	if (ret)
		return ret;
	error_set(v->err, "%.150s: has no checksums: only dumps of savecore's can be verified",
		  v->name);
	return -EBADMSG;
}

static int check_page_size(struct verify *v)
{
	u64 page;

	if (!vmcoreinfo_num(&v->vmcoreinfo, "PAGESIZE", &page))
		return verify_bad(v, "VMCOREINFO has no PAGESIZE");
	if (v->page && v->page != page)
		return verify_bad(v, "its pages are of %zu bytes, and by VMCOREINFO of %" PRIu64,
				  v->page, page);
	if (page < 4096 || page > VERIFY_BLOCK || (page & (page - 1)))
		return verify_bad(v, "VMCOREINFO has pages of %" PRIu64 " bytes", page);
	v->page = page;
	v->page_shift = (unsigned int)__builtin_ctzll(page);
	return 0;
}

static int check_release(struct verify *v)
{
	char *to = v->report->release;
	const char *release;
	size_t len;

	release = vmcoreinfo_find(&v->vmcoreinfo, "OSRELEASE", &len);
	if (!release || !len || len >= sizeof(v->report->release))
		return verify_bad(v, "VMCOREINFO has no OSRELEASE");
	memcpy(to, release, len);
	to[len] = '\0';
	if (strlen(to) != len)
		return verify_bad(v, "VMCOREINFO is damaged");
	return 0;
}

int verify_notes(struct verify *v)
{
	unsigned int cpus = 0;
	struct note note;
	size_t at = 0;
	int ret;

	while ((ret = next_note(v, &at, &note)) > 0) {
		if (!strcmp(note.name, "CORE") && note.type == NT_PRSTATUS) {
			if (!ld_arch_is_prstatus_size(note.desc_size))
				return verify_bad(v, "the registers of CPU %u are damaged", cpus);
			cpus++;
		} else if (!strcmp(note.name, "VMCOREINFO")) {
			v->vmcoreinfo.text = (const char *)v->notes + note.desc;
			v->vmcoreinfo.size = note.desc_size;
		}
	}
	if (ret)
		return ret;
	if (!v->vmcoreinfo.text)
		return verify_bad(v, "it has no VMCOREINFO");
	ret = check_release(v);
	if (!ret)
		ret = check_page_size(v);
	if (ret)
		return ret;
	if (!cpus || (v->nr_cpus && cpus != v->nr_cpus))
		return verify_bad(v, "it has the registers of %u CPUs, not of %u", cpus,
				  v->nr_cpus);
	return 0;
}
