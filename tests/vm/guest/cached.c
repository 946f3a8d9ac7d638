// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cached - print how many KiB of each file are in the page cache.
 *
 * usage: cached FILE...
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE	4096UL

static long cached(const char *name)
{
	int fd = open(name, O_RDONLY);
	unsigned char *map;
	struct stat st;
	size_t pages;
	long kib = 0;
	void *at;

	if (fd < 0 || fstat(fd, &st) || !st.st_size)
		return -1;
	pages = ((size_t)st.st_size + PAGE - 1) / PAGE;
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	map = malloc(pages);
	if (at == MAP_FAILED || !map || mincore(at, (size_t)st.st_size, map))
		return -1;
	for (size_t i = 0; i < pages; i++)
		kib += map[i] & 1 ? PAGE / 1024 : 0;
	munmap(at, (size_t)st.st_size);
	free(map);
	close(fd);
	return kib;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		long kib = cached(argv[i]);

		if (kib < 0) {
			perror(argv[i]);
			return 1;
		}
		printf("%ld%c", kib, i + 1 < argc ? ' ' : '\n');
	}
	return 0;
}
