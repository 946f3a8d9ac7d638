// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * fuzz_proc.c - libFuzzer target for the files that savecore --proc reads: opens
 * a recorded directory, reads all page flags and all memory, and takes a dump.
 *
 * The directory FUZZ_DIR holds a good image. An input is a struct settings
 * and then five parts, each after its length in 16 bits:
 *
 *	the beginning of kcore: headers, notes
 *	changes to the rest of kcore: 32-bit offset, 64-bit value, ..
 *	changes to kpageflags: 16-bit page frame, 64-bit value, ..
 *	iomem
 *	system
 *
 * If FUZZ_SEEDS is set, inputs made from the good image are written to that
 * directory instead.
 */
#define _GNU_SOURCE
#include <linux/kernel-page-flags.h>
#include <sys/stat.h>

#include "core/pages/bitmap.h"
#include "core/dump/dump.h"
#include "core/format/format.h"
#include "savecore/source/source_kcore.h"
#include "tests/unit/kcore_image.h"

/* Limits for an image that claims to be huge: page frames read, and dumped. */
#define FRAMES_READ	8192U
#define FRAMES_DUMP	16384U
#define SPAN_DUMP	(1U << 22)
#define DUMP_SIZE_MAX	(1ULL << 32)

struct settings {
	u8 level;
	u8 workers;
	u8 format;
	u8 codec;
	u32 memory;
	u32 kcore_cut;		/* bytes missing at the end */
	u32 flags_cut;
} __attribute__((packed));

