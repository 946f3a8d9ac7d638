// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * options_table.c - the tables of savecore's commands and options, and the
 * parsers of option arguments.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/numbers.h"
#include "core/pages/filter.h"
#include "options_table.h"

#define SIZE_HINT	"or a number with K, M, G or T"

static void *option_member(const struct option_row *row, struct options *opt)
{
	return (char *)opt + row->member;
}

static int option_parse_flag(const struct option_row *row, struct options *opt, const char *arg,
			     struct error *err)
{
	(void)arg;
	(void)err;
	*(bool *)option_member(row, opt) = true;
	return 0;
}

static int option_read_count(const struct option_row *row, const char *arg, unsigned int *count,
			     struct error *err)
{
	if (number_count(arg, row->max, count))
		return 0;
	error_set(err, "'%s' is not valid\nuse 1 to %u %s", arg, row->max, row->what);
	return -EINVAL;
}

static int option_parse_count(const struct option_row *row, struct options *opt, const char *arg,
			      struct error *err)
{
	return option_read_count(row, arg, option_member(row, opt), err);
}

/* A number of bytes, but not 0. */
static int option_parse_bytes(const struct option_row *row, struct options *opt, const char *arg,
			      struct error *err)
{
	u64 *bytes = option_member(row, opt);

	if (number_size(arg, bytes) && *bytes)
		return 0;
	error_set(err, "'%s' is not a %s, " SIZE_HINT, arg, row->what);
	return -EINVAL;
}

static int option_parse_name(const struct option_row *row, struct options *opt, const char *arg,
			     struct error *err)
{
	*(const char **)option_member(row, opt) = arg;
	if (*arg)
		return 0;
	error_set(err, "the name is empty\nname a %s", row->what);
	return -EINVAL;
}

/* "codec" or "codec:level". */
static int option_parse_codec(const struct option_row *row, struct options *opt, const char *arg,
			      struct error *err)
{
	size_t len = strcspn(arg, ":");
	const struct ld_codec_ops *codec = NULL;
	long level;

	(void)row;
	for (size_t i = 0; ld_codecs[i] && !codec; i++)
		if (strlen(ld_codecs[i]->name) == len && !memcmp(ld_codecs[i]->name, arg, len))
			codec = ld_codecs[i];
	if (!codec) {
		error_set(err, "unknown codec '%s'\nuse none, zlib, zstd or lzo", arg);
		return -EINVAL;
	}
	level = codec->level_default;
	if (arg[len] && codec->level_min == codec->level_max) {
		error_set(err, "codec %s has no levels\nleave out ':%s'", codec->name,
			  arg + len + 1);
		return -EINVAL;
	}
	if (arg[len] && !number_parse(arg + len + 1, codec->level_min, codec->level_max, &level)) {
		error_set(err, "'%s' is not a level of codec %s\nuse %d to %d", arg + len + 1,
			  codec->name, codec->level_min, codec->level_max);
		return -EINVAL;
	}
	opt->request.codec = codec;
	/* Level 0 is zstd's default. The module takes 0 as the default of any codec. */
	opt->request.codec_level = level ? (int)level : codec->level_default;
	return 0;
}

static int option_parse_format(const struct option_row *row, struct options *opt, const char *arg,
			       struct error *err)
{
	(void)row;
	for (size_t i = 0; ld_formats[i]; i++) {
		if (!strcmp(ld_formats[i]->name, arg)) {
			opt->request.format = ld_formats[i];
			return 0;
		}
	}
	error_set(err, "unknown format '%s'\nuse kdump or elf", arg);
	return -EINVAL;
}

static int option_parse_level(const struct option_row *row, struct options *opt, const char *arg,
			      struct error *err)
{
	long level;

	(void)row;
	if (!number_parse(arg, 0, LD_LEVEL_MAX, &level)) {
		error_set(err, "'%s' is not a dump level\nuse 0 to %u", arg, LD_LEVEL_MAX);
		return -EINVAL;
	}
	opt->request.level = (unsigned int)level;
	return 0;
}

static int option_parse_engine(const struct option_row *row, struct options *opt, const char *arg,
			       struct error *err)
{
	(void)row;
	if (strcmp(arg, "auto") && strcmp(arg, "kcore") && strcmp(arg, "module")) {
		error_set(err, "unknown engine '%s'\nuse auto, kcore or module", arg);
		return -EINVAL;
	}
	opt->engine.engine = arg;
	return 0;
}

static int option_parse_proc(const struct option_row *row, struct options *opt, const char *arg,
			     struct error *err)
{
	opt->engine.recorded = true;
	return option_parse_name(row, opt, arg, err);
}

