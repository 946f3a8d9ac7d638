/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * notes.h - the ELF notes of a dump: one NT_PRSTATUS per CPU, VMCOREINFO, space
 * for the seal, and the mark of a live dump.
 */
#ifndef LIVEDUMP_NOTES_H
#define LIVEDUMP_NOTES_H

#include "core/source.h"

/* The mark of a live dump: the only note whose name is not terminated. */
#define LD_LIVE_NAME		"SNAP"
#define LD_LIVE_NAME_SIZE	4U

/* Bytes that ld_notes_build() needs. arch, nr_cpus and cpus_end of @sys are set. */
size_t ld_notes_size(const struct ld_system *sys, size_t vmcoreinfo_size);

/*
 * Build the notes of @sys in @buf, which has ld_notes_size() bytes. The registers are
 * zero, as for CPUs that were not stopped. @frozen: all registers will be set later,
 * and there is no mark of a live dump. Sets the members of @sys that describe the
 * notes.
 */
void ld_notes_build(struct ld_system *sys, void *buf, const void *vmcoreinfo,
		    size_t vmcoreinfo_size, bool frozen);

/*
 * Store the registers of CPU number @cpu, which is less than cpus_end, in its note:
 * @size bytes of pr_reg of struct elf_prstatus.
 */
void ld_notes_set_registers(const struct ld_arch *arch, void *buf, unsigned int cpu,
			    const void *regs, size_t size);

#endif
