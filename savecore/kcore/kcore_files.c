// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kcore_files.c - open the files of /proc, or of a recorded directory.
 *
 * Container runtimes mask files of /proc: they mount /dev/null or an empty file over
 * them, or the whole of /proc shows processes only (subset=pid). Or they take the
 * capability away, or root is that of a user namespace.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/hint.h"
#include "kcore_files.h"
#include "port/procfile.h"

#define LOCKDOWN	"/sys/kernel/security/lockdown"
#define ON_THE_HOST	"run savecore on the host, or in a container that may see it (--privileged)"

const char *kcore_file_name(const struct kcore_files *f, const char *file, char *name)
{
	snprintf(name, KCORE_NAME_MAX, "%.*s/%s", 240, f->path, file);
	return name;
}

static bool kcore_is_procfs(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

int kcore_files_open(struct kcore_files *f, const char *path, struct error *err)
{
	f->path = path;
	f->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir < 0) {
		int rc = -errno;

		error_set(err, "cannot open the directory %s: %s\n%s", path, strerror(-rc),
			  hint_of(HINT_INPUT, -rc));
		return rc;
	}
	f->live = kcore_is_procfs(f->dir);
	return 0;
}

void kcore_files_close(struct kcore_files *f)
{
	if (f->dir >= 0)
		close(f->dir);
	f->dir = -1;
}

static bool kcore_has_rawio(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return !syscall(SYS_capget, &header, data) && data[0].effective & 1U << CAP_SYS_RAWIO;
}

/* The kernel refuses /proc/kcore with EPERM: see open_kcore() in fs/proc/kcore.c. */
static void kcore_explain_eperm(const char *name, struct error *err)
{
	char text[128];

	procfile_read(LOCKDOWN, text, sizeof(text));
	if (strstr(text, "[confidentiality]"))
		error_set(err, "cannot open %s: kernel lockdown (confidentiality) forbids it\nboot with lockdown=integrity, or without lockdown",
			  name);
	else if (geteuid())
		error_set(err, "cannot open %s: not permitted\nrun as root, with the capability CAP_SYS_RAWIO",
			  name);
	else if (!kcore_has_rawio())
		error_set(err, "cannot open %s: root does not have the capability CAP_SYS_RAWIO here, as in a container\n"
			  ON_THE_HOST, name);
	else if (!text[0])
		error_set(err, "cannot open %s: not permitted: root is that of a container, or kernel lockdown (confidentiality) forbids it\nrun savecore on the host; boot with lockdown=integrity, or without lockdown",
			  name);
	else
		error_set(err, "cannot open %s: a security policy forbids it\nread the kernel log",
			  name);
}

static void kcore_explain_missing(const struct kcore_files *f, const char *file,
				  const char *name, struct error *err)
{
	/* Only the processes are there: proc(5), subset=pid. */
	if (faccessat(f->dir, "meminfo", F_OK, 0))
		error_set_code(err, ERROR_PERMISSION,
			       "cannot open %s: this /proc shows only processes (subset=pid), as in a container\n"
			       ON_THE_HOST, name);
	else if (!strcmp(file, "kcore"))
		error_set_code(err, ERROR_NO_ENGINE,
			       "cannot open %s: the kernel was built without CONFIG_PROC_KCORE\nload the kernel module",
			       name);
	else if (!strcmp(file, "kpageflags"))
		error_set_code(err, ERROR_UNSUPPORTED,
			       "cannot open %s: the kernel was built without CONFIG_PROC_PAGE_MONITOR\nload the kernel module, or use -d 1, which dumps the memory of all programs, too",
			       name);
	else
		error_set(err, "cannot open %s: %s\n" ON_THE_HOST, name, strerror(ENOENT));
}

static void kcore_explain_open(const struct kcore_files *f, const char *file, int errnum,
			       struct error *err)
{
	char name[KCORE_NAME_MAX];

	kcore_file_name(f, file, name);
	if (f->live && errnum == ENOENT)
		kcore_explain_missing(f, file, name, err);
	else if (f->live && errnum == EPERM)
		kcore_explain_eperm(name, err);
	else if (f->live && errnum == EACCES && geteuid())
		error_set(err, "cannot open %s: not permitted\nrun as root", name);
	else
		error_set(err, "cannot open %s: %s\n%s", name, strerror(errnum),
			  hint_of(f->live ? HINT_KERNEL : HINT_INPUT, errnum));
}

/* What is in the place of the file of procfs, or NULL: it is the file. */
static const char *kcore_find_mask(const struct kcore_files *f, int fd, const struct stat *st)
{
	bool procfs = kcore_is_procfs(fd);

	if (S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3))
		return "/dev/null is mounted over it";
	if (S_ISREG(st->st_mode) && !st->st_size && !procfs)
		return "it is an empty file";
	if (f->live && !procfs)
		return "something else is mounted over it";
	return NULL;
}

int kcore_file_open(const struct kcore_files *f, const char *file, struct error *err)
{
	char name[KCORE_NAME_MAX];
	const char *mask = NULL;
	struct stat st;
	int fd = openat(f->dir, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		int rc = -errno;

		kcore_explain_open(f, file, -rc, err);
		return rc;
	}
	kcore_file_name(f, file, name);
	if (!fstat(fd, &st)) {
		mask = kcore_find_mask(f, fd, &st);
		if (!mask && S_ISREG(st.st_mode))
			return fd;
	}
	if (mask)
		error_set_code(err, ERROR_PERMISSION, "%s is masked, as in a container: %s\n"
			       ON_THE_HOST, name, mask);
	else
		error_set_code(err, ERROR_BAD_MEMORY_IMAGE, "%s is not a regular file", name);
	close(fd);
	return -EINVAL;
}