static int option_parse_freeze(const struct option_row *row, struct options *opt, const char *arg,
			       struct error *err)
{
	(void)row;
	if (!arg) {
		opt->request.mode = LD_MODE_FREEZE;
	} else if (!strcmp(arg, "kernel")) {
		opt->request.mode = LD_MODE_FREEZE_KERNEL;
	} else if (!strcmp(arg, "precopy")) {
		opt->request.mode = LD_MODE_PRECOPY;
	} else {
		error_set(err, "unknown freeze '%s'\nuse --freeze, --freeze=kernel or --freeze=precopy",
			  arg);
		return -EINVAL;
	}
	return 0;
}

static int option_parse_max_pause(const struct option_row *row, struct options *opt,
				  const char *arg, struct error *err)
{
	unsigned int ms;
	int ret = option_read_count(row, arg, &ms, err);

	if (!ret)
		opt->request.max_pause_ns = ms * NS_PER_MS;
	return ret;
}

static int option_parse_no_boost(const struct option_row *row, struct options *opt,
				 const char *arg, struct error *err)
{
	(void)row;
	(void)arg;
	(void)err;
	opt->request.boost = false;
	return 0;
}

static int option_parse_memory(const struct option_row *row, struct options *opt, const char *arg,
			       struct error *err)
{
	(void)row;
	if (!number_size(arg, &opt->request.memory)) {
		error_set(err, "'%s' is not a size\nuse bytes, " SIZE_HINT, arg);
		return -EINVAL;
	}
	opt->engine.memory_given = true;
	return 0;
}

static int option_parse_reason(const struct option_row *row, struct options *opt, const char *arg,
			       struct error *err)
{
	(void)row;
	if (!*arg || strlen(arg) > OPTIONS_REASON_MAX) {
		error_set(err, "the reason is %s\nuse 1 to %u bytes", *arg ? "too long" : "empty",
			  OPTIONS_REASON_MAX);
		return -EINVAL;
	}
	opt->reason = arg;
	return 0;
}

static int option_parse_nice(const struct option_row *row, struct options *opt, const char *arg,
			     struct error *err)
{
	long value = OPTIONS_NICE_MAX;

	(void)row;
	if (arg && !number_parse(arg, 0, OPTIONS_NICE_MAX, &value)) {
		error_set(err, "'%s' is not a nice value\nuse 0 to %d", arg, OPTIONS_NICE_MAX);
		return -EINVAL;
	}
	opt->limits.nice_given = true;
	opt->limits.nice = (unsigned int)value;
	return 0;
}

const struct command_row command_rows[NR_COMMANDS] = {
	[COMMAND_LIVE] = {
		.usage = "-L [OPTION]... [DIRECTORY]",
		.operands_max = 1,
		.operand = offsetof(struct options, target.directory),
		.what = "directory",
		.too_many = "name one directory",
	},
	[COMMAND_VERIFY] = {
		.usage = "--verify FILE|- [OPTION]...",
		.too_many = "--verify needs one file",
	},
	[COMMAND_RESTORE] = {
		.usage = "--restore STREAM|- FILE [OPTION]...",
		.operands_min = 1,
		.operands_max = 1,
		.operand = offsetof(struct options, target.output),
		.what = "file",
		.too_few = "--restore needs a stream, or -, and a file: name the file after the stream",
		.too_many = "--restore needs one stream and one file",
	},
	[COMMAND_LIST] = {
		.usage = "--list [OPTION]... [DIRECTORY]",
		.operands_max = 1,
		.operand = offsetof(struct options, target.directory),
		.what = "directory",
		.too_many = "name one directory",
	},
};

/* The parser, and the member that it sets. The pointer comparison checks its type. */
#define SETS(parser, type, path)						\
	.parse = parser,							\
	.member = offsetof(struct options, path) +				\
		  0 * sizeof((type *)NULL == &((struct options *)NULL)->path)
#define SETS_FLAG(path)		SETS(option_parse_flag, bool, path)
#define SETS_COUNT(path)	SETS(option_parse_count, unsigned int, path)
#define SETS_BYTES(path)	SETS(option_parse_bytes, u64, path)
#define SETS_NAME(path)		SETS(option_parse_name, const char *, path)

#define IS(it)			.command = it, .commands = COMMAND_BIT(it)

#define LIVE			COMMAND_BIT(COMMAND_LIVE)
#define VERIFY			COMMAND_BIT(COMMAND_VERIFY)
#define RESTORE			COMMAND_BIT(COMMAND_RESTORE)
#define LIST			COMMAND_BIT(COMMAND_LIST)

#define LEVELS "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31"

/*
 * To add an option, add a row here, a member of struct options, the code that
 * uses it, and a paragraph in savecore(8). --help prints the rows in this order.
 */
