// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_flat.c - restore flattened streams with records in any order, from files
 * and pipes; and messages about damaged streams.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dumpfile/flat.h"

#define STREAM_MAX	(4U << 20)

/* A stream that a test makes. */
struct stream {
	u8 *data;
	size_t size;
};

/* The result of restoring it. */
struct result {
	int ret;
	struct error err;
	u64 at;
	u8 *dump;
	size_t size;
	u64 blocks;		/* allocated to the file, of 512 bytes each */
};

static void stream_put(struct stream *s, const void *data, size_t len)
{
	assert_true(s->size + len <= STREAM_MAX);
	memcpy(s->data + s->size, data, len);
	s->size += len;
}

static void stream_begin(struct stream *s)
{
	struct flat_header head = { FLAT_SIGNATURE, htobe64(1), htobe64(1) };

	s->data = calloc(1, STREAM_MAX);
	memcpy(s->data, &head, sizeof(head));
	s->size = FLAT_HEADER_SIZE;
}

static void stream_record(struct stream *s, u64 off, u64 size, const void *data)
{
	struct flat_record rec = { htobe64(off), htobe64(size) };

	stream_put(s, &rec, sizeof(rec));
	if (data)
		stream_put(s, data, size);
}

static void stream_end(struct stream *s)
{
	stream_record(s, FLAT_END, FLAT_END, NULL);
}

static void *feed_pipe(void *arg)
{
	struct stream *s = arg;
	size_t at = 0;
	int fd = -1;

	memcpy(&fd, s->data + STREAM_MAX - sizeof(fd), sizeof(fd));
	while (at < s->size) {
		size_t n = s->size - at < 3333 ? s->size - at : 3333;
		ssize_t done = write(fd, s->data + at, n);

		if (done <= 0)
			break;
		at += (size_t)done;
	}
	close(fd);
	return NULL;
}

static void restore_from(int in, bool seeks, bool overwrites, struct result *r)
{
	struct flat_request req = {
		.in = in, .seeks = seeks, .name = "stream", .hint = "send it again",
		.out_name = "file", .out_hint = "make room", .overwrites = overwrites,
		.err = &r->err,
	};
	struct flat f;
	struct stat st;

	memset(r, 0, sizeof(*r));
	req.out = memfd_create("dump", MFD_CLOEXEC);
	r->ret = flat_open(&f, &req);
	if (!r->ret)
		r->ret = flat_refuse(&f);
	if (r->ret > 0)
		r->ret = flat_restore(&f);
	assert_true(!r->ret == !r->err.text[0]);
	r->at = f.at;
	flat_close(&f);
	assert_int_equal(fstat(req.out, &st), 0);
	r->blocks = (u64)st.st_blocks;
	if (!r->ret) {
		assert_int_equal(f.end, st.st_size);
		r->size = (size_t)st.st_size;
		r->dump = malloc(r->size);
		assert_int_equal(pread(req.out, r->dump, r->size, 0), r->size);
	}
	close(req.out);
}

/* Restore from a file and from a pipe, with the same result. */
static void restore_stream(struct stream *s, bool overwrites, struct result *r)
{
	struct result other;
	pthread_t feeder;
	int fds[2], file = memfd_create("stream", MFD_CLOEXEC);

	assert_int_equal(write(file, s->data, s->size), s->size);
	restore_from(file, true, overwrites, r);
	close(file);
	assert_int_equal(pipe(fds), 0);
	memcpy(s->data + STREAM_MAX - sizeof(int), &fds[1], sizeof(int));
	assert_int_equal(pthread_create(&feeder, NULL, feed_pipe, s), 0);
	restore_from(fds[0], false, overwrites, &other);
	close(fds[0]);
	pthread_join(feeder, NULL);
	assert_int_equal(r->ret, other.ret);
	assert_string_equal(r->err.text, other.err.text);
	assert_int_equal(r->size, other.size);
	if (r->size)
		assert_memory_equal(r->dump, other.dump, r->size);
	free(other.dump);
}

