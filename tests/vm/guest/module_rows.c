// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * module_rows.c - checks the contract of LIVEDUMP_IOC_DUMP row by row: its
 * argument, its file, and which of several faults is reported.
 *
 *   module_rows DIRECTORY      (below which files and links can be made)
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/socket.h>

#include "module_test.h"

static int dev;
static const char *dir;
static char path[256];

static void expect(const char *name, int want, int got)
{
	result(name, got == want, "errno %d (%s), not %d", got, strerror(got), want);
}

/* The errno and the text must be these. */
static void expect_text(const char *name, struct livedump_arg *arg, int want, const char *text)
{
	int got;

	memset(arg->result.text, 'x', sizeof(arg->result.text));
	got = dump(dev, arg);
	arg->result.text[LIVEDUMP_TEXT_SIZE - 1] = '\0';
	result(name, got == want && strstr(arg->result.text, text), "errno %d (%s), \"%s\"", got,
	       strerror(got), arg->result.text);
}

static void test_size(int fd)
{
	struct {
		struct livedump_arg arg;
		char more[64];
	} big = { .arg = quick_arg(fd) };
	struct livedump_arg arg = quick_arg(fd);
	void *page;

	expect("unknown ioctl", ENOTTY, ioctl(dev, _IO(LIVEDUMP_IOC_MAGIC, 2), &arg) ? errno : 0);
	expect("null argument", EFAULT, dump(dev, NULL));
	arg.size = 0;
	expect("size 0", EINVAL, dump(dev, &arg));
	arg.size = LIVEDUMP_ARG_SIZE_MIN - 1;
	expect("size below the least", EINVAL, dump(dev, &arg));
	arg.size = 4097;
	expect("size above a page", E2BIG, dump(dev, &arg));
	big.arg.size = sizeof(big);
	big.more[63] = 1;
	expect("larger, not zero", E2BIG, dump(dev, &big.arg));
	big.more[63] = 0;
	expect("larger, zero", 0, dump(dev, &big.arg));
	result("larger, result", big.arg.result.kept && big.arg.result.file_bytes,
	       "kept %llu", (unsigned long long)big.arg.result.kept);

	arg.size = LIVEDUMP_ARG_SIZE_MIN;
	memset(&arg.result, 0x5a, sizeof(arg.result));
	expect("smaller, no result", 0, dump(dev, &arg));
	result("smaller, not written beyond",
	       arg.result.status == 0x5a5a5a5a && arg.result.text[255] == 0x5a, "written");

	/* The structure is at the end of a page, and the next page is not mapped. */
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap((char *)page + 4096, 4096);
	page = (char *)page + 4096 - 64;
	arg = quick_arg(fd);
	memcpy(page, &arg, 64);
	expect("not all there", EFAULT, dump(dev, page));
}

static void test_bits(int fd)
{
	struct livedump_arg arg;
	int bad = 0;

	for (int i = 4; i < 64; i++) {
		arg = quick_arg(fd);
		arg.flags = 1ULL << i;
		bad += dump(dev, &arg) != EINVAL;
	}
	result("unknown flags", !bad, "%d of 60 accepted", bad);
	bad = 0;
	for (int i = 0; i < 32; i++) {
		arg = quick_arg(fd);
		arg.reserved = 1U << i;
		bad += dump(dev, &arg) != EINVAL;
	}
	result("reserved bits", !bad, "%d of 32 taken", bad);
}