const struct option_row option_rows[] = {
	{ 'L', "live", IS(COMMAND_LIVE),
	  .help =
	  "take a dump of the running kernel; -L takes a point-in-time dump if the module is there and its pause is short, else a live one; --live takes a live one",
	},
	{ 0, "verify", "FILE", COMPLETE_FILE, IS(COMMAND_VERIFY),
	  SETS_NAME(input), .what = "dump, or -",
	  .help = "check that the dump FILE is undamaged" },
	{ 0, "restore", "STREAM FILE", COMPLETE_FILE, IS(COMMAND_RESTORE),
	  SETS_NAME(input), .what = "stream, or -",
	  .help = "convert STREAM, which -L -o - wrote, to the dump FILE" },
	{ 0, "list", IS(COMMAND_LIST), .help = "list the live dumps in DIRECTORY" },
	{ 'h', "help", IS(COMMAND_HELP), .help = "print this help" },
	{ 0, "version", IS(COMMAND_VERSION), .help = "print the version" },

	{ 'd', "dump-level", "LEVEL", LEVELS, LIVE, .parse = option_parse_level,
	  .help =
	  "leave out pages; LEVEL is a sum of 1 zero pages, 2 page cache without private data, 4 all page cache, 8 user memory, 16 free memory (default: 31)",
	},
	{ 'C', "compression", "CODEC[:LEVEL]", "none zlib zstd lzo", LIVE,
	  .parse = option_parse_codec,
	  .help = "compress with none, zlib, zstd or lzo (default: zstd)" },
	{ 'z', .commands = LIVE, .parse = option_parse_codec, .value = "zlib",
	  .help = "the same as -C zlib" },
	{ 'Z', .commands = LIVE, .parse = option_parse_codec, .value = "zstd",
	  .help = "the same as -C zstd" },
	{ 0, "format", "FORMAT", "kdump elf", LIVE, .parse = option_parse_format,
	  .help = "kdump or elf (default: kdump)" },
	{ 'o', "output", "FILE", COMPLETE_FILE, LIVE,
	  SETS_NAME(target.output), .what = "file, or -",
	  .help = "write to FILE, or a stream to standard output if FILE is -" },
	{ 'm', "maxdumps", "MAXDUMPS", NULL, LIVE,
	  SETS_COUNT(target.keep.dumps), .max = OPTIONS_MAXDUMPS_MAX, .what = "dumps",
	  .help = "keep the newest MAXDUMPS live dumps" },
	{ 0, "engine", "ENGINE", "auto kcore module", LIVE, .parse = option_parse_engine,
	  .help = "read memory with auto, kcore or module (default: auto)" },
	{ 0, "freeze", "[=HOW]", "kernel precopy", LIVE, .parse = option_parse_freeze,
	  .help =
	  "pause the system while memory is copied, for a point-in-time dump; with kernel, only while memory that kernel structures depend on is copied; with precopy, only while that is copied which was written to since it was copied before; needs the kernel module",
	},
	{ 0, "max-pause", "MILLISECONDS", NULL, LIVE,
	  .parse = option_parse_max_pause, .max = OPTIONS_PAUSE_MAX, .what = "milliseconds",
	  .help =
	  "pause the system for at most MILLISECONDS (default: 10 for -L and --freeze=precopy, 1000 for other freezes)",
	},
	{ 0, "memory", "SIZE", NULL, LIVE, .parse = option_parse_memory,
	  .help =
	  "read at most SIZE bytes (K, M, G, T) ahead, 0 for none, or copy at most SIZE in a freeze (default: half of the available memory)",
	},
	{ 0, "no-boost", .commands = LIVE, .parse = option_parse_no_boost,
	  .help = "read memory at ordinary priority" },
	{ 0, "proc", "DIRECTORY", COMPLETE_DIRECTORY, LIVE,
	  SETS(option_parse_proc, const char *, engine.proc), .what = "directory",
	  .help = "read kcore and kpageflags in DIRECTORY (default: /proc)" },
	{ 0, "limit-rate", "RATE", NULL, LIVE,
	  SETS_BYTES(request.rate), .what = "rate: use bytes per second",
	  .help = "write at most RATE bytes (K, M, G, T) per second" },
	{ 0, "nice", "[=VALUE]", NULL, LIVE, .parse = option_parse_nice,
	  .help = "run at nice value VALUE (default: 19) and in the idle I/O class" },
	{ 0, "max-size", "SIZE", NULL, LIVE,
	  SETS_BYTES(request.max_bytes), .what = "size: use bytes",
	  .help = "end the dump when it becomes longer than SIZE bytes (K, M, G, T)" },
	{ 0, "max-total", "SIZE", NULL, LIVE,
	  SETS_BYTES(target.keep.bytes), .what = "size: use bytes",
	  .help =
	  "keep the newest live dumps that take SIZE bytes (K, M, G, T) of the disk together",
	},
	{ 0, "max-time", "SECONDS", NULL, LIVE,
	  SETS_COUNT(limits.max_time), .max = OPTIONS_TIME_MAX, .what = "seconds",
	  .help = "end the dump after SECONDS" },
	{ 0, "max-pressure", "PERCENT", NULL, LIVE,
	  SETS_COUNT(limits.max_pressure), .max = OPTIONS_PRESSURE_MAX, .what = "percent",
	  .help = "end the dump when tasks wait for memory more than PERCENT of the time" },
	{ 0, "keep-partial", .commands = LIVE, SETS_FLAG(request.keep_partial),
	  .help = "keep what was written when the dump ends early" },
	{ 0, "reason", "TEXT", NULL, LIVE, .parse = option_parse_reason,
	  .help = "say in the dump, and in info.N, why it is taken" },
	{ 0, "no-why", .commands = LIVE, SETS_FLAG(no_why),
	  .help = "do not tell who waits for whom in the dump" },
	{ 0, "dry-run", .commands = LIVE, SETS_FLAG(target.dry_run),
	  .help =
	  "take no dump; estimate its size, and whether it would fit (exit status 3 if not)",
	},

	{ 'f', "force", .commands = LIVE | RESTORE, SETS_FLAG(target.force),
	  .help =
	  "overwrite FILE; in DIRECTORY, ignore minfree and a damaged bounds or minfree file",
	},
	{ 0, "no-verify", .commands = LIVE | RESTORE, SETS_FLAG(no_verify),
	  .help = "do not verify the dump" },
	{ 0, "threads", "NUMBER", NULL, LIVE | VERIFY | RESTORE,
	  SETS_COUNT(threads), .max = OPTIONS_THREADS_MAX, .what = "threads",
	  .help = "use NUMBER threads (default: one per CPU, at most 16)" },
	{ 0, "json", .commands = LIVE | VERIFY | RESTORE | LIST, SETS_FLAG(target.json),
	  .help = "report as JSON, errors too" },
	{ 'v', "verbose", .commands = LIVE | VERIFY | RESTORE | LIST, SETS_FLAG(verbose),
	  .help = "report each step" },
	{ 0, "no-sandbox", .commands = LIVE | VERIFY | RESTORE | LIST, SETS_FLAG(no_sandbox),
	  .help = "do not give up capabilities and system calls that are not needed" },
	{ 0 },
};

