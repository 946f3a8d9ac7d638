// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verify.c - the order of the checks, and what they have in common. What is
 * cheap and guards the rest comes first: libkdumpfile sees no header that its
 * own checksum does not vouch for.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port/escape.h"
#include "verify_impl.h"

int verify_bad(const struct verify *v, const char *fmt, ...)
{
	char what[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	error_set(v->err, "%.150s: %s: %s", v->name, what,
		  v->opt->hint ? v->opt->hint : VERIFY_HINT);
	return -EBADMSG;
}

int verify_no_memory(const struct verify *v)
{
	error_set(v->err, "%.150s: not enough memory to verify it: end other programs", v->name);
	return -ENOMEM;
}

int verify_cancelled(const struct verify *v)
{
	return v->opt->control ? ld_control_cancelled(v->opt->control) : 0;
}

int verify_read(const struct verify *v, u64 off, void *buf, size_t len)
{
	u8 *at = buf;

	if (off > v->size || len > v->size - off)
		return verify_bad(v, "it ends too early, at byte %" PRIu64, v->size);
	while (len) {
		ssize_t n = pread(v->fd, at, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int err = errno;

			error_set(v->err, "%.150s: byte %" PRIu64 ": %s: see the kernel log",
				  v->name, off, strerror(err));
			return -err;
		}
		if (!n)
			return verify_bad(v, "it has become shorter while it was read");
		at += n;
		off += (u64)n;
		len -= (size_t)n;
	}
	return 0;
}

int verify_padding(const struct verify *v, u64 off, u64 len)
{
	while (len) {
		size_t n = len < VERIFY_BLOCK ? (size_t)len : VERIFY_BLOCK;
		int ret = verify_cancelled(v);

		if (!ret)
			ret = verify_read(v, off, v->block, n);
		if (ret)
			return ret;
		if (!ld_is_zero(v->block, n))
			return verify_bad(v, "padding at byte %" PRIu64 " is not zero", off);
		off += n;
		len -= n;
	}
	return 0;
}

int verify_read_meta(struct verify *v, u64 off, u64 size, u64 notes_off, u64 notes_size)
{
	int ret;

	if (size > VERIFY_NOTES_MAX || notes_off < off || notes_size > size ||
	    notes_off - off > size - notes_size)
		return verify_bad(v, "%" PRIu64 " bytes of notes at byte %" PRIu64 " cannot be",
				  notes_size, notes_off);
	if (off > v->size || size > v->size - off)
		return verify_bad(v, "it ends too early, at byte %" PRIu64, v->size);
	v->meta = malloc(size ? size : 1);
	if (!v->meta)
		return verify_no_memory(v);
	v->meta_off = off;
	v->meta_size = size;
	v->notes_off = notes_off;
	v->notes_size = notes_size;
	v->notes = v->meta + (notes_off - off);
	ret = verify_read(v, off, v->meta, size);
	return ret;
}

static int open_dump(struct verify *v)
{
	static const struct verify_format *const formats[] = {
		&verify_format_kdump, &verify_format_elf,
	};
	u8 head[16];
	int ret;

	if (v->size < sizeof(head))
		return verify_bad(v, "not a dump");
	ret = verify_read(v, 0, head, sizeof(head));
	if (ret)
		return ret;
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats) && !v->format; i++)
		if (formats[i]->match(head))
			v->format = formats[i];
	if (!v->format)
		return verify_bad(v, "not a dump: neither kdump nor ELF");
	v->report->format = v->format->name;
	ret = v->format->open(v);
	return ret ? ret : verify_find_seal(v);
}

static int check_meta(struct verify *v)
{
	struct ld_seal sum = v->report->seal;
	int ret;

	if (sum.file_bytes != v->size)
		return verify_bad(v, "it is %" PRIu64 " bytes long and was %" PRIu64, v->size,
				  sum.file_bytes);
	sum.meta_sum = 0;
	ret = v->format->sum_meta(v, &sum);
	if (ret)
		return ret;
	ld_seal_meta(&sum, v->meta_off, v->meta, v->meta_size);
	ld_seal_close(&sum, v->notes_off + v->seal_off);
	if (sum.meta_sum != v->report->seal.meta_sum)
		return verify_bad(v, "its headers are not as they were written");
	return 0;
}

static int check_keep(struct verify *v)
{
	u64 sum = v->report->seal.keep_sum;
	int ret = v->format->sum_keep(v, &sum);

	if (!ret && sum != v->report->seal.keep_sum)
		return verify_bad(v, "its bitmap of page frames is not as it was written");
	return ret;
}

static int run(struct verify *v)
{
	int ret = open_dump(v);

	if (!ret)
		ret = check_meta(v);
	if (!ret)
		ret = check_keep(v);
	if (!ret)
		ret = verify_notes(v);
	if (!ret)
		ret = verify_pages(v);
	/* What an incomplete dump lacks may be the page tables. */
	if (!ret && !v->opt->no_kernel && !v->report->incomplete)
		ret = verify_kernel(v);
	return ret;
}

bool verify_is_pipe(const struct stat *st)
{
	return S_ISFIFO(st->st_mode) || S_ISSOCK(st->st_mode);
}

static int open_file(struct verify *v)
{
	struct stat st;
	bool pipe;

	if (fstat(v->fd, &st))
		st.st_mode = 0;
	pipe = v->opt->pipe && verify_is_pipe(&st);
	if (!S_ISREG(st.st_mode) && !pipe) {
		error_set(v->err, "%.150s: not a file: name a dump", v->name);
		return -EINVAL;
	}
	v->size = (u64)st.st_size;
	return verify_flat(v, pipe);
}

int verify_dump(int fd, const char *name, const struct verify_options *opt,
		struct verify_report *report, struct error *err)
{
	u64 start = port_now_ns();
	struct verify v = {
		.fd = fd, .name = name, .opt = opt, .report = report, .err = err,
	};
	int ret;

	memset(report, 0, sizeof(*report));
	v.block = malloc(VERIFY_BLOCK);
	ret = v.block ? open_file(&v) : verify_no_memory(&v);
	if (!ret)
		ret = run(&v);
	free(v.block);
	free(v.meta);
	if (v.fd != fd)
		close(v.fd);
	report->elapsed_ns = port_now_ns() - start;
	return ret;
}

void verify_describe(char *buf, size_t size, const struct verify_report *report)
{
	const struct ld_seal *seal = &report->seal;
	char release[4 * sizeof(report->release)], pause[40] = "";
	u64 us = seal->pause_ns / 1000;

	escape_text(release, sizeof(release), report->release);
	if (seal->mode != LD_MODE_LIVE)
		snprintf(pause, sizeof(pause), " (pause %" PRIu64 ".%03" PRIu64 " ms)", us / 1000,
			 us % 1000);
	snprintf(buf, size, "good: %s, %" PRIu64 " pages, %s%s%s, %s", report->format,
		 report->pages, ld_mode_verdict(seal->mode), pause, report->incomplete ? ", incomplete" : "", release);
}

void verify_say_time(const struct verify_report *report)
{
	u64 ms = report->elapsed_ns / 1000000;

	fprintf(stderr, "savecore: verified in %" PRIu64 ".%03" PRIu64 " s\n", ms / 1000,
		ms % 1000);
}
