// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * notes.c - the ELF notes of a dump.
 *
 * Readers want one NT_PRSTATUS per CPU, in CPU order, even if its registers are
 * zero: without these notes drgn 0.0.22 unwinds no kernel stack.
 * pr_pid is the number of the CPU + 1. QEMU writes it like this, and drgn
 * 0.0.27 and later read it like this if VMCOREINFO has no CRASHTIME. drgn
 * 0.0.22 takes pr_pid for the PID of a task, and assigns the zero registers to
 * this task if it is on that CPU.
 *
 * If a CPU is offline, crash takes the notes for those of the CPUs for which kdump's
 * crash_notes in memory are filled. On a running system none is, so crash warns of
 * each CPU and has no registers. It does not do so for a dump of QEMU, where CPU n has
 * note n whatever its state, and knows such a dump by a note whose name begins with
 * QEMU. So each CPU that is present has its note, and if one is offline there is a note
 * QEMU_ORDER with an empty QEMUCPUState. crash prints that and uses it only if there
 * is no VMCOREINFO. Others go by the whole name: from a note QEMU libkdumpfile of 2025
 * takes the address of the page tables.
 *
 * A note named SNAP makes crash show [LIVE DUMP] and skip its search for a task
 * that panicked (crash 9.0.2, netdump.c and task.c). Its description is
 * struct live_note, as crash's extension snap.so writes it. With this note crash
 * rejects bt -a and unwinds no task that was on a CPU. A frozen dump has the
 * registers of all CPUs and does not have this note: crash 9.0.2 then unwinds every
 * task. crash 8.0.6 does so, too, except for tasks on a CPU of a kernel without
 * CONFIG_X86_MCE, such as Debian's cloud kernel 6.1: of an exception stack that no
 * exception uses it does not know the size, and fails.
 *
 * In an ELF core with this note crash reads nothing else from VMCOREINFO. So the
 * note says how far the kernel was moved.
 */
#include "notes.h"
#include "seal.h"
#include "vmcoreinfo.h"

#define NOTE_PRSTATUS		1U	/* NT_PRSTATUS, include/uapi/linux/elf.h */
#define NOTE_LIVE		4U	/* NT_TASKSTRUCT in crash's netdump.h */
#define CPU_NAME		"CORE"
#define INFO_NAME		"VMCOREINFO"
#define QEMU_NAME		"QEMU_ORDER"
#define QEMU_VERSION		1U	/* of QEMUCPUState */

/*
 * The task that made the dump is not named: crash takes that task for one that is on
 * a CPU, and crash 8.0.6 fails on those.
 */
struct live_note {
	u64 task;	/* address of a task_struct */
	u64 moved;	/* link-time address of a symbol minus its real one */
	u64 unused;
};

/* @name_size: bytes of the name, with its NUL. */
static size_t note_size(size_t name_size, size_t desc_size)
{
	return 12 + ((name_size + 3) & ~(size_t)3) + ((desc_size + 3) & ~(size_t)3);
}

/*
 * Write the header of a note: type, name and padding. The description is zero.
 * Returns the address of the description.
 */
static u8 *note_write_header(u8 *at, const char *name, size_t name_size, u32 type,
			     size_t desc_size)
{
	u32 head[3] = { (u32)name_size, (u32)desc_size, type };

	memset(at, 0, note_size(name_size, desc_size));
	memcpy(at, head, sizeof(head));
	memcpy(at + sizeof(head), name, name_size);
	return at + note_size(name_size, 0);
}

size_t ld_notes_size(const struct ld_system *sys, size_t vmcoreinfo_size)
{
	return sys->cpus_end * note_size(sizeof(CPU_NAME), sys->arch->prstatus.size) +
	       note_size(sizeof(QEMU_NAME), sys->arch->qemu_size) +
	       note_size(sizeof(INFO_NAME), vmcoreinfo_size) +
	       note_size(sizeof(LD_SEAL_NAME), sizeof(struct ld_seal)) +
	       note_size(LD_LIVE_NAME_SIZE, sizeof(struct live_note)) +
	       note_size(sizeof(LD_REASON_NAME), LIVEDUMP_REASON_MAX);
}

