// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * fuzz_waits.c - libFuzzer target for waitgraph: a dump whose structures may hold
 * anything, and whose checksums are right.
 *
 * FUZZ_DUMP names a dump of a real machine, which is opened once. An input is a byte of
 * flags and patches of 16 bytes: which page of those that waitgraph has read of it, which
 * word of the page, how the word is made, and a value. All is read anew through the
 * patches, as waitgraph does, and printed in one of the formats.
 *
 * Whatever is there, no owner is told that is no task, and all ends within a limit of CPU
 * time, which does not depend on what else the machine does.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "waitgraph/lists/lists.h"
#include "waitgraph/memory/memory_dump.h"
#include "waitgraph/report/json.h"
#include "waitgraph/report/print.h"
#include "waitgraph/summary.h"

#define PAGES_MAX	16384U
#define WORDS		(MEMORY_PAGE / sizeof(u64))
#define PATCHES_MAX	256U
#define TIME_MAX	5		/* seconds; all of a kernel takes half a second */
#define NAMES_MAX	512U		/* of types that waitgraph looks for */

/* The flags: what is read anew. */
#define MISSING		1	/* patches with an odd value take the page away */
#define FORMAT		2	/* times 0 to 3: how it is printed */
#define KERNEL		0xf0	/* all of it: symbols, types, modules, which takes long */

#define CHECK(cond) do { if (!(cond)) __builtin_trap(); } while (0)

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

struct patch {
	u16 page;			/* number of it, in the order in which pages were read */
	u16 word;
	u16 how;
	u16 other;			/* number of another page */
	u64 value;
};

/* How a word is made of the value. */
enum { AS_IS, SMALL, OF_PAGE, NEIGHBOUR, FLIPPED, NR_HOWS };

static struct {
	struct memory_dump md;
	struct memory below, m;
	struct kernel k;		/* without patches */
	struct ld_lists lists;
	u64 pages[PAGES_MAX];
	u32 nr_pages, nr_kernel;	/* the first are those of the kernel's tables */
	struct patch patches[PATCHES_MAX];
	u32 nr_patches, flags;
	bool recording;
	FILE *null;
} fuzz;

/*
 * libbpf compares the names of all types, and each comparison is recorded for libFuzzer.
 * The types of the kernel without patches are always the same.
 */
int __wrap_btf__find_by_name_kind(const struct btf *btf, const char *name, u32 kind);
int __real_btf__find_by_name_kind(const struct btf *btf, const char *name, u32 kind);

int __wrap_btf__find_by_name_kind(const struct btf *btf, const char *name, u32 kind)
{
	static struct {
		const char *name;	/* its address: names are literals */
		u32 kind;
		int id;
	} known[NAMES_MAX];
	u32 i;

	if (btf != fuzz.k.types.btf)
		return __real_btf__find_by_name_kind(btf, name, kind);
	for (i = 0; i < NAMES_MAX && known[i].name; i++)
		if (known[i].name == name && known[i].kind == kind)
			return known[i].id;
	CHECK(i < NAMES_MAX);
	known[i].name = name;
	known[i].kind = kind;
	known[i].id = __real_btf__find_by_name_kind(btf, name, kind);
	return known[i].id;
}

static void fuzz_patch(u64 addr, u8 *page, const struct patch *p)
{
	u8 *at = page + p->word % WORDS * sizeof(u64);
	u64 word;

	memcpy(&word, at, sizeof(word));
	switch (p->how % NR_HOWS) {
	case AS_IS:
		word = p->value;
		break;
	case SMALL:
		word = p->value & 0xffff;
		break;
	case OF_PAGE:
		word = fuzz.pages[p->other % fuzz.nr_pages] + p->value % MEMORY_PAGE;
		break;
	case NEIGHBOUR:
		word = addr + p->value % MEMORY_PAGE;
		break;
	default:
		word ^= 1ULL << p->value % 64;
	}
	memcpy(at, &word, sizeof(word));
}

static int fuzz_read_page(void *ctx, u64 addr, void *page)
{
	const u32 half = MEMORY_PAGE / 2;

	(void)ctx;
	/* Whole pages would pass by the cache, and all inputs read the same ones. */
	if (memory_read(&fuzz.below, addr, page, half) ||
	    memory_read(&fuzz.below, addr + half, (u8 *)page + half, half))
		return -EFAULT;
	if (fuzz.recording && fuzz.nr_pages < PAGES_MAX)
		fuzz.pages[fuzz.nr_pages++] = addr;
	for (u32 i = 0; i < fuzz.nr_patches; i++) {
		const struct patch *p = &fuzz.patches[i];

		if (fuzz.pages[p->page % fuzz.nr_pages] != addr)
			continue;
		if (fuzz.flags & MISSING && p->value & 1)
			return -EFAULT;
		fuzz_patch(addr, page, p);
	}
	return 0;
}

