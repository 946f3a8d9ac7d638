// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_notes.c - parse made-up ELF notes: of all lengths, and damaged ones; find
 * the seal and VMCOREINFO among them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "dumpfile/notes.h"

static void expect_error(struct error *err, int ret, int want, const char *text)
{
	assert_int_equal(ret, want);
	if (strcmp(err->text, text) != 0)
		fail_msg("'%s', not '%s'", err->text, text);
	err->text[0] = '\0';
}

/* Notes that a test makes up, one after the other. */
struct made_notes {
	u8 data[2048];
	struct notes n;
	struct dumpfile_file file;
	struct error err;
};

static void make_note(struct made_notes *m, const char *name, u32 type, const void *desc, u32 len)
{
	Elf64_Nhdr nh = { .n_namesz = (u32)strlen(name) + 1, .n_descsz = len, .n_type = type };
	u8 *to = m->data + m->n.size;

	m->n.data = m->data;
	m->file.name = "file";
	m->file.hint = "hint";
	memcpy(to, &nh, sizeof(nh));
	memcpy(to + sizeof(nh), name, nh.n_namesz);
	to += sizeof(nh) + ((nh.n_namesz + 3) & ~3U);
	if (len)
		memcpy(to, desc, len);
	m->n.size = (size_t)(to - m->data) + ((len + 3) & ~3U);
}

/* All lengths of names and descriptions, padded and not. */
static void test_note_lengths(void **state)
{
	struct made_notes m = { 0 };
	struct note note;
	size_t at = 0;

	(void)state;
	for (u32 i = 0; i < 9; i++)
		make_note(&m, &"abcdefgh"[8 - i], i, "12345678", i);
	for (u32 i = 0; i < 9; i++) {
		assert_int_equal(notes_next(&m.file, &m.n, &at, &note, &m.err), 1);
		assert_string_equal(note.name, &"abcdefgh"[8 - i]);
		assert_int_equal(note.type, i);
		assert_int_equal(note.desc_size, i);
		assert_memory_equal(note.desc, "12345678", i);
	}
	assert_int_equal(notes_next(&m.file, &m.n, &at, &note, &m.err), 0);
	assert_int_equal(at, m.n.size);
}

static int all_notes(struct made_notes *m)
{
	struct note note;
	size_t at = 0;
	int ret;

	do {
		ret = notes_next(&m->file, &m->n, &at, &note, &m->err);
	} while (ret > 0);
	return ret;
}

static void test_damaged_notes(void **state)
{
	static const char damaged[] = "file: its notes are damaged: hint";
	struct made_notes m = { 0 };
	Elf64_Nhdr *nh = (void *)m.data;

	(void)state;
	make_note(&m, "NAME", 1, "12345678", 8);
	assert_int_equal(all_notes(&m), 0);
	for (size_t size = 1; size < 28; size++) {
		m.n.size = size;
		expect_error(&m.err, all_notes(&m), -EBADMSG, damaged);
	}
	m.n.size = 28;
	nh->n_descsz = UINT32_MAX;
	expect_error(&m.err, all_notes(&m), -EBADMSG, damaged);
	nh->n_descsz = 8;
	nh->n_namesz = UINT32_MAX;
	expect_error(&m.err, all_notes(&m), -EBADMSG, damaged);
	nh->n_namesz = 0;
	expect_error(&m.err, all_notes(&m), -EBADMSG, damaged);
	nh->n_namesz = 4;	/* not terminated */
	expect_error(&m.err, all_notes(&m), -EBADMSG, damaged);
}

