// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * memory_dump.c - read pages of a dump at virtual addresses.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "dumpfile/flat.h"
#include "memory_dump.h"

static int memory_dump_read_page(void *ctx, u64 addr, void *page)
{
	struct memory_dump *md = ctx;
	struct error err = { 0 };
	int ret = translate_read(&md->tables, addr, page, MEMORY_PAGE, "memory", &err);

	/* The dump lacks it, or something is in the way that concerns all others, too. */
	if (ret && ret != -EBADMSG && !md->failed) {
		md->failed = ret;
		md->why = err;
	}
	return ret ? -EFAULT : 0;
}

bool memory_dump_is_read(const struct memory_dump *md, struct error *err)
{
	/* What came of it is the smaller part: that a symbol cannot be found, for example. */
	if (md->failed)
		*err = md->why;
	return !md->failed;
}

static const struct memory_ops memory_dump_ops = {
	.read_page = memory_dump_read_page,
};

static int memory_dump_refuse_stream(int fd, const char *name, struct error *err)
{
	char head[FLAT_SIGNATURE_SIZE];

	if (pread(fd, head, sizeof(head), 0) != sizeof(head) ||
	    memcmp(head, FLAT_SIGNATURE, sizeof(head)) != 0)
		return 0;
	error_set(err, "%.150s: a stream of makedumpfile: make a dump of it with savecore --restore, and --no-verify if another program wrote it",
		  name);
	return -EBADMSG;
}

int memory_dump_open(struct memory_dump *md, struct memory *m, int fd, const char *name,
		     u64 memory, struct error *err)
{
	const struct dumpfile_request req = {
		.fd = fd,
		.name = name,
		.hint = "take another dump",
	};
	int ret;

	md->failed = 0;
	ret = memory_dump_refuse_stream(fd, name, err);
	if (!ret)
		ret = dumpfile_open(&md->d, &req, err);
	if (ret)
		return ret;
	if (dumpfile_page_size(&md->d) != MEMORY_PAGE)
		ret = dumpfile_bad(&md->d.file, err, "its pages have %zu bytes, not %u",
				   dumpfile_page_size(&md->d), MEMORY_PAGE);
	/* Before libkdumpfile sees it: a short file may claim the longest bitmap. */
	if (!ret)
		ret = frame_reader_check_memory(&md->d, memory, "read", err);
	if (!ret) {
		ret = translation_open(&md->tables, &md->d, err);
		if (!ret && memory_open(m, &memory_dump_ops, md))
			ret = dumpfile_no_memory(&md->d.file, err);
		if (ret)
			translation_close(&md->tables);
	}
	if (ret)
		dumpfile_close(&md->d);
	return ret;
}

void memory_dump_close(struct memory_dump *md, struct memory *m)
{
	memory_close(m);
	translation_close(&md->tables);
	dumpfile_close(&md->d);
}
