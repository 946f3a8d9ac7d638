// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_sink.c - test the file sink and the stream sink: both write the same dump,
 * and the restored stream must be equal to the file.
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

#include "savecore/output/sink_file.h"
#include "tests/unit/fake.h"

static const struct ld_range ranges[] = { { 0, 700 }, { 900, 1500 }, { 0, 0 } };

static int write_dump(struct ld_sink *sink, const struct ld_format_ops *format)
{
	struct ld_control ctl = { 0 };
	struct fake_source src;
	struct dump_result st;
	const struct dump_request request = {
		.format = format,
		.codec = format->compresses ? &ld_codec_lzo : &ld_codec_none,
		.codec_level = 1,
		.level = 31,
		.memory = 16 << 20,
	};
	struct ld_params p = {
		.request = &request,
		.source = &src.src,
		.sink = sink,
		.workers = 1,
		.control = &ctl,
	};
	int err;

	fake_open(&src, ranges);
	/* A dump that ends in zeros ends in a hole. */
	for (u64 pfn = 1400; pfn < 1500; pfn++)
		memset(fake_page(&src, pfn), 0, FAKE_PAGE);
	err = ld_dump(&p, &st);
	fake_close(&src);
	return err;
}

static u8 *read_file(int fd, size_t *len)
{
	struct stat st;
	u8 *data;

	assert_int_equal(fstat(fd, &st), 0);
	data = malloc((size_t)st.st_size);
	assert_int_equal(pread(fd, data, (size_t)st.st_size, 0), st.st_size);
	*len = (size_t)st.st_size;
	return data;
}

/* Restore a dump from a flattened stream. */
static u8 *restore_stream(const u8 *flat, size_t len, size_t *out_len)
{
	size_t at = 4096, size = 0;
	u8 *out = NULL;

	assert_memory_equal(flat, "makedumpfile\0\0\0\0", 16);
	for (;;) {
		u64 rec[2], off, n;

		assert_true(at + sizeof(rec) <= len);
		memcpy(rec, flat + at, sizeof(rec));
		at += sizeof(rec);
		off = be64toh(rec[0]);
		n = be64toh(rec[1]);
		if (off == (u64)-1) {
			assert_int_equal(n, (u64)-1);
			break;
		}
		assert_true(at + n <= len);
		if (off + n > size) {
			out = realloc(out, off + n);
			memset(out + size, 0, off + n - size);
			size = off + n;
		}
		memcpy(out + off, flat + at, n);
		at += n;
	}
	assert_int_equal(at, len);
	*out_len = size;
	return out;
}

static void test_stream_equals_file(void **state)
{
	(void)state;
	for (unsigned int i = 0; ld_formats[i]; i++) {
		int file = memfd_create("file", 0), flat = memfd_create("flat", 0);
		size_t file_len, flat_len, back_len;
		u8 *file_data, *flat_data, *back;
		struct sink_stream *stream;
		struct sink_fd sink;

		sink_fd_init(&sink, file);
		assert_int_equal(write_dump(&sink.sink, ld_formats[i]), 0);
		assert_int_equal(sink_stream_open(&stream, flat), 0);
		assert_int_equal(write_dump(sink_stream_sink(stream), ld_formats[i]), 0);
		sink_stream_close(stream);

		file_data = read_file(file, &file_len);
		flat_data = read_file(flat, &flat_len);
		back = restore_stream(flat_data, flat_len, &back_len);
		assert_int_equal(back_len, file_len);
		assert_memory_equal(back, file_data, file_len);
		free(file_data);
		free(flat_data);
		free(back);
		close(file);
		close(flat);
	}
}

static void test_reader_went_away(void **state)
{
	struct sink_stream *stream;
	int fds[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(sink_stream_open(&stream, fds[1]), 0);
	close(fds[0]);
	assert_int_equal(write_dump(sink_stream_sink(stream), &ld_format_kdump), -EPIPE);
	/* The header was written while there was a reader. */
	assert_int_equal(sink_stream_sent(stream), 4096);
	sink_stream_close(stream);
	close(fds[1]);
}

static void *read_slowly(void *arg)
{
	u8 buf[3000];
	u64 total = 0;
	ssize_t n;

	while ((n = read(*(int *)arg, buf, sizeof(buf))) > 0) {
		total += (u64)n;
		if (total % 50 == 0)
			usleep(100);
	}
	return (void *)total;
}

/* A pipe on which another process has set O_NONBLOCK. */
static void test_nonblocking(void **state)
{
	struct sink_stream *stream;
	pthread_t reader;
	int fds[2];
	void *total;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(pthread_create(&reader, NULL, read_slowly, &fds[0]), 0);
	assert_int_equal(sink_stream_open(&stream, fds[1]), 0);
	assert_int_equal(write_dump(sink_stream_sink(stream), &ld_format_elf), 0);
	close(fds[1]);
	assert_int_equal(pthread_join(reader, &total), 0);
	assert_int_equal((u64)total, sink_stream_sent(stream));
	assert_true(sink_stream_sent(stream) > 4000000);
	sink_stream_close(stream);
	close(fds[0]);
}

static void test_full_device(void **state)
{
	struct sink_stream *stream = NULL;
	int fd = open("/dev/full", O_WRONLY);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(sink_stream_open(&stream, fd), -ENOSPC);
	assert_null(stream);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stream_equals_file),
		cmocka_unit_test(test_reader_went_away),
		cmocka_unit_test(test_nonblocking),
		cmocka_unit_test(test_full_device),
	};

	return cmocka_run_group_tests_name("sink", tests, NULL, NULL);
}
