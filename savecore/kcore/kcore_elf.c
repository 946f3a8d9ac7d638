// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kcore_elf.c - read the ELF headers of /proc/kcore.
 *
 * The file may also be a recording, or any other file, so nothing in it is
 * used before it is checked.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hint.h"
#include "kcore_elf.h"

/*
 * The kernel counts segments in 16 bits. The notes are a few prstatus, a task
 * structure and VMCOREINFO, which is at most one page long.
 */
#define SEGMENTS_MAX	65535U
#define NOTES_MAX	((u64)16 << 20)
#define VMCOREINFO_MAX	((u64)1 << 20)

#define PHDRS_AT_ONCE	32U

/* The first of them follow the ELF header, and mostly tell enough. */
#define PHDRS_AT_FIRST	8U

static int kcore_elf_refuse(struct error *err, const char *name, const char *what)
{
	error_set_code(err, ERROR_BAD_MEMORY_IMAGE, "%s is not a usable kernel memory image: %s",
		       name, what);
	return -EINVAL;
}

static int kcore_elf_refuse_machine(struct error *err, const char *name, u16 machine)
{
	char what[128];
	int len = snprintf(what, sizeof(what), "its ELF machine number is %u; livedump supports",
			   machine);
	const struct ld_arch *arch;

	for (unsigned int i = 0; (arch = ld_arch_at(i)) && (size_t)len < sizeof(what); i++)
		len += snprintf(what + len, sizeof(what) - (size_t)len, " %s", arch->uts_machine);
	return kcore_elf_refuse(err, name, what);
}

static int kcore_segment_compare(const void *a, const void *b)
{
	const struct kcore_segment *x = a, *y = b;

	if (x->vaddr != y->vaddr)
		return x->vaddr < y->vaddr ? -1 : 1;
	return x->size < y->size ? -1 : x->size > y->size;
}

/* Copy the VMCOREINFO note to @elf if it is among these notes. */
static int kcore_elf_read_notes(struct kcore_elf *elf, Elf *e, const GElf_Phdr *ph)
{
	Elf_Data *data;
	GElf_Nhdr nh;
	size_t at = 0, name, desc;

	if (elf->vmcoreinfo || !ph->p_filesz || ph->p_filesz > NOTES_MAX)
		return 0;
	data = elf_getdata_rawchunk(e, (int64_t)ph->p_offset, ph->p_filesz, ELF_T_NHDR);
	if (!data)
		return 0;
	while ((at = gelf_getnote(data, at, &nh, &name, &desc)) > 0) {
		const char *buf = data->d_buf;

		if (nh.n_namesz != sizeof("VMCOREINFO") ||
		    memcmp(buf + name, "VMCOREINFO", sizeof("VMCOREINFO")) != 0)
			continue;
		if (!nh.n_descsz || nh.n_descsz > VMCOREINFO_MAX)
			continue;
		elf->vmcoreinfo = malloc(nh.n_descsz);
		if (!elf->vmcoreinfo)
			return -ENOMEM;
		memcpy(elf->vmcoreinfo, buf + desc, nh.n_descsz);
		/* Programs that read the dump expect text. */
		elf->vmcoreinfo_size = strnlen(elf->vmcoreinfo, nh.n_descsz);
		break;
	}
	return 0;
}

static int kcore_elf_add_segment(struct kcore_elf *elf, const GElf_Phdr *ph, u64 file_size,
				 const char *name, struct error *err)
{
	struct kcore_segment *seg = &elf->seg[elf->nr];
	u64 size = ph->p_filesz;

	if (!size)
		return 0;
	if (ph->p_memsz < size)
		return kcore_elf_refuse(err, name, "a segment is larger in the file than in memory");
	if (ph->p_offset > file_size || size > file_size - ph->p_offset)
		return kcore_elf_refuse(err, name, "a segment ends beyond the end of the file: the file is cut short");
	/* The last byte of a segment may be the last byte of the address space. */
	if (size - 1 > UINT64_MAX - ph->p_vaddr ||
	    (ph->p_paddr != KCORE_NO_PADDR && size - 1 > UINT64_MAX - ph->p_paddr))
		return kcore_elf_refuse(err, name, "a segment wraps around the end of memory");
	seg->vaddr = ph->p_vaddr;
	seg->paddr = ph->p_paddr;
	seg->size = size;
	seg->offset = ph->p_offset;
	elf->nr++;
	return 0;
}

static int kcore_elf_read_headers(struct kcore_elf *elf, Elf *e, u64 file_size, const char *name,
				  struct error *err)
{
	GElf_Ehdr eh;
	size_t nr;

	if (!gelf_getehdr(e, &eh) || gelf_getclass(e) != ELFCLASS64 ||
	    eh.e_ident[EI_DATA] != ELFDATA2LSB || eh.e_type != ET_CORE)
		return kcore_elf_refuse(err, name, "it is not a 64-bit little-endian ELF core");
	elf->arch = ld_arch_by_elf_machine(eh.e_machine);
	if (!elf->arch)
		return kcore_elf_refuse_machine(err, name, eh.e_machine);
	if (elf_getphdrnum(e, &nr) || !nr)
		return kcore_elf_refuse(err, name, "it has no program headers");
	if (nr > SEGMENTS_MAX)
		return kcore_elf_refuse(err, name, "it has too many program headers");
	elf->seg = calloc(nr, sizeof(*elf->seg));
	if (!elf->seg)
		return -ENOMEM;

