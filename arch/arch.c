// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * arch.c - the table of supported architectures.
 */
#include "arch.h"

static const struct ld_arch *const archs[] = {
	&ld_arch_x86_64,
};

#define NR_ARCHS	(sizeof(archs) / sizeof(archs[0]))

const struct ld_arch *ld_arch_at(unsigned int i)
{
	return i < NR_ARCHS ? archs[i] : NULL;
}

const struct ld_arch *ld_arch_by_elf_machine(u16 elf_machine)
{
	for (unsigned int i = 0; i < NR_ARCHS; i++)
		if (archs[i]->elf_machine == elf_machine)
			return archs[i];
	return NULL;
}

unsigned int ld_arch_phys_bits_max(void)
{
	unsigned int most = 0;

	for (unsigned int i = 0; i < NR_ARCHS; i++)
		if (archs[i]->phys_bits_max > most)
			most = archs[i]->phys_bits_max;
	return most;
}

bool ld_arch_is_prstatus_size(size_t size)
{
	for (unsigned int i = 0; i < NR_ARCHS; i++)
		if (archs[i]->prstatus.size == size)
			return true;
	return false;
}
