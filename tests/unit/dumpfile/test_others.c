// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_others.c - dumps by other programs, and of other machines: they are read, or the
 * message says what they are.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "dumpfile/frames/frames.h"
#include "tests/unit/job.h"

/* A dump that the test changes, and what becomes of it. */
struct other {
	struct job job;
	u8 *data;		/* the dump; belongs to job */
	int fd;
	struct dumpfile d;
	struct error err;
};

static void other_write(struct other *o, bool elf)
{
	memset(o, 0, sizeof(*o));
	job_open(&o->job, job_ranges);
	o->job.request.level = 0;
	o->job.src.src.system.kernel_paddr = 256 * FAKE_PAGE;
	o->job.src.src.system.kernel_size = 100 * FAKE_PAGE;
	if (elf) {
		o->job.request.format = &ld_format_elf;
		o->job.request.codec = &ld_codec_none;
	}
	assert_int_equal(ld_dump(&o->job.p, &o->job.st), 0);
	o->data = o->job.sink.data;
}

static int other_open(struct other *o)
{
	o->fd = dump_fd(&o->job);
	return dumpfile_open(&o->d, &(struct dumpfile_request){
		.fd = o->fd, .name = "file", .hint = "hint",
	}, &o->err);
}

static void other_end(struct other *o)
{
	dumpfile_close(&o->d);
	close(o->fd);
	job_close(&o->job);
}

/* Nothing tells any more that savecore has written it. */
static void unseal(struct other *o)
{
	char *name = memmem(o->data, o->job.sink.final, LD_SEAL_NAME, sizeof(LD_SEAL_NAME));

	assert_non_null(name);
	name[0] = 'X';
}

/* As in /proc/vmcore: the kernel image is mapped first, and its data lie behind a gap. */
static void test_image_first(void **state)
{
	Elf64_Phdr *ph, image;
	struct frame_reader r;
	u8 page[FAKE_PAGE];
	struct other o;
	u16 last;
	u64 word;

	(void)state;
	other_write(&o, true);
	unseal(&o);
	ph = (Elf64_Phdr *)(o.data + sizeof(Elf64_Ehdr));
	last = ((Elf64_Ehdr *)o.data)->e_phnum - 1;
	image = ph[last];
	assert_int_equal(image.p_paddr, 256 * FAKE_PAGE);
	memmove(&ph[2], &ph[1], (last - 1U) * sizeof(*ph));
	ph[1] = image;
	if (other_open(&o))
		fail_msg("%s", o.err.text);
	assert_false(o.d.foreign);
	assert_int_equal(o.d.format->bitmap_word(&o.d, 256, &word, &o.err), -EOPNOTSUPP);
	assert_int_equal(frame_reader_open(&r, &o.d, &o.err), 0);
	for (u64 pfn = 256; pfn < 356; pfn++) {
		if (frame_reader_read(&r, pfn, page, &o.err))
			fail_msg("%s", o.err.text);
		assert_memory_equal(page, fake_page(&o.job.src, pfn), FAKE_PAGE);
	}
	frame_reader_close(&r);
	other_end(&o);
}

static void expect_refused(struct other *o, const char *text)
{
	assert_int_equal(other_open(o), -EBADMSG);
	if (strcmp(o->err.text, text) != 0)
		fail_msg("'%s', not '%s'", o->err.text, text);
	close(o->fd);
	memset(&o->err, 0, sizeof(o->err));
}

/* QEMU 7.2 and newer: two section headers come first. */
static void test_qemu(void **state)
{
	struct other o;
	Elf64_Ehdr *eh;

	(void)state;
	other_write(&o, true);
	unseal(&o);
	eh = (Elf64_Ehdr *)o.data;
	eh->e_shoff = sizeof(*eh);
	eh->e_shentsize = sizeof(Elf64_Shdr);
	eh->e_shnum = 2;
	eh->e_shstrndx = 1;
	eh->e_phoff = sizeof(*eh) + 2 * sizeof(Elf64_Shdr);
	expect_refused(&o, "file: an ELF core with section headers, as QEMU writes, which cannot be read: use QEMU's kdump format (dump-guest-memory -z)");
	job_close(&o.job);
}

static void test_machine(void **state)
{
	static const char text[] =
		"file: it is of an aarch64 machine: only dumps of x86_64 can be read";
	struct kdump_header *h;
	struct other o;
	Elf64_Ehdr *eh;

	(void)state;
	other_write(&o, true);
	eh = (Elf64_Ehdr *)o.data;
	eh->e_machine = EM_AARCH64;
	expect_refused(&o, text);
	eh->e_machine = 12345;
	expect_refused(&o, "file: its ELF header has the unknown machine 12345: hint");
	job_close(&o.job);
	other_write(&o, false);
	h = (struct kdump_header *)o.data;
	strcpy(h->utsname[4], "aarch64");
	expect_refused(&o, text);
	/* Nobody says which, or it is damaged: then others tell. */
	strcpy(h->utsname[4], "\033[2J");
	assert_int_equal(other_open(&o), 0);
	dumpfile_close(&o.d);
	close(o.fd);
	h->utsname[4][0] = '\0';
	assert_int_equal(other_open(&o), 0);
	other_end(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_image_first),
		cmocka_unit_test(test_qemu),
		cmocka_unit_test(test_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
