// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/format/notes.h"
#include "fake.h"

static const char vmcoreinfo[] =
	"OSRELEASE=6.1.0-fake\n"
	"KERNELOFFSET=31800000\n"
	"PAGESIZE=4096\n"
	"NUMBER(phys_base)=0\n";

static pthread_mutex_t fake_lock = PTHREAD_MUTEX_INITIALIZER;

int fake_alloc_left = -1;
bool fake_alloc_dead;
struct ld_control *fake_alloc_cancels;
void (*fake_alloc_locked)(void);
port_atomic64_t fake_alloc_bytes;
port_atomic64_t fake_alloc_peak;

port_atomic64_t fake_clock;
port_atomic64_t fake_preads, fake_pread_round, fake_pread_threads;
int fake_pread_errno;
void (*fake_slept)(void *arg);
void *fake_slept_arg;

ssize_t __real_pread64(int fd, void *buf, size_t size, s64 off);
ssize_t __wrap_pread64(int fd, void *buf, size_t size, s64 off);

ssize_t __wrap_pread64(int fd, void *buf, size_t size, s64 off)
{
	static __thread s64 counted;	/* the last round that this thread counts in */

	port_atomic64_add(&fake_preads, 1);
	if (counted != port_atomic64_read(&fake_pread_round)) {
		counted = port_atomic64_read(&fake_pread_round);
		port_atomic64_add(&fake_pread_threads, 1);
	}
	if (fake_pread_errno) {
		errno = fake_pread_errno;
		return -1;
	}
	return __real_pread64(fd, buf, size, off);
}

u64 __real_port_now_ns(void);
void __real_port_sleep_ns(u64 ns);
u64 __wrap_port_now_ns(void);
void __wrap_port_sleep_ns(u64 ns);

u64 __wrap_port_now_ns(void)
{
	s64 now = port_atomic64_read(&fake_clock);

	return now ? (u64)now : __real_port_now_ns();
}

/* Sleepers sleep at the same time. */
unsigned int fake_cpus;

unsigned int __real_port_cpus(void);
unsigned int __wrap_port_cpus(void);

unsigned int __wrap_port_cpus(void)
{
	return fake_cpus ? fake_cpus : __real_port_cpus();
}

void __wrap_port_sleep_ns(u64 ns)
{
	s64 now = port_atomic64_read(&fake_clock), end = now + (s64)ns;

	if (!now) {
		__real_port_sleep_ns(ns);
		return;
	}
	while (now < end && !port_atomic64_cas(&fake_clock, now, end))
		now = port_atomic64_read(&fake_clock);
	if (fake_slept)
		fake_slept(fake_slept_arg);
}

void *__real_port_alloc(size_t size);
void *__real_port_alloc_locked(size_t size);
void __real_port_free(void *mem, size_t size);
void __real_port_free_locked(void *mem, size_t size);
void *__wrap_port_alloc(size_t size);
void *__wrap_port_alloc_locked(size_t size);
void __wrap_port_free(void *mem, size_t size);
void __wrap_port_free_locked(void *mem, size_t size);

static bool alloc_fails(void)
{
	int left = __atomic_load_n(&fake_alloc_left, __ATOMIC_RELAXED);

	if (left < 0)
		return fake_alloc_dead;
	if (__atomic_fetch_sub(&fake_alloc_left, 1, __ATOMIC_RELAXED))
		return false;
	if (fake_alloc_cancels)
		ld_control_cancel(fake_alloc_cancels, LD_CAUSE_SIGNAL);
	return !fake_alloc_cancels;
}

static void *alloc_counted(void *mem, size_t size)
{
	s64 now, peak;

	if (!mem)
		return NULL;
	now = port_atomic64_add(&fake_alloc_bytes, (s64)size) + (s64)size;
	do {
		peak = port_atomic64_read(&fake_alloc_peak);
	} while (now > peak && !port_atomic64_cas(&fake_alloc_peak, peak, now));
	return mem;
}

