// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_flat.c - streams put in order: as their records say, in any order of
 * these, from files and pipes; and what is said of those that are damaged.
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

/* A stream that is being made. */
struct stream {
	u8 *data;
	size_t size;
};

/* What became of it. */
struct result {
	int ret;
	struct error err;
	u64 at;
	u8 *dump;
	size_t size;
	u64 blocks;		/* of 512 bytes that the file takes */
};

static void put(struct stream *s, const void *data, size_t len)
{
	assert_true(s->size + len <= STREAM_MAX);
	memcpy(s->data + s->size, data, len);
	s->size += len;
}

static void begin(struct stream *s)
{
	struct flat_header head = { FLAT_SIGNATURE, htobe64(1), htobe64(1) };

	s->data = calloc(1, STREAM_MAX);
	memcpy(s->data, &head, sizeof(head));
	s->size = FLAT_HEADER_SIZE;
}

static void record(struct stream *s, u64 off, u64 size, const void *data)
{
	struct flat_record rec = { htobe64(off), htobe64(size) };

	put(s, &rec, sizeof(rec));
	if (data)
		put(s, data, size);
}

static void end(struct stream *s)
{
	record(s, FLAT_END, FLAT_END, NULL);
}

static void *feed(void *arg)
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

/* From a file and from a pipe: that must not make a difference. */
static void restore(struct stream *s, bool overwrites, struct result *r)
{
	struct result other;
	pthread_t feeder;
	int fds[2], file = memfd_create("stream", MFD_CLOEXEC);

	assert_int_equal(write(file, s->data, s->size), s->size);
	restore_from(file, true, overwrites, r);
	close(file);
	assert_int_equal(pipe(fds), 0);
	memcpy(s->data + STREAM_MAX - sizeof(int), &fds[1], sizeof(int));
	assert_int_equal(pthread_create(&feeder, NULL, feed, s), 0);
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

static void good(struct stream *s, const void *want, size_t size)
{
	struct result r;

	restore(s, false, &r);
	if (r.ret)
		fail_msg("not good: %s", r.err.text);
	assert_int_equal(r.at, s->size);
	assert_int_equal(r.size, size);
	assert_memory_equal(r.dump, want, size);
	free(r.dump);
}

static void bad(struct stream *s, const char *text)
{
	struct result r;

	restore(s, false, &r);
	assert_int_equal(r.ret, -EBADMSG);
	assert_memory_equal(r.err.text, "stream: ", 8);
	if (!strstr(r.err.text, text))
		fail_msg("'%s' is not in: %s", text, r.err.text);
}

static void noise(u8 *to, size_t len, u64 seed)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		to[i] = (u8)(seed >> 56) | 1;
	}
}

/* Records of all sizes, last ones first; some of them zeros. */
static void test_any_order(void **state)
{
	size_t size = 1300000, at = size, n = 1, zeros = 0;
	u8 *want = malloc(size);
	struct stream s;

	(void)state;
	noise(want, size, 1);
	begin(&s);
	while (at) {
		if (n > at)
			n = at;
		at -= n;
		if (n > 10000 && zeros < 3) {
			memset(want + at + 100, 0, n - 200);
			zeros++;
		}
		record(&s, at, n, want + at);
		n += n / 3 + 1;
	}
	end(&s);
	assert_int_equal(zeros, 3);
	good(&s, want, size);
	free(s.data);
	free(want);
}

/* A dump that ends in a hole, and room for what is known last. */
static void test_zeros(void **state)
{
	static const u8 zeros[300000];
	u8 *want = calloc(1, 1 << 20);
	struct stream s;
	struct result r;

	(void)state;
	noise(want + 5000, 3000, 2);
	begin(&s);
	record(&s, 4096, 8192, zeros);
	record(&s, 100000, sizeof(zeros), zeros);
	record(&s, 5000, 3000, want + 5000);
	record(&s, (1 << 20) - 1, 1, zeros);
	end(&s);
	good(&s, want, 1 << 20);
	restore(&s, false, &r);
	/* 5000 to 8000 are in one page of the file; nothing else is. */
	assert_true(r.blocks <= 8);
	free(r.dump);
	free(s.data);
	free(want);
}