static void test_parse_notes(void **state)
{
	static const char info[] = "OSRELEASE=6.1.0\nPAGESIZE=4096\n";
	static const char none[] = "PAGESIZE=4096\nOSRELEASE=\n";
	struct made_notes m = { 0 };

	(void)state;
	make_note(&m, "OTHER", 0, info, sizeof(info) - 1);
	expect_error(&m.err, notes_parse(&m.file, &m.n, &m.err), -EBADMSG,
		     "file: it has no VMCOREINFO: hint");
	make_note(&m, "VMCOREINFO", 0, none, sizeof(none) - 1);
	expect_error(&m.err, notes_parse(&m.file, &m.n, &m.err), -EBADMSG,
		     "file: its VMCOREINFO has no OSRELEASE: hint");
	memset(&m, 0, sizeof(m));
	make_note(&m, "VMCOREINFO", 0, info, sizeof(info) - 1);
	assert_int_equal(notes_parse(&m.file, &m.n, &m.err), 0);
	assert_string_equal(m.n.release, "6.1.0");
	assert_int_equal(m.n.nr_prstatus, 0);
	make_note(&m, "CORE", 1, "short", 5);
	expect_error(&m.err, notes_parse(&m.file, &m.n, &m.err), -EBADMSG,
		     "file: its registers of CPU 0 are damaged: hint");
}

static void test_reason(void **state)
{
	static const char *const bad[] = { "tab\t", "bell\a", "\xc3\xa4", "\x7f", "", NULL };
	char text[LIVEDUMP_REASON_MAX + 1];
	struct made_notes m = { 0 };

	(void)state;
	make_note(&m, "LIVEDUMP", 1, "not this", 8);
	make_note(&m, "OTHER", 0x4e53524c, "nor this", 8);
	assert_int_equal(notes_find_reason(&m.file, &m.n, text, &m.err), 0);
	assert_string_equal(text, "");
	make_note(&m, "LIVEDUMP", 0x4e53524c, "Reason: a\nb", 11);
	assert_int_equal(notes_find_reason(&m.file, &m.n, text, &m.err), 0);
	assert_string_equal(text, "Reason: a\nb");
	for (unsigned int i = 0; bad[i]; i++) {
		memset(&m, 0, sizeof(m));
		make_note(&m, "LIVEDUMP", 0x4e53524c, bad[i], (u32)strlen(bad[i]));
		expect_error(&m.err, notes_find_reason(&m.file, &m.n, text, &m.err), -EBADMSG,
			     "file: its reason is damaged: hint");
		assert_string_equal(text, "");
	}
}

/* One byte more than there may be, at the end of what is mapped. */
static void test_long_reason(void **state)
{
	static struct {
		Elf64_Nhdr nh;
		char name[12];
		char text[LIVEDUMP_REASON_MAX + 4];
	} long_note = { { 9, LIVEDUMP_REASON_MAX + 1, 0x4e53524c }, "LIVEDUMP", "" };
	char text[LIVEDUMP_REASON_MAX + 1];
	struct made_notes m = { .file = { .name = "file", .hint = "hint" } };

	(void)state;
	memset(long_note.text, 'x', sizeof(long_note.text));
	m.n.data = (u8 *)&long_note;
	m.n.size = sizeof(long_note);
	expect_error(&m.err, notes_find_reason(&m.file, &m.n, text, &m.err), -EBADMSG,
		     "file: its reason is damaged: hint");
	long_note.nh.n_descsz = LIVEDUMP_REASON_MAX;
	m.n.size -= 4;
	assert_int_equal(notes_find_reason(&m.file, &m.n, text, &m.err), 0);
	assert_int_equal(strlen(text), LIVEDUMP_REASON_MAX);
}

static void expect_vmcoreinfo(const char *text, size_t len, const char *error)
{
	struct dumpfile_file file = { .name = "file", .hint = "hint" };
	struct vmcoreinfo vi = { .text = text, .size = len };
	struct error err = { 0 };
	int ret = notes_check_vmcoreinfo(&file, &vi, &err);

	if (error)
		expect_error(&err, ret, -EBADMSG, error);
	else if (ret)
		fail_msg("'%.*s' is refused", (int)len, text);
}