static void expect_good(struct stream *s, const void *want, size_t size)
{
	struct result r;

	restore_stream(s, false, &r);
	if (r.ret)
		fail_msg("not good: %s", r.err.text);
	assert_int_equal(r.at, s->size);
	assert_int_equal(r.size, size);
	assert_memory_equal(r.dump, want, size);
	free(r.dump);
}

static void expect_bad(struct stream *s, const char *text)
{
	struct result r;

	restore_stream(s, false, &r);
	assert_int_equal(r.ret, -EBADMSG);
	assert_memory_equal(r.err.text, "stream: ", 8);
	if (!strstr(r.err.text, text))
		fail_msg("'%s' is not in: %s", text, r.err.text);
}

static void fill_noise(u8 *to, size_t len, u64 seed)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		to[i] = (u8)(seed >> 56) | 1;
	}
}

/* Records of all sizes, in reverse order; some of them are zeros. */
static void test_any_order(void **state)
{
	size_t size = 1300000, at = size, n = 1, zeros = 0;
	u8 *want = malloc(size);
	struct stream s;

	(void)state;
	fill_noise(want, size, 1);
	stream_begin(&s);
	while (at) {
		if (n > at)
			n = at;
		at -= n;
		if (n > 10000 && zeros < 3) {
			memset(want + at + 100, 0, n - 200);
			zeros++;
		}
		stream_record(&s, at, n, want + at);
		n += n / 3 + 1;
	}
	stream_end(&s);
	assert_int_equal(zeros, 3);
	expect_good(&s, want, size);
	free(s.data);
	free(want);
}

/* A dump that ends in a hole, and space for data that is written last. */
static void test_zeros(void **state)
{
	static const u8 zeros[300000];
	u8 *want = calloc(1, 1 << 20);
	struct stream s;
	struct result r;

	(void)state;
	fill_noise(want + 5000, 3000, 2);
	stream_begin(&s);
	stream_record(&s, 4096, 8192, zeros);
	stream_record(&s, 100000, sizeof(zeros), zeros);
	stream_record(&s, 5000, 3000, want + 5000);
	stream_record(&s, (1 << 20) - 1, 1, zeros);
	stream_end(&s);
	expect_good(&s, want, 1 << 20);
	restore_stream(&s, false, &r);
	/* 5000 to 8000 are in one page of the file; nothing else is. */
	assert_true(r.blocks <= 8);
	free(r.dump);
	free(s.data);
	free(want);
}

/* Bytes that come twice: savecore never does that, makedumpfile may. */
static void test_twice(void **state)
{
	u8 want[20000];
	struct stream s;
	struct result r;

	(void)state;
	fill_noise(want, sizeof(want), 3);
	stream_begin(&s);
	stream_record(&s, 0, sizeof(want), want);
	memset(want + 300, 0, 10000);
	stream_record(&s, 300, 10000, want + 300);
	fill_noise(want + 400, 5000, 4);
	stream_record(&s, 400, 5000, want + 400);
	stream_end(&s);
	expect_bad(&s, "the stream has byte 300 of the dump twice: send it again");
	restore_stream(&s, true, &r);
	assert_int_equal(r.ret, 0);
	assert_int_equal(r.size, sizeof(want));
	assert_memory_equal(r.dump, want, sizeof(want));
	free(r.dump);
	free(s.data);
}

static void stream_small(struct stream *s)
{
	stream_begin(s);
	stream_record(s, 0, 5, "first");
	stream_record(s, 100, 6, "second");
	stream_end(s);
}

/* A stream that is cut at any byte. */
static void test_cut_short(void **state)
{
	struct stream s;
	size_t size;

	(void)state;
	stream_small(&s);
	size = s.size;
	for (s.size = size - 1; s.size > FLAT_HEADER_SIZE - 10; s.size--)
		expect_bad(&s, s.size < FLAT_HEADER_SIZE ? "cut short: it ends at byte 40" :
			   "without an end record");
	s.size = 16;
	expect_bad(&s, "cut short: it ends at byte 16, in its header");
	s.size = 15;
	expect_bad(&s, "not a stream: name the output of savecore -L -o -");
	s.size = 0;
	expect_bad(&s, "stream: it is empty: ");
	free(s.data);
}

