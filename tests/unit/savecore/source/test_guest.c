// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_guest.c - which virtual machines are refused: by made-up files, and by what a
 * made-up processor says.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "savecore/source/kcore_guest.h"
#include "tests/unit/fake.h"

static struct error err;
static char dir[32];

static int setup(void **state)
{
	(void)state;
	err.text[0] = '\0';
	strcpy(dir, "/tmp/test_guest.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(dir);
}

static void file_path(const char *file, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", dir, file);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Xen says what kind of guest it runs. */
static void test_xen(void **state)
{
	char path[64];

	(void)state;
	file_path("guest_type", path, sizeof(path));
	assert_int_equal(kcore_guest_check_xen(path, &err), 0);
	write_file(path, "HVM\n");
	assert_int_equal(kcore_guest_check_xen(path, &err), 0);
	write_file(path, "PV\n");
	assert_int_equal(kcore_guest_check_xen(path, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "Xen"));
	unlink(path);
}

/* What CPUID says. */
static struct {
	u32 features_ecx;
	u32 extended_max;
	u32 encryption_eax;
	char vendor[13];
	u32 vendor_max;
	u32 partition_ebx;
} cpu;

static void fake_cpuid(u32 leaf, u32 *regs)
{
	memset(regs, 0, 4 * sizeof(*regs));
	if (leaf == 1)
		regs[2] = cpu.features_ecx;
	else if (leaf == 0x80000000)
		regs[0] = cpu.extended_max;
	else if (leaf == 0x8000001f)
		regs[0] = cpu.encryption_eax;
	else if (leaf == 0x40000003)
		regs[1] = cpu.partition_ebx;
	else if (leaf == 0x40000000)
		memcpy(regs + 1, cpu.vendor, 12);
	if (leaf == 0x40000000)
		regs[0] = cpu.vendor_max;
}

/* A file that has @status where SEV_STATUS is, of @size bytes. */
static void write_msr(const char *path, u64 status, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(pwrite(fd, &status, size, 0xc0010131), size);
	close(fd);
}

/* Returns what comes of the check, with a message that has @text unless it is 0. */
static int check_snp(const struct kcore_guest *guest, const char *text)
{
	int rc;

	err.text[0] = '\0';
	rc = kcore_guest_check_snp(guest, &err);
	if (rc)
		assert_non_null(strstr(err.text, text));
	return rc;
}

/* A device tells a guest of SEV-SNP. Its first processor has no page of the kernel's. */
static void test_snp(void **state)
{
	char device[64], msr[64];
	struct kcore_guest guest = {
		.cpuid = fake_cpuid, .snp_device = device, .msr = msr, .cpus = 64,
	};

	(void)state;
	memset(&cpu, 0, sizeof(cpu));
	file_path("sev-guest", device, sizeof(device));
	file_path("msr", msr, sizeof(msr));
	assert_int_equal(check_snp(&guest, ""), 0);
	write_file(device, "");
	assert_int_equal(check_snp(&guest, "SEV-SNP with several processors"), -EOPNOTSUPP);
	guest.cpus = 1;
	assert_int_equal(check_snp(&guest, ""), 0);
	guest.cpus = 2;
	assert_int_equal(check_snp(&guest, "SEV-SNP with several processors"), -EOPNOTSUPP);
	unlink(device);
}

/* Who may create partitions of Hyper-V has given it pages. */
static void test_hyperv(void **state)
{
	(void)state;
	memset(&cpu, 0, sizeof(cpu));
	cpu.features_ecx = 1U << 31;
	strcpy(cpu.vendor, "Microsoft Hv");
	cpu.vendor_max = 0x40000003;
	/* As the root partition has it, and one that runs guests without being it. */
	cpu.partition_ebx = 1U << 12 | 1;
	assert_int_equal(kcore_guest_check_hyperv(fake_cpuid, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "Hyper-V"));
	cpu.partition_ebx = 1;
	assert_int_equal(kcore_guest_check_hyperv(fake_cpuid, &err), -EOPNOTSUPP);
	/* Ordinary and isolated guests. */
	cpu.partition_ebx = 0x3b8030;
	assert_int_equal(kcore_guest_check_hyperv(fake_cpuid, &err), 0);
	cpu.partition_ebx = 1U << 22 | 1;
	assert_int_equal(kcore_guest_check_hyperv(fake_cpuid, &err), 0);
	/* Other hypervisors, and none. */
	cpu.partition_ebx = 1;
	cpu.vendor_max = 0x40000001;
	assert_int_equal(kcore_guest_check_hyperv(fake_cpuid, &err), 0);
	cpu.vendor_max = 0x40000010;
	strcpy(cpu.vendor, "KVMKVMKVM");
	assert_int_equal(kcore_guest_check_hyperv(fake_cpuid, &err), 0);
	strcpy(cpu.vendor, "Microsoft Hv");
	assert_int_equal(kcore_guest_check_hyperv(fake_cpuid, &err), -EOPNOTSUPP);
	cpu.features_ecx = 0;
	assert_int_equal(kcore_guest_check_hyperv(fake_cpuid, &err), 0);
}

/* Without the device it is the processor that tells, and if nothing does nothing is read. */
static void test_snp_hidden(void **state)
{
	char msr[64];
	struct kcore_guest guest = {
		.cpuid = fake_cpuid, .snp_device = "/nowhere", .msr = msr, .cpus = 2,
	};

	(void)state;
	memset(&cpu, 0, sizeof(cpu));
	file_path("msr", msr, sizeof(msr));
	cpu.features_ecx = 1U << 31;
	cpu.extended_max = 0x8000001f;
	cpu.encryption_eax = 2;
	assert_int_equal(check_snp(&guest, "cannot tell"), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "modprobe msr"));
	write_msr(msr, 7, 4);
	assert_int_equal(check_snp(&guest, "cannot tell"), -EOPNOTSUPP);
	/* The register may not be read, or the processor does not have it. */
	fake_pread_errno = EPERM;
	assert_int_equal(check_snp(&guest, "cannot tell"), -EOPNOTSUPP);
	fake_pread_errno = EIO;
	assert_int_equal(check_snp(&guest, ""), 0);
	fake_pread_errno = 0;
	write_msr(msr, 7, 8);
	assert_int_equal(check_snp(&guest, "SEV-SNP with several processors"), -EOPNOTSUPP);
	write_msr(msr, 3, 8);
	assert_int_equal(check_snp(&guest, ""), 0);
	unlink(msr);
	guest.cpus = 1;
	assert_int_equal(check_snp(&guest, ""), 0);
	guest.cpus = 2;
	/* Ordinary guests, and the host. */
	cpu.encryption_eax = 1;
	assert_int_equal(check_snp(&guest, ""), 0);
	cpu.encryption_eax = 2;
	cpu.extended_max = 0x8000001e;
	assert_int_equal(check_snp(&guest, ""), 0);
	cpu.extended_max = 0x80000021;
	assert_int_equal(check_snp(&guest, "cannot tell"), -EOPNOTSUPP);
	cpu.features_ecx = ~(1U << 31);
	assert_int_equal(check_snp(&guest, ""), 0);
}

#define TEST(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_xen), TEST(test_snp), TEST(test_snp_hidden), TEST(test_hyperv),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
