// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_sandbox.c - what a process can and cannot do in the sandbox. A child
 * enters it for each of the commands and tries.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "include/uapi/livedump.h"
#include "sandbox/sandbox.h"
#include "savecore/dumps/slots.h"
#include "savecore/store/store.h"
#include "tests/unit/root.h"
#include "tests/unit/tree.h"

#define INFO	"Dump header from device: /proc/kcore\nMode: live\n"

static char top[64];
static int dir, other, sock;
static struct store store;
static struct tempfile temp;

static int setup(void **state)
{
	struct error err = { 0 };
	char path[80];

	(void)state;
	strcpy(top, "/tmp/test_sandbox.XXXXXX");
	if (!mkdtemp(top))
		return -1;
	snprintf(path, sizeof(path), "%s/crash", top);
	if (mkdir(path, 0700) || store_open(&store, path, false, &err))
		return -1;
	store.path = "crash";
	dir = store.dir;
	snprintf(path, sizeof(path), "%s/other", top);
	other = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return other < 0 || sock < 0 || temp_create(&temp, dir, 0600);
}

static int teardown(void **state)
{
	(void)state;
	temp_close(&temp);
	store_close(&store);
	close(other);
	close(sock);
	return tree_remove(top);
}

/* In the child; its exit status is 0 if all is as expected. */

static int wrong;

static void expect(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	wrong = 1;
}

/* Any error will do that says "no": that of seccomp, landlock or capabilities. */
static void refuse(long result, const char *what)
{
	int err = errno;

	if (result < 0 && (err == EPERM || err == EACCES || err == ENOSYS || err == EXDEV))
		return;
	fprintf(stderr, "%s: returned %ld, %s\n", what, result, result < 0 ? strerror(err) : "");
	wrong = 1;
}