static void free_counted(const void *mem, size_t size)
{
	if (mem)
		port_atomic64_add(&fake_alloc_bytes, -(s64)size);
}

void *__wrap_port_alloc(size_t size)
{
	return alloc_fails() ? NULL : alloc_counted(__real_port_alloc(size), size);
}

void *__wrap_port_alloc_locked(size_t size)
{
	if (fake_alloc_locked)
		fake_alloc_locked();
	return alloc_fails() ? NULL : alloc_counted(__real_port_alloc_locked(size), size);
}

void __wrap_port_free(void *mem, size_t size)
{
	free_counted(mem, size);
	__real_port_free(mem, size);
}

void __wrap_port_free_locked(void *mem, size_t size)
{
	free_counted(mem, size);
	__real_port_free_locked(mem, size);
}

int fake_names_left = -1;

int __real_linkat(int from_dir, const char *from, int dir, const char *name, int flags);
int __wrap_linkat(int from_dir, const char *from, int dir, const char *name, int flags);
int __real_renameat(int from_dir, const char *from, int dir, const char *name);
int __wrap_renameat(int from_dir, const char *from, int dir, const char *name);
int __real_renameat2(int from_dir, const char *from, int dir, const char *name,
		     unsigned int flags);
int __wrap_renameat2(int from_dir, const char *from, int dir, const char *name,
		     unsigned int flags);
int __real_symlinkat(const char *target, int dir, const char *name);
int __wrap_symlinkat(const char *target, int dir, const char *name);
int __real_unlinkat(int dir, const char *name, int flags);
int __wrap_unlinkat(int dir, const char *name, int flags);

static void count_name(void)
{
	if (fake_names_left >= 0 && !fake_names_left--)
		_exit(FAKE_CUT);
}

int __wrap_linkat(int from_dir, const char *from, int dir, const char *name, int flags)
{
	count_name();
	return __real_linkat(from_dir, from, dir, name, flags);
}

int __wrap_renameat(int from_dir, const char *from, int dir, const char *name)
{
	count_name();
	return __real_renameat(from_dir, from, dir, name);
}

int __wrap_renameat2(int from_dir, const char *from, int dir, const char *name,
		     unsigned int flags)
{
	count_name();
	return __real_renameat2(from_dir, from, dir, name, flags);
}

int __wrap_symlinkat(const char *target, int dir, const char *name)
{
	count_name();
	return __real_symlinkat(target, dir, name);
}

int __wrap_unlinkat(int dir, const char *name, int flags)
{
	count_name();
	return __real_unlinkat(dir, name, flags);
}

static int fake_page_flags(struct ld_source *src, unsigned int worker, u64 pfn,
			   unsigned int nr, u16 *page_flags)
{
	struct fake_source *f = (struct fake_source *)src;

	(void)worker;
	pthread_mutex_lock(&fake_lock);
	if (f->before_flags)
		f->before_flags(f, pfn, nr);
	memcpy(page_flags, f->page_flags + pfn, nr * sizeof(*page_flags));
	pthread_mutex_unlock(&fake_lock);
	return f->flags_error;
}

static int fake_read(struct ld_source *src, unsigned int worker, u64 pfn,
		     unsigned int nr, void *buf, u64 *bad)
{
	struct fake_source *f = (struct fake_source *)src;
	u8 *at = buf;

	(void)worker;
	pthread_mutex_lock(&fake_lock);
	f->reads += nr;
	for (unsigned int i = 0; i < nr; i++) {
		/* Never to be touched, whatever the dump level is. */
		if (f->page_flags[pfn + i] & (LD_PAGE_ABSENT | LD_PAGE_POISON))
			abort();
		if (f->bad[pfn + i])
			bad[i / 64] |= 1ULL << (i % 64);
		else
			memcpy(at + i * FAKE_PAGE, fake_page(f, pfn + i), FAKE_PAGE);
	}
	if (f->after_read)
		f->after_read(f, pfn, nr);
	pthread_mutex_unlock(&fake_lock);
	return 0;
}

