// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verify_share.c - what the workers that verify a dump share: memory, and readers of
 * libkdumpfile.
 *
 * A reader takes much memory, and time to open. Of a kdump-compressed file it reads few page
 * frames, so a few readers are enough for any number of workers.
 */
#include "dumpfile/frames/packed.h"
#include "verify_share.h"

/* Runs of page frames of an ELF core that libkdumpfile finds fast enough. */
#define LIBRARY_RUNS	4096U

/* To open several readers for a larger bitmap takes longer than they save. */
#define SHARED_BYTES	(64ULL << 20)

bool verify_share_all(const struct dumpfile *d)
{
	return !d->format->descriptors && d->runs <= LIBRARY_RUNS;
}

/* Bytes that a worker takes, without readers. */
static u64 share_worker_bytes(const struct dumpfile *d)
{
	u64 page = dumpfile_page_size(d);

	if (!d->format->descriptors)
		return page;
	return PACKED_READER_BYTES + 2 * page + LD_CHUNK * sizeof(struct kdump_desc);
}

/* At most @threads, and at least one: as many as @memory has room for at @bytes each. */
static unsigned int share_fit(unsigned int threads, u64 memory, u64 bytes)
{
	u64 most = memory / bytes;

	if (threads <= most)
		return threads;
	return most ? (unsigned int)most : 1;
}

struct verify_share verify_share(const struct dumpfile *d, unsigned int threads, u64 memory)
{
	u64 reader = frame_reader_bytes(d), worker = share_worker_bytes(d), left;
	unsigned int readers = threads < VERIFY_READERS_MAX ? threads : VERIFY_READERS_MAX;
	struct verify_share s = { .readers = 1 };

	if (verify_share_all(d)) {
		s.readers = share_fit(readers, memory, reader + worker);
		s.workers = s.readers;
		return s;
	}
	s.workers = share_fit(threads, memory > reader ? memory - reader : 0, worker);
	left = s.workers * worker < memory ? memory - s.workers * worker : 0;
	if (reader <= SHARED_BYTES)
		s.readers = share_fit(readers, left, reader);
	if (s.readers > s.workers)
		s.readers = s.workers;
	return s;
}

static int readers_open(void *arg, unsigned int worker)
{
	struct verify_readers *r = arg;
	u64 i;

	(void)worker;
	while ((i = (u64)port_atomic64_add(&r->next, 1)) < r->nr)
		r->at[i].ret = frame_reader_open(&r->at[i].reader, r->d, &r->at[i].err);
	return 0;
}

int verify_readers_open(struct verify_readers *r, const struct dumpfile *d, unsigned int nr,
			struct error *err)
{
	*r = (struct verify_readers){ .d = d, .nr = nr };
	for (unsigned int i = 0; i < nr; i++)
		pthread_mutex_init(&r->at[i].lock, NULL);
	port_run(nr, readers_open, r);
	for (unsigned int i = 0; i < nr; i++) {
		if (r->at[i].ret) {
			error_take(err, NULL, &r->at[i].err);
			return r->at[i].ret;
		}
	}
	return 0;
}

void verify_readers_close(struct verify_readers *r)
{
	for (unsigned int i = 0; i < r->nr; i++) {
		frame_reader_close(&r->at[i].reader);
		pthread_mutex_destroy(&r->at[i].lock);
	}
}

int verify_readers_read(struct verify_readers *r, unsigned int worker, u64 pfn, void *page,
			struct error *err)
{
	unsigned int i = worker % r->nr;
	int ret;

	pthread_mutex_lock(&r->at[i].lock);
	ret = frame_reader_read(&r->at[i].reader, pfn, page, err);
	pthread_mutex_unlock(&r->at[i].lock);
	return ret;
}
