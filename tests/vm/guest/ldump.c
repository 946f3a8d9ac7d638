// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ldump.c - takes one dump by /dev/livedump and prints the result.
 *
 *   ldump [-c CODEC[:LEVEL]] [-d LEVEL] [-e] [-w] [-p] [-F MS [-C|-P]] [-m MIB] FILE
 *
 * CODEC is none, zlib, zstd or lzo; -e writes ELF, -w waits for a running
 * dump, -p keeps a partial one, -F freezes the system, for MS at most (0: the
 * default), with -C in the mode freeze-kernel, with -P in the mode precopy, -m
 * reads ahead to that much memory. Prints a line of name=value, and the error text on stderr. Exits
 * with the errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../../include/uapi/livedump.h"

static const char *const codecs[] = { "none", "zlib", "zstd", "lzo" };

static unsigned int find_codec(char *name, int *level)
{
	char *colon = strchr(name, ':');

	if (colon) {
		*colon = '\0';
		*level = atoi(colon + 1);
	}
	for (unsigned int i = 0; i < sizeof(codecs) / sizeof(*codecs); i++)
		if (!strcmp(name, codecs[i]))
			return i;
	fprintf(stderr, "ldump: no codec %s\n", name);
	exit(1);
}

int main(int argc, char **argv)
{
	struct livedump_arg arg = {
		.size = sizeof(arg),
		.compression = LIVEDUMP_COMP_ZSTD,
		.dump_level = LIVEDUMP_LEVEL_MAX,
	};
	const struct livedump_result *r = &arg.result;
	int dev, opt, err = 0;

	while ((opt = getopt(argc, argv, "c:d:ewpF:CPm:s:")) != -1) {
		switch (opt) {
		case 'c':
			arg.compression = find_codec(optarg, &arg.compression_level);
			break;
		case 'd':
			arg.dump_level = strtoul(optarg, NULL, 0);
			break;
		case 'e':
			arg.format = LIVEDUMP_FORMAT_ELF;
			arg.compression = LIVEDUMP_COMP_NONE;
			break;
		case 'w':
			arg.flags |= LIVEDUMP_WAIT;
			break;
		case 'p':
			arg.flags |= LIVEDUMP_KEEP_PARTIAL;
			break;
		case 'F':
			arg.mode = LIVEDUMP_MODE_FREEZE;
			arg.max_pause_ms = strtoul(optarg, NULL, 0);
			break;
		case 'C':
			arg.mode = LIVEDUMP_MODE_FREEZE_KERNEL;
			break;
		case 'P':
			arg.mode = LIVEDUMP_MODE_PRECOPY;
			break;
		case 'm':
			arg.memory_mib = strtoul(optarg, NULL, 0);
			arg.flags |= LIVEDUMP_BOOST;
			break;
		case 's':
			arg.max_bytes = strtoull(optarg, NULL, 0);
			break;
		default:
			return 1;
		}
	}
	if (optind + 1 != argc)
		return 1;
	dev = open(LIVEDUMP_DEVICE, O_RDWR | O_CLOEXEC);
	if (dev < 0) {
		err = errno;
		perror(LIVEDUMP_DEVICE);
		return err;
	}
	arg.fd = open(argv[optind], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (arg.fd < 0) {
		err = errno;
		perror(argv[optind]);
		return err;
	}
	if (ioctl(dev, LIVEDUMP_IOC_DUMP, &arg))
		err = errno;
	printf("errno=%d status=%u stage=%u cause=%u error=%d workers=%u frames=%llu kept=%llu zero=%llu unreadable=%llu blanked=%llu buffered=%llu raw=%llu data=%llu file=%llu memory=%llu plan_ms=%llu ms=%llu pause_us=%llu estimate_us=%llu needed=%llu buffer=%llu",
	       err, r->status, r->stage, r->cause, r->error, r->workers, r->frames, r->kept,
	       r->zero, r->unreadable,
	       r->blanked, r->buffered, r->raw_bytes, r->data_bytes, r->file_bytes, r->memory_bytes,
	       (r->write_ns - r->start_ns) / 1000000, (r->end_ns - r->start_ns) / 1000000,
	       r->pause_ns / 1000, r->pause_estimate_ns / 1000, r->memory_needed,
	       r->buffer_bytes);
	printf(" rounds=%llu paused=%llu always=%llu pauses=%llu given_up_us=%llu unseen=%llu",
	       r->rounds, r->paused, r->always, r->pauses, r->given_up_ns / 1000, r->unseen);
	for (int i = 0; i <= LIVEDUMP_TYPE_KERNEL; i++)
		printf(" class%d=%llu", i, r->frames_by_type[i]);
	printf("\n");
	if (err)
		fprintf(stderr, "ldump: %s: %s\n", strerror(err), r->text);
	return err;
}
