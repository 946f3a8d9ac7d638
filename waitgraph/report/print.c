// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * print.c - lines of text. All that comes from a dump is made printable.
 */
#include <inttypes.h>
#include <string.h>

#include "print.h"

#define NS_PER_SEC	((u64)1000000000)

const char *print_time(u64 ns, char buf[PRINT_TIME_SIZE])
{
	u64 sec = ns / NS_PER_SEC;

	if (ns == UINT64_MAX)
		snprintf(buf, PRINT_TIME_SIZE, "unknown time");
	else if (sec < 100)
		snprintf(buf, PRINT_TIME_SIZE, "%" PRIu64 ".%" PRIu64 " s", sec,
			 ns % NS_PER_SEC / (NS_PER_SEC / 10));
	else if (sec < 100 * 60)
		snprintf(buf, PRINT_TIME_SIZE, "%" PRIu64 " min", sec / 60);
	else
		snprintf(buf, PRINT_TIME_SIZE, "%" PRIu64 " h", sec / 3600);
	return buf;
}

void print_task(FILE *out, const struct task *t)
{
	char time[PRINT_TIME_SIZE];

	fprintf(out, "%7" PRIu32 " %7" PRIu32 " %c ", t->pid, t->tgid, t->state);
	if (t->running)
		fprintf(out, "%-12s %s  (runs on CPU %" PRIu32 ")\n", "-", t->comm, t->cpu);
	else
		fprintf(out, "%-12s %s\n", print_time(t->waited, time), t->comm);
}

void print_stack(FILE *out, const struct kernel *k, const struct stack *stack, u32 max)
{
	char place[KERNEL_PLACE_SIZE];

	for (u32 i = 0; i < stack->nr && i < max; i++) {
		const struct frame *f = &stack->frames[i];

		fprintf(out, "        %s%s\n", f->guess ? "? " : "",
			kernel_place(k, f->ip, f->exact, place));
	}
	if (stack->nr > max || stack->end == STACK_CUT)
		fputs("        ...\n", out);
	else if (stack->end == STACK_UNREADABLE)
		fputs("        unreadable\n", out);
}

void print_cut(FILE *out, const char *text, u32 max)
{
	u32 more = 0;

	for (u32 line = 0; *text; line++) {
		size_t len = strcspn(text, "\n");

		len += text[len] == '\n';
		if (line < max)
			fwrite(text, 1, len, out);
		else
			more++;
		text += len;
	}
	if (more)
		fprintf(out, "... (%" PRIu32 " more line%s: see --all)\n", more,
			more == 1 ? "" : "s");
}

/* One line for each line of the record's text, as dmesg prints them. */
static void print_record(void *arg, const struct log_record *record)
{
	FILE *out = arg;
	size_t at = 0;

	do {
		fprintf(out, "[%5" PRIu64 ".%06" PRIu64 "] ", record->ns / NS_PER_SEC,
			record->ns % NS_PER_SEC / 1000);
		for (; at < record->len && record->text[at] != '\n'; at++) {
			u8 c = (u8)record->text[at];

			if ((c >= ' ' && c < 0x7f) || c == '\t')
				fputc(c, out);
			else
				fprintf(out, "\\x%02x", c);
		}
		fputc('\n', out);
	} while (at++ + 1 < record->len);
}

int print_log(FILE *out, struct memory *m, const struct vmcoreinfo *vi, struct error *err)
{
	u64 torn;
	int ret = log_read(m, vi, print_record, out, &torn, err);

	if (!ret && torn)
		fprintf(out, "(%" PRIu64 " records unreadable)\n", torn);
	return ret;
}

void print_unreadable(FILE *out, const struct kernel *k, const struct tasks *tasks)
{
	u32 modules = modules_unreadable(&k->modules);

	if (tasks->torn)
		fprintf(out, "(%u lists of tasks unreadable)\n", tasks->torn);
	if (modules)
		fprintf(out, "(%u of the modules unreadable: their functions have no names)\n",
			modules);
}
