/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * engine_module.h - the engine that has the kernel write the dump.
 */
#ifndef LIVEDUMP_ENGINE_MODULE_H
#define LIVEDUMP_ENGINE_MODULE_H

#include "engine.h"

extern const struct engine engine_module;

/* What only the module says of a dump, valid once dump() has returned. */
struct engine_module_extra {
	char text[256];		/* what failed, in the kernel's words, or empty */
	unsigned int workers;
	u64 memory_bytes;	/* most the kernel allocated for it */
	u64 pause_ns;		/* how long the system stood still */
};

/* @state is that of engine_module's open(). */
const struct engine_module_extra *engine_module_extra(const void *state);

/* Whether the device is there. */
bool engine_module_present(void);

#endif