_Static_assert(sizeof(option_rows) / sizeof(*option_rows) <= OPTION_ROWS_MAX,
	       "OPTION_ROWS_MAX is too small");

bool option_is_end(const struct option_row *row)
{
	return !row->letter && !row->name;
}

const struct option_row *option_by_name(const char *name)
{
	for (const struct option_row *row = option_rows; !option_is_end(row); row++)
		if (row->name && !strcmp(row->name, name))
			return row;
	return NULL;
}

const struct option_row *option_by_command(enum savecore_command command)
{
	for (const struct option_row *row = option_rows; !option_is_end(row); row++)
		if (command && row->command == command)
			return row;
	return NULL;
}

struct option_text option_text(const struct option_row *row, bool prefer_long)
{
	struct option_text text;

	if (row->letter && !(prefer_long && row->name))
		snprintf(text.s, sizeof(text.s), "-%c", row->letter);
	else
		snprintf(text.s, sizeof(text.s), "--%s", row->name);
	return text;
}

struct option_text option_text_used(const struct option_row *row, const struct options_use *use)
{
	return option_text(row, use->rows[row - option_rows] == OPTION_LONG);
}

void option_list_commands(char *buf, size_t size, unsigned int commands)
{
	size_t len = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < NR_COMMANDS; i++) {
		const char *joint = commands >> i == 1 ? " and " : ", ";

		if (!(commands & COMMAND_BIT(i)) || len >= size)
			continue;
		len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? joint : "",
					option_text(option_by_command(i), false).s);
	}
}

int options_choose_codec(struct options *opt, struct error *err)
{
	const struct ld_format_ops *format = opt->request.format;

	if (!opt->request.codec)
		return option_parse_codec(NULL, opt, format->compresses ? "zstd" : "none", err);
	if (opt->request.codec->flag && !format->compresses) {
		error_set(err, "--format %s does not go with codec %s: this format is not compressed\nuse -C none",
			  format->name, opt->request.codec->name);
		return -EINVAL;
	}
	return 0;
}