static size_t note_write_qemu(u8 *at, const struct ld_arch *arch)
{
	u32 head[2] = { QEMU_VERSION, arch->qemu_size };
	u8 *desc = note_write_header(at, QEMU_NAME, sizeof(QEMU_NAME), 0, arch->qemu_size);

	memcpy(desc, head, sizeof(head));
	return note_size(sizeof(QEMU_NAME), arch->qemu_size);
}

static size_t note_write_live(u8 *at, const void *vmcoreinfo, size_t vmcoreinfo_size)
{
	struct vmcoreinfo vi = { vmcoreinfo, vmcoreinfo_size };
	struct live_note live = { 0 };
	u64 offset;
	u8 *desc;

	if (vmcoreinfo_hex(&vi, "KERNELOFFSET", &offset))
		live.moved = 0 - offset;
	desc = note_write_header(at, LD_LIVE_NAME, LD_LIVE_NAME_SIZE, NOTE_LIVE, sizeof(live));
	memcpy(desc, &live, sizeof(live));
	return note_size(LD_LIVE_NAME_SIZE, sizeof(live));
}

void ld_notes_build(struct ld_system *sys, void *buf, const void *vmcoreinfo,
		    size_t vmcoreinfo_size, bool frozen)
{
	const struct ld_arch_prstatus *prstatus = &sys->arch->prstatus;
	u8 *at = buf, *desc;

	for (u32 cpu = 0; cpu < sys->cpus_end; cpu++) {
		u32 pid = cpu + 1;

		desc = note_write_header(at, CPU_NAME, sizeof(CPU_NAME), NOTE_PRSTATUS,
					 prstatus->size);
		memcpy(desc + prstatus->pid, &pid, sizeof(pid));
		at += note_size(sizeof(CPU_NAME), prstatus->size);
	}
	if (sys->nr_cpus < sys->cpus_end)
		at += note_write_qemu(at, sys->arch);
	desc = note_write_header(at, INFO_NAME, sizeof(INFO_NAME), 0, vmcoreinfo_size);
	memcpy(desc, vmcoreinfo, vmcoreinfo_size);
	sys->vmcoreinfo_off = (size_t)(desc - (u8 *)buf);
	sys->vmcoreinfo_size = vmcoreinfo_size;
	at += note_size(sizeof(INFO_NAME), vmcoreinfo_size);
	desc = note_write_header(at, LD_SEAL_NAME, sizeof(LD_SEAL_NAME), LD_SEAL_TYPE,
				 sizeof(struct ld_seal));
	sys->seal_off = (size_t)(desc - (u8 *)buf);
	at += note_size(sizeof(LD_SEAL_NAME), sizeof(struct ld_seal));
	if (!frozen)
		at += note_write_live(at, vmcoreinfo, vmcoreinfo_size);
	sys->notes = buf;
	sys->notes_size = (size_t)(at - (u8 *)buf);
	sys->reason_off = 0;
}

bool ld_reason_is_valid(const struct dump_reason *reason)
{
	if (!reason->size || reason->size > LIVEDUMP_REASON_MAX)
		return false;
	for (size_t i = 0; i < reason->size; i++)
		if (reason->text[i] != '\n' && (reason->text[i] < ' ' || reason->text[i] > '~'))
			return false;
	return true;
}

int ld_notes_set_reason(struct ld_system *sys, const struct dump_reason *reason)
{
	u8 *desc;

	if (sys->reason_off)
		sys->notes_size = sys->reason_off;
	sys->reason_off = 0;
	if (!reason->size)
		return 0;
	if (!sys->notes || !ld_reason_is_valid(reason))
		return -EINVAL;
	desc = note_write_header((u8 *)sys->notes + sys->notes_size, LD_REASON_NAME,
				 sizeof(LD_REASON_NAME), LD_REASON_TYPE, reason->size);
	memcpy(desc, reason->text, reason->size);
	sys->reason_off = sys->notes_size;
	sys->notes_size += note_size(sizeof(LD_REASON_NAME), reason->size);
	return 0;
}

void ld_notes_set_registers(const struct ld_arch *arch, void *buf, unsigned int cpu,
			    const void *regs, size_t size)
{
	const struct ld_arch_prstatus *prstatus = &arch->prstatus;
	u8 *note = (u8 *)buf + cpu * note_size(sizeof(CPU_NAME), prstatus->size);
	u8 *desc = note + note_size(sizeof(CPU_NAME), 0);

	memcpy(desc + prstatus->reg, regs, size < prstatus->reg_size ? size : prstatus->reg_size);
}