/* What comes twice: savecore never does that, makedumpfile may. */
static void test_twice(void **state)
{
	u8 want[20000];
	struct stream s;
	struct result r;

	(void)state;
	noise(want, sizeof(want), 3);
	begin(&s);
	record(&s, 0, sizeof(want), want);
	memset(want + 300, 0, 10000);
	record(&s, 300, 10000, want + 300);
	noise(want + 400, 5000, 4);
	record(&s, 400, 5000, want + 400);
	end(&s);
	bad(&s, "the stream has byte 300 of the dump twice: send it again");
	restore(&s, true, &r);
	assert_int_equal(r.ret, 0);
	assert_int_equal(r.size, sizeof(want));
	assert_memory_equal(r.dump, want, sizeof(want));
	free(r.dump);
	free(s.data);
}

static void small(struct stream *s)
{
	begin(s);
	record(s, 0, 5, "first");
	record(s, 100, 6, "second");
	end(s);
}

/* At any byte but the last. */
static void test_cut_short(void **state)
{
	struct stream s;
	size_t size;

	(void)state;
	small(&s);
	size = s.size;
	for (s.size = size - 1; s.size > FLAT_HEADER_SIZE - 10; s.size--)
		bad(&s, s.size < FLAT_HEADER_SIZE ? "cut short: it ends at byte 40" :
		    "without an end record");
	s.size = 16;
	bad(&s, "cut short: it ends at byte 16, in its header");
	s.size = 15;
	bad(&s, "not a stream: name what savecore -L -o - has written");
	s.size = 0;
	bad(&s, "it is empty: nothing has come");
	free(s.data);
}

static void test_goes_on(void **state)
{
	struct stream s;

	(void)state;
	small(&s);
	put(&s, "", 1);
	bad(&s, "the stream goes on after its end record, at byte 4155: ");
	free(s.data);
}

static void test_damaged(void **state)
{
	static const struct {
		u64 off, size;
		const char *says;
	} rows[] = {
		{ 0, 0, "a record is damaged, at byte 4117: it has 0 bytes for byte 0 of" },
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

		begin(&s);
		record(&s, 0, 5, "first");
		record(&s, rows[i].off, rows[i].size, NULL);
		put(&s, "data", 4);
		end(&s);
		bad(&s, rows[i].says);
		free(s.data);
	}
}

static void test_header(void **state)
{
	struct stream s;

	(void)state;
	small(&s);
	s.data[23] = 2;
	bad(&s, "a stream of type 2, version 1, which is not known");
	s.data[23] = 1;
	s.data[4095] = 1;
	bad(&s, "the header of the stream is damaged");
	free(s.data);
	begin(&s);
	end(&s);
	bad(&s, "the stream has no dump in it");
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
		{ "makedumpfile", "not a stream: name what" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct stream s = { .data = calloc(1, STREAM_MAX) };

		put(&s, rows[i].begin, strlen(rows[i].begin));
		bad(&s, rows[i].says);
		free(s.data);
	}
}

/* The sender is silent, and the user wants no more of it. */
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
	small(&s);
	req.in = memfd_create("stream", MFD_CLOEXEC);
	assert_int_equal(write(req.in, s.data, s.size), s.size);
	req.out = open("/dev/full", O_RDWR);
	assert_int_equal(flat_open(&f, &req), 1);
	assert_int_equal(flat_restore(&f), -ENOSPC);
	assert_string_equal(err.text, "/dev/full: cannot put the stream sent in order: No space left on device: make room");
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

	/* As savecore has it: who reads a bad stream may leave before it is fed. */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("flat", tests, NULL, NULL);
}