static void try_files(const struct sandbox *s)
{
	const u64 how[3] = { O_RDONLY };
	char up[80];

	refuse(open("/etc/passwd", O_RDONLY), "open");
	refuse(open("/proc/self/mem", O_RDWR), "open /proc/self/mem");
	refuse(syscall(SYS_open, "/etc/passwd", O_RDONLY), "the old open");
	refuse(syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", how, sizeof(how)), "openat2");
	refuse(creat("/tmp/test_sandbox.created", 0600), "creat");
	refuse(openat(dir, "..", O_RDONLY | O_DIRECTORY), "open ..");
	refuse(openat(dir, "../other", O_RDWR), "open ../other");
	refuse(openat(dir, "../../../etc/shadow", O_RDONLY), "open ../../../etc/shadow");
	refuse(renameat(dir, "../other", dir, "stolen"), "rename from ..");
	refuse(linkat(dir, "../other", dir, "stolen", 0), "link from ..");
	refuse(symlinkat("x", dir, "../planted"), "symlink in ..");
	refuse(unlinkat(dir, "../other", 0), "unlink in ..");
	refuse(mkdirat(dir, "sub", 0700), "mkdir");
	refuse(mknodat(dir, "fifo", S_IFIFO | 0600, 0), "mknod");
	refuse(unlinkat(dir, "../crash", AT_REMOVEDIR), "rmdir");
	refuse(chmod(top, 0777), "chmod");
	refuse(chown(top, 1, 1), "chown");
	refuse(truncate("/etc/passwd", 0), "truncate");
	snprintf(up, sizeof(up), "%s/moved", top);
	refuse(rename(top, up), "rename");
	/* Another user shall neither run a file of root's nor write to one. */
	refuse(fchmod(other, 04755), "fchmod to set-user-ID");
	refuse(fchmod(other, 02700), "fchmod to set-group-ID");
	refuse(fchmod(other, 0755), "fchmod to execute");
	refuse(fchmod(other, 0666), "fchmod for all to write");
	refuse(openat(dir, "made", O_WRONLY | O_CREAT, 04700), "open with set-user-ID");
	refuse(openat(dir, ".", O_WRONLY | O_TMPFILE, 0666), "open for all to write");
	if (s->dir < 0) {
		refuse(symlinkat("x", dir, "link"), "symlink");
		refuse(fchmod(other, 0644), "fchmod for all");
		refuse(fchmod(other, 0600), "fchmod");
	}
	if (!s->opens)
		refuse(openat(dir, ".", O_RDONLY | O_DIRECTORY), "open the directory");
}

static void try_others(const struct sandbox *s)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(9) };
	char *argv[] = { "true", NULL };

	refuse(socket(AF_INET, SOCK_STREAM, 0), "socket");
	refuse(socket(AF_UNIX, SOCK_DGRAM, 0), "unix socket");
	refuse(connect(sock, (struct sockaddr *)&in, sizeof(in)), "connect");
	refuse(execv("/bin/true", argv), "exec");
	refuse(syscall(SYS_execveat, other, "", argv, NULL, AT_EMPTY_PATH), "execveat");
	refuse(fork(), "fork");
	refuse(vfork(), "vfork");
	refuse(syscall(SYS_clone3, NULL, 0), "clone3");
	refuse(syscall(SYS_clone, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND | CLONE_NEWUSER, 0, 0,
		       0, 0), "clone to a namespace");
	refuse(ptrace(PTRACE_TRACEME, 0, 0, 0), "ptrace");
	refuse(mount("none", "/mnt", "tmpfs", 0, NULL), "mount");
	refuse(umount2("/proc", MNT_DETACH), "umount");
	refuse(unshare(CLONE_NEWUSER), "unshare");
	refuse(chroot("/"), "chroot");
	refuse(syscall(SYS_io_uring_setup, 1, NULL), "io_uring_setup");
	refuse(syscall(SYS_bpf, 0, NULL, 0), "bpf");
	refuse(syscall(SYS_memfd_create, "x", 0), "memfd_create");
	refuse(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0), "process_vm_readv");
	refuse(syscall(SYS_kexec_load, 0, 0, NULL, 0), "kexec_load");
	refuse(syscall(SYS_init_module, NULL, 0, ""), "init_module");
	refuse(kill(getppid(), 0), "kill");
	refuse(syscall(SYS_tgkill, getppid(), getppid(), 0), "tgkill");
	/* A pipe's owner gets any signal that was set for it. */
	refuse(fcntl(sock, F_SETOWN, getppid()), "fcntl F_SETOWN");
	refuse(fcntl(sock, F_SETSIG, SIGKILL), "fcntl F_SETSIG");
	refuse(fcntl(sock, F_SETFL, O_ASYNC), "fcntl O_ASYNC");
	refuse(setuid(0), "setuid");
	refuse(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "prctl");
	refuse(ioctl(STDIN_FILENO, TIOCSTI, "x"), "ioctl TIOCSTI");
	refuse(prlimit(0, RLIMIT_CORE, &(struct rlimit){ 0, 0 }, NULL), "setrlimit");
	refuse((long)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	       "mmap of code");
	refuse(mprotect((void *)((uintptr_t)&wrong & ~4095UL), 4096, PROT_READ | PROT_EXEC),
	       "mprotect to code");
	refuse(syscall(4000), "a call that does not exist");
	/* Asking /dev/null for a dump is no use, but the kernel is to say so. */
	if (s->asks_module)
		expect(ioctl(STDIN_FILENO, LIVEDUMP_IOC_DUMP, NULL) < 0 && errno == ENOTTY,
		       "the module's ioctl");
	else
		refuse(ioctl(STDIN_FILENO, LIVEDUMP_IOC_DUMP, NULL), "the module's ioctl");
}

static void *thread(void *arg)
{
	struct timespec tick = { 0, 1000 };

	nanosleep(&tick, NULL);
	/* Confined like the thread that started it. */
	refuse(socket(AF_INET, SOCK_STREAM, 0), "socket in a thread");
	refuse(open("/etc/passwd", O_RDONLY), "open in a thread");
	return arg;
}

