// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/efi.h>

unsigned long probe(const struct efi_unaccepted_memory *table);
unsigned long probe(const struct efi_unaccepted_memory *table)
{
	const unsigned long *bitmap = table->bitmap;
	u32 version = table->version, unit_size = table->unit_size;
	u64 phys_base = table->phys_base, size = table->size;

	return efi.unaccepted + *bitmap + version + unit_size + phys_base + size;
}
