// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sandbox_seccomp.c - allow only the system calls that are needed.
 *
 * The allowed calls are the harmless ones, not just those that are called today:
 * another C library, or a newer version, may use other calls for the same
 * things. Calls on the list "refused" fail with EPERM, so that error messages
 * tell the true reason. All other calls fail with ENOSYS, so that a library falls
 * back on an older call.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

#include "include/uapi/livedump.h"
#include "sandbox_impl.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA	0x53564d41
#endif

#define LOW		0xffffffffULL	/* the bits of an int argument */
#define FILE_MODE	0644ULL		/* that of bounds: others read it in a shared directory */
#define NAMESPACES	(CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | \
			 CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS)

/* Names that libseccomp does not know on this architecture are skipped. */
static const char *const always[] = {
	/* open files */
	"read", "readv", "pread64", "preadv", "preadv2", "write", "writev", "pwrite64", "pwritev",
	"pwritev2", "lseek", "_llseek", "copy_file_range", "close", "close_range", "dup", "dup2",
	"dup3", "flock", "fstat", "fstat64", "newfstatat", "fstatat64", "statx",
	"fstatfs", "fstatfs64", "fsync", "fdatasync", "sync_file_range", "ftruncate",
	"ftruncate64", "fallocate", "fadvise64", "poll", "ppoll", "select", "pselect6",
	/* memory; mmap and mprotect are below */
	"brk", "madvise", "mincore", "mlock", "mlock2", "mremap", "munlock", "munmap",
	/* threads; clone is below */
	"arch_prctl", "exit", "exit_group", "futex", "futex_requeue", "futex_wait",
	"futex_waitv", "futex_wake", "get_robust_list", "getcpu", "membarrier", "rseq",
	"sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity",
	"sched_getattr", "sched_getparam", "sched_getscheduler", "sched_yield",
	"set_robust_list", "set_tid_address",
	/* signals */
	"restart_syscall", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn",
	"rt_sigsuspend", "rt_sigtimedwait", "sigaltstack",
	/* time, identity, system */
	"clock_getres", "clock_gettime", "clock_nanosleep", "getegid", "geteuid", "getgid",
	"getpgrp", "getpid", "getppid", "getrandom", "getrlimit", "getrusage", "gettid",
	"gettimeofday", "getuid", "nanosleep", "sysinfo", "time", "times", "ugetrlimit", "uname",
};

static const char *const for_names[] = {
	"linkat", "renameat", "renameat2", "symlinkat", "unlinkat",
};

static const char *const for_opens[] = { "getdents64" };

static const char *const refused[] = {
	"accept", "accept4", "acct", "add_key", "bind", "bpf", "chdir", "chmod", "chown",
	"chroot", "connect", "creat", "delete_module", "execve", "execveat", "fchdir",
	"fchmodat", "fchown", "fchownat", "finit_module", "fork", "init_module",
	"io_uring_enter", "io_uring_register", "io_uring_setup", "kexec_file_load",
	"kexec_load", "keyctl", "kill", "link", "listen", "memfd_create", "mkdir", "mkdirat",
	"mknod", "mknodat", "mount", "open", "open_by_handle_at", "perf_event_open",
	"pidfd_getfd", "pidfd_open", "pidfd_send_signal", "pivot_root", "pkey_mprotect",
	"process_vm_readv", "process_vm_writev", "ptrace", "reboot", "recvfrom", "recvmsg",
	"rename", "request_key", "rmdir", "sendmsg", "sendto", "setns", "setuid", "socket",
	"socketpair", "swapon", "symlink", "tkill", "truncate", "umount2", "unlink",
	"unshare", "userfaultfd", "vfork",
};

/* Of fcntl: not F_SETOWN and F_SETSIG, by which files send any signal to any process. */
static const int fcntl_commands[] = {
	F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_GETLK, F_SETLK, F_SETLKW,
	F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_GETPIPE_SZ, F_SETPIPE_SZ,
};

/* A call, if @args are as they say; @nr of them. */
static int filter_add_if(scmp_filter_ctx ctx, uint32_t action, const char *name,
			 const struct scmp_arg_cmp *args, unsigned int nr)
{
	int call = seccomp_syscall_resolve_name(name);

	if (call == __NR_SCMP_ERROR)
		return 0;
	return seccomp_rule_add_array(ctx, action, call, nr, args);
}

static int filter_add_call(scmp_filter_ctx ctx, uint32_t action, const char *name,
			   const struct scmp_arg_cmp *arg)
{
	return filter_add_if(ctx, action, name, arg, arg ? 1 : 0);
}

static int filter_add_names(scmp_filter_ctx ctx, uint32_t action, const char *const *name,
			    size_t nr)
{
	int ret = 0;

	for (size_t i = 0; i < nr && !ret; i++)
		ret = filter_add_call(ctx, action, name[i], NULL);
	return ret;
}

