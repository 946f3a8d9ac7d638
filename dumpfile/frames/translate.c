// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * translate.c - walk the page tables in a dump with libaddrxlat.
 *
 * libkdumpfile itself would find memory by the offset of the direct map or of the
 * kernel image. This is not used: a dump whose page tables are missing must not
 * look good.
 */
#include <errno.h>
#include <stdio.h>

#include "translate.h"

/*
 * libkdumpfile 0.5.1 goes through the runs of page frames of an ELF core, one by one,
 * for each page table and each page, and reads all of them, or the bitmap of a kdump
 * file, when it is opened. More than this would take longer than some ten seconds.
 *
 * To open it again has a price of its own. A good ELF core makes that necessary some
 * hundred times: the kernel's page tables lead to page frames between its code and its
 * data that are free, and not in the dump.
 */
#define WORK_MAX	(1ULL << 34)
#define READ_WORK	5U
#define OPEN_WORK	500U
#define REOPEN_WORK	(WORK_MAX / 2048)

#define VERSION_ATTR	"linux.version_code"

void translation_close(struct translation *t)
{
	if (t->ctx)
		addrxlat_ctx_decref(t->ctx);
	if (t->sys)
		addrxlat_sys_decref(t->sys);
	t->ctx = NULL;
	t->sys = NULL;
	frame_reader_close(&t->reader);
}

/* libkdumpfile wants three numbers in a release, and some kernels have two: 7.3-amd64. */
static void translation_set_version(kdump_ctx_t *ctx)
{
	unsigned int major, minor;
	const char *release;
	kdump_num_t code;

	if (kdump_get_number_attr(ctx, VERSION_ATTR, &code) != KDUMP_OK &&
	    kdump_get_string_attr(ctx, "linux.uts.release", &release) == KDUMP_OK &&
	    sscanf(release, "%3u.%3u", &major, &minor) == 2)
		kdump_set_number_attr(ctx, VERSION_ATTR, major << 16 | minor << 8);
	kdump_clear_err(ctx);
}

static int translation_try_open(struct translation *t, const struct dumpfile *d, struct error *err)
{
	kdump_ctx_t *ctx;
	kdump_status st;
	char why[200];
	int ret;

	*t = (struct translation){ 0 };
	ret = frame_reader_open(&t->reader, d, err);
	if (ret)
		return ret;
	ctx = t->reader.ctx;
	errno = 0;
	st = kdump_set_string_attr(ctx, KDUMP_ATTR_OSTYPE, "linux");
	if (st == KDUMP_OK)
		translation_set_version(ctx);
	if (st == KDUMP_OK)
		st = kdump_get_addrxlat(ctx, &t->ctx, &t->sys);
	if (st != KDUMP_OK) {
		ret = frame_errno(st, errno);
		snprintf(why, sizeof(why), "its page tables cannot be used: %.150s",
			 kdump_get_err(ctx));
		return frame_fail(d, ret, why, err);
	}
	/* libaddrxlat passes over what it could not read or allocate. */
	ret = errno == ENOMEM || errno == EIO ? -errno : -EBADMSG;
	t->tables = addrxlat_sys_get_meth(t->sys, ADDRXLAT_SYS_METH_PGT);
	if (!t->tables || t->tables->kind != ADDRXLAT_PGT)
		return frame_fail(d, ret, "its page tables cannot be found", err);
	return 0;
}

int translation_open(struct translation *t, const struct dumpfile *d, struct error *err)
{
	struct error why = { 0 };
	int ret = translation_try_open(t, d, &why);

	/* Nor does it always leave an errno: try again before the dump is called bad. */
	if (ret == -EBADMSG) {
		translation_close(t);
		return translation_try_open(t, d, err);
	}
	if (ret)
		error_take(err, NULL, &why);
	return ret;
}

static void translation_give_up(const struct dumpfile *d, struct error *err)
{
	if (d->format->descriptors)
		error_set(err, "%.150s: too many of its pages and page tables cannot be read: to go on would take too long",
			  d->file.name);
	else
		error_set(err, "%.150s: it lacks too many pages: to look for each in %llu program headers takes too long\ntake a dump of the format kdump",
			  d->file.name, (unsigned long long)d->runs);
}