struct fake_round {
	int (*fn)(void *arg, unsigned int worker, unsigned int round);
	void *arg;
	unsigned int round;
};

static int fake_worker(void *arg, unsigned int worker)
{
	struct fake_round *r = arg;

	return r->fn(r->arg, worker, r->round);
}

static int fake_ready(struct ld_source *src)
{
	struct fake_source *f = (struct fake_source *)src;

	return f->before_ready ? f->before_ready(f) : 0;
}

static int fake_stop(struct ld_source *src, unsigned int workers, unsigned int rounds,
		     int (*fn)(void *arg, unsigned int worker, unsigned int round), void *arg,
		     u64 *pause_ns)
{
	struct fake_source *f = (struct fake_source *)src;
	struct fake_round r = { fn, arg, 0 };
	u64 start = port_now_ns();
	int err = 0;

	if (f->before_stop)
		f->before_stop(f);
	f->frozen = true;
	f->freezes++;
	for (; r.round < rounds && !err; r.round++) {
		if (r.round && f->between_rounds)
			f->between_rounds(f);
		err = port_run(workers, fake_worker, &r);
	}
	f->frozen = false;
	*pause_ns = port_now_ns() - start;
	if (f->after_stop)
		f->after_stop(f);
	return err;
}

/* As if a struct page took 64 bytes. */
static unsigned int fake_describes(struct ld_source *src, u64 pfn, u64 *first)
{
	struct fake_source *f = (struct fake_source *)src;

	if (!f->memmap || pfn < f->memmap || pfn - f->memmap > f->max / 64)
		return 0;
	*first = (pfn - f->memmap) * 64;
	return 64;
}

static int fake_begin(struct ld_source *src, unsigned int workers, unsigned int level,
		      const char **why)
{
	struct fake_source *f = (struct fake_source *)src;
	struct fake_tracker *t = &f->tracker;

	(void)workers;
	(void)level;
	if (t->begin_error) {
		*why = "the test says so";
		return t->begin_error;
	}
	t->begun++;
	memset(t->dirty, true, f->max);
	return 0;
}

static void fake_find(struct fake_source *f)
{
	struct fake_tracker *t = &f->tracker;

	for (u64 pfn = 0; pfn < f->max; pfn++) {
		t->found[pfn] |= t->dirty[pfn];
		t->dirty[pfn] = false;
	}
}

static void fake_touch(struct fake_source *f)
{
	struct fake_tracker *t = &f->tracker;

	for (u64 pfn = 0; pfn < f->max; pfn++)
		if (t->found[pfn] || t->always[pfn] || t->types[pfn / LD_CHUNK])
			ld_bit_set(t->touched, pfn / LD_CHUNK);
}

static int fake_sweep(struct ld_source *src, const struct ld_control *control,
		      struct ld_tracker_counts *counts)
{
	struct fake_source *f = (struct fake_source *)src;
	struct fake_tracker *t = &f->tracker;

	assert_false(f->frozen);
	if (f->before_sweep)
		f->before_sweep(f);
	if (ld_control_cancelled(control))
		return -ECANCELED;
	if (++t->sweeps == t->fail_at)
		return t->sweep_error;
	fake_find(f);
	fake_touch(f);
	memset(t->types, false, f->max / LD_CHUNK + 1);
	for (u64 pfn = 0; pfn < f->max; pfn++) {
		counts->changed += t->found[pfn] || t->always[pfn];
		counts->always += t->always[pfn];
	}
	counts->scan_ns = t->scan_ns;
	return 0;
}

/* After the deadline it has found nothing. */
static int fake_sweep_paused(struct ld_source *src, unsigned int worker, unsigned int workers,
			     u64 deadline_ns)
{
	struct fake_source *f = (struct fake_source *)src;
	u64 left = deadline_ns - port_now_ns(), ns = f->tracker.paused_ns;

	(void)workers;
	assert_true(f->frozen);
	if (worker)
		return 0;
	f->tracker.paused++;
	if (ns)
		port_atomic64_add(&fake_clock, (s64)(deadline_ns && ns > left ? left : ns));
	if (ns && deadline_ns && ns > left)
		return -ETIME;
	fake_find(f);
	fake_touch(f);
	return 0;
}