struct part {
	const u8 *data;
	size_t size;
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static struct image img;
static const char *path;
static int kcore, flags;

#define CHECK(cond) do { if (!(cond)) __builtin_trap(); } while (0)

static void seed_put_part(FILE *f, const void *data, size_t size)
{
	u16 len = (u16)size;

	IMAGE_CHECK(fwrite(&len, sizeof(len), 1, f) == 1);
	IMAGE_CHECK(!size || fwrite(data, size, 1, f) == 1);
}

static void write_seed(const char *dir, const char *name, const struct settings *set,
		       const void *changes, size_t size)
{
	char file[512];
	FILE *f;

	snprintf(file, sizeof(file), "%s/%s", dir, name);
	f = fopen(file, "w");
	IMAGE_CHECK(f && fwrite(set, sizeof(*set), 1, f) == 1);
	seed_put_part(f, img.kcore, IMAGE_HEAD / 2 + 1024);
	seed_put_part(f, NULL, 0);
	seed_put_part(f, changes, size);
	seed_put_part(f, img.iomem, strlen(img.iomem));
	seed_put_part(f, img.system, strlen(img.system));
	IMAGE_CHECK(!fclose(f));
}

static void write_seeds(const char *dir)
{
	struct { u16 pfn; u64 flags; } __attribute__((packed)) change[] = {
		{ 0x210, 1ULL << KPF_BUDDY }, { 0x212, 1ULL << KPF_LRU },
		{ 0x214, 1ULL << KPF_ANON }, { 0x216, 1ULL << KPF_SLAB },
		{ 0x220, 1ULL << KPF_COMPOUND_HEAD }, { 0x221, 1ULL << KPF_COMPOUND_TAIL },
		{ 0x400, 1ULL << KPF_COMPOUND_TAIL }, { 0x500, 1ULL << KPF_HWPOISON },
	};
	struct settings set = { .level = 31, .workers = 2, .codec = 1, .memory = 1 << 20 };

	write_seed(dir, "seed-kdump", &set, change, sizeof(change));
	set = (struct settings) { .level = 0, .format = 1 };
	write_seed(dir, "seed-elf", &set, NULL, 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char file[512];

	(void)argc;
	(void)argv;
	path = getenv("FUZZ_DIR");
	if (!path) {
		fprintf(stderr, "FUZZ_DIR must name a directory\n");
		exit(2);
	}
	image_open(&img);
	image_write(&img, path);
	if (getenv("FUZZ_SEEDS")) {
		write_seeds(getenv("FUZZ_SEEDS"));
		exit(0);
	}
	snprintf(file, sizeof(file), "%s/kcore", path);
	kcore = open(file, O_WRONLY);
	snprintf(file, sizeof(file), "%s/kpageflags", path);
	flags = open(file, O_WRONLY);
	IMAGE_CHECK(kcore >= 0 && flags >= 0);
	return 0;
}

static struct part input_take_part(const u8 **data, size_t *size)
{
	struct part p = { NULL, 0 };
	u16 len;

	if (*size < sizeof(len))
		return p;
	memcpy(&len, *data, sizeof(len));
	p.data = *data + sizeof(len);
	p.size = *size - sizeof(len) < len ? *size - sizeof(len) : len;
	*data = p.data + p.size;
	*size -= sizeof(len) + p.size;
	return p;
}

static void file_put(int fd, u64 off, const void *data, size_t size)
{
	IMAGE_CHECK(pwrite(fd, data, size, (off_t)off) == (ssize_t)size);
}

static void change_kcore(struct part p, bool undo)
{
	for (; p.size >= 12; p.data += 12, p.size -= 12) {
		u32 off;

		memcpy(&off, p.data, sizeof(off));
		off %= (u32)img.kcore_size - 8;
		file_put(kcore, off, undo ? img.kcore + off : p.data + 4, 8);
	}
}

static void change_flags(struct part p, bool undo)
{
	for (; p.size >= 10; p.data += 10, p.size -= 10) {
		u16 pfn;

		memcpy(&pfn, p.data, sizeof(pfn));
		pfn %= IMAGE_MAX_PFN;
		file_put(flags, pfn * 8, undo ? (const u8 *)&img.flags[pfn] : p.data + 2, 8);
	}
}

static void write_text(const char *name, struct part p)
{
	char file[512];
	int fd;

	snprintf(file, sizeof(file), "%s/%s", path, name);
	fd = open(file, O_WRONLY | O_TRUNC);
	IMAGE_CHECK(fd >= 0);
	file_put(fd, 0, p.data, p.size);
	close(fd);
}

/* Read flags and content chunk by chunk, as the core does. Returns the page frames. */
static u64 source_read_all(struct ld_source *src, unsigned int workers)
{
	static u8 buf[LD_CHUNK * IMAGE_PAGE];
	u16 page_flags[LD_CHUNK];
	u64 frames = 0, seen = 0;

	for (unsigned int i = 0; i < src->nr_ranges; i++) {
		const struct ld_range *r = &src->ranges[i];
		u64 pfn = r->start;

		CHECK(r->start < r->end && r->end <= src->max_pfn);
		CHECK(!i || r[-1].end < r->start);
		frames += r->end - r->start;
		while (pfn < r->end && seen < FRAMES_READ) {
			u64 last = (pfn / LD_CHUNK + 1) * LD_CHUNK;
			unsigned int nr = (unsigned int)((last < r->end ? last : r->end) - pfn);
			u64 bad[LD_CHUNK_WORDS] = { 0 };

			src->ops->page_flags(src, i % workers, pfn, nr, page_flags);
			src->ops->read(src, i % workers, pfn, nr, buf, bad);
			pfn += nr;
			seen += nr;
		}
	}
	return frames;
}

static int sink_write(struct ld_sink *sink, u64 off, const void *buf, size_t len)
{
	const volatile u8 *at = buf;

	(void)sink;
	CHECK(off <= DUMP_SIZE_MAX && len <= DUMP_SIZE_MAX);
	for (size_t i = 0; i < len; i += 64)
		(void)at[i];
	if (len)
		(void)at[len - 1];
	return 0;
}

static int sink_finish(struct ld_sink *sink, u64 size)
{
	(void)sink;
	CHECK(size <= DUMP_SIZE_MAX);
	return 0;
}

static void take_dump(struct ld_source *src, const struct settings *set, unsigned int workers)
{
	static const struct ld_sink_ops ops = {
		.name = "nowhere", .rewrites = true, .write = sink_write, .finish = sink_finish,
	};
	struct ld_sink sink = { .ops = &ops };
	struct ld_control control = { 0 };
	struct dump_request request = {
		.format = ld_formats[set->format % 2], .codec = &ld_codec_none,
		.level = set->level % 32, .memory = set->memory % (1U << 23),
	};
	const struct ld_params params = {
		.request = &request, .source = src, .sink = &sink, .workers = workers,
		.control = &control,
	};
	struct dump_result stats;
	unsigned int codecs = 0;

	while (ld_codecs[codecs])
		codecs++;
	if (request.format->compresses)
		request.codec = ld_codecs[set->codec % codecs];
	request.codec_level = request.codec->level_default;
	ld_dump(&params, &stats);
}

static void image_try(const struct settings *set)
{
	struct kcore_options opt = {
		.dir = path, .workers = set->workers % 3 + 1, .level = set->level % 32,
	};
	struct error err = { 0 };
	struct ld_source *src;

	if (kcore_open(&opt, &src, &err)) {
		CHECK(err.text[0]);
		CHECK(!strchr(err.text, '\n'));
		return;
	}
	CHECK(!err.text[0]);
	/* A dump takes most of the time: not with every input. */
	if (source_read_all(src, opt.workers) <= FRAMES_DUMP && src->max_pfn <= SPAN_DUMP &&
	    !(set->format & 6))
		take_dump(src, set, opt.workers);
	kcore_close(src);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct part head, rest, change, iomem, system;
	size_t file_size = img.kcore_size, flags_size = sizeof(img.flags);
	struct settings set;

	if (size < sizeof(set))
		return 0;
	memcpy(&set, data, sizeof(set));
	data += sizeof(set);
	size -= sizeof(set);
	head = input_take_part(&data, &size);
	rest = input_take_part(&data, &size);
	change = input_take_part(&data, &size);
	iomem = input_take_part(&data, &size);
	system = input_take_part(&data, &size);

	file_put(kcore, 0, head.data, head.size);
	change_kcore(rest, false);
	change_flags(change, false);
	write_text("iomem", iomem);
	write_text("system", system);
	IMAGE_CHECK(!ftruncate(kcore, (off_t)(file_size - set.kcore_cut % file_size)));
	IMAGE_CHECK(!ftruncate(flags, (off_t)(flags_size - set.flags_cut % flags_size)));
	image_try(&set);

	if (set.kcore_cut % file_size)
		file_put(kcore, 0, img.kcore, file_size);
	else
		file_put(kcore, 0, img.kcore, head.size);
	change_kcore(rest, true);
	file_put(flags, 0, img.flags, flags_size);
	return 0;
}
