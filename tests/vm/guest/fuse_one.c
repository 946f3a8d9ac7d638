// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * fuse_one.c - a FUSE file system for tests: one directory that can have one
 * file, called "dump". The bytes of the file are in another one.
 *
 *   fuse_one MOUNT-POINT BACKING-FILE
 *
 * It answers one request at a time, so it can be stopped with SIGSTOP.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/fuse.h>

#define FILE_NODE	2
#define BUFFER		(1 << 20)

static int dev, backing;
static int exists;

static void fill_attr(struct fuse_attr *attr, uint64_t node)
{
	struct stat st;

	memset(attr, 0, sizeof(*attr));
	attr->ino = node;
	attr->nlink = 1;
	attr->mode = S_IFDIR | 0700;
	if (node != FILE_NODE)
		return;
	fstat(backing, &st);
	attr->mode = S_IFREG | 0600;
	attr->size = (uint64_t)st.st_size;
	attr->blocks = (uint64_t)st.st_blocks;
}

static void reply(const struct fuse_in_header *in, int err, const void *data, size_t size)
{
	struct fuse_out_header out = {
		.len = (uint32_t)(sizeof(out) + size), .error = -err, .unique = in->unique,
	};
	struct iovec vec[2] = { { &out, sizeof(out) }, { (void *)data, size } };

	/* The request may have been interrupted meanwhile. */
	if (writev(dev, vec, size ? 2 : 1) < 0 && errno != ENOENT)
		exit(1);
}

static void reply_attr(const struct fuse_in_header *in)
{
	struct fuse_attr_out out = {};

	fill_attr(&out.attr, in->nodeid);
	reply(in, 0, &out, sizeof(out));
}

static void reply_init(const struct fuse_in_header *in, const struct fuse_init_in *arg)
{
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = arg->max_readahead, .flags = FUSE_BIG_WRITES,
		.max_write = 128 << 10,
	};

	reply(in, 0, &out, sizeof(out));
}

static void fill_entry(struct fuse_entry_out *entry)
{
	memset(entry, 0, sizeof(*entry));
	entry->nodeid = FILE_NODE;
	entry->generation = 1;
	fill_attr(&entry->attr, FILE_NODE);
}

static void lookup(const struct fuse_in_header *in, const char *name)
{
	struct fuse_entry_out entry;

	if (!exists || strcmp(name, "dump")) {
		reply(in, ENOENT, NULL, 0);
		return;
	}
	fill_entry(&entry);
	reply(in, 0, &entry, sizeof(entry));
}

static void create(const struct fuse_in_header *in)
{
	struct {
		struct fuse_entry_out entry;
		struct fuse_open_out open;
	} out = {};

	exists = 1;
	if (ftruncate(backing, 0))
		exit(1);
	fill_entry(&out.entry);
	reply(in, 0, &out, sizeof(out));
}

static void set_attr(const struct fuse_in_header *in, const struct fuse_setattr_in *arg)
{
	if (arg->valid & FATTR_SIZE && ftruncate(backing, (off_t)arg->size))
		reply(in, errno, NULL, 0);
	else
		reply_attr(in);
}

static void read_file(const struct fuse_in_header *in, const struct fuse_read_in *arg)
{
	static char data[BUFFER];
	ssize_t n = pread(backing, data, arg->size, (off_t)arg->offset);

	reply(in, n < 0 ? errno : 0, data, n < 0 ? 0 : (size_t)n);
}

static void write_file(const struct fuse_in_header *in, const struct fuse_write_in *arg)
{
	struct fuse_write_out out = { .size = arg->size };

	if (pwrite(backing, arg + 1, arg->size, (off_t)arg->offset) != (ssize_t)arg->size)
		reply(in, ENOSPC, NULL, 0);
	else
		reply(in, 0, &out, sizeof(out));
}

static void answer(const struct fuse_in_header *in)
{
	static const struct fuse_open_out opened;
	static const struct fuse_statfs_out fs = { .st.bsize = 4096, .st.namelen = 255 };
	const void *arg = in + 1;

	switch (in->opcode) {
	case FUSE_INIT:
		reply_init(in, arg);
		break;
	case FUSE_LOOKUP:
		lookup(in, arg);
		break;
	case FUSE_GETATTR:
		reply_attr(in);
		break;
	case FUSE_SETATTR:
		set_attr(in, arg);
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		reply(in, 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
		read_file(in, arg);
		break;
	case FUSE_WRITE:
		write_file(in, arg);
		break;
	case FUSE_STATFS:
		reply(in, 0, &fs, sizeof(fs));
		break;
	case FUSE_CREATE:
		create(in);
		break;
	case FUSE_UNLINK:
		exists = 0;
		reply(in, 0, NULL, 0);
		break;
	case FUSE_FSYNC:
	case FUSE_FLUSH:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		reply(in, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		reply(in, ENOSYS, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	static char buffer[BUFFER + 4096] __attribute__((aligned(8)));
	char options[100];
	ssize_t n;

	if (argc < 3)
		return 2;
	backing = open(argv[2], O_RDWR | O_CREAT, 0600);
	dev = open("/dev/fuse", O_RDWR);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", dev);
	if (backing < 0 || dev < 0 || mount("one", argv[1], "fuse", 0, options)) {
		perror("fuse_one");
		return 1;
	}
	/* Whoever starts it waits until it is mounted. */
	if (daemon(1, 1))
		return 1;
	for (;;) {
		n = read(dev, buffer, sizeof(buffer));
		if (n < 0 && errno == ENODEV)
			return 0;
		if (n >= (ssize_t)sizeof(struct fuse_in_header))
			answer((const void *)buffer);
	}
}