	for (size_t i = 0; i < nr; i++) {
		GElf_Phdr ph;
		int rc = 0;

		if (!gelf_getphdr(e, (int)i, &ph))
			return kcore_elf_refuse(err, name, "its program headers are cut short");
		if (ph.p_type == PT_NOTE)
			rc = kcore_elf_read_notes(elf, e, &ph);
		else if (ph.p_type == PT_LOAD)
			rc = kcore_elf_add_segment(elf, &ph, file_size, name, err);
		if (rc)
			return rc;
	}
	if (!elf->nr)
		return kcore_elf_refuse(err, name, "it has no memory segments");
	qsort(elf->seg, elf->nr, sizeof(*elf->seg), kcore_segment_compare);
	return 0;
}

int kcore_elf_read(struct kcore_elf *elf, int fd, u64 file_size, const char *name,
		   struct error *err)
{
	Elf64_Ehdr eh;
	ssize_t n;
	Elf *e;
	int rc;

	memset(elf, 0, sizeof(*elf));
	n = pread(fd, &eh, sizeof(eh), 0);
	if (n < 0) {
		rc = -errno;
		error_set(err, "cannot read %s: %s\n%s", name, strerror(errno),
			  hint_of(HINT_KERNEL, errno));
		return rc;
	}
	if ((size_t)n < sizeof(eh) || memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0)
		return kcore_elf_refuse(err, name, "it is not an ELF file");
	/* libelf would allocate as much memory as the first section header says. */
	if (eh.e_shoff || eh.e_shnum)
		return kcore_elf_refuse(err, name, "it has section headers");

	/* ELF_C_READ_MMAP would fail: the file is as large as the address space. */
	elf_version(EV_CURRENT);
	e = elf_begin(fd, ELF_C_READ, NULL);
	if (!e)
		return kcore_elf_refuse(err, name, elf_errmsg(-1));
	rc = kcore_elf_read_headers(elf, e, file_size, name, err);
	elf_end(e);
	if (rc == -ENOMEM)
		error_set(err, "not enough memory to read the headers of %s\nend other programs",
			  name);
	if (rc)
		kcore_elf_free(elf);
	return rc;
}

void kcore_elf_free(struct kcore_elf *elf)
{
	free(elf->seg);
	free(elf->vmcoreinfo);
	memset(elf, 0, sizeof(*elf));
}

const struct kcore_segment *kcore_elf_find(const struct kcore_elf *elf, u64 vaddr)
{
	unsigned int lo = 0, hi = elf->nr;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (elf->seg[mid].vaddr <= vaddr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || vaddr - elf->seg[lo - 1].vaddr >= elf->seg[lo - 1].size)
		return NULL;
	return &elf->seg[lo - 1];
}

int kcore_elf_vread(const struct kcore_elf *elf, int fd, u64 vaddr, void *buf, size_t len)
{
	char *at = buf;

	while (len) {
		const struct kcore_segment *seg = kcore_elf_find(elf, vaddr);
		u64 skip, run;
		ssize_t n;

		if (!seg)
			return -EFAULT;
		skip = vaddr - seg->vaddr;
		run = seg->size - skip < len ? seg->size - skip : len;
		n = pread(fd, at, run, (off_t)(seg->offset + skip) +
			  (off_t)port_atomic64_read(&elf->shift));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return -EFAULT;
		at += n;
		vaddr += (u64)n;
		len -= (size_t)n;
	}
	return 0;
}

/* Look for a segment that was there before. Returns whether there is one. */
static bool kcore_elf_find_shift(const struct kcore_elf *elf, const Elf64_Phdr *ph, size_t nr,
				 s64 *shift)
{
	for (size_t i = 0; i < nr; i++) {
		const struct kcore_segment *seg;

		if (ph[i].p_type != PT_LOAD || !ph[i].p_filesz)
			continue;
		seg = kcore_elf_find(elf, ph[i].p_vaddr);
		if (!seg || seg->vaddr != ph[i].p_vaddr)
			continue;
		*shift = (s64)(ph[i].p_offset - seg->offset);
		return true;
	}
	return false;
}

/*
 * How far the segments have moved according to the headers as they are now. It is asked
 * after each read of memory, so one read should do.
 */
static int kcore_elf_read_shift(const struct kcore_elf *elf, int fd, s64 *shift)
{
	struct {
		Elf64_Ehdr eh;
		Elf64_Phdr ph[PHDRS_AT_FIRST];
	} head;
	Elf64_Phdr ph[PHDRS_AT_ONCE];
	ssize_t n = pread(fd, &head, sizeof(head), 0);
	size_t first = n < (ssize_t)sizeof(head.eh) ? 0 :
		       ((size_t)n - sizeof(head.eh)) / sizeof(*head.ph);
	u64 at;

	if (n < (ssize_t)sizeof(head.eh))
		return -EIO;
	if (first > head.eh.e_phnum)
		first = head.eh.e_phnum;
	at = head.eh.e_phoff;
	if (at == sizeof(head.eh) && kcore_elf_find_shift(elf, head.ph, first, shift))
		return 0;
	for (unsigned int left = head.eh.e_phnum, nr; left; left -= nr, at += nr * sizeof(*ph)) {
		nr = left < PHDRS_AT_ONCE ? left : PHDRS_AT_ONCE;
		if (pread(fd, ph, nr * sizeof(*ph), (off_t)at) != (ssize_t)(nr * sizeof(*ph)))
			return -EIO;
		if (kcore_elf_find_shift(elf, ph, nr, shift))
			return 0;
	}
	return -EIO;
}

int kcore_elf_moved(struct kcore_elf *elf, int fd, s64 shift)
{
	s64 now;
	int err = kcore_elf_read_shift(elf, fd, &now);

	if (err)
		return err;
	/* Another worker may have found it first. */
	if (now == shift && port_atomic64_read(&elf->shift) == shift)
		return 0;
	port_atomic64_set(&elf->shift, now);
	return 1;
}