/* What all commands do. */
static void use(void)
{
	size_t size = 8 << 20;
	char *mem = malloc(size);
	char buf[16] = "";
	pthread_t t;

	expect(mem && memset(mem, 1, size), "malloc");
	free(mem);
	expect(!pthread_create(&t, NULL, thread, NULL) && !pthread_join(t, NULL), "thread");
	expect(pwrite(other, "abc", 3, 0) == 3, "write");
	expect(pread(other, buf, sizeof(buf), 0) == 3 && !strcmp(buf, "abc"), "read");
	expect(fcntl(other, F_GETFL) >= 0 && !fcntl(other, F_SETFL, O_NONBLOCK) &&
	       !fcntl(other, F_SETFL, 0), "fcntl");
	expect(!fsync(other) && !ftruncate(other, 0), "fsync, ftruncate");
	expect(port_alloc(1 << 20), "mmap");
	expect(isatty(STDIN_FILENO) || errno == ENOTTY, "isatty");
	expect(port_now_ns() && sysconf(_SC_PAGESIZE) > 0, "clock");
	expect(!sched_yield(), "sched_yield");
}

static void use_directory(const struct sandbox *s)
{
	const struct rotate_limits limits = { .dumps = 1 };
	struct error err = { 0 };

	if (!s->opens) {
		expect(!temp_link(&temp, "core"), "link");
		return;
	}
	expect(!store_pick(&store, &err), "pick");
	expect(!store_publish(&store, &temp, INFO, INFO, &err), "publish");
	expect(!store_finish(&store, &limits, &err), "settle");
	if (err.text[0])
		fprintf(stderr, "%s\n", err.text);
	temp_close(&temp);
	expect(!temp_create_named(&temp, dir, 0600) && !temp_replace(&temp, "bounds"), "named");
}

/* What @status, an open /proc/self/status, has for @key. */
static u64 status_value(int status, const char *key)
{
	char text[8192], *at;
	ssize_t n = pread(status, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, key);
	expect(at, key);
	return at ? strtoull(at + strlen(key), NULL, 16) : 0;
}

static u64 capabilities(int status)
{
	return status_value(status, "\nCapEff:") | status_value(status, "\nCapPrm:") |
	       status_value(status, "\nCapInh:") | status_value(status, "\nCapAmb:");
}

static void check_report(const struct sandbox *s, const struct sandbox_report *report, u64 caps)
{
	char want[200];

	snprintf(want, sizeof(want), "seccomp, landlock, capabilities:%s%s%s%s",
		 caps & 1 << CAP_SYS_RAWIO ? " sys_rawio" : "",
		 caps & 1 << CAP_SYS_NICE ? " sys_nice" : "",
		 caps & 1 << CAP_IPC_LOCK ? " ipc_lock" : "",
		 caps ? "" : " none");
	if (geteuid())
		return;
	errno = 0;
	expect(!(caps & 1 << CAP_SYS_RAWIO) == !s->asks_module, "CAP_SYS_RAWIO");
	expect(!(caps & 1 << CAP_SYS_NICE) == !s->boosts, "CAP_SYS_NICE");
	expect(!(caps & 1 << CAP_IPC_LOCK) == !s->locks_memory, "CAP_IPC_LOCK");
	expect(!(caps & ~(1ULL << CAP_SYS_RAWIO | 1 << CAP_SYS_NICE | 1 << CAP_IPC_LOCK)),
	       "other capabilities");
	if (strcmp(report->text, want)) {
		fprintf(stderr, "reported '%s', not '%s'\n", report->text, want);
		wrong = 1;
	}
}

static void confined(const struct sandbox *s)
{
	int status = open("/proc/self/status", O_RDONLY);
	struct sandbox_report report;
	struct error err = { 0 };

	if (sandbox_enter(s, &report, &err)) {
		fprintf(stderr, "%s\n", err.text);
		_exit(1);
	}
	check_report(s, &report, capabilities(status));
	expect(status_value(status, "\nSeccomp:") == 2, "seccomp");
	expect(status_value(status, "\nNoNewPrivs:") == 1, "no_new_privs");
	expect(prctl(PR_SET_NAME, "test") == 0, "prctl PR_SET_NAME");
	try_files(s);
	try_others(s);
	use();
	if (s->dir >= 0)
		use_directory(s);
	/* The sanitizers' own end would want more. */
	_exit(wrong);
}

