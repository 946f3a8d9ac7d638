// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * flat.c - put a flattened stream in order, without a second copy of it.
 *
 * Every byte of the stream is checked: padding must be zero, and nothing may
 * follow the end record unless it is on a disk. Zeros are not written: the file has holes there.
 */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arch/arch.h"
#include "flat.h"
#include "port/zero.h"

#define BLOCK		(256U << 10)
#define HOLE		4096U		/* smallest hole of most file systems, bytes */
#define WAIT_MS		100

__attribute__((format(printf, 2, 3)))
static int flat_bad(const struct flat *f, const char *fmt, ...)
{
	char what[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	error_set_code(f->req.err, ERROR_BAD_STREAM, "%.150s: %s\n%s", f->req.name, what,
		       f->req.hint);
	return -EBADMSG;
}

static int flat_cannot_write(const struct flat *f, int err)
{
	error_set(f->req.err, "%.100s: cannot store the stream %.100s: %s\n%s", f->req.out_name,
		  f->req.name, strerror(err), f->req.out_hint);
	return -err;
}

static int flat_cancelled(const struct flat *f)
{
	return f->req.control ? ld_control_cancelled(f->req.control) : 0;
}

/* Wait for data from a pipe, which may take long, or until the task is cancelled. */
static int flat_wait_for_data(const struct flat *f)
{
	struct pollfd fd = { .fd = f->req.in, .events = POLLIN };
	int ret;

	do {
		ret = flat_cancelled(f);
	} while (!ret && !f->req.seeks && f->req.control && poll(&fd, 1, WAIT_MS) <= 0);
	return ret;
}

/* Read @len bytes. *@got is less than @len only at the end of the stream. */
static int flat_read(struct flat *f, void *buf, size_t len, size_t *got)
{
	*got = 0;
	while (*got < len) {
		u8 *to = (u8 *)buf + *got;
		int ret = flat_wait_for_data(f);
		ssize_t n;

		if (ret)
			return ret;
		n = f->req.seeks ? pread(f->req.in, to, len - *got, (off_t)f->at) :
			       read(f->req.in, to, len - *got);
		if (n < 0 && errno == EAGAIN)
			poll(&(struct pollfd){ .fd = f->req.in, .events = POLLIN }, 1, WAIT_MS);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0) {
			ret = errno == EBADMSG ? -EIO : -errno;
			error_set(f->req.err, "%.150s: %s at byte %" PRIu64 "\nsee the kernel log",
				  f->req.name, strerror(-ret), f->at);
			return ret;
		}
		if (!n)
			break;
		*got += (size_t)n;
		f->at += (u64)n;
		if (f->req.seeks)
			read_behind(&f->read, (u64)n);
		if (f->req.control)
			port_atomic64_add(&f->req.control->done, n);
	}
	return 0;
}

/* Read @len bytes; it is an error if the stream ends before. */
static int flat_read_all(struct flat *f, void *buf, size_t len)
{
	size_t got;
	int ret = flat_read(f, buf, len, &got);

	if (!ret && got < len)
		return flat_bad(f, "the stream is cut short: it ends at byte %" PRIu64 " without an end record",
				f->at);
	return ret;
}

int flat_open(struct flat *f, const struct flat_request *req)
{
	int ret;

	f->req = *req;
	f->at = 0;
	f->end = 0;
	f->head_size = 0;
	f->read = (struct read_behind){ .fd = req->in };
	f->written = (struct write_behind)WRITE_BEHIND_INIT(req->out);
	f->block = NULL;
	f->back = NULL;
	ret = flat_read(f, f->head, sizeof(f->head), &f->head_size);
	if (ret)
		return ret;
	return f->head_size >= FLAT_SIGNATURE_SIZE &&
	       !memcmp(f->head, FLAT_SIGNATURE, FLAT_SIGNATURE_SIZE);
}

void flat_close(struct flat *f)
{
	if (f->at && f->req.seeks)
		cache_drop(f->req.in);
	free(f->block);
	free(f->back);
	f->block = NULL;
	f->back = NULL;
}

int flat_refuse(struct flat *f)
{
	static const struct {
		const char *begin, *what;
	} others[] = {
		{ "KDUMP   ", "not a stream but a dump: use it as it is" },
		{ "\177ELF", "not a stream but an ELF file: use it as it is" },
		{ "\x28\xb5\x2f\xfd", "packed: pipe it through zstd -dc" },
		{ "\x1f\x8b", "packed: pipe it through gzip -dc" },
		{ "\xfd\x37zXZ", "packed: pipe it through xz -dc" },
	};

	if (!f->head_size)
		return flat_bad(f, "it is empty");
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		size_t len = strlen(others[i].begin);

		if (f->head_size < len || memcmp(f->head, others[i].begin, len) != 0)
			continue;
		error_set_code(f->req.err, ERROR_BAD_INPUT, "%.150s: %s", f->req.name,
			       others[i].what);
		return -EBADMSG;
	}
	error_set_code(f->req.err, ERROR_BAD_INPUT,
		       "%.150s: not a stream\nname the output of savecore -L -o -", f->req.name);
	return -EBADMSG;
}

