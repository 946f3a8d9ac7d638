// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * to_directory.c - write a held dump to a directory, as savecore would.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/pages/filter.h"
#include "sandbox/sandbox.h"
#include "savecore/dumps/slots.h"
#include "savecore/store/logfile.h"
#include "savecore/store/store.h"
#include "savecore/store/whyfile.h"
#include "watch/writer/beside.h"
#include "watch/writer/writer.h"

#define PIECE		((size_t)1 << 20)
#define PUBLISH_TRIES	100
#define LOCK_TRIES	300U
#define LOCK_MS		200

static int directory_has_room(const struct store *s, u64 bytes, struct error *err)
{
	struct statvfs fs;
	u64 room;

	if (fstatvfs(s->dir, &fs) || !fs.f_blocks)
		return 0;
	room = (u64)fs.f_bfree * fs.f_frsize;
	if (room >= s->minfree && room - s->minfree >= bytes)
		return 0;
	error_set_code(err, ERROR_NO_SPACE, "%s: no space for %" PRIu64 " bytes\nmake room",
		       s->path, bytes);
	return -ENOSPC;
}

/*
 * What has been copied is sent to the disk at once: it must not fill the memory. The dump is
 * read, not mapped: its holder may take the memory back while an administrator's process copies.
 */
static int directory_copy(const struct tempfile *to, const struct writer_job *job,
			  struct error *err)
{
	const struct held *held = job->held;
	char *buf = malloc(PIECE);
	int ret = buf ? 0 : -ENOMEM;
	u64 at = 0;

	while (!ret && at < held->dump) {
		size_t piece = held->dump - at < PIECE ? (size_t)(held->dump - at) : PIECE;
		ssize_t n = pread(held->fd, buf, piece, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			error_set(err, "livedump-watch does not hold the dump any more\nlook at --status");
		if (n <= 0)
			ret = n ? -errno : -EIO;
		else
			ret = temp_write(to, buf, (size_t)n);
		if (ret)
			break;
		sync_file_range(to->fd, (off_t)at, n, SYNC_FILE_RANGE_WRITE);
		at += (u64)n;
		ret = writer_get_on(job, err);
	}
	free(buf);
	return ret ? ret : fsync(to->fd) ? -errno : 0;
}

/* If another program takes the number first, try the next one. */
static int directory_publish(struct store *s, struct tempfile *temp, const struct held *held,
			     struct error *err)
{
	int ret = -EEXIST;

	for (int i = 0; i < PUBLISH_TRIES && ret == -EEXIST; i++) {
		char *info;

		ret = store_pick(s, err);
		if (ret)
			return ret;
		info = beside_info(held, s->slot);
		if (!info)
			return -ENOMEM;
		ret = store_publish(s, temp, info, NULL, err);
		free(info);
	}
	return ret;
}

/* The dump has its name; what is missing beside it is only missing. */
static void directory_put_beside(struct store *s, const struct held *held)
{
	const char *why = held_text(held, "why"), *log = held_text(held, "dmesg");

	if (*why)
		whyfile_store(s, json_is_true(json_object_get(held->record, "hangs")),
			      held_text(held, "signature"), why);
	if (*log)
		logfile_store(s, log);
}

/* The dump is good all the same: someone should know, for example, that all can read it. */
static void directory_warn(const struct writer_job *job, struct store *s, struct error *unfinished)
{
	store_collect_warnings(s);
	for (unsigned int i = 0; i < STORE_WARNINGS; i++) {
		if (!s->warnings[i].text[0])
			continue;
		writer_drop_options(&s->warnings[i]);
		job->warn(job, s->warnings[i].text);
	}
	if (unfinished->text[0])
		job->warn(job, unfinished->text);
}

static int directory_write(struct store *s, struct tempfile *temp, const struct writer_job *job,
			   struct error *err)
{
	const struct held *held = job->held;
	const struct sandbox sandbox = { .dir = s->dir, .opens = true };
	struct rotate_limits keep = job->target->keep;
	struct error unfinished = { 0 };
	int ret = sandbox_enter(&sandbox, NULL, err);

	if (!ret)
		ret = directory_copy(temp, job, err);
	if (ret) {
		error_set(err, "%s: %s", s->path, strerror(-ret));
		return ret;
	}
	ret = store_check_total(s, temp->fd, LD_LEVEL_MAX, err);
	if (!ret)
		ret = writer_ask(job, err);
	if (!ret)
		ret = directory_publish(s, temp, held, err);
	if (ret)
		return ret;
	hold_mark_written(held);
	directory_put_beside(s, held);
	/*
	 * On a large machine all dumps may be partial: they count as others do, or the disk
	 * would fill up. A failure leaves the dump where it is.
	 */
	keep.spare_whole = json_is_true(json_object_get(held->record, "partial"));
	store_finish(s, &keep, &unfinished);
	directory_warn(job, s, &unfinished);
	error_set(err, "%s/livecore.%" PRIu64, s->path, s->slot);
	return 0;
}

/* An administrator may be writing a dump there, which takes a while. */
static int directory_open(struct store *s, const struct target *target, struct error *err)
{
	int ret = -EBUSY;

	for (unsigned int i = 0; i < LOCK_TRIES && ret == -EBUSY; i++) {
		if (i)
			poll(NULL, 0, LOCK_MS);
		*err = (struct error){ 0 };
		ret = store_open(s, target->directory, false, err);
	}
	return ret;
}

int write_to_directory(const struct writer_job *job, struct error *err)
{
	struct tempfile temp = TEMPFILE_INIT;
	struct store store = STORE_INIT;
	int ret;

	ret = directory_open(&store, job->target, err);
	if (ret)
		return ret;
	store.max_total = job->target->keep.bytes;
	ret = store_check_minfree(&store, err);
	if (!ret)
		ret = directory_has_room(&store, job->held->dump, err);
	if (!ret) {
		ret = temp_create(&temp, store.dir, 0600);
		if (ret)
			error_set(err, "%s: %s", store.path, strerror(-ret));
	}
	if (!ret)
		ret = directory_write(&store, &temp, job, err);
	temp_close(&temp);
	store_close(&store);
	return ret;
}
