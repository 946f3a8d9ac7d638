/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LIVEDUMP_TEST_ROOT_H
#define LIVEDUMP_TEST_ROOT_H

#include <unistd.h>

/* Without root the test ends here, as one that was skipped. Include it after cmocka.h. */
static inline void needs_root(void)
{
	if (!geteuid())
		return;
	print_message("this takes root\n");
	skip();
}

#endif