static void test_file(void)
{
	struct livedump_arg arg;
	char other[300];
	int fd, fds[2];

	arg = quick_arg(-1);
	expect_text("fd -1", &arg, EBADF, "not an open file");
	arg = quick_arg(999);
	expect_text("fd not open", &arg, EBADF, "not an open file");
	close(open_new(path));

	fd = open(path, O_RDONLY);
	arg = quick_arg(fd);
	expect_text("O_RDONLY", &arg, EBADF, "not open for writing");
	close(fd);
	fd = open(path, O_PATH);
	arg = quick_arg(fd);
	expect("O_PATH", EBADF, dump(dev, &arg));
	close(fd);
	fd = open(path, O_RDWR | O_APPEND);
	arg = quick_arg(fd);
	expect_text("O_APPEND", &arg, EINVAL, "appending");
	close(fd);
	fd = open(path, O_WRONLY);
	arg = quick_arg(fd);
	expect("O_WRONLY", 0, dump(dev, &arg));
	result("O_WRONLY, size", size_of(path) == (off_t)arg.result.file_bytes,
	       "%lld", (long long)size_of(path));
	close(fd);
	fd = open(path, O_WRONLY | O_DIRECT | O_SYNC);
	if (fd >= 0) {
		arg = quick_arg(fd);
		expect("O_DIRECT | O_SYNC", 0, dump(dev, &arg));
		close(fd);
	}

	must(pipe(fds), "pipe");
	arg = quick_arg(fds[1]);
	expect_text("pipe", &arg, EINVAL, "not a regular file");
	arg = quick_arg(fds[0]);
	expect_text("pipe's other end", &arg, EBADF, "not open for writing");
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), "socketpair");
	arg = quick_arg(fds[0]);
	expect_text("socket", &arg, EINVAL, "not a regular file");
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	arg = quick_arg(fd);
	expect("directory", EBADF, dump(dev, &arg));
	close(fd);
	fd = open("/dev/disk-out", O_WRONLY);
	arg = quick_arg(fd);
	expect_text("block device", &arg, EINVAL, "not a regular file");
	close(fd);
	fd = open("/dev/null", O_WRONLY);
	arg = quick_arg(fd);
	expect_text("character device", &arg, EINVAL, "not a regular file");
	close(fd);
	arg = quick_arg(dev);
	expect_text("the device itself", &arg, EINVAL, "not a regular file");

	snprintf(other, sizeof(other), "%s.link", path);
	unlink(other);
	must(link(path, other), "link");
	fd = open(path, O_WRONLY);
	arg = quick_arg(fd);
	expect_text("hard link", &arg, EINVAL, "more than one name");
	unlink(other);
	unlink(path);
	arg = quick_arg(fd);
	expect("no name at all", 0, dump(dev, &arg));
	close(fd);
}

/* Someone with the same open file sets O_APPEND: the dump must ignore it. */
static void test_append_during(void)
{
	int watch = open_device(), fd = open_new(path);
	unsigned char head[464];
	pid_t pid = must(fork(), "fork");

	if (!pid) {
		struct livedump_arg arg = quick_arg(fd);

		_exit(dump(dev, &arg) || size_of(path) != (off_t)arg.result.file_bytes);
	}
	result("O_APPEND during: a dump runs", wait_stage(watch, "write"), "it does not");
	must(fcntl(fd, F_SETFL, O_APPEND), "F_SETFL");
	expect("O_APPEND during", 0, reap(pid));
	must(pread(fd, head, sizeof(head), 0), "pread");
	/* The header is written at the beginning, and again at the end. */
	result("O_APPEND during, header", !memcmp(head, "KDUMP   ", 8) && head[424] == 2,
	       "status %u", head[424]);
	close(fd);
	close(watch);
}

static void test_content(int fd)
{
	struct livedump_arg arg = quick_arg(fd);
	char *junk = malloc(1 << 20), head[8];

	/* The old content is gone, also beyond the end of the dump. */
	memset(junk, 0x77, 1 << 20);
	for (int i = 0; i < 100; i++)
		must(pwrite(fd, junk, 1 << 20, (off_t)i << 20), "pwrite");
	must(lseek(fd, 12345, SEEK_SET), "lseek");
	expect("file with content", 0, dump(dev, &arg));
	must(pread(fd, head, 8, 0), "pread");
	result("content replaced", !memcmp(head, "KDUMP   ", 8) &&
	       size_of(path) == (off_t)arg.result.file_bytes && lseek(fd, 0, SEEK_CUR) == 12345,
	       "size %lld", (long long)size_of(path));
	free(junk);
}

static void test_values(int fd)
{
	struct livedump_arg arg;

#define WRONG(name, field, value, want, text) do {		\
		arg = quick_arg(fd);				\
		arg.field = (value);				\
		expect_text(name, &arg, want, text);		\
	} while (0)
	WRONG("compression 4", compression, 4, EINVAL, "unknown compression");
	WRONG("compression ~0", compression, ~0U, EINVAL, "unknown compression");
	WRONG("lzo level 2", compression_level, 2, EINVAL, "level out of range");
	arg = quick_arg(fd);
	arg.compression = LIVEDUMP_COMP_ZSTD;
	arg.compression_level = 20;
	expect_text("zstd level 20", &arg, EINVAL, "level out of range");
	arg.compression_level = -8;
	expect_text("zstd level -8", &arg, EINVAL, "level out of range");
	WRONG("dump level 32", dump_level, 32, EINVAL, "dump level");
	WRONG("format 2", format, 2, EINVAL, "unknown format");
	WRONG("lzo in ELF", format, LIVEDUMP_FORMAT_ELF, EINVAL, "no compression");
	WRONG("mode 4", mode, 4, EINVAL, "unknown mode");
	WRONG("pause of a live dump", max_pause_ms, 100, EINVAL, "freeze");
