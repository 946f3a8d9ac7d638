// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * store.c - a directory of dumps: its lock, bounds and minfree, and how a dump
 * gets its name in it. slots.c finds the numbers in use.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/hint.h"
#include "base/numbers.h"
#include "base/say.h"
#include "savecore/dumps/dumps.h"
#include "savecore/dumps/slots.h"
#include "store.h"

/* Bytes; enough for any number and white space. A longer file is not a number. */
#define SMALL_FILE	64

bool store_parse_number(const char *text, u64 max, u64 *value)
{
	u64 n = 0;

	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		u64 digit = (u64)(*text - '0');

		if (n > (max - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	if (text[strspn(text, " \t\r\n")])
		return false;
	*value = n;
	return true;
}

struct error *store_warning(struct store *s)
{
	size_t i = 0;

	while (i < STORE_WARNINGS - 1 && s->warnings[i].text[0])
		i++;
	return &s->warnings[i];
}

void store_collect_warnings(struct store *s)
{
	unsigned int set = s->ignored;

	if (!set)
		return;
	error_set(store_warning(s), "%s: ignored, because other users made them or may write to them:%s%s%s%s\nremove them, or use a directory that only root may write to",
		  s->path, set & STORE_IGNORED_BOUNDS ? " bounds" : "",
		  set & STORE_IGNORED_MINFREE ? " minfree" : "",
		  set & STORE_IGNORED_LIVECORE_LAST ? " livecore.last" : "",
		  set & STORE_IGNORED_INFO_LAST ? " info.last" : "");
	s->ignored = 0;
}

/*
 * Read a file that holds one number. Returns 1 on success, 0 if there is no
 * such file or if it is to be ignored, as @ignored, -EINVAL if it holds something else.
 */
static int store_read_number(struct store *s, const char *name, enum store_ignored ignored,
			     u64 max, u64 *value)
{
	char text[SMALL_FILE + 1];
	ssize_t n;
	int fd, err;

	fd = trust_open(&s->trust, s->dir, name, trust_believes);
	if (fd == -EPERM)
		s->ignored |= ignored;
	if (fd == -EPERM || fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	n = read(fd, text, sizeof(text));
	err = n < 0 ? -errno : 0;
	close(fd);
	if (err)
		return err;
	if (n > SMALL_FILE || memchr(text, '\0', (size_t)n))
		return -EINVAL;
	text[n] = '\0';
	return store_parse_number(text, max, value) ? 1 : -EINVAL;
}

static int store_scan_failed(const struct store *s, int ret, struct error *err)
{
	error_set(err, "%s: %s\n%s", s->path, strerror(-ret), hint_of(HINT_DIRECTORY, -ret));
	return ret;
}

static int store_no_number(const struct store *s, struct error *err)
{
	error_set_code(err, ERROR_BAD_DIRECTORY,
		       "%s: no dump number is left\nwrite a lower number to bounds", s->path);
	return -EOVERFLOW;
}

/* Find the numbers in use. Other programs may take more while the dump is taken. */
static int store_read_numbers(struct store *s, struct error *err)
{
	struct slots slots;
	int ret = slots_scan(&slots, s->dir);

	if (ret)
		return store_scan_failed(s, ret, err);
	s->newer = s->next;
	if (slots.nr && slots.number[slots.nr - 1] >= s->newer)
		s->newer = slots.number[slots.nr - 1] + 1;
	slots_free(&slots);
	return s->next < STORE_SLOT_MAX ? 0 : store_no_number(s, err);
}

static int store_read_bounds(struct store *s, struct error *err)
{
	struct slots slots;
	int ret;

	ret = store_read_number(s, "bounds", STORE_IGNORED_BOUNDS, STORE_SLOT_MAX, &s->next);
	/* In an append-only directory bounds stays as it is. */
	if (ret > 0 && !s->trust.appends)
		return 0;
	if (ret == -EINVAL && !s->force) {
		error_set_code(err, ERROR_BAD_DIRECTORY,
			       "%s/bounds: not a number from 0 to %u\nwrite the number of the next dump to it, or use -f to continue after the highest number",
			       s->path, STORE_SLOT_MAX);
		return ret;
	}
	if (ret < 0 && ret != -EINVAL) {
		error_set(err, "%s/bounds: %s\n%s", s->path, strerror(-ret),
			  hint_of(HINT_BOUNDS, -ret));
		return ret;
	}
	ret = slots_scan_trusted(&slots, s->dir, &s->trust);
	if (ret)
		return store_scan_failed(s, ret, err);
	if (slots.nr && slots.number[slots.nr - 1] >= s->next)
		s->next = slots.number[slots.nr - 1] + 1;
	slots_free(&slots);
	return 0;
}

static int store_read_minfree(struct store *s, struct error *err)
{
	u64 kib = 0;
	int ret;

	if (s->force)
		return 0;
	ret = store_read_number(s, "minfree", STORE_IGNORED_MINFREE, UINT64_MAX >> 10, &kib);
	if (ret < 0) {
		error_set_code(err, ret == -EINVAL ? ERROR_BAD_DIRECTORY : error_code_of(ret),
			       "%s/minfree: %s\nwrite a number of KiB to it, remove it, or use -f",
			       s->path, ret == -EINVAL ? "not a number" : strerror(-ret));
		return ret;
	}
	s->minfree = kib << 10;
	return 0;
}

int store_check_minfree(const struct store *s, struct error *err)
{
	if (!store_is_short(s))
		return 0;
	error_set_code(err, ERROR_MINFREE,
		       "%s: less than the %" PRIu64 " KiB of minfree are available\nmake room, use another directory, or use -f",
		       s->path, s->minfree >> 10);
	return -ENOSPC;
}

static int store_open_directory(struct store *s, const char *path, bool force, bool lock,
				struct error *err)
{
	int ret;

	*s = (struct store){ .path = path, .force = force, .lock = DIRLOCK_NONE };
	s->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0) {
		ret = -errno;
		error_set(err, "%s: %s\n%s", path, strerror(-ret),
			  hint_of(HINT_DIRECTORY, -ret));
		return ret;
	}
	ret = trust_read(&s->trust, s->dir);
	if (!ret && !force)
		ret = trust_refuse_open_directory(&s->trust, path, "use another directory", err);
	if (!ret && lock)
		ret = dirlock_take(s->dir, &s->trust, path, &s->lock, store_warning(s), err);
	if (!ret)
		ret = store_read_bounds(s, err);
	if (!ret)
		ret = store_read_numbers(s, err);
	if (!ret)
		ret = store_read_minfree(s, err);
	if (ret)
		store_close(s);
	return ret;
}

int store_open_to_look(struct store *s, const char *path, bool force, struct error *err)
{
	return store_open_directory(s, path, force, false, err);
}

int store_open(struct store *s, const char *path, bool force, struct error *err)
{
	int ret = store_open_directory(s, path, force, true, err);

	if (!ret)
		temp_sweep(s->dir, s->lock != DIRLOCK_NONE);
	return ret;
}

void store_close(struct store *s)
{
	reserve_close(s->reserve);
	s->reserve = NULL;
	if (s->lock >= 0)
		close(s->lock);
	if (s->dir >= 0)
		close(s->dir);
	s->lock = DIRLOCK_NONE;
	s->dir = -1;
}

bool store_is_short(const struct store *s)
{
	struct statvfs fs;

	/* A file system without blocks does not say how large it is. */
	if (!s->minfree || fstatvfs(s->dir, &fs) || !fs.f_blocks)
		return false;
	return (u64)fs.f_bavail * fs.f_frsize < s->minfree;
}

int store_pick(struct store *s, struct error *err)
{
	struct slots slots;
	u64 n = s->next, jump;
	int ret;

	ret = slots_scan(&slots, s->dir);
	if (ret)
		return store_scan_failed(s, ret, err);
	if (++s->picks > STORE_PICKS_NEAR && getrandom(&jump, sizeof(jump), 0) == sizeof(jump))
		n += jump % STORE_PICK_RANGE;
	for (size_t i = 0; i < slots.nr; i++)
		if (slots.number[i] == n)
			n++;
	slots_free(&slots);
	if (n >= STORE_SLOT_MAX)
		return store_no_number(s, err);
	s->slot = n;
	return 0;
}

bool store_is_over(const struct store *s, int fd)
{
	struct stat st;

	return s->max_total && !fstat(fd, &st) && dumps_disk_bytes(&st) > s->max_total;
}

int store_check_total(const struct store *s, int fd, unsigned int level, struct error *err)
{
	const char *const ways[] = { "raise the limit", hint_less(level) };
	char most[32], hint[64];

	if (!store_is_over(s, fd))
		return 0;
	number_format_size(most, sizeof(most), s->max_total);
	error_set_code(err, ERROR_SIZE_LIMIT,
		       "%s: the dump was discarded: it takes more than the %s of --max-total\n%s",
		       s->path, most, HINT_JOIN(hint, ways));
	return -EFBIG;
}

/* Write @text to a temporary file, which may be there already, and the file to disk. */
static int store_write_file(struct tempfile *t, int dir, mode_t mode, const char *text, size_t len)
{
	bool reserved = t->fd >= 0;
	int err;

	err = reserved ? 0 : temp_create(t, dir, mode);
	if (!err)
		err = temp_write(t, text, len);
	/* The sandbox allows this only with files that were opened before. */
	if (!err && reserved && ftruncate(t->fd, (off_t)len))
		err = -errno;
	if (!err && fsync(t->fd))
		err = -errno;
	return err;
}

/*
 * Advance bounds, unless it is another user's. That it cannot be replaced is no reason to
 * lose a dump: the next one gets a number that is not in use.
 */
static void store_set_bounds(struct store *s, struct tempfile *bounds)
{
	struct stat st;
	int err;

	if (!fstatat(s->dir, "bounds", &st, AT_SYMLINK_NOFOLLOW)) {
		if (s->trust.appends)
			return;
		if (trust_believes(&s->trust, &st))
			err = temp_replace(bounds, "bounds");
		else
			err = -EEXIST;
	} else {
		err = temp_link(bounds, "bounds");
	}
	/* In a shared directory only its owner can replace it: -EPERM. */
	if (err == -EEXIST || (err == -EPERM && s->trust.shared))
		s->ignored |= STORE_IGNORED_BOUNDS;
	else if (err)
		error_set(store_warning(s), "%s/bounds: cannot be replaced: %s\nremove it, or old dumps may take numbers above those of new ones",
			  s->path, strerror(-err));
}

/*
 * Give all files their names. The data is on disk already: only the names can
 * fail for lack of space. After a power failure here, bounds may have skipped a
 * number, or there may be an info.N (and info.N.json) without a dump, which the
 * next rotation removes.
 */
static int store_link_files(struct store *s, struct tempfile *dump, struct tempfile *info,
			    struct tempfile *json, struct tempfile *bounds)
{
	char core_name[SLOT_NAME_MAX], info_name[SLOT_NAME_MAX], json_name[SLOT_NAME_MAX];
	bool json_linked = false;
	int err;

	store_set_bounds(s, bounds);
	slot_name(core_name, "livecore", s->slot);
	slot_name(info_name, "info", s->slot);
	slot_json_name(json_name, s->slot);

	/*
	 * Link info.N first; it decides who gets the number. The dump may be a
	 * file without a name: to unlink it after a temp_link() would delete it.
	 */
	err = temp_link(info, info_name);
	if (err)
		return err;
	if (json->fd >= 0) {
		err = temp_link(json, json_name);
		json_linked = !err;
	}
	if (!err)
		err = temp_link(dump, core_name);
	if (err && json_linked)
		unlinkat(s->dir, json_name, 0);
	if (err)
		unlinkat(s->dir, info_name, 0);
	return err;
}

int store_publish(struct store *s, struct tempfile *dump, const char *info, const char *json,
		  struct error *err)
{
	struct tempfile info_temp = TEMPFILE_INIT, json_temp = TEMPFILE_INIT;
	struct tempfile bounds_temp = TEMPFILE_INIT;
	char number[SMALL_FILE], name[PATH_MAX + SLOT_NAME_MAX];
	int ret;

	reserve_take(s->reserve, RESERVE_INFO, &info_temp);
	reserve_take(s->reserve, RESERVE_JSON, &json_temp);
	reserve_take(s->reserve, RESERVE_BOUNDS, &bounds_temp);
	snprintf(number, sizeof(number), "%" PRIu64 "\n", s->slot + 1);
	ret = store_write_file(&info_temp, s->dir, 0600, info, strlen(info));
	if (!ret && json)
		ret = store_write_file(&json_temp, s->dir, 0600, json, strlen(json));
	if (!ret)
		ret = store_write_file(&bounds_temp, s->dir, 0644, number, strlen(number));
	if (!ret && store_is_short(s)) {
		error_set_code(err, ERROR_MINFREE,
			       "%s: the dump left less than the %" PRIu64 " KiB of minfree\nmake room, use another directory, or use -f",
			       s->path, s->minfree >> 10);
		ret = -ENOSPC;
	}
	if (!ret)
		ret = store_link_files(s, dump, &info_temp, &json_temp, &bounds_temp);
	if (ret && ret != -EEXIST)
		error_set(err, "%s: cannot store dump %" PRIu64 ": %s\n%s",
			  s->path, s->slot, strerror(-ret), hint_of(HINT_CREATE, -ret));
	if (!ret) {
		snprintf(name, sizeof(name), "%s/livecore.%" PRIu64, s->path, s->slot);
		trust_warn_readable(dump->fd, name, store_warning(s));
	}
	temp_close(&bounds_temp);
	temp_close(&json_temp);
	temp_close(&info_temp);
	return ret;
}

/* Point livecore.last or info.last to the new dump. A failure is one only if it can be mended. */
static int store_set_link(struct store *s, const char *prefix, enum store_ignored ignored,
			  struct error *err)
{
	char name[SLOT_NAME_MAX], last[SLOT_NAME_MAX];
	struct stat st;
	bool there;
	int ret;

	slot_name(name, prefix, s->slot);
	snprintf(last, sizeof(last), "%s.last", prefix);
	there = !fstatat(s->dir, last, &st, AT_SYMLINK_NOFOLLOW);
	if (there && !trust_believes(&s->trust, &st))
		ret = -EPERM;
	else
		ret = temp_symlink(s->dir, name, last);
	if (!ret || (there && s->trust.appends))
		return 0;
	if (there ? ret == -EPERM : ret == -EEXIST) {
		s->ignored |= ignored;
		return 0;
	}
	if (ret == -EPERM || ret == -EOPNOTSUPP || ret == -ENOSYS) {
		if (ignored == STORE_IGNORED_LIVECORE_LAST)
			error_set(store_warning(s), "%s: livecore.last and info.last are not made, because the file system has no symbolic links: the dump is %s",
				  s->path, name);
		return 0;
	}
	error_set(err, "%s/%s: %s: the dump is stored as livecore.%" PRIu64 "\nremove %s",
		  s->path, last, ret == -EEXIST ? "not a symbolic link" : strerror(-ret),
		  s->slot, last);
	return ret;
}

/* Write the directory to disk. Some file systems have no way to. */
static int store_flush(struct store *s, struct error *err)
{
	int ret = fsync(s->dir) ? -errno : 0;

	if (!ret || ret == -EINVAL || ret == -EOPNOTSUPP || ret == -ENOSYS)
		return 0;
	error_set(err, "%s: %s: livecore.%" PRIu64 " is stored but may not survive a crash, and old dumps were not removed\ncopy it elsewhere",
		  s->path, strerror(-ret), s->slot);
	return ret;
}

static int store_remove_old(struct store *s, const struct rotate_limits *limits,
			    struct error *err)
{
	bool limited = limits->dumps || limits->bytes;
	struct rotate_limits own = *limits;
	int ret = 0;

	own.newer = s->newer;
	if (limited)
		ret = rotate_dumps(s->dir, &s->trust, s->slot, &own);
	if (!ret)
		ret = rotate_leftovers(s->dir, &s->trust);
	if (!ret || !limited)
		return store_flush(s, err);
	error_set(err, "%s: the new dump is stored, but old live dumps cannot be removed: %s\nremove them by hand",
		  s->path, strerror(-ret));
	return ret;
}

int store_finish(struct store *s, const struct rotate_limits *limits, struct error *err)
{
	int ret, link_ret;

	link_ret = store_set_link(s, "livecore", STORE_IGNORED_LIVECORE_LAST, err);
	ret = store_set_link(s, "info", STORE_IGNORED_INFO_LAST, err);
	if (!link_ret)
		link_ret = ret;
	if (s->trust.appends)
		error_set(store_warning(s), "%s: the directory is append-only (chattr +a): bounds, livecore.last and info.last stay as they are",
			  s->path);
	ret = store_flush(s, err);
	if (!ret && limits)
		ret = store_remove_old(s, limits, err);
	return ret ? ret : link_ret;
}