/* Calls that are allowed with certain values of one argument. */
static int filter_add_conditions(scmp_filter_ctx ctx)
{
	const struct {
		const char *name;
		struct scmp_arg_cmp arg;
	} rules[] = {
		/* no new executable mappings */
		{ "mmap", SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
		{ "mmap2", SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
		{ "mprotect", SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
		/* Threads only. clone3 has its flags in memory: libraries fall back on clone. */
		{ "clone", SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD | NAMESPACES,
				      CLONE_THREAD) },
		/* this process and the calling thread only */
		{ "tgkill", SCMP_A0_64(SCMP_CMP_MASKED_EQ, LOW, (uint64_t)getpid()) },
		{ "sched_setaffinity", SCMP_A0_64(SCMP_CMP_MASKED_EQ, LOW, 0) },
		{ "sched_setattr", SCMP_A0_64(SCMP_CMP_MASKED_EQ, LOW, 0) },
		{ "sched_setscheduler", SCMP_A0_64(SCMP_CMP_MASKED_EQ, LOW, 0) },
		{ "prlimit64", SCMP_A2_64(SCMP_CMP_EQ, 0) },
		{ "prctl", SCMP_A0_64(SCMP_CMP_MASKED_EQ, LOW, PR_SET_NAME) },
		{ "prctl", SCMP_A0_64(SCMP_CMP_MASKED_EQ, LOW, PR_SET_VMA) },
		/* properties of a terminal */
		{ "ioctl", SCMP_A1_64(SCMP_CMP_MASKED_EQ, LOW, TCGETS) },
		{ "ioctl", SCMP_A1_64(SCMP_CMP_MASKED_EQ, LOW, TIOCGWINSZ) },
	};
	int ret = 0;

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules) && !ret; i++)
		ret = filter_add_call(ctx, SCMP_ACT_ALLOW, rules[i].name, &rules[i].arg);
	return ret;
}

static int filter_add_fcntl(scmp_filter_ctx ctx)
{
	const struct scmp_arg_cmp set_flags[] = {
		SCMP_A1_64(SCMP_CMP_MASKED_EQ, LOW, F_SETFL),
		/* which would send signals, to a process named before the sandbox was entered */
		SCMP_A2_64(SCMP_CMP_MASKED_EQ, O_ASYNC, 0),
	};
	int ret = filter_add_if(ctx, SCMP_ACT_ALLOW, "fcntl", set_flags, 2);

	for (size_t i = 0; i < sizeof(fcntl_commands) / sizeof(*fcntl_commands) && !ret; i++) {
		const struct scmp_arg_cmp arg = SCMP_A1_64(SCMP_CMP_MASKED_EQ, LOW,
							   (uint64_t)fcntl_commands[i]);

		ret = filter_add_call(ctx, SCMP_ACT_ALLOW, "fcntl", &arg);
	}
	return ret;
}

/*
 * No mode by which others could run a file of root's as root, or write to it. No capability
 * is needed for that on an own file, and landlock knows nothing of modes. Who writes no
 * files, but may have a dump open, changes no mode at all.
 */
static int filter_add_modes(scmp_filter_ctx ctx, const struct sandbox *s)
{
	const struct scmp_arg_cmp chmod_arg = SCMP_A1_64(SCMP_CMP_MASKED_EQ, LOW & ~FILE_MODE, 0);
	const struct scmp_arg_cmp open_arg = SCMP_A3_64(SCMP_CMP_MASKED_EQ, LOW & ~FILE_MODE, 0);
	const uint32_t refuse = SCMP_ACT_ERRNO(EPERM);
	bool writes = s->dir >= 0 && !s->looks, opens = s->dir >= 0 && (s->opens || s->looks);
	int ret;

	ret = filter_add_call(ctx, writes ? SCMP_ACT_ALLOW : refuse, "fchmod",
			      writes ? &chmod_arg : NULL);
	if (!ret)
		ret = filter_add_call(ctx, opens ? SCMP_ACT_ALLOW : refuse, "openat",
				      opens ? &open_arg : NULL);
	return ret;
}

#define FILTER_ADD(ctx, action, names) \
	filter_add_names(ctx, action, names, sizeof(names) / sizeof(*(names)))

static int filter_add_all(scmp_filter_ctx ctx, const struct sandbox *s)
{
	const uint32_t refuse = SCMP_ACT_ERRNO(EPERM);
	const struct scmp_arg_cmp dump = SCMP_A1_64(SCMP_CMP_MASKED_EQ, LOW, LIVEDUMP_IOC_DUMP);
	int ret = FILTER_ADD(ctx, SCMP_ACT_ALLOW, always);

	if (!ret)
		ret = FILTER_ADD(ctx, s->dir >= 0 && !s->looks ? SCMP_ACT_ALLOW : refuse,
				 for_names);
	if (!ret)
		ret = FILTER_ADD(ctx, s->dir >= 0 && (s->opens || s->looks) ? SCMP_ACT_ALLOW :
				 refuse, for_opens);
	if (!ret)
		ret = FILTER_ADD(ctx, refuse, refused);
	if (!ret)
		ret = filter_add_conditions(ctx);
	if (!ret)
		ret = filter_add_fcntl(ctx);
	if (!ret)
		ret = filter_add_modes(ctx, s);
	if (!ret && s->asks_module)
		ret = filter_add_call(ctx, SCMP_ACT_ALLOW, "ioctl", &dump);
	return ret;
}

int sandbox_seccomp(const struct sandbox *s, const char **missing)
{
	scmp_filter_ctx ctx;
	int ret;

	/* A kernel with seccomp filters fails with EFAULT here: there is no filter at NULL. */
	*missing = NULL;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) && errno != EFAULT) {
		*missing = errno == EINVAL || errno == ENOSYS ? "the kernel lacks it" :
			   "it is forbidden, as in a container";
		return 0;
	}
	ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	if (!ctx)
		return -ENOMEM;
	/* Have the filter find a call by binary search. */
	ret = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	/* Do not enable the mitigation for Spec Store Bypass, which would slow the process. */
	if (!ret)
		ret = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_SSB, 1);
	if (!ret)
		ret = seccomp_attr_set(ctx, SCMP_FLTATR_API_SYSRAWRC, 1);
	if (!ret)
		ret = filter_add_all(ctx, s);
	if (!ret)
		ret = seccomp_load(ctx);
	seccomp_release(ctx);
	return ret;
}
