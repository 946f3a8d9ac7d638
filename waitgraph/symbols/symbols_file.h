/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * symbols_file.h - read the symbols of a kernel from its System.map or vmlinux.
 */
#ifndef LIVEDUMP_WAITGRAPH_SYMBOLS_FILE_H
#define LIVEDUMP_WAITGRAPH_SYMBOLS_FILE_H

#include "base/error.h"
#include "core/format/vmcoreinfo.h"
#include "kernel_file.h"
#include "symbols.h"

/*
 * Add all symbols in @file to @s, moved by where _stext is in @vi: a kernel may run
 * elsewhere than where it was linked. Other symbols of @vi tell whether the file is of the
 * same kernel. Returns 0, or a negative errno and sets @err.
 */
int symbols_file_read(const struct kernel_file *file, const struct vmcoreinfo *vi,
		      struct symbols *s, struct error *err);

#endif
