// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * personality.c - what the kernel pretends to be to this process, see personality(2).
 */
#include <errno.h>
#include <sys/personality.h>

#include "personality.h"

#define PERSONALITY_ASK	0xffffffffUL

void personality_drop(void)
{
	int now = personality(PERSONALITY_ASK);

	/* A unit with LockPersonality= has it as it is, which is forbidden to change. */
	if (now != -1 && ((now & PER_MASK) != PER_LINUX || now & UNAME26) &&
	    personality((unsigned long)(now & ~(PER_MASK | UNAME26)) | PER_LINUX) == -1)
		errno = 0;
}
