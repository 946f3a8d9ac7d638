// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_packed.c - read the page frames of a chunk by their descriptors, in few reads even if
 * others read the chunks between.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/pages/bitmap.h"
#include "dumpfile/frames/packed.h"
#include "tests/unit/job.h"

#define READ_BYTES	(512U << 10)	/* the most that is read at once */

/* A dump, and one who reads every so-many-th of its chunks. */
struct some {
	const struct job *j;
	struct dumpfile d;
	struct packed_reader r;
	struct error err;
	unsigned int each;		/* chunks from one that is read to the next */
	unsigned int chunk;		/* number of the next chunk */
	bool backwards;
	u64 reads;			/* of data */
	u64 least;			/* reads of chunks that are read as a whole */
	u64 pages;
};

/* What the data of the chunk takes if it is read in pieces of READ_BYTES. */
static u64 least_reads(const struct some *s, const struct kdump_desc *desc, unsigned int nr)
{
	u64 bytes = 0;

	for (unsigned int i = 0; i < nr; i++)
		bytes += (u64)desc[i].offset == s->d.kdump.data_off ? 0 : desc[i].size;
	/* A page does not lie in two of them. */
	return bytes / (READ_BYTES - FAKE_PAGE) + 1;
}

static void read_page(struct some *s, u64 pfn, const struct kdump_desc *desc,
		      const struct kdump_desc *end)
{
	u8 page[FAKE_PAGE];

	if (packed_read(&s->r, pfn, desc, end, page, &s->err))
		fail_msg("%s", s->err.text);
	assert_memory_equal(page, fake_page((void *)&s->j->src, pfn), FAKE_PAGE);
	s->pages++;
}

/* The order is not that of the file. */
static void read_backwards(struct some *s, const struct dumpfile_chunk *c,
			   const struct kdump_desc *desc, unsigned int nr)
{
	for (u64 i = LD_CHUNK; i--;) {
		if (!ld_bit(c->keep, i))
			continue;
		nr--;
		read_page(s, c->pfn + i, desc + nr, desc + nr + 1);
	}
}

static int read_chunk(void *arg, const struct dumpfile_chunk *c)
{
	struct some *s = arg;
	unsigned int nr = ld_weight(c->keep, LD_CHUNK_WORDS), at = 0;
	struct kdump_desc desc[LD_CHUNK];
	u64 before;

	if (s->chunk++ % s->each)
		return 0;
	assert_int_equal(dumpfile_read(&s->d.file, s->d.kdump.desc_off + c->rank * sizeof(*desc),
				       desc, nr * sizeof(*desc), &s->err), 0);
	if (s->backwards) {
		read_backwards(s, c, desc, nr);
		return 0;
	}
	before = (u64)port_atomic64_read(&fake_preads);
	s->least += least_reads(s, desc, nr);
	for (u64 i = 0; (i = ld_bit_next(c->keep, i, LD_CHUNK, true)) < LD_CHUNK; i++, at++)
		read_page(s, c->pfn + i, desc + at, desc + nr);
	s->reads += (u64)port_atomic64_read(&fake_preads) - before;
	return 0;
}

static void read_some(struct some *s, const struct job *j, unsigned int each, bool backwards)
{
	struct dumpfile_request req = { .fd = dump_fd(j), .name = "file", .hint = "none" };

	*s = (struct some){ .j = j, .each = each, .backwards = backwards };
	assert_int_equal(dumpfile_open(&s->d, &req, &s->err), 0);
	assert_int_equal(s->d.format->survey(&s->d, NULL, NULL, &s->err), 0);
	assert_int_equal(packed_open(&s->r, &s->d, &s->err), 0);
	assert_int_equal(s->d.format->chunks(&s->d, read_chunk, s, &s->err), 0);
	packed_close(&s->r);
	dumpfile_close(&s->d);
	close(req.fd);
}

/* Some pages of zeros, too: all of them are one page, at the beginning of the data. */
static void take_dump(struct job *j, const struct ld_codec_ops *codec, bool mixed)
{
	job_open(j, job_ranges);
	j->p.workers = 1;
	j->request.codec = codec;
	j->request.codec_level = codec->level_default;
	if (mixed)
		mixed_flags(j);
	for (u64 pfn = 600; pfn < 900; pfn += 3)
		memset(fake_page(&j->src, pfn), 0, FAKE_PAGE);
	assert_int_equal(ld_dump(&j->p, &j->st), 0);
}

static void test_reads(void **state)
{
	(void)state;
	for (unsigned int i = 0; ld_codecs[i]; i++) {
		for (int mixed = 0; mixed < 2; mixed++) {
			struct some s;
			struct job j;

			take_dump(&j, ld_codecs[i], mixed);
			for (unsigned int each = 1; each < 4; each++) {
				read_some(&s, &j, each, false);
				assert_true(s.pages > 100);
				/* And the page of zeros, after which the data is read again. */
				assert_in_range(s.reads, 1, s.least + 2);
			}
			read_some(&s, &j, 1, true);
			assert_int_equal(s.pages, j.st.pages.kept);
			job_close(&j);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