/* After an error, replace libkdumpfile's context and everything that depends on it. */
static int translation_refresh(struct translation *t, struct error *err)
{
	const struct dumpfile *d = t->reader.d;
	u64 work = t->work;
	int ret;

	if (d->format->descriptors)
		work += t->reader.spoilt ? frame_reader_bytes(d) + REOPEN_WORK : 0;
	else
		work += t->reader.spoilt ? d->runs * OPEN_WORK + REOPEN_WORK : d->runs * READ_WORK;
	t->work = work;
	if (work > WORK_MAX) {
		translation_give_up(d, err);
		return -EOPNOTSUPP;
	}
	if (!t->reader.spoilt)
		return 0;
	translation_close(t);
	ret = translation_open(t, d, err);
	t->reader.spoilt = ret;
	t->work = work;
	return ret;
}

/* libaddrxlat negates an error of libkdumpfile that it passes on. */
static int translation_errno(addrxlat_status st, int errnum)
{
	if (st < 0)
		return frame_errno((kdump_status)-st, errnum);
	if (st == ADDRXLAT_ERR_NOMEM)
		return -ENOMEM;
	if (st == ADDRXLAT_ERR_NOTIMPL)
		return -EOPNOTSUPP;
	return errnum == ENOMEM ? -ENOMEM : -EBADMSG;
}

/*
 * Translate @vaddr. After an error *@level is the level of the page table that has
 * no entry, counted from 1, or one more than that of the table that cannot be read; the
 * reason is addrxlat_ctx_get_err().
 */
static int translation_walk_tables(struct translation *t, u64 vaddr, addrxlat_fulladdr_t *paddr,
				   unsigned int *level)
{
	addrxlat_step_t step = { .ctx = t->ctx, .sys = t->sys, .meth = t->tables };
	addrxlat_status st;
	int ret;

	addrxlat_ctx_clear_err(t->ctx);
	errno = 0;
	st = addrxlat_launch(&step, vaddr);
	/* Not an address at all: nothing was read. */
	if (st == ADDRXLAT_ERR_INVALID) {
		*level = 1;
		return -EBADMSG;
	}
	while (st == ADDRXLAT_OK && step.remain)
		st = addrxlat_step(&step);
	*paddr = step.base;
	if (st == ADDRXLAT_OK)
		return 0;
	ret = translation_errno(st, errno);
	*level = step.remain + (st != ADDRXLAT_ERR_NOTPRESENT);
	/* A page table could not be read: see frame_reader_copy(). */
	if (st != ADDRXLAT_ERR_NOTPRESENT)
		t->reader.spoilt = true;
	return ret;
}

int translate_read(struct translation *t, u64 vaddr, void *buf, size_t len, const char *what,
		   struct error *err)
{
	const struct dumpfile *d = t->reader.d;
	size_t page = dumpfile_page_size(d), done = 0;
	char why[300];

	while (done < len) {
		u64 at = vaddr + done;
		size_t n = page - (at & (page - 1));
		addrxlat_fulladdr_t paddr;
		unsigned int level;
		int ret;

		if (n > len - done)
			n = len - done;
		ret = translation_refresh(t, err);
		if (ret)
			return ret;
		ret = translation_walk_tables(t, at, &paddr, &level);
		if (ret) {
			snprintf(why, sizeof(why), "its page tables do not lead to %s: %.150s",
				 what, addrxlat_ctx_get_err(t->ctx));
			return frame_fail(d, ret, why, err);
		}
		ret = frame_reader_copy(&t->reader, (kdump_addrspace_t)paddr.as, paddr.addr,
					(u8 *)buf + done, n);
		if (ret) {
			snprintf(why, sizeof(why), "%s cannot be read: %.159s", what,
				 t->reader.why);
			return frame_fail(d, ret, why, err);
		}
		done += n;
	}
	return 0;
}

int translate_next(struct translation *t, u64 vaddr, u64 *next, struct error *err)
{
	const struct dumpfile *d = t->reader.d;
	unsigned int shift = d->page_shift, level = 0;
	addrxlat_fulladdr_t paddr;
	int ret;

	ret = translation_refresh(t, err);
	if (ret)
		return ret;
	ret = translation_walk_tables(t, vaddr, &paddr, &level);
	if (ret && ret != -EBADMSG)
		return frame_fail(d, ret, addrxlat_ctx_get_err(t->ctx), err);
	if (ret && level > 1)
		shift += (level - 1) * (d->page_shift - 3);
	*next = shift < 64 ? ((vaddr >> shift) + 1) << shift : 0;
	return !ret;
}