static void fake_take(struct ld_source *src, unsigned int worker, u64 chunk, u64 *frames)
{
	struct fake_source *f = (struct fake_source *)src;
	struct fake_tracker *t = &f->tracker;
	u64 first = chunk * LD_CHUNK;

	(void)worker;
	if (f->frozen)
		port_atomic64_add(&t->asked, 1);
	else
		__atomic_fetch_and(&t->touched[chunk / LD_GROUP], ~(1ULL << chunk % LD_GROUP),
				   __ATOMIC_RELAXED);
	for (u64 i = 0; i < LD_CHUNK && first + i < f->max; i++) {
		if (t->found[first + i] || (f->frozen && t->always[first + i]))
			ld_bit_set(frames, i);
		t->found[first + i] = false;
	}
}

/* In a pause what take() has forgotten counts still. */
static u64 fake_touched(struct ld_source *src, u64 group)
{
	struct fake_source *f = (struct fake_source *)src;

	return group < f->max / LD_GROUP_FRAMES + 1 ? f->tracker.touched[group] : 0;
}

static bool fake_types_changed(struct ld_source *src, u64 chunk)
{
	struct fake_source *f = (struct fake_source *)src;

	assert_true(f->frozen);
	return f->tracker.types[chunk];
}

static bool fake_written(struct ld_source *src, u64 pfn)
{
	struct fake_source *f = (struct fake_source *)src;

	assert_false(f->frozen);
	return f->tracker.found[pfn];
}

static void fake_in_doubt(struct ld_source *src, u64 chunk, u64 *frames)
{
	struct fake_source *f = (struct fake_source *)src;
	u64 first = chunk * LD_CHUNK;

	assert_false(f->frozen);
	for (u64 i = 0; i < LD_CHUNK && first + i < f->max; i++)
		if (f->tracker.doubt[first + i] && !f->tracker.always[first + i])
			ld_bit_set(frames, i);
}

static void fake_device_wrote(struct ld_source *src, u64 pfn)
{
	struct fake_source *f = (struct fake_source *)src;

	assert_true(f->tracker.doubt[pfn]);
	f->tracker.always[pfn] = true;
}

static void fake_end(struct ld_source *src)
{
	struct fake_source *f = (struct fake_source *)src;

	f->tracker.ended++;
}

static const struct ld_tracker_ops fake_tracker = {
	.begin = fake_begin,
	.sweep = fake_sweep,
	.sweep_paused = fake_sweep_paused,
	.take = fake_take,
	.touched = fake_touched,
	.types_changed = fake_types_changed,
	.written = fake_written,
	.in_doubt = fake_in_doubt,
	.device_wrote = fake_device_wrote,
	.end = fake_end,
};

void fake_track(struct fake_source *f)
{
	struct fake_tracker *t = &f->tracker;

	f->src.tracker = &fake_tracker;
	t->dirty = calloc(f->max, sizeof(*t->dirty));
	t->found = calloc(f->max, sizeof(*t->found));
	t->always = calloc(f->max, sizeof(*t->always));
	t->doubt = calloc(f->max, sizeof(*t->doubt));
	t->types = calloc(f->max / LD_CHUNK + 1, sizeof(*t->types));
	t->touched = calloc(f->max / LD_GROUP_FRAMES + 1, sizeof(*t->touched));
}

void fake_write_unseen(struct fake_source *f, u64 pfn)
{
	u64 *page = (u64 *)fake_page(f, pfn);

	page[pfn % 512] += 0x1001;	/* no page table differs like this only in its marks */
}

void fake_write(struct fake_source *f, u64 pfn)
{
	fake_write_unseen(f, pfn);
	f->tracker.dirty[pfn] = true;
}

