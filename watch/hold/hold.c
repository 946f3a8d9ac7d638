// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * hold.c - dumps in memory, until they are written somewhere.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hold.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL	0x0008U
#endif

#define HOLD_MAGIC	"livedump held 1"	/* 16 bytes with the terminator */
#define BUDGET_MAX	((u64)1 << 30)

/* All integers in the byte order of the machine, which the memory does not leave. */
struct hold_footer {
	char magic[16];
	u64 dump;
	u64 record;
	u64 written;		/* 1: a target has it */
};

u64 hold_budget(u64 ram)
{
	return ram / 16 < BUDGET_MAX ? ram / 16 : BUDGET_MAX;
}

u64 hold_bytes(const struct hold *h)
{
	u64 bytes = 0;

	for (unsigned int i = 0; i < HOLD_MAX; i++)
		bytes += h->held[i].id ? h->held[i].bytes : 0;
	return bytes;
}

unsigned int hold_count(const struct hold *h)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < HOLD_MAX; i++)
		nr += h->held[i].id != 0;
	return nr;
}

/* Whether a dump of @priority may take the room of this one. */
static bool hold_may_go(const struct held *held, unsigned int priority)
{
	return held->id && held->priority < priority;
}

u64 hold_room(const struct hold *h, unsigned int priority)
{
	u64 kept = 0;
	unsigned int nr = 0;

	for (unsigned int i = 0; i < HOLD_MAX; i++) {
		if (!h->held[i].id || hold_may_go(&h->held[i], priority))
			continue;
		kept += h->held[i].bytes;
		nr++;
	}
	return nr < HOLD_MAX && kept < h->budget ? h->budget - kept : 0;
}

