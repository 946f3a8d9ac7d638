// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/fs.h>

bool probe(const struct file *file);
bool probe(const struct file *file)
{
	return file_write_not_started(file);
}