void fake_set_flags(struct fake_source *f, u64 pfn, u16 page_flags)
{
	if (ld_filter_keep(ld_filter_type(f->page_flags[pfn]), LD_LEVEL_MAX))
		f->tracker.dirty[pfn] = true;
	f->page_flags[pfn] = page_flags;
	f->tracker.types[pfn / LD_CHUNK] = true;
}

static const struct ld_source_ops fake_ops = {
	.name = "fake",
	.page_flags = fake_page_flags,
	.read = fake_read,
};

static const struct ld_freezer_ops fake_freezer = {
	.ready = fake_ready,
	.stop = fake_stop,
};

static const struct ld_memmap_ops fake_memmap = {
	.describes = fake_describes,
};

u8 *fake_page(struct fake_source *f, u64 pfn)
{
	return f->mem + pfn * FAKE_PAGE;
}

void fake_fill(struct fake_source *f, u64 pfn)
{
	u64 *p = (u64 *)fake_page(f, pfn), x = pfn * 2654435761U + 1;

	/* A third of the pages compress well, a third badly, a third not. */
	for (unsigned int i = 0; i < FAKE_PAGE / sizeof(*p); i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		p[i] = pfn % 3 == 0 ? pfn + 1 : pfn % 3 == 1 ? x & 0xff : x;
	}
}

/*
 * Memory that is used no more, for the next source or moment of that size: with the address
 * sanitizer, new memory of so many pages takes longer than most dumps of it.
 */
#define FAKE_SPARES	2U
#define FAKE_HUGE	((size_t)2 << 20)

static struct fake_memory {
	u8 *mem;
	u64 pages;
} fake_spare[FAKE_SPARES];

u8 *fake_memory_get(u64 pages)
{
	size_t size = pages * FAKE_PAGE;
	void *mem = NULL;

	for (unsigned int i = 0; i < FAKE_SPARES; i++) {
		if (fake_spare[i].mem && fake_spare[i].pages == pages) {
			mem = fake_spare[i].mem;
			fake_spare[i].mem = NULL;
			return mem;
		}
	}
	assert_int_equal(posix_memalign(&mem, size < FAKE_HUGE ? FAKE_PAGE : FAKE_HUGE, size), 0);
	/* Without huge pages it is slower, no more. */
	madvise(mem, size, MADV_HUGEPAGE);
	return mem;
}

void fake_memory_put(u8 *mem, u64 pages)
{
	free(fake_spare[FAKE_SPARES - 1].mem);
	memmove(fake_spare + 1, fake_spare, (FAKE_SPARES - 1) * sizeof(*fake_spare));
	fake_spare[0] = (struct fake_memory){ mem, pages };
}

void fake_open(struct fake_source *f, const struct ld_range *ranges)
{
	struct ld_system *sys = &f->src.system;
	unsigned int n = 0;

	memset(f, 0, sizeof(*f));
	for (; ranges[n].end; n++)
		f->ranges[n] = ranges[n];
	f->max = f->ranges[n - 1].end;
	f->page_flags = calloc(f->max, sizeof(*f->page_flags));
	f->bad = calloc(f->max, sizeof(*f->bad));
	f->mem = fake_memory_get(f->max);
	memset(f->mem, 0, f->max * FAKE_PAGE);
	for (unsigned int r = 0; r < n; r++)
		for (u64 pfn = ranges[r].start; pfn < ranges[r].end; pfn++)
			fake_fill(f, pfn);
	f->src.ops = &fake_ops;
	f->src.freezer = &fake_freezer;
	f->src.memmap = &fake_memmap;
	f->src.page_shift = 12;
	f->src.nr_ranges = n;
	f->src.ranges = f->ranges;
	f->src.max_pfn = f->max;

	strcpy(sys->uts[0], "Linux");
	strcpy(sys->uts[1], "fakehost");
	strcpy(sys->uts[2], "6.1.0-fake");
	strcpy(sys->uts[3], "#1 SMP");
	strcpy(sys->uts[4], "x86_64");
	strcpy(sys->uts[5], "(none)");
	sys->nr_cpus = 2;
	sys->cpus_end = 2;
	sys->arch = &ld_arch_x86_64;
	sys->page_offset = 0xffff888000000000ULL;
	sys->kernel_vaddr = 0xffffffff81000000ULL;
	f->notes = malloc(ld_notes_size(sys, sizeof(vmcoreinfo) - 1));
	ld_notes_build(sys, f->notes, vmcoreinfo, sizeof(vmcoreinfo) - 1, false);
}

