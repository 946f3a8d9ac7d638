// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * module_fuzz.c - four tasks call /dev/livedump at random: with good and bad
 * arguments at good and bad addresses, with files of all kinds, and with signals.
 * A companion thread of each task changes the argument and the file during the
 * call. In between, the tasks use the device in other ways. If the kernel can
 * inject faults, allocations of these tasks and of the module's threads fail.
 *
 *   module_fuzz SECONDS SEED DIRECTORY...
 *
 * The results of the calls are checked here. The kernel must find all other faults.
 */
#define _GNU_SOURCE
#include "module_fuzz.h"

/* A task that makes no progress for this long hangs. */
#define STUCK_S		240

#define DEBUGFS		"/sys/kernel/debug/"

static struct {
	unsigned long steps[NR_TASKS];
	unsigned long results[256];
	unsigned long wrong;
	char text[200];			/* the first wrong result */
	char arg[PAGE];			/* all tasks write to it */
} *shared;

static struct fuzz_task me;
static sigjmp_buf no_page;
static volatile sig_atomic_t guarded;

static bool allowed(int err)
{
	static const short may[] = {
		0, EINVAL, EBADF, E2BIG, EFAULT, EPERM, EBUSY, EINTR, ETXTBSY, ENOMEM, ENOSPC,
		EFBIG, EIO, EOPNOTSUPP, ENOTTY, ETIME, EDEADLK,
	};

	for (unsigned int i = 0; i < sizeof(may) / sizeof(*may); i++)
		if (err == may[i])
			return true;
	return false;
}

__attribute__((format(printf, 1, 2)))
static void wrong(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!__atomic_fetch_add(&shared->wrong, 1, __ATOMIC_RELAXED))
		vsnprintf(shared->text, sizeof(shared->text), fmt, ap);
	va_end(ap);
}

static __u32 odd_value(struct fuzz_task *t)
{
	static const __u32 values[] = {
		0, 1, 2, 3, 4, 5, 19, 31, 32, 47, 48, 49, 64, 255, 256, 512,
		sizeof(struct livedump_arg), sizeof(struct livedump_arg) + 8, 4095, 4096, 4097,
		1U << 16, 1U << 31, ~0U, ~0U - 1,
	};

	if (!rnd(t, 4))
		return rnd(t, 1U << 31);
	return values[rnd(t, sizeof(values) / sizeof(*values))];
}

static char printable[2 * LIVEDUMP_REASON_MAX];

static void fill(struct fuzz_task *t, struct livedump_arg *arg)
{
	int odd = rnd(t, 2) ? 0 : rnd(t, 4);
	__u32 word;

	memset(arg, 0, sizeof(*arg));
	arg->size = rnd(t, 4) ? sizeof(*arg) : LIVEDUMP_ARG_SIZE_MIN + rnd(t, 16) * 8;
	arg->fd = pick_fd(t);
	arg->flags = rnd(t, 16);
	if (arg->flags & LIVEDUMP_DRY_RUN && rnd(t, 2))
		arg->fd = -1;
	if (!rnd(t, 4))
		arg->memory_mib = 1U << rnd(t, 10);
	if (!rnd(t, 16)) {
		arg->mode = LIVEDUMP_MODE_FREEZE + rnd(t, 3);
		arg->max_pause_ms = rnd(t, 4) ? 0 : rnd(t, LIVEDUMP_PAUSE_MAX + 1000);
	}
	arg->compression = rnd(t, 4);
	arg->dump_level = rnd(t, 8) ? LIVEDUMP_LEVEL_MAX : rnd(t, 32);
	if (!rnd(t, 4)) {
		arg->format = LIVEDUMP_FORMAT_ELF;
		arg->compression = rnd(t, 8) ? 0 : 1;
	}
	while (odd-- > 0) {
		word = odd_value(t);
		memcpy((char *)arg + rnd(t, LIVEDUMP_ARG_SIZE_MIN / 4) * 4, &word, 4);
	}
	if (!rnd(t, 4)) {
		memset(printable, 'x', sizeof(printable));
		arg->reason = rnd(t, 4) ? (uintptr_t)printable : odd_value(t);
		arg->reason_size = odd_value(t);
	}
	if (!rnd(t, 16))
		arg->rate = 1ULL << rnd(t, 64);
	if (!rnd(t, 8))
		arg->max_bytes = 1ULL << rnd(t, 64);
	if (!rnd(t, arg->flags & LIVEDUMP_DRY_RUN ? 2 : 64))
		arg->room = 1ULL << rnd(t, 64);
}

