// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * dumpfile.c - open a finished dump of either format.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "arch/arch.h"
#include "dumpfile.h"

#define HEAD_SIZE	16U	/* bytes that tell one format from another */

int dumpfile_read_meta(struct dumpfile *d, u64 off, u64 size, u64 notes_off, u64 notes_size,
		       struct error *err)
{
	const struct dumpfile_file *f = &d->file;

	if (size > DUMPFILE_META_MAX || notes_off < off || notes_size > size ||
	    notes_off - off > size - notes_size)
		return dumpfile_bad(f, err, "its header has %" PRIu64 " bytes of notes at byte %"
				    PRIu64, notes_size, notes_off);
	if (off > f->size || size > f->size - off)
		return dumpfile_short(f, err);
	d->meta.data = malloc(size ? size : 1);
	if (!d->meta.data)
		return dumpfile_no_memory(f, err);
	d->meta.off = off;
	d->meta.size = size;
	d->notes.data = d->meta.data + (notes_off - off);
	d->notes.size = notes_size;
	d->notes.off = notes_off;
	return dumpfile_read(f, off, d->meta.data, size, err);
}

int dumpfile_bad_machine(const struct dumpfile *d, const char *machine, struct error *err)
{
	char known[64] = "";
	size_t len = 0;

	for (unsigned int i = 0; ld_arch_at(i) && len < sizeof(known); i++)
		len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s", i ? ", " : "",
					ld_arch_at(i)->uts_machine);
	error_set(err, "%.150s: it is of an %.65s machine\nonly dumps of %s can be read",
		  d->file.name, machine, known);
	return -EBADMSG;
}

static int dumpfile_find_format(struct dumpfile *d, struct error *err)
{
	static const struct dumpfile_format *const formats[] = {
		&dumpfile_format_kdump, &dumpfile_format_elf,
	};
	u8 head[HEAD_SIZE];
	int ret;

	if (d->file.size < sizeof(head))
		return dumpfile_bad(&d->file, err, "not a dump");
	ret = dumpfile_read(&d->file, 0, head, sizeof(head), err);
	if (ret)
		return ret;
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats) && !d->format; i++)
		if (formats[i]->match(head))
			d->format = formats[i];
	if (!d->format)
		return dumpfile_bad(&d->file, err, "not a dump: neither kdump nor ELF");
	return 0;
}

int dumpfile_open_headers(struct dumpfile *d, const struct dumpfile_request *req,
			  struct error *err)
{
	struct stat st;
	int ret;

	memset(d, 0, sizeof(*d));
	if (fstat(req->fd, &st) || !S_ISREG(st.st_mode)) {
		error_set_code(err, ERROR_BAD_INPUT, "%.150s: not a file\nname a dump", req->name);
		return -EINVAL;
	}
	d->file = (struct dumpfile_file){
		.fd = req->fd, .size = (u64)st.st_size, .name = req->name, .hint = req->hint,
		.control = req->control,
	};
	ret = dumpfile_find_format(d, err);
	if (!ret)
		ret = d->format->open(d, err);
	if (ret)
		dumpfile_close(d);
	return ret;
}

static int dumpfile_check_page_size(struct dumpfile *d, struct error *err)
{
	const struct dumpfile_file *f = &d->file;
	u64 page;

	if (!vmcoreinfo_num(&d->notes.vmcoreinfo, "PAGESIZE", &page))
		return dumpfile_bad(f, err, "its VMCOREINFO has no PAGESIZE");
	if (d->page_shift && dumpfile_page_size(d) != page)
		return dumpfile_bad(f, err, "its header has pages of %zu bytes, its VMCOREINFO of %"
				    PRIu64, dumpfile_page_size(d), page);
	if (page < 4096 || page > DUMPFILE_PAGE_MAX || (page & (page - 1)))
		return dumpfile_bad(f, err, "its VMCOREINFO has pages of %" PRIu64 " bytes", page);
	d->page_shift = (unsigned int)__builtin_ctzll(page);
	return 0;
}

int dumpfile_parse_notes(struct dumpfile *d, struct error *err)
{
	int ret = notes_parse(&d->file, &d->notes, err);

	return ret ? ret : dumpfile_check_page_size(d, err);
}

int dumpfile_open(struct dumpfile *d, const struct dumpfile_request *req, struct error *err)
{
	int ret = dumpfile_open_headers(d, req, err);

	if (ret)
		return ret;
	ret = dumpfile_parse_notes(d, err);
	if (ret)
		dumpfile_close(d);
	return ret;
}

void dumpfile_close(struct dumpfile *d)
{
	free(d->meta.data);
	d->meta.data = NULL;
	d->notes.data = NULL;
}
