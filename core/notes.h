/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * notes.h - the ELF notes of a dump: one NT_PRSTATUS per online CPU,
 * VMCOREINFO, and the mark of a live dump.
 */
#ifndef LIVEDUMP_NOTES_H
#define LIVEDUMP_NOTES_H

#include "port.h"

/* Bytes that ld_notes_build() needs. */
size_t ld_notes_size(unsigned int nr_cpus, size_t vmcoreinfo_size);

/*
 * Build the notes in @buf, of ld_notes_size() bytes. The registers are zero,
 * as of CPUs that were not stopped. Stores where in @buf the VMCOREINFO text begins.
 */
void ld_notes_build(void *buf, unsigned int nr_cpus, const void *vmcoreinfo,
		    size_t vmcoreinfo_size, size_t *vmcoreinfo_off);

/*
 * Put the registers of the CPU that is number @index of those online into its
 * note: @size bytes of pr_reg, as struct elf_prstatus has them.
 */
void ld_notes_set_registers(void *buf, unsigned int index, const void *regs, size_t size);

#endif