void fake_close(struct fake_source *f)
{
	free(f->tracker.dirty);
	free(f->tracker.found);
	free(f->tracker.always);
	free(f->tracker.doubt);
	free(f->tracker.types);
	free(f->tracker.touched);
	free(f->page_flags);
	free(f->bad);
	fake_memory_put(f->mem, f->max);
	free(f->notes);
}

/* How many of the @len bytes from @off on a file system takes that has s->blocks blocks. */
static size_t sink_take(struct fake_sink *s, u64 off, size_t len)
{
	for (u64 block = off / FAKE_PAGE; block * FAKE_PAGE < off + len; block++) {
		assert_true(block < sizeof(s->has) * 8);
		if (s->has[block / 64] >> block % 64 & 1)
			continue;
		if (s->used == s->blocks)
			return block * FAKE_PAGE > off ? block * FAKE_PAGE - off : 0;
		s->has[block / 64] |= 1ULL << block % 64;
		s->used++;
	}
	return len;
}

/* What is not written takes no memory, and nothing is moved when the file becomes longer. */
#define SINK_MAX	((size_t)16 << 30)

static u8 *sink_map(void)
{
	u8 *data = mmap(NULL, SINK_MAX, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	assert_true(data != MAP_FAILED);
	/* A small file is one of many. */
	madvise(data + FAKE_HUGE, SINK_MAX - FAKE_HUGE, MADV_HUGEPAGE);
	return data;
}

static int sink_write(struct ld_sink *sink, u64 off, const void *buf, size_t len)
{
	struct fake_sink *s = (struct fake_sink *)sink;
	int err = 0;

	pthread_mutex_lock(&fake_lock);
	if (s->stall_at && off + len > s->stall_at) {
		s->stall_at = 0;
		port_atomic64_add(&fake_clock, (s64)s->stall_ns);
	}
	if (s->blocks) {
		size_t some = sink_take(s, off, len);

		err = some < len ? -ENOSPC : 0;
		len = some;
	}
	if (s->fail_at && off + len > s->fail_at) {
		err = s->fail_with;
	} else if (len) {
		if (!s->data)
			s->data = sink_map();
		assert_true(off + len <= SINK_MAX);
		if (off + len > s->size)
			s->size = off + len;
		memcpy(s->data + off, buf, len);
	}
	pthread_mutex_unlock(&fake_lock);
	return err;
}

static int sink_read(struct ld_sink *sink, u64 off, void *buf, size_t len)
{
	struct fake_sink *s = (struct fake_sink *)sink;
	u64 left = off < s->size ? s->size - off : 0;

	pthread_mutex_lock(&fake_lock);
	s->reads++;
	memset(buf, 0, len);
	memcpy(buf, s->data + off, left < len ? left : len);
	pthread_mutex_unlock(&fake_lock);
	return s->read_error;
}

static int sink_finish(struct ld_sink *sink, u64 size)
{
	struct fake_sink *s = (struct fake_sink *)sink;

	s->final = size;
	return 0;
}

static const struct ld_sink_ops sink_ops = {
	.name = "memory",
	.rewrites = true,
	.write = sink_write,
	.read = sink_read,
	.finish = sink_finish,
};

void fake_sink_open(struct fake_sink *s, bool readable)
{
	memset(s, 0, sizeof(*s));
	s->sink.ops = &sink_ops;
	s->sink.readable = readable;
}

void fake_sink_close(struct fake_sink *s)
{
	if (s->data)
		munmap(s->data, SINK_MAX);
}