static void run(const struct sandbox *s, void (*fn)(const struct sandbox *s))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, STDIN_FILENO);
		fn(s);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Reads files in the directory, and changes nothing there. */
static void confined_to_look(const struct sandbox *s)
{
	int status = open("/proc/self/status", O_RDONLY);
	struct error err = { 0 };
	int fd;

	if (sandbox_enter(s, NULL, &err)) {
		fprintf(stderr, "%s\n", err.text);
		_exit(1);
	}
	expect(geteuid() || !capabilities(status), "no capabilities");
	fd = openat(dir, "there", O_RDONLY);
	expect(fd >= 0, "open");
	close(fd);
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY);
	expect(fd >= 0, "open .");
	refuse(openat(dir, "there", O_WRONLY), "open to write");
	refuse(openat(dir, "there", O_RDONLY | O_TRUNC), "truncate");
	refuse(openat(dir, "new", O_WRONLY | O_CREAT, 0600), "create");
	refuse(symlinkat("x", dir, "link"), "symlink");
	refuse(linkat(dir, "there", dir, "new", 0), "link");
	refuse(renameat(dir, "there", dir, "new"), "rename");
	refuse(unlinkat(dir, "there", 0), "unlink");
	refuse(open("/etc/passwd", O_RDONLY), "open");
	refuse(openat(dir, "../other", O_RDONLY), "open ../other");
	try_others(s);
	_exit(wrong);
}

static void test_look(void **state)
{
	const struct sandbox s = { .dir = dir, .looks = true };

	(void)state;
	close(openat(dir, "there", O_WRONLY | O_CREAT, 0600));
	run(&s, confined_to_look);
}

static void test_verify(void **state)
{
	const struct sandbox s = SANDBOX_NOWHERE;

	(void)state;
	run(&s, confined);
}

static void test_slot(void **state)
{
	const struct sandbox s = {
		.dir = dir, .opens = true, .locks_memory = true, .boosts = true,
	};

	(void)state;
	run(&s, confined);
	assert_int_equal(faccessat(dir, "livecore.0", F_OK, 0), 0);
}

static void test_slot_module(void **state)
{
	const struct sandbox s = { .dir = dir, .opens = true, .asks_module = true };

	(void)state;
	run(&s, confined);
	assert_int_equal(faccessat(dir, "livecore.0", F_OK, 0), 0);
}

static void test_file(void **state)
{
	const struct sandbox s = { .dir = dir, .locks_memory = true };

	(void)state;
	run(&s, confined);
	assert_int_equal(faccessat(dir, "core", F_OK, 0), 0);
}

static void test_stream(void **state)
{
	const struct sandbox s = { .dir = -1, .locks_memory = true, .boosts = true };

	(void)state;
	run(&s, confined);
}

/* Root needs more than to be root in a directory of someone else's. */
static void others_directory(const struct sandbox *s)
{
	struct sandbox_report report;
	struct error err = { 0 };

	expect(!sandbox_enter(s, &report, &err), "enter");
	expect(strstr(report.text, " dac_override fowner"), report.text);
	use_directory(s);
	_exit(wrong);
}

static void test_others_directory(void **state)
{
	const struct sandbox s = { .dir = dir, .opens = true };

	(void)state;
	/* Only root can have it, and only root needs it. */
	needs_root();
	assert_int_equal(fchown(dir, 1, 1), 0);
	assert_int_equal(fchmod(dir, 0700), 0);
	run(&s, others_directory);
	assert_int_equal(faccessat(dir, "livecore.0", F_OK, 0), 0);
}