#undef WRONG
}

static void test_read_ahead(int fd)
{
	struct livedump_arg arg = quick_arg(fd);
	const struct livedump_result *r = &arg.result;
	int got;

	got = dump(dev, &arg);
	result("nothing read ahead", !got && !r->buffered && r->memory_bytes < 32 << 20,
	       "%s, %llu pages, %llu bytes", strerror(got), r->buffered, r->memory_bytes);
	/* More than is available: the module uses its limit instead. */
	arg.memory_mib = 1 << 20;
	arg.flags = LIVEDUMP_BOOST;
	got = dump(dev, &arg);
	result("read ahead", !got && r->buffered > r->kept / 2 && r->read_ns > r->start_ns &&
	       r->write_ns > r->read_ns && (__u64)size_of(path) == r->file_bytes,
	       "%s, \"%s\", %llu of %llu pages", strerror(got), r->text, r->buffered, r->kept);
	arg.memory_mib = 8;
	got = dump(dev, &arg);
	result("some read ahead", !got && r->buffered && r->buffered < r->kept / 2 &&
	       r->memory_bytes < 40 << 20, "%s, %llu of %llu pages, %llu bytes", strerror(got),
	       r->buffered, r->kept, r->memory_bytes);
	arg.mode = LIVEDUMP_MODE_FREEZE;
	arg.max_pause_ms = LIVEDUMP_PAUSE_MAX;
	expect_text("freeze: memory_mib", &arg, ENOMEM, "may use 8 MiB");
}

static void test_freeze(int fd)
{
	struct livedump_arg arg = quick_arg(fd);
	const struct livedump_result *r = &arg.result;
	int got;

	arg.mode = LIVEDUMP_MODE_FREEZE;
	arg.max_pause_ms = LIVEDUMP_PAUSE_MAX + 1;
	expect_text("freeze: pause too long", &arg, EINVAL, "longest pause");
	arg.max_pause_ms = 1;
	expect_text("freeze: refused", &arg, ETIME, "would be paused");
	result("freeze: both figures", r->pause_estimate_ns > 1000000 && !r->pause_ns &&
	       r->memory_needed, "%llu ns estimated, %llu ns paused",
	       r->pause_estimate_ns, r->pause_ns);
	result("freeze: the file is empty", !size_of(path), "%lld bytes", (long long)size_of(path));
	arg.max_pause_ms = LIVEDUMP_PAUSE_MAX;
	got = dump(dev, &arg);
	result("freeze", !got && r->pause_ns && r->pause_ns < 4000000000ULL && r->kept &&
	       !r->blanked && (__u64)size_of(path) == r->file_bytes,
	       "%s, \"%s\", %llu pages, %llu ns paused", strerror(got), r->text, r->kept,
	       r->pause_ns);
	arg.mode = LIVEDUMP_MODE_FREEZE_KERNEL;
	got = dump(dev, &arg);
	result("freeze-kernel", !got && r->pause_ns && r->buffered && r->buffered < r->kept &&
	       !r->blanked, "%s, \"%s\", %llu of %llu pages", strerror(got), r->text,
	       r->buffered, r->kept);
	arg.mode = LIVEDUMP_MODE_FREEZE;
	/* A copy of all RAM does not fit in RAM. */
	arg.dump_level = 0;
	expect_text("freeze: all memory", &arg, ENOMEM, "memory");
}

