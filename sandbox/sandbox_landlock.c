// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sandbox_landlock.c - allow access to the files of one directory only.
 *
 * Every kind of access that the kernel can deny is denied. Which kinds that are
 * depends on the ABI version of the kernel. Kinds that older headers lack are
 * defined here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox_impl.h"

/* struct landlock_ruleset_attr of version 6. Older kernels know the first members. */
struct ruleset {
	uint64_t fs;
	uint64_t net;		/* since version 4 */
	uint64_t scoped;	/* since version 6 */
};

#define FS_V1		((1ULL << 13) - 1)	/* up to MAKE_SYM */
#define FS_REFER	(1ULL << 13)		/* since version 2 */
#define FS_TRUNCATE	(1ULL << 14)		/* 3 */
#define FS_IOCTL_DEV	(1ULL << 15)		/* 5 */
#define NET_ALL		3ULL			/* bind and connect, TCP */
#define SCOPE_ALL	3ULL			/* abstract sockets, signals */

/* For temporary files, links to dumps, and rotation. */
#define NAMES		(LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM | \
			 LANDLOCK_ACCESS_FS_REMOVE_FILE)
#define LOOKS		(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define OPENS		(LOOKS | LANDLOCK_ACCESS_FS_WRITE_FILE)

static size_t ruleset_fill(struct ruleset *r, long version)
{
	*r = (struct ruleset){ .fs = FS_V1 };
	if (version >= 2)
		r->fs |= FS_REFER;
	if (version >= 3)
		r->fs |= FS_TRUNCATE;
	if (version >= 5)
		r->fs |= FS_IOCTL_DEV;
	if (version >= 4)
		r->net = NET_ALL;
	if (version >= 6)
		r->scoped = SCOPE_ALL;
	if (version >= 6)
		return sizeof(*r);
	return version >= 4 ? offsetof(struct ruleset, scoped) : offsetof(struct ruleset, net);
}

static int ruleset_restrict_self(const struct sandbox *s, int ruleset)
{
	struct landlock_path_beneath_attr beneath = {
		.allowed_access = s->looks ? LOOKS : NAMES | (s->opens ? OPENS : 0),
		.parent_fd = s->dir,
	};

	if (s->dir >= 0 && syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
				   &beneath, 0))
		return -errno;
	return syscall(SYS_landlock_restrict_self, ruleset, 0) ? -errno : 0;
}

/* Why the kernel does not tell its version. */
static const char *landlock_missing(int errnum)
{
	switch (errnum) {
	case ENOSYS:
		return "the kernel lacks it";
	case EOPNOTSUPP:
		return "it is turned off: see lsm= on the kernel's command line";
	default:
		return "it is forbidden, as in a container";
	}
}

int sandbox_landlock(const struct sandbox *s, const char **missing)
{
	struct ruleset rules;
	long version;
	size_t size;
	int fd, ret;

	*missing = NULL;
	version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (version < 1) {
		*missing = landlock_missing(version < 0 ? errno : ENOSYS);
		return 0;
	}
	size = ruleset_fill(&rules, version);
	fd = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
	if (fd < 0)
		return -errno;
	ret = ruleset_restrict_self(s, fd);
	close(fd);
	return ret;
}