/* A kernel that has neither, made of one that has. */
static void lacking(const struct sandbox *s)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	struct sandbox_report report;
	struct error err = { 0 };

	expect(!seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
				 SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP)), "rule");
	expect(!seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS),
				 SCMP_SYS(landlock_create_ruleset), 0), "rule");
	expect(!seccomp_load(ctx), "load");
	seccomp_release(ctx);
	expect(!sandbox_enter(s, &report, &err), "enter");
	expect(!strncmp(report.text, "no seccomp (the kernel lacks it), no landlock ", 46),
	       report.text);
	expect(strstr(report.text, "capabilities: none"), report.text);
	expect(capabilities(open("/proc/self/status", O_RDONLY)) == 0, "capabilities");
	expect(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, "no_new_privs");
	expect(open("/etc/passwd", O_RDONLY) >= 0, "open");
	_exit(wrong);
}

static void test_lacking(void **state)
{
	const struct sandbox s = SANDBOX_NOWHERE;

	(void)state;
	run(&s, lacking);
}

/* A kernel that has both, but does not let this process use them, as in a container. */
static void forbidden(const struct sandbox *s, int seccomp, int landlock, const char *want)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	struct sandbox_report report;
	struct error err = { 0 };

	expect(!seccomp_rule_add(ctx, SCMP_ACT_ERRNO(seccomp), SCMP_SYS(prctl), 1,
				 SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP)), "rule");
	expect(!seccomp_rule_add(ctx, SCMP_ACT_ERRNO(landlock),
				 SCMP_SYS(landlock_create_ruleset), 0), "rule");
	expect(!seccomp_load(ctx), "load");
	seccomp_release(ctx);
	expect(!sandbox_enter(s, &report, &err), "enter");
	expect(!strncmp(report.text, want, strlen(want)), report.text);
	_exit(wrong);
}

static void forbidden_both(const struct sandbox *s)
{
	forbidden(s, EPERM, EPERM, "no seccomp (it is forbidden, as in a container), no landlock (it is forbidden, as in a container), capabilities: none");
}

static void turned_off(const struct sandbox *s)
{
	forbidden(s, EINVAL, EOPNOTSUPP, "no seccomp (the kernel lacks it), no landlock (it is turned off: see lsm= on the kernel's command line), ");
}

static void test_forbidden(void **state)
{
	const struct sandbox s = SANDBOX_NOWHERE;

	(void)state;
	run(&s, forbidden_both);
	run(&s, turned_off);
}

/* What it cannot do though the kernel should let it is an error. */
static void failing(const struct sandbox *s)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	struct sandbox_report report;
	struct error err = { 0 };

	expect(!seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOMEM), SCMP_SYS(capset), 0), "rule");
	expect(!seccomp_load(ctx), "load");
	seccomp_release(ctx);
	expect(sandbox_enter(s, &report, &err) == -ENOMEM, "enter");
	expect(strstr(err.text, "--no-sandbox"), err.text);
	_exit(wrong);
}

static void test_failing(void **state)
{
	const struct sandbox s = SANDBOX_NOWHERE;

	(void)state;
	run(&s, failing);
}

/* libseccomp would crash: nothing is begun. */
static void no_memory(const struct sandbox *s)
{
	struct rlimit limit, small = { .rlim_cur = 1 << 20 };
	struct error err = { 0 };
	int ret;

	expect(!getrlimit(RLIMIT_AS, &limit), "getrlimit");
	small.rlim_max = limit.rlim_max;
	expect(!setrlimit(RLIMIT_AS, &small), "lower the limit");
	ret = sandbox_enter(s, NULL, &err);
	expect(!setrlimit(RLIMIT_AS, &limit), "raise the limit");
	expect(ret == -ENOMEM && err.code == ERROR_NO_MEMORY, "enter without memory");
	expect(strstr(err.text, "ulimit -v"), err.text);
	expect(!prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), "the thread is as it was");
	_exit(wrong);
}

static void test_no_memory(void **state)
{
	const struct sandbox s = SANDBOX_NOWHERE;

	(void)state;
	run(&s, no_memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_verify, setup, teardown),
		cmocka_unit_test_setup_teardown(test_look, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slot, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slot_module, setup, teardown),
		cmocka_unit_test_setup_teardown(test_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stream, setup, teardown),
		cmocka_unit_test_setup_teardown(test_others_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lacking, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forbidden, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
