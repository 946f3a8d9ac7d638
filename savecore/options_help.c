// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * options_help.c - what savecore --help prints.
 */
#include "options.h"

static const char help_text[] =
	"usage: savecore -L [-fvZz] [-C codec[:level]] [-d level] [-m maxdumps]\n"
	"                [-o file|-] [directory]\n"
	"       savecore [-v] --verify FILE|-\n"
	"       savecore [-fv] [--no-verify] --restore STREAM|- FILE\n"
	"\n"
	"Take a dump of the running kernel. It goes to livecore.N in directory,\n"
	"/var/crash if none is named. Or see whether a dump is good,\n"
	"or make a dump of a stream.\n"
	"\n"
	"  -L, --live             take a live dump: the only kind there is\n"
	"  -C, --compression CODEC[:LEVEL]\n"
	"                         none, zlib, zstd or lzo (default: zstd)\n"
	"  -z                     the same as -C zlib\n"
	"  -Z                     the same as -C zstd\n"
	"  -d, --dump-level N     what to leave out, the sum of 1 zero pages, 2 page\n"
	"                         cache, 4 page cache with private data, 8 user\n"
	"                         memory, 16 free memory (default: 31)\n"
	"  -f, --force            dump in spite of minfree or a damaged bounds or\n"
	"                         minfree file; with -o, overwrite the file\n"
	"  -m, --maxdumps N       keep the N newest live dumps\n"
	"  -o, --output FILE      write to FILE, or as a stream to standard output (-)\n"
	"  -v, --verbose          say what is being done\n"
	"      --format FORMAT    kdump or elf (default: kdump)\n"
	"      --engine ENGINE    auto, kcore or module (default: auto)\n"
	"      --freeze[=kernel]  stop the system while its memory is copied, for a dump\n"
	"                         of one moment; with kernel, while what the kernel's\n"
	"                         structures depend on is; takes the kernel module\n"
	"      --max-pause MS     freeze for MS milliseconds at most (default: 1000)\n"
	"      --memory SIZE      pin at most SIZE bytes (K, M, G) of memory, 0 for none\n"
	"                         (default: half of what is available)\n"
	"      --threads N        use N threads (default: one per CPU, at most 16)\n"
	"      --limit-rate RATE  write at most RATE bytes (K, M, G) per second\n"
	"      --nice[=N]         run at nice value N (default: 19) and do I/O when no one\n"
	"                         else does\n"
	"      --max-size SIZE    give up a dump that becomes longer than SIZE bytes\n"
	"      --max-time S       give up after S seconds\n"
	"      --max-pressure N   give up when others wait for memory N percent of the time\n"
	"      --keep-partial     keep what was written when the dump is cut short\n"
	"      --dry-run          take no dump, but say what it would be like, and whether\n"
	"                         it would fit: exit status 3 if not\n"
	"      --json             report as JSON\n"
	"      --no-boost         read memory at ordinary priority\n"
	"      --no-verify        do not read the dump again when it is done\n"
	"      --no-sandbox       keep capabilities and system calls that are not needed\n"
	"      --verify FILE      read the dump FILE and see that it is as it was written\n"
	"      --restore STREAM FILE\n"
	"                         make the dump FILE of what -o - has written\n"
	"      --proc DIR         take kcore and kpageflags from DIR (default: /proc)\n"
	"      --help             print this\n"
	"      --version          print the version\n";

void options_help(FILE *f)
{
	fputs(help_text, f);
}