static void test_goes_on(void **state)
{
	struct stream s;

	(void)state;
	stream_small(&s);
	stream_put(&s, "", 1);
	expect_bad(&s, "the stream goes on after its end record, at byte 4155: ");
	free(s.data);
}

static void test_damaged(void **state)
{
	static const struct {
		u64 off, size;
		const char *says;
	} rows[] = {
		{ 0, 0,
		  "the record at byte 4117 of the stream is damaged: "
		  "it has 0 bytes for byte 0 of" },
		{ 1ULL << 53, 1, "it has 1 bytes for byte 9007199254740992 of" },
		{ 1ULL << 63, 1, "is damaged" },
		{ 0, 1ULL << 63, "is damaged" },
		{ 1ULL << 52, 1ULL << 52, "is damaged" },
		{ 5, UINT64_MAX, "is damaged" },
		{ UINT64_MAX, 5, "the end record, at byte 4117 of the stream, is damaged" },
		{ UINT64_MAX - 1, UINT64_MAX, "is damaged" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct stream s;

		stream_begin(&s);
		stream_record(&s, 0, 5, "first");
		stream_record(&s, rows[i].off, rows[i].size, NULL);
		stream_put(&s, "data", 4);
		stream_end(&s);
		expect_bad(&s, rows[i].says);
		free(s.data);
	}
}

static void test_header(void **state)
{
	struct stream s;

	(void)state;
	stream_small(&s);
	s.data[23] = 2;
	expect_bad(&s, "the stream has the unknown type 2 or version 1");
	s.data[23] = 1;
	s.data[4095] = 1;
	expect_bad(&s, "the header of the stream is damaged");
	free(s.data);
	stream_begin(&s);
	stream_end(&s);
	expect_bad(&s, "the stream is empty: it has no dump");
	free(s.data);
}

static void test_others(void **state)
{
	static const struct {
		const char *begin, *says;
	} rows[] = {
		{ "KDUMP   and so on", "not a stream but a dump: use it as it is" },
		{ "\177ELF\2\1\1", "not a stream but an ELF file: use it as it is" },
		{ "\x28\xb5\x2f\xfd", "packed: pipe it through zstd -dc" },
		{ "\x1f\x8b\x08", "packed: pipe it through gzip -dc" },
		{ "\xfd\x37zXZ", "packed: pipe it through xz -dc" },
		{ "makedumpfile", "not a stream: name the output" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct stream s = { .data = calloc(1, STREAM_MAX) };

		stream_put(&s, rows[i].begin, strlen(rows[i].begin));
		expect_bad(&s, rows[i].says);
		free(s.data);
	}
}

/* The sender sends nothing, and the user cancels. */
static void test_cancelled(void **state)
{
	struct ld_control control = { 0 };
	struct error err = { 0 };
	struct flat_request req = { .name = "stream", .control = &control, .err = &err };
	struct flat f;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	req.in = fds[0];
	ld_control_cancel(&control, LD_CAUSE_SIGNAL);
	assert_int_equal(flat_open(&f, &req), -ECANCELED);
	assert_int_equal(err.text[0], 0);
	flat_close(&f);
	close(fds[0]);
	close(fds[1]);
}

static void test_full(void **state)
{
	struct stream s;
	struct error err = { 0 };
	struct flat_request req = {
		.seeks = true, .name = "sent", .hint = "", .out_name = "/dev/full",
		.out_hint = "make room", .err = &err,
	};
	struct flat f;

	(void)state;
	stream_small(&s);
	req.in = memfd_create("stream", MFD_CLOEXEC);
	assert_int_equal(write(req.in, s.data, s.size), s.size);
	req.out = open("/dev/full", O_RDWR);
	assert_int_equal(flat_open(&f, &req), 1);
	assert_int_equal(flat_restore(&f), -ENOSPC);
	assert_string_equal(err.text, "/dev/full: cannot store the stream sent: No space left on device: make room");
	flat_close(&f);
	close(req.in);
	close(req.out);
	free(s.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_zeros),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_full),
	};

	/* As in savecore: the reader of a bad stream may close the pipe early. */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("flat", tests, NULL, NULL);
}