/* Where the argument is. Sets *own if nobody else can have changed it afterwards. */
static void *place(struct fuzz_task *t, const struct livedump_arg *arg, bool *own)
{
	void *const bad[] = { NULL, (void *)1, (void *)-4096UL, (void *)0xffff888000000000UL,
			      (void *)0x8000000000000000UL };
	size_t len;
	char *at;

	*own = false;
	switch (rnd(t, 12)) {
	case 0:	/* at the end of a mapping, whole or cut off anywhere */
		len = rnd(t, 2) ? sizeof(*arg) : rnd(t, sizeof(*arg));
		at = t->edge + EDGE_SIZE - len;
		memcpy(at, arg, len);
		return at;
	case 1:	/* nothing can be written back */
		mprotect(t->page, PAGE, PROT_READ | PROT_WRITE);
		memcpy(t->page, arg, sizeof(*arg));
		mprotect(t->page, PAGE, rnd(t, 2) ? PROT_READ : PROT_NONE);
		return t->page;
	case 2:
		return bad[rnd(t, sizeof(bad) / sizeof(*bad))];
	case 3:	/* in the file that the dump goes to */
		if (ftruncate(t->own_fd, PAGE) || sigsetjmp(no_page, 1))
			break;
		guarded = 1;
		memcpy(t->in_file, arg, sizeof(*arg));
		guarded = 0;
		return t->in_file;
	case 4:
		memcpy(shared->arg, arg, sizeof(*arg));
		return shared->arg;
	case 5:	/* not aligned */
		at = t->heap + 1 + rnd(t, 7);
		memcpy(at, arg, sizeof(*arg));
		return at;
	}
	*own = true;
	memcpy(t->heap, arg, sizeof(*arg));
	return t->heap;
}

static void check_good(struct fuzz_task *t, const struct livedump_arg *before,
		       const struct livedump_arg *after)
{
	const char *magic = before->format ? "\177ELF" : "KDUMP   ";
	char head[8] = "";
	off_t size;

	if (before->fd != t->own_fd || before->size < sizeof(*before) ||
	    before->flags & LIVEDUMP_DRY_RUN)
		return;
	size = size_of(t->own_path);
	if (after->result.file_bytes != (__u64)size)
		wrong("file_bytes %llu, size %lld, format %u", after->result.file_bytes,
		      (long long)size, before->format);
	if (pread(t->own_fd, head, 8, 0) != 8)
		wrong("cannot read the dump: %s", strerror(errno));
	else if (memcmp(head, magic, strlen(magic)))
		wrong("not a dump: %02x%02x%02x%02x", head[0], head[1], head[2], head[3]);
}

static void call(struct fuzz_task *t)
{
	bool own, meddling = !rnd(t, 3);
	unsigned int cmd = LIVEDUMP_IOC_DUMP;
	struct itimerval timer = {};
	struct livedump_arg arg;
	void *at;
	int err;

	fill(t, &arg);
	at = place(t, &arg, &own);
	if (!rnd(t, 64))
		cmd = rnd(t, 2) ? rnd(t, 1U << 31) : cmd + (1U << rnd(t, 32));
	/* At a byte per second the dump would take forever. */
	if (rnd(t, 2) || arg.rate || !own || meddling) {
		timer.it_value.tv_sec = rnd(t, 8) ? 0 : 1 + rnd(t, 4);
		timer.it_value.tv_usec = 1 + rnd(t, 900000);
		setitimer(ITIMER_REAL, &timer, NULL);
	}
	t->meddle_fd = arg.fd;
	t->meddle_arg = at == t->heap ? at : NULL;
	__atomic_store_n(&t->meddle, meddling, __ATOMIC_RELEASE);
	faults(t, true);
	err = ioctl(t->dev, cmd, at) ? errno : 0;
	faults(t, false);
	__atomic_store_n(&t->meddle, false, __ATOMIC_RELEASE);
	memset(&timer, 0, sizeof(timer));
	setitimer(ITIMER_REAL, &timer, NULL);

	__atomic_fetch_add(&shared->results[err & 255], 1, __ATOMIC_RELAXED);
	if (!allowed(err))
		wrong("errno %d (%s) of cmd %x fd %d", err, strerror(err), cmd, arg.fd);
	/* The companion may still finish its last action. */
	if (meddling)
		usleep(60000);
	else if (!err && own && cmd == LIVEDUMP_IOC_DUMP)
		check_good(t, &arg, at);
}