static void test_vmcoreinfo_lines(void **state)
{
	static const char *const good[] = {
		"OSRELEASE=6.1.0\nBUILD-ID=3a6d\nPAGESIZE=4096\nSYMBOL(_stext)=ffffffff81000000\n",
		"SIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page._refcount)=52\nLENGTH(page)=1\n",
		"NUMBER(phys_base)=-15728640\nKERNELOFFSET=1e000000\nCRASHTIME=1700000000",
		"EMPTY=\nSPACES=#1 SMP Debian\nEQUAL=a=b\n",
		/* The same key again, and keys that only look as if one were above the other. */
		"A=1\nA=2\nAB=1\nA_.x=1\nA0.x=1\n",
	};
	static const char *const damaged[] = {
		/* libkdumpfile reads beyond the end of such a key. */
		".=1\n", ".A=1\n", "..=\n", "A=1\n.\n",
		/* It takes a number for a pointer. */
		"SYMBOL(a)=1\nSYMBOL(a.b)=1\n", "SYMBOL(a.b)=1\nSYMBOL(a)=1\n",
		"A.b=1\nA-=1\nA=1\n", "SIZE=1\nSIZE(page)=64\n", "A.b.c=\nA.c=\nA.b=\n",
		"A(b=1\nA.b.c=1\n",
		/* Not what a kernel writes. */
		"", "=1\n", "A\n", "A=1\n\nB=1\n", "A..b=1\n", "A.=1\n", "A.(b)=1\n", "A b=1\n",
		"A\x1b[31m=1\n", "A\xc2\x9b=1\n", "A.b.c.d.e.f=1\n",
	};
	static char large[65537];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		expect_vmcoreinfo(good[i], strlen(good[i]), NULL);
	for (size_t i = 0; i < sizeof(damaged) / sizeof(*damaged); i++)
		expect_vmcoreinfo(damaged[i], strlen(damaged[i]),
				  "file: its VMCOREINFO is damaged: hint");
	expect_vmcoreinfo("A=\0\n", 4, "file: its VMCOREINFO is damaged: hint");
	expect_vmcoreinfo("A\0=1\n", 5, "file: its VMCOREINFO is damaged: hint");
	/* As many lines as there may be. The sanitizer sees if there is no room for them. */
	for (size_t i = 0; i + 3 <= sizeof(large); i += 3)
		memcpy(large + i, "A=\n", 3);
	large[65535] = 'A';
	expect_vmcoreinfo(large, 65535, NULL);
	expect_vmcoreinfo(large, 65537, "file: its VMCOREINFO has 65537 bytes: hint");
	memset(large, '.', sizeof(large));
	expect_vmcoreinfo(large, 65536, "file: its VMCOREINFO is damaged: hint");
}

/* A reader must not find other text than what was checked. */
static void test_one_vmcoreinfo(void **state)
{
	static const char info[] = "OSRELEASE=6.1.0\nPAGESIZE=4096\n";
	static const char *const xen[] = { "Xen", "VMCOREINFO_XEN", ".note.Xen" };
	struct made_notes m = { 0 };

	(void)state;
	make_note(&m, "VMCOREINFO", 0, info, sizeof(info) - 1);
	m.n.off = 1000;
	m.n.vmcoreinfo_off = 1000 + 12 + 12;
	m.n.vmcoreinfo_size = sizeof(info) - 1;
	assert_int_equal(notes_parse(&m.file, &m.n, &m.err), 0);
	m.n.vmcoreinfo_off++;
	expect_error(&m.err, notes_parse(&m.file, &m.n, &m.err), -EBADMSG,
		     "file: its header has another VMCOREINFO than its notes: hint");
	m.n.vmcoreinfo_off--;
	m.n.vmcoreinfo_size--;
	expect_error(&m.err, notes_parse(&m.file, &m.n, &m.err), -EBADMSG,
		     "file: its header has another VMCOREINFO than its notes: hint");
	m.n.vmcoreinfo_size = 0;
	assert_int_equal(notes_parse(&m.file, &m.n, &m.err), 0);
	make_note(&m, "VMCOREINFO", 0, info, sizeof(info) - 1);
	expect_error(&m.err, notes_parse(&m.file, &m.n, &m.err), -EBADMSG,
		     "file: it has two notes of VMCOREINFO: hint");
	for (size_t i = 0; i < sizeof(xen) / sizeof(*xen); i++) {
		struct made_notes x = { 0 };

		make_note(&x, "VMCOREINFO", 0, info, sizeof(info) - 1);
		make_note(&x, xen[i], 1, "", 0);
		expect_error(&x.err, notes_parse(&x.file, &x.n, &x.err), -EBADMSG,
			     "file: it is a dump of Xen, which cannot be read: hint");
	}
}