static const struct memory_ops fuzz_ops = { .read_page = fuzz_read_page };

/* Read tasks and waits of the kernel @k, and print them in all formats. */
static void fuzz_read_tasks(const struct kernel *k)
{
	static const enum summary_format formats[] = {
		SUMMARY_SCREEN, SUMMARY_ALL, SUMMARY_JSON, SUMMARY_DOT,
	};
	struct summary s = { .format = formats[fuzz.flags / FORMAT % 4] };
	struct reading r = { .k = *k };
	struct error err = { 0 };
	int ret;

	ret = unwind_prepare(&r.unwind, &r.k, &err);
	if (!ret)
		ret = cpus_read(&r.cpus, &r.k, &err);
	if (!ret)
		ret = tasks_read(&r.tasks, &r.k, &r.cpus, &err);
	CHECK(!ret || err.text[0]);
	if (!ret && r.tasks.nr) {
		int status;

		s.pid = r.tasks.all[r.tasks.nr / 2].pid;
		status = summary_write(fuzz.null, &r, &s, &err);

		CHECK(status == STATUS_FINE || status == STATUS_HANGS);
	}
	tasks_free(&r.tasks);
	cpus_free(&r.cpus);
}

static void fuzz_read_kernel(void)
{
	const struct kernel_files none = { { NULL, -1 }, { NULL, -1 } };
	struct error err = { 0 };
	struct kernel k;

	if (!kernel_open(&k, &fuzz.m, &fuzz.md.d.notes.vmcoreinfo, &none, &err))
		fuzz_read_tasks(&k);
	else
		CHECK(err.text[0]);
	kernel_close(&k);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct kernel_files none = { { NULL, -1 }, { NULL, -1 } };
	const char *name = getenv("FUZZ_DUMP");
	struct error err = { 0 };
	int fd = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;

	(void)argc;
	(void)argv;
	fuzz.null = fopen("/dev/null", "w");
	if (fd < 0 || !fuzz.null ||
	    memory_dump_open(&fuzz.md, &fuzz.below, fd, name, UINT64_MAX, &err) ||
	    memory_open(&fuzz.m, &fuzz_ops, NULL))
		goto bad;
	fuzz.recording = true;
	if (kernel_open(&fuzz.k, &fuzz.m, &fuzz.md.d.notes.vmcoreinfo, &none, &err))
		goto bad;
	fuzz.nr_kernel = fuzz.nr_pages;
	fuzz_read_tasks(&fuzz.k);
	if (lists_prepare(&fuzz.lists, &fuzz.m, &fuzz.md.d.notes.vmcoreinfo, NULL, &err))
		goto bad;
	fuzz.recording = false;
	fprintf(stderr, "fuzz_waits: %u pages, %u of them of the kernel's tables\n", fuzz.nr_pages,
		fuzz.nr_kernel);
	return 0;
bad:
	fprintf(stderr, "fuzz_waits: FUZZ_DUMP: %s\n", err.text[0] ? err.text : "name a dump");
	exit(1);
}

static double fuzz_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	double begin = fuzz_seconds();
	struct ld_lists_state state;
	bool kernel;

	if (!size)
		return 0;
	fuzz.flags = *data++;
	fuzz.nr_patches = (u32)((size - 1) / sizeof(struct patch));
	if (fuzz.nr_patches > PATCHES_MAX)
		fuzz.nr_patches = PATCHES_MAX;
	memcpy(fuzz.patches, data, fuzz.nr_patches * sizeof(struct patch));
	kernel = (fuzz.flags & KERNEL) == KERNEL;
	for (u32 i = 0; i < fuzz.nr_patches && !kernel; i++) {
		struct patch *p = &fuzz.patches[i];
		u32 others = fuzz.nr_pages - fuzz.nr_kernel;

		p->page = (u16)(fuzz.nr_kernel + p->page % others);
	}
	memory_forget(&fuzz.m);
	if (kernel)
		fuzz_read_kernel();
	else
		fuzz_read_tasks(&fuzz.k);
	lists_look(&fuzz.lists, &fuzz.m, &state);
	fuzz.nr_patches = 0;
	CHECK(fuzz_seconds() - begin < TIME_MAX);
	return 0;
}
