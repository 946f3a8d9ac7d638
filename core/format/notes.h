/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * notes.h - the ELF notes of a dump: one NT_PRSTATUS per CPU, VMCOREINFO, space
 * for the seal, the mark of a live dump, and why the dump was taken.
 */
#ifndef LIVEDUMP_NOTES_H
#define LIVEDUMP_NOTES_H

#include "core/request.h"
#include "core/source.h"

/* The mark of a live dump: the only note whose name is not terminated. */
#define LD_LIVE_NAME		"SNAP"
#define LD_LIVE_NAME_SIZE	4U

/*
 * The note that says why the dump was taken has this name and type; its description is
 * that of LIVEDUMP_REASON_MAX in livedump.h. crash goes by the type alone.
 */
#define LD_REASON_NAME		"LIVEDUMP"
#define LD_REASON_TYPE		0x4e53524cU	/* "LRSN" in the file */

/* Bytes that all notes need. arch, nr_cpus and cpus_end of @sys are set. */
size_t ld_notes_size(const struct ld_system *sys, size_t vmcoreinfo_size);

/*
 * Build the notes of @sys in @buf, which has ld_notes_size() bytes. The registers are
 * zero, as for CPUs that were not stopped. @frozen: all registers will be set later,
 * and there is no mark of a live dump. Sets the members of @sys that describe the
 * notes.
 */
void ld_notes_build(struct ld_system *sys, void *buf, const void *vmcoreinfo,
		    size_t vmcoreinfo_size, bool frozen);

/* Whether it may be in a dump: lines of printable ASCII, and not too long. */
bool ld_reason_is_valid(const struct dump_reason *reason);

/*
 * Append the note with @reason to those that ld_notes_build() has built, in place of an
 * earlier one. Without a reason there is none. Returns 0, or -EINVAL if it is not valid.
 */
int ld_notes_set_reason(struct ld_system *sys, const struct dump_reason *reason);

/*
 * Store the registers of CPU number @cpu, which is less than cpus_end, in its note:
 * @size bytes of pr_reg of struct elf_prstatus.
 */
void ld_notes_set_registers(const struct ld_arch *arch, void *buf, unsigned int cpu,
			    const void *regs, size_t size);

#endif