/* The @n bytes of the dump at @off must not have been written yet. */
static int flat_check_unused(struct flat *f, u64 off, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = pread(f->req.out, f->back + done, n - done, (off_t)(off + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return flat_cannot_write(f, errno);
		if (!got)
			break;
		done += (size_t)got;
	}
	if (!ld_is_zero(f->back, done))
		return flat_bad(f, "the stream has byte %" PRIu64 " of the dump twice", off);
	return 0;
}

static int flat_write(struct flat *f, u64 off, const u8 *buf, size_t len)
{
	u64 begin = off;
	int ret;

	while (len) {
		ssize_t n = pwrite(f->req.out, buf, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return flat_cannot_write(f, errno);
		buf += n;
		off += (u64)n;
		len -= (size_t)n;
	}
	f->written.fd = f->req.out;
	ret = write_behind(&f->written, begin, off - begin);
	return ret ? flat_cannot_write(f, -ret) : 0;
}

/* The dump has zeros at @off: write all of @buf but its zeros. */
static int flat_write_around_zeros(struct flat *f, u64 off, const u8 *buf, size_t len)
{
	size_t from = 0, at = 0;	/* from: first byte not written yet */
	int ret;

	while (at < len) {
		size_t n = HOLE - (off + at) % HOLE;

		if (n > len - at)
			n = len - at;
		if (ld_is_zero(buf + at, n)) {
			ret = flat_write(f, off + from, buf + from, at - from);
			if (ret)
				return ret;
			from = at + n;
		}
		at += n;
	}
	return flat_write(f, off + from, buf + from, len - from);
}

static int flat_write_piece(struct flat *f, u64 off, const u8 *buf, size_t len)
{
	bool zeros = !f->req.overwrites || off >= f->end;
	int ret = 0;

	if (!f->req.overwrites && off < f->end)
		ret = flat_check_unused(f, off, len);
	if (!ret)
		ret = zeros ? flat_write_around_zeros(f, off, buf, len) :
			      flat_write(f, off, buf, len);
	if (off + len > f->end)
		f->end = off + len;
	return ret;
}

static int flat_copy_record(struct flat *f, u64 off, u64 size)
{
	while (size) {
		size_t n = size < BLOCK ? (size_t)size : BLOCK;
		int ret = flat_read_all(f, f->block, n);

		if (!ret)
			ret = flat_write_piece(f, off, f->block, n);
		if (ret)
			return ret;
		off += n;
		size -= n;
	}
	return 0;
}

static int flat_check_header(const struct flat *f)
{
	struct flat_header head;

	if (f->head_size < sizeof(f->head))
		return flat_bad(f, "the stream is cut short: it ends at byte %zu, in its header",
				f->head_size);
	memcpy(&head, f->head, sizeof(head));
	if (be64toh(head.type) != 1 || be64toh(head.version) != 1)
		return flat_bad(f, "the stream has the unknown type %" PRIu64
				" or version %" PRIu64,
				be64toh(head.type), be64toh(head.version));
	if (!ld_is_zero(f->head + sizeof(head), sizeof(f->head) - sizeof(head)))
		return flat_bad(f, "the header of the stream is damaged");
	return 0;
}

/* Finish after the end record. The dump may end in a hole, so set its length. */
static int flat_finish(struct flat *f)
{
	size_t got = 0;
	int ret = 0;
	u8 byte;

	if (!f->req.disk)
		ret = flat_read(f, &byte, 1, &got);

	if (!ret && got)
		return flat_bad(f, "the stream goes on after its end record, at byte %" PRIu64,
				f->at - 1);
	if (!ret && !f->end)
		return flat_bad(f, "the stream is empty: it has no dump");
	if (!ret && ftruncate(f->req.out, (off_t)f->end))
		return flat_cannot_write(f, errno);
	return ret;
}

/* Most files are not streams, so flat_open() needs none. */
static int flat_open_blocks(struct flat *f)
{
	f->block = malloc(BLOCK);
	f->back = malloc(BLOCK);
	if (f->block && f->back)
		return 0;
	error_set(f->req.err, "not enough memory\nend other programs");
	return -ENOMEM;
}

int flat_restore(struct flat *f)
{
	const u64 off_max = 1ULL << ld_arch_phys_bits_max();
	int ret = flat_check_header(f);

	if (!ret)
		ret = flat_open_blocks(f);
	while (!ret) {
		struct flat_record rec;
		u64 begin = f->at, off, size;

		ret = flat_read_all(f, &rec, sizeof(rec));
		if (ret)
			break;
		off = be64toh(rec.offset);
		size = be64toh(rec.size);
		if (off == FLAT_END && size == FLAT_END)
			return flat_finish(f);
		if (off == FLAT_END)
			return flat_bad(f, "the end record, at byte %" PRIu64 " of the stream, is damaged",
					begin);
		if (off > off_max || !size || size > off_max - off)
			return flat_bad(f, "the record at byte %" PRIu64 " of the stream is damaged: it has %"
					PRIu64 " bytes for byte %" PRIu64 " of the dump", begin,
					size, off);
		ret = flat_copy_record(f, off, size);
	}
	return ret;
}

int flat_copy(struct flat *f)
{
	size_t got = f->head_size;
	int ret = flat_open_blocks(f);

	if (!ret)
		ret = flat_write_piece(f, 0, f->head, got);
	/* If the head is shorter than a header, the file ends there. */
	got = got < sizeof(f->head) ? 0 : BLOCK;
	while (!ret && got == BLOCK) {
		ret = flat_read(f, f->block, BLOCK, &got);
		if (!ret)
			ret = flat_write_piece(f, f->end, f->block, got);
	}
	if (!ret && ftruncate(f->req.out, (off_t)f->end))
		return flat_cannot_write(f, errno);
	return ret;
}
