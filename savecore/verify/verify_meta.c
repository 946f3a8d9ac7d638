// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verify_meta.c - compare the checksums of headers, notes and bitmap;
 * core/format/seal.h says which pieces of the file they are of.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "verify_meta.h"

static int meta_sum_piece(void *arg, u64 off, const void *piece, size_t len)
{
	ld_seal_meta(arg, off, piece, len);
	return 0;
}

static int meta_find_seal(struct dumpfile *d, struct ld_seal *seal, u64 *off, struct error *err)
{
	int ret = notes_find_seal(&d->file, &d->notes, seal, off, err);

	if (ret < 0)
		return ret;
	if (!ret) {
		error_set_code(err, ERROR_NO_CHECKSUMS,
			       "%.150s: it has no checksums\nonly dumps that savecore wrote can be verified",
			       d->file.name);
		return -EBADMSG;
	}
	/* In the checksum of the notes the seal itself counts as zeros. */
	memset(d->notes.data + (*off - d->notes.off), 0, ld_seal_bytes(seal));
	return 0;
}

/* Who rewrites a dump puts its headers in order. */
static bool meta_is_foreign(const struct dumpfile *d, const struct ld_seal *seal)
{
	return d->foreign || (d->format == &dumpfile_format_elf && d->elf.spared != seal->spared);
}

int verify_meta(struct dumpfile *d, struct ld_seal *seal, struct error *err)
{
	struct ld_seal sum;
	u64 off;
	int ret;

	ret = meta_find_seal(d, seal, &off, err);
	if (ret)
		return ret;
	if (meta_is_foreign(d, seal)) {
		error_set_code(err, ERROR_NO_CHECKSUMS, "%.150s: another program has rewritten it since savecore wrote it: its checksums are of what was before\nverify the original",
			       d->file.name);
		return -EBADMSG;
	}
	if (seal->file_bytes != d->file.size)
		return dumpfile_bad(&d->file, err, "it is %" PRIu64 " bytes long and was %" PRIu64,
				    d->file.size, seal->file_bytes);
	sum = *seal;
	sum.meta_sum = 0;
	ret = d->format->pieces(d, meta_sum_piece, &sum, err);
	if (ret)
		return ret;
	ld_seal_close(&sum, off);
	if (sum.meta_sum != seal->meta_sum)
		return dumpfile_bad(&d->file, err, "its headers are not as they were written");
	return 0;
}

static int meta_sum_keep_chunk(void *arg, const struct dumpfile_chunk *c)
{
	u64 *sum = arg;

	*sum += port_hash64(c->keep, sizeof(c->keep), c->pfn);
	return 0;
}

int verify_keep(struct dumpfile *d, const struct ld_seal *seal, struct error *err)
{
	bool sums = d->format->descriptors && !d->incomplete;
	u64 sum = 0;
	int ret;

	d->spared = seal->spared;
	d->overwritten = seal->overwritten;
	ret = d->format->survey(d, sums ? meta_sum_keep_chunk : NULL, &sum, err);
	if (!ret && sums && sum != seal->keep_sum)
		return dumpfile_bad(&d->file, err,
				    "its bitmap of page frames is not as it was written");
	return ret;
}
