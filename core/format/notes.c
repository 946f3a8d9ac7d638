// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * notes.c - the ELF notes of a dump.
 *
 * Readers want one NT_PRSTATUS per online CPU, in CPU order, even if its
 * registers are zero: without these notes drgn 0.0.22 unwinds no kernel stack.
 * pr_pid is the number of the CPU + 1. QEMU writes it like this, and drgn
 * 0.0.27 and later read it like this if VMCOREINFO has no CRASHTIME. drgn
 * 0.0.22 takes pr_pid for the PID of a task, and assigns the zero registers to
 * this task if it is on that CPU.
 *
 * A note named SNAP makes crash show [LIVE DUMP] and skip its search for a task
 * that panicked (crash 9.0.2, netdump.c and task.c). Its 8 bytes may be the
 * address of the task that made the dump. They are zero, because crash 8.0.6
 * crashes on a real address. With this note crash rejects bt -a and unwinds no
 * task that was on a CPU. A frozen dump has the registers of all CPUs and does
 * not have this note: crash 9.0.2 then unwinds every task. crash 8.0.6 does so,
 * too, except for tasks on a CPU of Linux 6.1, because of an exception stack of
 * size 0.
 */
#include "notes.h"
#include "seal.h"

#define NOTE_PRSTATUS		1U	/* NT_PRSTATUS, include/uapi/linux/elf.h */
#define NOTE_SNAP		4U
#define SEAL_NAME_LEN		(sizeof(LD_SEAL_NAME) - 1)

static size_t note_size(size_t name_len, size_t desc_len)
{
	return 12 + ((name_len + 4) & ~(size_t)3) + ((desc_len + 3) & ~(size_t)3);
}

/*
 * Write the header of a note: type, name and padding. The description is zero.
 * Returns the address of the description.
 */
static u8 *note_write_header(u8 *at, const char *name, size_t name_len, u32 type, size_t desc_len)
{
	u32 head[3] = { (u32)name_len + 1, (u32)desc_len, type };

	memset(at, 0, note_size(name_len, desc_len));
	memcpy(at, head, sizeof(head));
	memcpy(at + sizeof(head), name, name_len);
	return at + sizeof(head) + ((name_len + 4) & ~(size_t)3);
}

size_t ld_notes_size(const struct ld_arch *arch, unsigned int nr_cpus, size_t vmcoreinfo_size)
{
	return nr_cpus * note_size(4, arch->prstatus.size) + note_size(10, vmcoreinfo_size) +
	       note_size(SEAL_NAME_LEN, sizeof(struct ld_seal)) + note_size(4, 8);
}

void ld_notes_build(struct ld_system *sys, void *buf, const void *vmcoreinfo,
		    size_t vmcoreinfo_size, bool frozen)
{
	const struct ld_arch_prstatus *prstatus = &sys->arch->prstatus;
	u8 *at = buf, *desc;

	for (u32 cpu = 0; cpu < sys->nr_cpus; cpu++) {
		u32 pid = cpu + 1;

		desc = note_write_header(at, "CORE", 4, NOTE_PRSTATUS, prstatus->size);
		memcpy(desc + prstatus->pid, &pid, sizeof(pid));
		at += note_size(4, prstatus->size);
	}
	desc = note_write_header(at, "VMCOREINFO", 10, 0, vmcoreinfo_size);
	memcpy(desc, vmcoreinfo, vmcoreinfo_size);
	sys->vmcoreinfo_off = (size_t)(desc - (u8 *)buf);
	sys->vmcoreinfo_size = vmcoreinfo_size;
	at += note_size(10, vmcoreinfo_size);
	desc = note_write_header(at, LD_SEAL_NAME, SEAL_NAME_LEN, LD_SEAL_TYPE,
				 sizeof(struct ld_seal));
	sys->seal_off = (size_t)(desc - (u8 *)buf);
	at += note_size(SEAL_NAME_LEN, sizeof(struct ld_seal));
	if (!frozen) {
		note_write_header(at, "SNAP", 4, NOTE_SNAP, 8);
		at += note_size(4, 8);
	}
	sys->notes = buf;
	sys->notes_size = (size_t)(at - (u8 *)buf);
}

void ld_notes_set_registers(const struct ld_arch *arch, void *buf, unsigned int index,
			    const void *regs, size_t size)
{
	const struct ld_arch_prstatus *prstatus = &arch->prstatus;
	u8 *note = (u8 *)buf + index * note_size(4, prstatus->size);
	u8 *desc = note + note_size(4, 0);

	memcpy(desc + prstatus->reg, regs, size < prstatus->reg_size ? size : prstatus->reg_size);
}