static void *companion(void *arg)
{
	struct fuzz_task own = { .seed = me.seed ^ 0x55aa };

	(void)arg;
	for (;;) {
		usleep(rnd(&own, 20000));
		if (__atomic_load_n(&me.meddle, __ATOMIC_ACQUIRE))
			meddle(&me, &own);
	}
	return NULL;
}

static void on_bus(int sig)
{
	(void)sig;
	if (!guarded)
		_exit(97);
	guarded = 0;
	siglongjmp(no_page, 1);
}

static void on_signal(int sig)
{
	(void)sig;
}

static void __attribute__((noreturn)) task(unsigned int n, unsigned long long seed)
{
	struct sigaction act = { .sa_handler = on_signal };	/* no SA_RESTART */
	pthread_t thread;

	me.n = n;
	me.seed = seed;
	sigaction(SIGALRM, &act, NULL);
	act.sa_handler = on_bus;
	sigaction(SIGBUS, &act, NULL);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	set_up(&me);
	must(-pthread_create(&thread, NULL, companion, NULL), "thread");
	for (;;) {
		__atomic_fetch_add(&shared->steps[n], 1, __ATOMIC_RELAXED);
		if (rnd(&me, 4))
			call(&me);
		else
			other_use(&me);
	}
}

static void set(const char *base, const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s%s", base, name);
	fd = must(open(path, O_WRONLY), path);
	must(write(fd, value, strlen(value)), path);
	close(fd);
}

/* One of @interval allocations of marked tasks fails; 0: none. */
static void set_rate(const char *base, unsigned int interval)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", interval ?: 1);
	set(base, "interval", number);
	set(base, "probability", interval ? "100" : "0");
}

static bool can_inject(void)
{
	return !access(DEBUGFS "failslab", F_OK) && !access(DEBUGFS "fail_page_alloc", F_OK);
}

/*
 * Mark the module's threads as well: a thread that kthreadd creates from now on
 * inherits its mark.
 */
static void inject(bool on)
{
	static const char *const kinds[] = { DEBUGFS "failslab/", DEBUGFS "fail_page_alloc/" };

	for (unsigned int i = 0; i < 2; i++) {
		set_rate(kinds[i], 0);
		set(kinds[i], "task-filter", "Y");
		set(kinds[i], "times", "-1");
		set(kinds[i], "space", "0");
		set(kinds[i], "verbose", "0");
		set(kinds[i], "ignore-gfp-wait", "N");
	}
	set(DEBUGFS, "fail_page_alloc/min-order", "0");
	set("/proc/2/", "make-it-fail", on ? "1" : "0");
}

static void change_rates(struct fuzz_task *t)
{
	static const unsigned int rates[] = { 0, 0, 10, 50, 200, 1000, 5000 };

	set_rate(DEBUGFS "failslab/", rates[rnd(t, 7)]);
	set_rate(DEBUGFS "fail_page_alloc/", rates[rnd(t, 7)]);
}

static pid_t pids[NR_TASKS];

static void start(unsigned int i)
{
	static unsigned long long seeds;

	if (!seeds)
		seeds = me.seed;
	seeds = seeds * 31 + i + 1;
	pids[i] = must(fork(), "fork");
	if (!pids[i])
		task(i, seeds);
}

static const struct {
	int err;
	bool with_faults;
} expected[] = {
	{ 0, false }, { EINVAL, false }, { EBADF, false }, { EFAULT, false },
	{ EINTR, false }, { EBUSY, false }, { ENOMEM, true },
};