static void test_find_seal(void **state)
{
	struct ld_seal seal = { .version = LD_SEAL_VERSION, .pages = 5 }, got;
	struct made_notes m = { 0 };
	u64 off;

	(void)state;
	make_note(&m, "OTHER", 1, "", 0);
	/* A note of the same name with another type is not a seal. */
	make_note(&m, LD_SEAL_NAME, LD_SEAL_TYPE + 1, &seal, sizeof(seal));
	assert_int_equal(notes_find_seal(&m.file, &m.n, &got, &off, &m.err), 0);
	m.n.off = 1000;
	make_note(&m, LD_SEAL_NAME, LD_SEAL_TYPE, &seal, sizeof(seal));
	assert_int_equal(notes_find_seal(&m.file, &m.n, &got, &off, &m.err), 1);
	assert_memory_equal(&got, &seal, sizeof(seal));
	assert_int_equal(off, 1000 + m.n.size - sizeof(seal));
	/* The first version has less. */
	m.n.size = 0;
	seal.version = LD_SEAL_VERSION_1;
	make_note(&m, LD_SEAL_NAME, LD_SEAL_TYPE, &seal, offsetof(struct ld_seal, spared));
	memset(&got, 0xff, sizeof(got));
	assert_int_equal(notes_find_seal(&m.file, &m.n, &got, &off, &m.err), 1);
	assert_memory_equal(&got, &seal, sizeof(seal));
	m.n.size = 0;
	seal.version = LD_SEAL_VERSION;
	make_note(&m, LD_SEAL_NAME, LD_SEAL_TYPE, &seal, offsetof(struct ld_seal, spared));
	expect_error(&m.err, notes_find_seal(&m.file, &m.n, &got, &off, &m.err), -EBADMSG,
		     "file: its checksums are damaged: hint");
	/* crash goes by the type, and the first dumps have that of NT_PRSTATUS. */
	assert_int_not_equal(LD_SEAL_TYPE, NT_PRSTATUS);
	m.n.size = 0;
	make_note(&m, LD_SEAL_NAME, 1, &seal, sizeof(seal));
	assert_int_equal(notes_find_seal(&m.file, &m.n, &got, &off, &m.err), 1);
	assert_memory_equal(&got, &seal, sizeof(seal));
	assert_int_equal(off, 1000 + m.n.size - sizeof(seal));
	m.data[off - 1000 + offsetof(struct ld_seal, mode)] = 99;
	expect_error(&m.err, notes_find_seal(&m.file, &m.n, &got, &off, &m.err), -EBADMSG,
		     "file: its checksums have the unknown mode 99: hint");
	m.data[off - 1000] = 7;
	expect_error(&m.err, notes_find_seal(&m.file, &m.n, &got, &off, &m.err), -EBADMSG,
		     "file: its checksums have the unknown version 7: hint");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_note_lengths),
		cmocka_unit_test(test_damaged_notes),
		cmocka_unit_test(test_reason),
		cmocka_unit_test(test_long_reason),
		cmocka_unit_test(test_parse_notes),
		cmocka_unit_test(test_vmcoreinfo_lines),
		cmocka_unit_test(test_one_vmcoreinfo),
		cmocka_unit_test(test_find_seal),
	};

	return cmocka_run_group_tests_name("notes", tests, NULL, NULL);
}