/* A dry run only returns numbers. It needs no file, but checks one if it is given. */
static void test_dry_run(int fd)
{
	struct livedump_arg arg = quick_arg(fd);
	const struct livedump_result *r = &arg.result;
	const struct livedump_estimate *lzo = &r->estimate[LIVEDUMP_COMP_LZO];
	__u64 estimated;
	int got, other;

	must(ftruncate(fd, 0), "ftruncate");
	must(pwrite(fd, "content", 7, 0), "pwrite");
	arg.flags = LIVEDUMP_DRY_RUN;
	got = dump(dev, &arg);
	result("dry run", !got && r->sampled && r->kept && r->frames_by_type[LIVEDUMP_TYPE_SLAB] &&
	       !r->file_bytes && !r->data_bytes && lzo->file_bytes && lzo->error && lzo->time_ns &&
	       lzo->disk_bytes == lzo->file_bytes && lzo->compression_level == 1,
	       "%s, \"%s\", %llu sampled, %llu bytes", strerror(got), r->text, r->sampled,
	       lzo->file_bytes);
	result("dry run: the file is as it was", size_of(path) == 7, "%lld bytes",
	       (long long)size_of(path));
	result("dry run: every compression", r->estimate[LIVEDUMP_COMP_NONE].file_bytes >
	       r->estimate[LIVEDUMP_COMP_ZSTD].file_bytes &&
	       r->estimate[LIVEDUMP_COMP_ZLIB].file_bytes && !r->estimate[4].file_bytes, "not so");
	arg.fd = -1;
	got = dump(dev, &arg);
	result("dry run: no file", !got && lzo->file_bytes, "%s, \"%s\"", strerror(got), r->text);
	arg.fd = -2;
	expect_text("dry run: fd -2", &arg, EBADF, "not an open file");
	arg.fd = dev;
	expect_text("dry run: not a file", &arg, EINVAL, "not a regular file");
	arg.fd = fd;
	other = open(path, O_WRONLY);
	expect_text("dry run: other writer", &arg, ETXTBSY, "open for writing");
	close(other);
	arg.size = LIVEDUMP_ARG_SIZE_MIN;
	expect("dry run: no result", 0, dump(dev, &arg));
	arg.size = sizeof(arg);
	arg.compression = 4;
	expect_text("dry run: compression", &arg, EINVAL, "unknown compression");
	arg = quick_arg(-1);
	arg.flags = LIVEDUMP_DRY_RUN;
	arg.memory_mib = 64;
	got = dump(dev, &arg);
	result("dry run: memory", !got && r->buffer_bytes && r->buffer_bytes <= 64 << 20 &&
	       r->memory_allowed && r->memory_allowed <= 64 << 20 && r->memory_bytes < 32 << 20,
	       "%s, %llu of %llu", strerror(got), r->buffer_bytes, r->memory_allowed);
	arg.memory_mib = 0;
	arg.mode = LIVEDUMP_MODE_FREEZE;
	arg.max_pause_ms = 1;
	got = dump(dev, &arg);
	result("dry run: freeze", !got && r->pause_estimate_ns > 1000000 && !r->pause_ns &&
	       r->memory_needed > 1 << 20 && r->memory_allowed > r->memory_needed,
	       "%s, \"%s\", %llu ns, %llu bytes of %llu", strerror(got), r->text,
	       r->pause_estimate_ns, r->memory_needed, r->memory_allowed);
	arg.mode = LIVEDUMP_MODE_LIVE;
	expect_text("dry run: pause of a live dump", &arg, EINVAL, "freeze");

	/* The estimates are close to the dump. */
	arg = quick_arg(fd);
	arg.flags = LIVEDUMP_DRY_RUN;
	must(dump(dev, &arg) ? -1 : 0, "dry run");
	estimated = lzo->file_bytes;
	arg.flags = 0;
	got = dump(dev, &arg);
	result("dry run: near the dump", !got && estimated > r->file_bytes / 100 * 85 &&
	       estimated < r->file_bytes / 100 * 115 && !r->sampled && !lzo->file_bytes,
	       "%s, %llu estimated, is %llu", strerror(got), estimated, r->file_bytes);
}

/* Where there is room without compression, nothing is read. */
static void test_room(int fd)
{
	struct livedump_arg arg = quick_arg(-1);
	const struct livedump_result *r = &arg.result;
	const struct livedump_estimate *lzo = &r->estimate[LIVEDUMP_COMP_LZO];
	__u64 raw;
	int got;

	arg.flags = LIVEDUMP_DRY_RUN;
	arg.room = 1ULL << 50;
	got = dump(dev, &arg);
	raw = lzo->disk_bytes;
	result("room: for all", !got && !r->sampled && !lzo->error &&
	       raw > r->kept * r->page_size &&
	       raw < r->kept * r->page_size / 100 * 103 + (16 << 20),
	       "%s, %llu sampled, %llu bytes for %llu pages", strerror(got), r->sampled, raw,
	       r->kept);
	result("room: one compression", !r->estimate[LIVEDUMP_COMP_NONE].file_bytes &&
	       !r->estimate[LIVEDUMP_COMP_ZSTD].file_bytes, "not so");
	arg.room = raw / 10;
	got = dump(dev, &arg);
	result("room: not for all", !got && r->sampled && lzo->disk_bytes && lzo->error &&
	       lzo->disk_bytes < raw / 100 * 90 && !r->estimate[LIVEDUMP_COMP_ZSTD].file_bytes,
	       "%s, %llu sampled, %llu bytes of %llu", strerror(got), r->sampled, lzo->disk_bytes,
	       raw);
	arg.flags = 0;
	arg.fd = fd;
	expect_text("room: of a dump", &arg, EINVAL, "room is for a dry run");
}

