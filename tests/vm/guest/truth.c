// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * truth: writes the state of the running kernel as JSON.
 *
 *	truth > FILE
 *
 * It runs once before and once after a dump. What is equal in both files must be
 * equal in the dump; what has changed must lie between the two. Counters are read
 * first and last, so that they enclose everything else when files are compared.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static char buf[1 << 20];

/* Read a whole file into buf; its length, or -1. */
static ssize_t slurp(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = read(fd, buf + len, sizeof(buf) - 1 - len)) > 0)
		len += n;
	close(fd);
	if (n < 0)
		return -1;
	buf[len] = '\0';
	return len;
}

static void must_slurp(const char *path)
{
	if (slurp(path) < 0)
		err(1, "%s", path);
}

static void put_string_n(const char *s, size_t n)
{
	putchar('"');
	for (; n; n--, s++) {
		unsigned char c = *s;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void put_string(const char *s)
{
	put_string_n(s, strlen(s));
}

/* The value of "name:<blank>VALUE" or "name VALUE" in buf, or NULL. */
static const char *field(const char *name)
{
	size_t len = strlen(name);
	const char *p = buf;

	while (p) {
		if (!strncmp(p, name, len) && strchr(": \t", p[len])) {
			p += len;
			return p + strspn(p, ": \t");
		}
		p = strchr(p, '\n');
		if (p)
			p++;
	}
	return NULL;
}

static void put_number(const char *name, const char *value)
{
	if (!value)
		errx(1, "no value for %s", name);
	printf("\"%s\": %llu, ", name, strtoull(value, NULL, 0));
}

static void put_counters(const char *name)
{
	printf("\"%s\": {", name);
	must_slurp("/proc/stat");
	put_number("forks", field("processes"));
	put_number("ctxt", field("ctxt"));
	must_slurp("/proc/timer_list");
	put_number("jiffies", field("jiffies"));
	must_slurp("/proc/loadavg");
	put_number("threads", strchr(buf, '/') + 1);
	put_number("last_pid", strrchr(buf, ' ') + 1);
	must_slurp("/proc/vmstat");
	put_number("pgfault", field("pgfault"));
	must_slurp("/proc/uptime");
	printf("\"uptime\": %.2f},\n", atof(buf));
}

static void put_stack(const char *dir)
{
	char path[320], *line, *save, sep = '[';

	snprintf(path, sizeof(path), "%s/stack", dir);
	printf("\"stack\": ");
	if (slurp(path) < 0) {
		printf("null}");
		return;
	}
	/* "[<0>] function+0x1/0x2 [module]" */
	for (line = strtok_r(buf, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *name = strchr(line, ']');

		if (!name)
			errx(1, "%s: unknown line %s", path, line);
		name += 2;
		name[strcspn(name, "/ ")] = '\0';
		printf("%c", sep);
		put_string(name);
		sep = ',';
	}
	printf("%s]}", sep == '[' ? "[" : "");
}

/* One thread. False if it has ended meanwhile. */
static bool put_task(int tgid, int tid, bool first)
{
	unsigned long long start, flags;
	unsigned long vcs, ivcs;
	char dir[256], path[320], state, *p;
	const char *v, *iv;
	int ppid;

	snprintf(dir, sizeof(dir), "/proc/%d/task/%d", tgid, tid);
	snprintf(path, sizeof(path), "%s/status", dir);
	if (slurp(path) < 0)
		return false;
	v = field("voluntary_ctxt_switches");
	iv = field("nonvoluntary_ctxt_switches");
	if (!v || !iv)
		errx(1, "%s: no switch counts", path);
	vcs = strtoul(v, NULL, 10);
	ivcs = strtoul(iv, NULL, 10);
	snprintf(path, sizeof(path), "%s/stat", dir);
	if (slurp(path) < 0)
		return false;
	p = strrchr(buf, ')');
	if (!p || sscanf(p + 2, "%c %d %*d %*d %*d %*d %llu %*u %*u %*u %*u "
			 "%*u %*u %*d %*d %*d %*d %*d %*d %llu",
			 &state, &ppid, &flags, &start) != 4)
		errx(1, "%s: cannot be parsed", path);
	*p = '\0';
	printf("%s\n{\"tid\": %d, \"tgid\": %d, \"comm\": ", first ? "" : ",",
	       tid, tgid);
	put_string(strchr(buf, '(') + 1);
	printf(", \"state\": \"%c\", \"ppid\": %d, \"flags\": %llu, \"start\": %llu, "
	       "\"vcs\": %lu, \"ivcs\": %lu, ", state, ppid, flags, start, vcs,
	       ivcs);
	put_stack(dir);
	return true;
}

static void put_tasks(void)
{
	DIR *proc = opendir("/proc"), *task;
	struct dirent *p, *t;
	char path[300];
	bool first = true;

	if (!proc)
		err(1, "/proc");
	printf("\"tasks\": [");
	while ((p = readdir(proc))) {
		if (!isdigit((unsigned char)p->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/task", p->d_name);
		task = opendir(path);
		if (!task)
			continue;
		while ((t = readdir(task)))
			if (isdigit((unsigned char)t->d_name[0]) &&
			    put_task(atoi(p->d_name), atoi(t->d_name),
				     first))
				first = false;
		closedir(task);
	}
	closedir(proc);
	printf("],\n");
}

static void put_modules(void)
{
	char *line, *save, name[64], state[16];
	unsigned long size, base;
	bool first = true;
	int refs;

	must_slurp("/proc/modules");
	printf("\"modules\": [");
	for (line = strtok_r(buf, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "%63s %lu %d %*s %15s %lx", name, &size, &refs,
			   state, &base) != 5)
			errx(1, "/proc/modules: unknown line %s", line);
		printf("%s\n{\"name\": \"%s\", \"size\": %lu, \"refs\": %d, "
		       "\"state\": \"%s\", \"base\": %lu}", first ? "" : ",",
		       name, size, refs, state, base);
		first = false;
	}
	printf("],\n");
}

static int hex(int c)
{
	return isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
}

/* /dev/kmsg escapes what is not printable as \xNN. */
static size_t unescape(char *s)
{
	char *out = s, *start = s;

	while (*s) {
		if (s[0] == '\\' && s[1] == 'x' && isxdigit(s[2]) &&
		    isxdigit(s[3])) {
			*out++ = hex(s[2]) << 4 | hex(s[3]);
			s += 4;
		} else {
			*out++ = *s++;
		}
	}
	return out - start;
}

/* Each read of /dev/kmsg returns one record: "prio,seq,usec,flags;text\n". */
static void put_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	unsigned long long prio, seq, usec;
	bool first = true;
	ssize_t n;
	char *text;

	if (fd < 0)
		err(1, "/dev/kmsg");
	printf("\"log\": [");
	for (;;) {
		n = read(fd, buf, sizeof(buf) - 1);
		if (n < 0 && errno == EPIPE)
			continue;
		if (n <= 0)
			break;
		buf[n] = '\0';
		text = strchr(buf, ';');
		if (!text || sscanf(buf, "%llu,%llu,%llu,", &prio, &seq,
				    &usec) != 3)
			errx(1, "/dev/kmsg: unknown record %s", buf);
		text++;
		text[strcspn(text, "\n")] = '\0';
		printf("%s\n{\"prio\": %llu, \"seq\": %llu, \"usec\": %llu, \"text\": ",
		       first ? "" : ",", prio, seq, usec);
		put_string_n(text, unescape(text));
		putchar('}');
		first = false;
	}
	close(fd);
	printf("],\n");
}

static void put_kallsyms(void)
{
	static const char * const want[] = {
		"__sched_text_start", "__sched_text_end",
		/* A label inside a function: debuggers do not show its name. */
		"entry_SYSCALL_64_after_hwframe",
	};
	FILE *f = fopen("/proc/kallsyms", "re");
	char line[512], name[256];
	unsigned long addr;
	size_t i, found = 0;

	if (!f)
		err(1, "/proc/kallsyms");
	printf("\"symbols\": {");
	while (fgets(line, sizeof(line), f) && found < 3) {
		if (sscanf(line, "%lx %*c %255s", &addr, name) != 2)
			continue;
		for (i = 0; i < 3; i++)
			if (!strcmp(name, want[i]))
				printf("%s\"%s\": %lu", found++ ? ", " : "",
				       name, addr);
	}
	fclose(f);
	if (found != 3)
		errx(1, "/proc/kallsyms: %zu of 3 symbols", found);
	printf("},\n");
}

static void put_lines(const char *name, const char *path)
{
	char *line, *save;
	bool first = true;

	printf("\"%s\": ", name);
	if (slurp(path) < 0) {
		printf("null,\n");
		return;
	}
	putchar('[');
	for (line = strtok_r(buf, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		printf("%s\n", first ? "" : ",");
		put_string(line);
		first = false;
	}
	printf("],\n");
}

/* As the kernel prints it, such as "0,2-3". */
static void put_cpu_list(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/%s", name);
	must_slurp(path);
	buf[strcspn(buf, "\n")] = '\0';
	printf("\"%s_cpus\": ", name);
	put_string(buf);
	printf(",\n");
}

static void put_fixed(void)
{
	struct utsname u;
	struct timespec ts;

	if (uname(&u))
		err(1, "uname");
	printf("\"uts\": {\"sysname\": ");
	put_string(u.sysname);
	printf(", \"nodename\": ");
	put_string(u.nodename);
	printf(", \"release\": ");
	put_string(u.release);
	printf(", \"version\": ");
	put_string(u.version);
	printf(", \"machine\": ");
	put_string(u.machine);
	clock_gettime(CLOCK_REALTIME, &ts);
	printf("},\n\"realtime\": %lld,\n\"cpus\": %ld,\n\"page_size\": %ld,\n",
	       (long long)ts.tv_sec, sysconf(_SC_NPROCESSORS_ONLN),
	       sysconf(_SC_PAGESIZE));
	put_cpu_list("present");
	put_cpu_list("online");
	must_slurp("/proc/meminfo");
	printf("\"total_ram_kib\": %llu,\n",
	       strtoull(field("MemTotal"), NULL, 10));
	must_slurp("/proc/sys/kernel/random/boot_id");
	buf[strcspn(buf, "\n")] = '\0';
	printf("\"boot_id\": ");
	put_string(buf);
	printf(",\n");
	must_slurp("/proc/cmdline");
	buf[strcspn(buf, "\n")] = '\0';
	printf("\"cmdline\": ");
	put_string(buf);
	printf(",\n");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	printf("{");
	put_counters("counters_start");
	put_fixed();
	put_kallsyms();
	put_modules();
	put_lines("mounts", "/proc/mounts");
	put_lines("abba", "/proc/abba");
	put_log();
	put_tasks();
	put_counters("counters_end");
	printf("\"self\": %d}\n", getpid());
	if (fflush(stdout) || ferror(stdout))
		err(1, "write");
	return 0;
}
