// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * hog.c - allocates memory until the OOM killer ends it, before any other process.
 */
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STEP	((size_t)4 << 20)

int main(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (fd < 0 || write(fd, "1000", 4) != 4)
		err(1, "oom_score_adj");
	for (;;) {
		char *mem = mmap(NULL, STEP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				 -1, 0);

		if (mem == MAP_FAILED)
			err(1, "mmap");
		memset(mem, 0x5a, STEP);
	}
}