/* Each call has the fault of its row and all faults of the rows below it. */
static void test_order(void)
{
	int rd, pipefd[2], other, busy_fd, fd = open_new(path);
	struct livedump_arg arg;
	char busy[300], line[300];
	pid_t pid;

	snprintf(line, sizeof(line), "%s.link", path);
	unlink(line);
	snprintf(busy, sizeof(busy), "%s.busy", path);
	unlink(busy);
	busy_fd = open_device();
	pid = dump_child(busy, 0);
	if (!wait_stage(busy_fd, "write"))
		result("order, busy", false, "no dump");

	if (!fork()) {
		drop_cap(CAP_SYS_RAWIO);
		arg = quick_arg(-1);
		arg.size = 1;
		_exit(dump(dev, &arg));
	}
	{
		int status;

		wait(&status);
		expect("order: privilege", EPERM, WEXITSTATUS(status));
	}
	arg = quick_arg(-1);
	arg.flags = 1ULL << 40;
	arg.compression = 99;
	expect_text("order: flags", &arg, EINVAL, "unknown flags");
	arg = quick_arg(-1);
	arg.compression = 99;
	expect("order: fd", EBADF, dump(dev, &arg));
	must(pipe(pipefd), "pipe");
	arg.fd = pipefd[0];
	expect_text("order: write mode", &arg, EBADF, "writing");
	arg.fd = pipefd[1];
	expect_text("order: file kind", &arg, EINVAL, "regular");
	must(link(path, line), "link");
	arg.fd = fd;
	expect_text("order: links", &arg, EINVAL, "name");
	unlink(line);
	other = open(path, O_WRONLY);
	arg.mode = 99;
	arg.dump_level = 99;
	expect_text("order: compression", &arg, EINVAL, "compression");
	arg.compression = 0;
	expect_text("order: level", &arg, EINVAL, "dump level");
	arg.dump_level = 0;
	expect_text("order: mode", &arg, EINVAL, "mode");
	arg.mode = 0;
	expect_text("order: busy", &arg, EBUSY, "another dump");
	arg.flags = LIVEDUMP_DRY_RUN;
	arg.fd = -1;
	expect_text("order: a dry run is busy, too", &arg, EBUSY, "another dump");
	arg.flags = 0;
	arg.fd = fd;
	expect("order: the busy one", 0, reap(pid));
	expect_text("order: other writer", &arg, ETXTBSY, "open for writing");
	rd = open(path, O_RDONLY);
	close(other);
	arg = quick_arg(fd);
	expect("readers do not matter", 0, dump(dev, &arg));
	close(rd);
	close(fd);
	close(busy_fd);
	unlink(busy);
}

static void test_privilege(int fd)
{
	struct livedump_arg arg = quick_arg(fd);
	struct stat st;
	pid_t pid;

	must(stat(LIVEDUMP_DEVICE, &st), "stat");
	result("mode and owner", (st.st_mode & 07777) == 0600 && !st.st_uid && !st.st_gid,
	       "mode %o", st.st_mode);
	pid = fork();
	if (!pid) {
		drop_cap(CAP_SYS_RAWIO);
		_exit(open(LIVEDUMP_DEVICE, O_RDWR) < 0 ? errno : 0);
	}
	expect("open without the capability", EPERM, reap(pid));
	pid = fork();
	if (!pid) {
		drop_cap(CAP_SYS_RAWIO);
		_exit(dump(dev, &arg));
	}
	expect("capability dropped after open", EPERM, reap(pid));
}

/* ioctl(2) as a 32-bit program calls it. */
static void test_compat(int fd)
{
	struct livedump_arg *arg;
	long ret = 54;

	arg = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	*arg = quick_arg(fd);
	__asm__ volatile("int $0x80" : "+a"(ret)
			 : "b"((long)dev), "c"((long)LIVEDUMP_IOC_DUMP), "d"(arg)
			 : "memory", "r8", "r9", "r10", "r11");
	result("32-bit caller", !ret && arg->result.kept &&
	       size_of(path) == (off_t)arg->result.file_bytes, "returned %ld", ret);
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 2)
		return 2;
	dir = argv[1];
	snprintf(path, sizeof(path), "%s/rows", dir);
	dev = open_device();
	fd = open_new(path);
	test_size(fd);
	test_bits(fd);
	test_values(fd);
	test_read_ahead(fd);
	test_freeze(fd);
	test_dry_run(fd);
	test_room(fd);
	test_content(fd);
	test_privilege(fd);
	test_compat(fd);
	close(fd);
	test_file();
	test_append_during();
	test_order();
	unlink(path);
	return failures != 0;
}
