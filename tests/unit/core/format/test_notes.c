// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_notes.c - the ELF notes of a system with a CPU that is offline, and those
 * of one whose kernel was not moved; and the note that says why a dump was taken.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/user.h>

#include "core/format/notes.h"

#define HEAD	20U	/* bytes before the description: header, name of up to 8 bytes */

static const char info[] = "OSRELEASE=6.1.0\nPAGESIZE=4096\n";

static u8 *build(struct ld_system *sys, bool frozen)
{
	size_t size = ld_notes_size(sys, sizeof(info) - 1);
	u8 *notes = malloc(size);

	assert_non_null(notes);
	ld_notes_build(sys, notes, info, sizeof(info) - 1, frozen);
	assert_in_range(sys->notes_size, 1, size);
	return notes;
}

static void expect_head(const u8 *note, const char *name, u32 name_size, u32 desc_size, u32 type)
{
	Elf64_Nhdr nh;

	memcpy(&nh, note, sizeof(nh));
	assert_int_equal(nh.n_namesz, name_size);
	assert_int_equal(nh.n_descsz, desc_size);
	assert_int_equal(nh.n_type, type);
	assert_memory_equal(note + sizeof(nh), name, name_size);
}

/* With a CPU offline, note n is that of CPU n, and a note makes crash go by that. */
static void test_offline(void **state)
{
	struct ld_system sys = { .arch = &ld_arch_x86_64, .nr_cpus = 2, .cpus_end = 3 };
	struct user_regs_struct regs = { .rip = 1234 };
	u8 *notes = build(&sys, true), *at = notes;
	u32 qemu[108] = { 1, sizeof(qemu) };

	(void)state;
	ld_notes_set_registers(sys.arch, notes, 2, &regs, sizeof(regs));
	for (int cpu = 0; cpu < 3; cpu++) {
		struct elf_prstatus pr;
		struct user_regs_struct got;

		expect_head(at, "CORE", 5, sizeof(pr), NT_PRSTATUS);
		memcpy(&pr, at + HEAD, sizeof(pr));
		memcpy(&got, &pr.pr_reg, sizeof(got));
		assert_int_equal(pr.pr_pid, cpu + 1);
		assert_int_equal(got.rip, cpu == 2 ? 1234 : 0);
		at += HEAD + sizeof(pr);
	}
	expect_head(at, "QEMU_ORDER", 11, sizeof(qemu), 0);
	at += HEAD + 4;
	assert_memory_equal(at, qemu, sizeof(qemu));
	expect_head(at + sizeof(qemu), "VMCOREINFO", 11, sizeof(info) - 1, 0);
	free(notes);
}

/* With all CPUs online, no other reader than crash must think of QEMU. */
static void test_online(void **state)
{
	struct ld_system sys = { .arch = &ld_arch_x86_64, .nr_cpus = 2, .cpus_end = 2 };
	u8 *notes = build(&sys, false);

	(void)state;
	expect_head(notes + 2 * (HEAD + sizeof(struct elf_prstatus)), "VMCOREINFO", 11,
		    sizeof(info) - 1, 0);
	free(notes);
}

/* A kernel that does not say that it was moved was not. */
static void test_not_moved(void **state)
{
	struct ld_system sys = { .arch = &ld_arch_x86_64, .nr_cpus = 1, .cpus_end = 1 };
	u8 *notes = build(&sys, false);
	const u64 none[3] = { 0 };
	const u8 *live = notes + sys.notes_size - 40;

	(void)state;
	expect_head(live, "SNAP", 4, sizeof(none), 4);
	assert_memory_equal(live + 16, none, sizeof(none));
	free(notes);
}

static int set_reason(struct ld_system *sys, const char *text, size_t size)
{
	struct dump_reason reason = { text, size };

	return ld_notes_set_reason(sys, &reason);
}

/* It comes last, takes the place of an earlier one, and is gone without one. */
static void test_reason(void **state)
{
	struct ld_system sys = { .arch = &ld_arch_x86_64, .nr_cpus = 2, .cpus_end = 3 };
	static char most[LIVEDUMP_REASON_MAX];
	u8 *notes = build(&sys, false);
	size_t before = sys.notes_size;

	(void)state;
	memset(most, 'x', sizeof(most));
	assert_int_equal(set_reason(&sys, most, sizeof(most)), 0);
	assert_int_equal(sys.notes_size, before + 24 + sizeof(most));
	assert_in_range(sys.notes_size, 1, ld_notes_size(&sys, sizeof(info) - 1));
	assert_int_equal(set_reason(&sys, "Reason: x\n~ ", 12), 0);
	assert_int_equal(sys.notes_size, before + 24 + 12);
	assert_int_equal(sys.reason_off, before);
	expect_head(notes + before, "LIVEDUMP", 9, 12, LD_REASON_TYPE);
	assert_memory_equal(notes + before + 24, "Reason: x\n~ ", 12);
	assert_int_equal(set_reason(&sys, NULL, 0), 0);
	assert_int_equal(sys.notes_size, before);
	assert_int_equal(sys.reason_off, 0);
	free(notes);
}

/* All bytes but printable ASCII and the line's end are refused, and what is too long. */
static void test_bad_reason(void **state)
{
	struct ld_system sys = { .arch = &ld_arch_x86_64, .nr_cpus = 1, .cpus_end = 1 };
	static char most[LIVEDUMP_REASON_MAX + 1];
	u8 *notes = build(&sys, true);
	size_t before = sys.notes_size;

	(void)state;
	for (int c = 0; c < 256; c++) {
		char text[3] = { 'a', (char)c, 'b' };
		bool good = c == '\n' || (c >= ' ' && c < 0x7f);

		assert_int_equal(set_reason(&sys, text, sizeof(text)), good ? 0 : -EINVAL);
		assert_int_equal(sys.notes_size, good ? before + 24 + 4 : before);
	}
	memset(most, 'x', sizeof(most));
	assert_int_equal(set_reason(&sys, most, sizeof(most)), -EINVAL);
	assert_int_equal(sys.notes_size, before);
	sys.notes = NULL;
	assert_int_equal(set_reason(&sys, most, 1), -EINVAL);
	free(notes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offline),
		cmocka_unit_test(test_online),
		cmocka_unit_test(test_not_moved),
		cmocka_unit_test(test_reason),
		cmocka_unit_test(test_bad_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