static bool all_seen(bool injecting)
{
	for (unsigned int i = 0; i < sizeof(expected) / sizeof(*expected); i++)
		if ((injecting || !expected[i].with_faults) && !shared->results[expected[i].err])
			return false;
	return true;
}

/*
 * Kill and stop tasks from time to time, for at least @seconds. On a busy machine, on which
 * few calls are made in that time, go on until each expected result has been seen, up to
 * four times as long. Returns false if a task hangs.
 */
static bool watch(unsigned int seconds, bool injecting)
{
	double moved[NR_TASKS], end = now() + seconds, rates = 0;
	unsigned long seen[NR_TASKS] = {};
	int status;

	for (unsigned int i = 0; i < NR_TASKS; i++)
		moved[i] = now();
	while (now() < end || (!all_seen(injecting) && now() < end + 3 * seconds)) {
		sleep_ms(100);
		if (injecting && now() > rates) {
			change_rates(&me);
			rates = now() + 3;
		}
		for (unsigned int i = 0; i < NR_TASKS; i++) {
			unsigned long steps = __atomic_load_n(&shared->steps[i], __ATOMIC_RELAXED);

			if (steps != seen[i])
				moved[i] = now();
			seen[i] = steps;
			if (now() - moved[i] > STUCK_S)
				return false;
			if (!rnd(&me, 100))
				kill(pids[i], SIGKILL);
			if (!rnd(&me, 50)) {
				kill(pids[i], SIGSTOP);
				sleep_ms(rnd(&me, 300));
				kill(pids[i], SIGCONT);
			}
			if (waitpid(pids[i], &status, WNOHANG) <= 0)
				continue;
			if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
				wrong("a task ended with status %x", status);
			start(i);
		}
	}
	return true;
}

static void report(unsigned int seconds, bool injecting)
{
	unsigned long calls = 0;
	char text[400] = "";

	for (int i = 0; i < 256; i++) {
		calls += shared->results[i];
		if (shared->results[i])
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s %lu",
				 i ? strerrorname_np(i) : "good", shared->results[i]);
	}
	tell("fuzz: at least %u seconds, faults %s, %lu calls:%s", seconds,
	     injecting ? "injected" : "none", calls, text);
	for (unsigned int i = 0; i < sizeof(expected) / sizeof(*expected); i++)
		if (injecting || !expected[i].with_faults)
			result(expected[i].err ? strerrorname_np(expected[i].err) : "good dumps",
			       shared->results[expected[i].err], "never");
	result("every call's result", !shared->wrong, "%lu wrong: %s", shared->wrong, shared->text);
}

int main(int argc, char **argv)
{
	bool injecting = can_inject(), moves;
	struct livedump_arg arg;
	unsigned int seconds;
	double begun;
	int dev, fd;

	if (argc < 4)
		return 2;
	seconds = atoi(argv[1]);
	me.seed = strtoull(argv[2], NULL, 0) + 1;
	dirs = argv + 3;
	nr_dirs = argc - 3;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	must(shared == MAP_FAILED ? -1 : 0, "mmap");
	dev = open_device();
	if (injecting)
		inject(true);
	for (unsigned int i = 0; i < NR_TASKS; i++)
		start(i);
	moves = watch(seconds, injecting);
	if (injecting)
		inject(false);
	begun = now();
	for (unsigned int i = 0; i < NR_TASKS; i++)
		kill(pids[i], SIGKILL);
	if (moves)
		for (unsigned int i = 0; i < NR_TASKS; i++)
			reap(pids[i]);
	result("no task hangs", moves, "one made no step in %u s", STUCK_S);
	result("all stop", moves && now() - begun < 20, "%.1f s", now() - begun);
	report(seconds, injecting);
	fd = open_new("/tmp/fuzz.after");
	arg = quick_arg(fd);
	fd = dump(dev, &arg);
	result("a dump afterwards", !fd, "%s: %s", strerror(fd), arg.result.text);
	unlink("/tmp/fuzz.after");
	return failures != 0;
}
