// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * hog.c - allocates memory.
 *
 *   hog		until the OOM killer ends it, before any other process
 *   hog MIB FILE	this much, then creates FILE and keeps the memory
 */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STEP	((size_t)4 << 20)

static void hog_step(void)
{
	char *mem = mmap(NULL, STEP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		err(1, "mmap");
	memset(mem, 0x5a, STEP);
}

int main(int argc, char **argv)
{
	int fd;

	if (argc == 3) {
		for (size_t left = strtoul(argv[1], NULL, 0) << 20; left >= STEP; left -= STEP)
			hog_step();
		if (open(argv[2], O_WRONLY | O_CREAT, 0600) < 0)
			err(1, "%s", argv[2]);
		for (;;)
			pause();
	}
	fd = open("/proc/self/oom_score_adj", O_WRONLY);
	if (fd < 0 || write(fd, "1000", 4) != 4)
		err(1, "oom_score_adj");
	for (;;)
		hog_step();
}
