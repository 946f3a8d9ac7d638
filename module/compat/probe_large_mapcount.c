// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The head of a large folio counts the mappings of all of it (6.10). */
#include <linux/mm.h>

int probe(const struct folio *folio);

int probe(const struct folio *folio)
{
	return atomic_read(&folio->_large_mapcount);
}
