/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * personality.h - what the kernel pretends to be to this process.
 */
#ifndef LIVEDUMP_PERSONALITY_H
#define LIVEDUMP_PERSONALITY_H

/*
 * Have uname(2) tell the true machine and release, also if setarch(8) has started this
 * program: they go into the dump, and are compared with what is in its memory.
 */
void personality_drop(void);

#endif
