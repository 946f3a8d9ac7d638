// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_arch.c - what is known of architectures, beside what the C library and
 * the running system say of their own.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "arch/arch.h"

static void test_lookup(void **state)
{
	unsigned int n = 0;

	(void)state;
	for (const struct ld_arch *a; (a = ld_arch_at(n)); n++) {
		assert_ptr_equal(ld_arch_by_elf_machine(a->elf_machine), a);
		assert_true(ld_arch_is_prstatus_size(a->prstatus.size));
		assert_true(a->phys_bits_max <= ld_arch_phys_bits_max());
	}
	assert_true(n > 0);
	assert_null(ld_arch_at(n + 1));
	assert_null(ld_arch_by_elf_machine(EM_NONE));
	assert_false(ld_arch_is_prstatus_size(0));
}

static void test_sane(void **state)
{
	const struct ld_arch *a;

	(void)state;
	for (unsigned int i = 0; (a = ld_arch_at(i)); i++) {
		const struct ld_arch_prstatus *p = &a->prstatus;

		assert_true(strlen(a->uts_machine) > 0 && strlen(a->uts_machine) < 65);
		assert_in_range(a->page_shift, 12, 16);
		assert_in_range(a->phys_bits_min, a->page_shift + 1, a->phys_bits_max);
		assert_in_range(a->phys_bits_max, a->phys_bits_min, 62);
		assert_true(a->kernel_addr_min >= 1ULL << 63);
		assert_in_range(a->section_bits, a->page_shift + 1, a->phys_bits_min);
		assert_true(p->pid + sizeof(u32) <= p->reg);
		assert_true(p->reg + p->reg_size <= p->size);
	}
}

static void test_x86_64(void **state)
{
	const struct ld_arch *a = ld_arch_by_elf_machine(EM_X86_64);

	(void)state;
	assert_ptr_equal(a, &ld_arch_x86_64);
	assert_string_equal(a->uts_machine, "x86_64");
	assert_int_equal(a->page_shift, 12);
	assert_int_equal(a->phys_bits_min, 46);
	assert_int_equal(a->phys_bits_max, 52);
	assert_int_equal(a->section_bits, 27);
	assert_true(a->kernel_addr_min == -(1ULL << 56));
	assert_int_equal(a->prstatus.size, 336);
	assert_int_equal(a->prstatus.pid, 32);
	assert_int_equal(a->prstatus.reg, 112);
	assert_int_equal(a->prstatus.reg_size, 27 * 8);
}

/* The one that this test runs on. */
static void test_own(void **state)
{
	const struct ld_arch *a = NULL;
	struct elf_prstatus st;
	struct utsname uts;

	(void)state;
	assert_int_equal(uname(&uts), 0);
	for (unsigned int i = 0; (a = ld_arch_at(i)); i++)
		if (!strcmp(a->uts_machine, uts.machine))
			break;
	if (!a)
		skip();
	assert_int_equal(1L << a->page_shift, sysconf(_SC_PAGESIZE));
	assert_int_equal(a->prstatus.size, sizeof(st));
	assert_int_equal(a->prstatus.pid, offsetof(struct elf_prstatus, pr_pid));
	assert_int_equal(a->prstatus.reg, offsetof(struct elf_prstatus, pr_reg));
	assert_int_equal(a->prstatus.reg_size, sizeof(st.pr_reg));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_sane),
		cmocka_unit_test(test_x86_64),
		cmocka_unit_test(test_own),
	};

	return cmocka_run_group_tests_name("arch", tests, NULL, NULL);
}