int hold_create(void)
{
	int fd = memfd_create("livedump", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	/* With vm.memfd_noexec=2 there is no other one; Linux before 6.3 lacks it. */
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("livedump", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fchmod(fd, 0600) ? -errno : fd;
}

static int hold_write(int fd, const void *buf, size_t len, u64 off)
{
	while (len) {
		ssize_t n = pwrite(fd, buf, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		buf = (const char *)buf + n;
		off += (u64)n;
		len -= (size_t)n;
	}
	return 0;
}

int hold_seal(int fd, u64 dump, const json_t *record)
{
	struct hold_footer footer = { .magic = HOLD_MAGIC, .dump = dump };
	struct stat st;
	char *text;
	int ret;

	if (fstat(fd, &st))
		return -errno;
	if ((u64)st.st_size != dump)
		return -EBADMSG;
	text = json_dumps(record, JSON_COMPACT);
	if (!text)
		return -ENOMEM;
	footer.record = strlen(text);
	ret = footer.record > HOLD_RECORD_MAX ? -EFBIG : 0;
	if (!ret)
		ret = hold_write(fd, text, footer.record, dump);
	if (!ret)
		ret = hold_write(fd, &footer, sizeof(footer), dump + footer.record);
	free(text);
	return ret;
}

static int hold_read(int fd, void *buf, size_t len, u64 off)
{
	ssize_t n = pread(fd, buf, len, (off_t)off);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EBADMSG;
}

/* Read footer and record of what is in @fd. */
static int hold_parse(struct held *held, int fd)
{
	struct hold_footer footer;
	struct stat st;
	char *text;
	int ret;

	if (fstat(fd, &st))
		return -errno;
	if (S_ISREG(st.st_mode) && !st.st_size)
		return -EALREADY;
	if (!S_ISREG(st.st_mode) || (u64)st.st_size < sizeof(footer))
		return -EBADMSG;
	held->bytes = (u64)st.st_size;
	ret = hold_read(fd, &footer, sizeof(footer), held->bytes - sizeof(footer));
	if (ret)
		return ret;
	if (memcmp(footer.magic, HOLD_MAGIC, sizeof(footer.magic)) ||
	    footer.record > HOLD_RECORD_MAX || footer.dump > held->bytes ||
	    footer.dump + footer.record + sizeof(footer) != held->bytes)
		return -EBADMSG;
	text = malloc(footer.record);
	if (!text)
		return -ENOMEM;
	held->dump = footer.dump;
	ret = hold_read(fd, text, footer.record, footer.dump);
	if (!ret)
		held->record = json_loadb(text, footer.record, 0, NULL);
	free(text);
	if (!ret && !json_is_object(held->record)) {
		json_decref(held->record);
		held->record = NULL;
		ret = -EBADMSG;
	}
	return ret ? ret : footer.written ? -EALREADY : 0;
}

static struct held *hold_free_place(struct hold *h)
{
	for (unsigned int i = 0; i < HOLD_MAX; i++)
		if (!h->held[i].id)
			return &h->held[i];
	return NULL;
}

/* The one that goes first: of the lowest priority the oldest. */
static struct held *hold_least(struct hold *h, unsigned int priority)
{
	struct held *least = NULL;

	for (unsigned int i = 0; i < HOLD_MAX; i++) {
		struct held *held = &h->held[i];

		if (hold_may_go(held, priority) &&
		    (!least || held->priority < least->priority ||
		     (held->priority == least->priority && held->id < least->id)))
			least = held;
	}
	return least;
}

static int hold_place(struct hold *h, const struct held *new, struct held **added)
{
	struct held *place = hold_free_place(h);

	if (!place) {
		json_decref(new->record);
		return -ENOSPC;
	}
	*place = *new;
	/* Without the lock it would be swapped out to what hangs, perhaps. */
	place->map = mmap(NULL, new->bytes, PROT_READ, MAP_SHARED, new->fd, 0);
	if (place->map != MAP_FAILED && mlock(place->map, new->bytes))
		errno = 0;
	/* Memory that children map, too, would not be free before they end. */
	if (place->map != MAP_FAILED)
		madvise(place->map, new->bytes, MADV_DONTFORK);
	place->id = ++h->next;
	*added = place;
	return 0;
}

static int hold_open(struct held *new, int fd)
{
	int ret = hold_parse(new, fd);

	new->fd = fd;
	new->priority = ret ? 0 : (unsigned int)held_number(new, "priority");
	return ret;
}

int hold_borrow(struct held *held, int fd)
{
	int ret;

	*held = (struct held){ 0 };
	ret = hold_open(held, fd);
	if (ret)
		hold_return(held);
	return ret;
}

void hold_return(struct held *held)
{
	json_decref(held->record);
	*held = (struct held){ .fd = -1 };
}

int hold_add(struct hold *h, int fd, hold_drop_fn *dropped, void *arg, struct held **added)
{
	struct held new = { 0 };
	int ret = hold_open(&new, fd);

	if (ret) {
		json_decref(new.record);
		return ret;
	}
	while (hold_bytes(h) + new.bytes > h->budget || !hold_free_place(h)) {
		struct held *least = hold_least(h, new.priority);

		if (!least)
			break;
		if (dropped)
			dropped(least, arg);
		hold_remove(least);
	}
	return hold_place(h, &new, added);
}

int hold_add_again(struct hold *h, int fd, struct held **added, json_t **written)
{
	struct held new = { 0 };
	int ret = hold_open(&new, fd);

	*written = ret ? new.record : NULL;
	return ret ? ret : hold_place(h, &new, added);
}

static u64 hold_mark_at(const struct held *held)
{
	return held->bytes - sizeof(struct hold_footer) + offsetof(struct hold_footer, written);
}

void hold_mark_written(const struct held *held)
{
	const u64 written = 1;

	hold_write(held->fd, &written, sizeof(written), hold_mark_at(held));
}

bool hold_is_written(const struct held *held)
{
	u64 written;

	return !hold_read(held->fd, &written, sizeof(written), hold_mark_at(held)) && written;
}

void hold_remove(struct held *held)
{
	if (held->map != MAP_FAILED)
		munmap(held->map, held->bytes);
	json_decref(held->record);
	/* A copy that someone else has must not keep the memory: the service manager may. */
	if (ftruncate(held->fd, 0))
		errno = 0;
	close(held->fd);
	*held = (struct held){ 0 };
}

const char *record_text(const json_t *record, const char *key)
{
	const char *text = json_string_value(json_object_get(record, key));

	return text ? text : "";
}

const char *held_text(const struct held *held, const char *key)
{
	return record_text(held->record, key);
}

s64 held_number(const struct held *held, const char *key)
{
	return json_integer_value(json_object_get(held->record, key));
}
