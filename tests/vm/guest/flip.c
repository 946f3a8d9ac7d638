// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * flip - invert one byte of a file, at a place that the seed chooses. Doing it
 * again puts it right. Prints the place.
 *
 * usage: flip FILE SEED
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	uint64_t seed;
	unsigned char byte;
	struct stat st;
	off_t off;
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: flip FILE SEED\n");
		return 2;
	}
	fd = open(argv[1], O_RDWR);
	if (fd < 0 || fstat(fd, &st) || !st.st_size) {
		perror(argv[1]);
		return 1;
	}
	seed = strtoull(argv[2], NULL, 10);
	for (int i = 0; i < 4; i++)
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	off = (off_t)((seed >> 16) % (uint64_t)st.st_size);
	if (pread(fd, &byte, 1, off) != 1) {
		perror("read");
		return 1;
	}
	byte ^= 0xff;
	if (pwrite(fd, &byte, 1, off) != 1) {
		perror("write");
		return 1;
	}
	printf("%lld\n", (long long)off);
	return 0;
}
