// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * options.c - savecore's command line.
 */
#include <getopt.h>
#include <string.h>

#include "core/flow/filter.h"
#include "port/numbers.h"
#include "options.h"

enum {
	OPT_FORMAT = 0x100,
	OPT_PROC,
	OPT_THREADS,
	OPT_MEMORY,
	OPT_KEEP_PARTIAL,
	OPT_NO_BOOST,
	OPT_ENGINE,
	OPT_FREEZE,
	OPT_MAX_PAUSE,
	OPT_LIMIT_RATE,
	OPT_NICE,
	OPT_MAX_SIZE,
	OPT_MAX_TIME,
	OPT_MAX_PRESSURE,
	OPT_VERIFY,
	OPT_RESTORE,
	OPT_NO_VERIFY,
	OPT_NO_SANDBOX,
	OPT_DRY_RUN,
	OPT_JSON,
	OPT_HELP,
	OPT_VERSION,
};

/* The leading colon has a missing argument reported as ':'. */
static const char short_options[] = ":Lfvd:zZC:m:o:";

static const struct option long_options[] = {
	{ "live", no_argument, NULL, 'L' },
	{ "force", no_argument, NULL, 'f' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "compression", required_argument, NULL, 'C' },
	{ "dump-level", required_argument, NULL, 'd' },
	{ "maxdumps", required_argument, NULL, 'm' },
	{ "output", required_argument, NULL, 'o' },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "proc", required_argument, NULL, OPT_PROC },
	{ "threads", required_argument, NULL, OPT_THREADS },
	{ "memory", required_argument, NULL, OPT_MEMORY },
	{ "keep-partial", no_argument, NULL, OPT_KEEP_PARTIAL },
	{ "no-boost", no_argument, NULL, OPT_NO_BOOST },
	{ "engine", required_argument, NULL, OPT_ENGINE },
	{ "freeze", optional_argument, NULL, OPT_FREEZE },
	{ "max-pause", required_argument, NULL, OPT_MAX_PAUSE },
	{ "limit-rate", required_argument, NULL, OPT_LIMIT_RATE },
	{ "nice", optional_argument, NULL, OPT_NICE },
	{ "max-size", required_argument, NULL, OPT_MAX_SIZE },
	{ "max-time", required_argument, NULL, OPT_MAX_TIME },
	{ "max-pressure", required_argument, NULL, OPT_MAX_PRESSURE },
	{ "verify", required_argument, NULL, OPT_VERIFY },
	{ "restore", required_argument, NULL, OPT_RESTORE },
	{ "no-verify", no_argument, NULL, OPT_NO_VERIFY },
	{ "no-sandbox", no_argument, NULL, OPT_NO_SANDBOX },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* "codec" or "codec:level". */
static bool parse_codec(struct options *opt, const char *arg, struct error *err)
{
	size_t len = strcspn(arg, ":");
	const struct ld_codec_ops *codec = NULL;
	long level;

	for (size_t i = 0; ld_codecs[i] && !codec; i++)
		if (strlen(ld_codecs[i]->name) == len && !memcmp(ld_codecs[i]->name, arg, len))
			codec = ld_codecs[i];
	if (!codec) {
		error_set(err, "unknown codec '%s': use none, zlib, zstd or lzo", arg);
		return false;
	}
	level = codec->level_default;
	if (arg[len] && codec->level_min == codec->level_max) {
		error_set(err, "codec %s has no levels: leave out ':%s'",
			  codec->name, arg + len + 1);
		return false;
	}
	if (arg[len] && !number_parse(arg + len + 1, codec->level_min, codec->level_max, &level)) {
		error_set(err, "'%s' is no level of codec %s: use %d to %d", arg + len + 1,
			  codec->name, codec->level_min, codec->level_max);
		return false;
	}
	opt->request.codec = codec;
	/* Of zstd's levels 0 is its default; to the module it is any codec's. */
	opt->request.codec_level = level ? (int)level : codec->level_default;
	return true;
}

static bool parse_format(struct options *opt, const char *arg, struct error *err)
{
	for (size_t i = 0; ld_formats[i]; i++) {
		if (!strcmp(ld_formats[i]->name, arg)) {
			opt->request.format = ld_formats[i];
			return true;
		}
	}
	error_set(err, "unknown format '%s': use kdump or elf", arg);
	return false;
}

static bool parse_engine(struct options *opt, const char *arg, struct error *err)
{
	if (strcmp(arg, "auto") && strcmp(arg, "kcore") && strcmp(arg, "module")) {
		error_set(err, "unknown engine '%s': use auto, kcore or module", arg);
		return false;
	}
	opt->engine = arg;
	return true;
}

static bool parse_flag(struct options *opt, int c)
{
	switch (c) {
	case 'L':
		opt->live = true;
		return true;
	case 'f':
		opt->force = true;
		return true;
	case 'v':
		opt->verbose = true;
		return true;
	case OPT_KEEP_PARTIAL:
		opt->request.keep_partial = true;
		return true;
	case OPT_NO_BOOST:
		opt->request.boost = false;
		return true;
	case OPT_NO_VERIFY:
		opt->no_verify = true;
		return true;
	case OPT_NO_SANDBOX:
		opt->no_sandbox = true;
		return true;
	case OPT_DRY_RUN:
		opt->dry_run = true;
		return true;
	case OPT_JSON:
		opt->json = true;
		return true;
	}
	return false;
}

/* What the dump may cost the system. */
static bool parse_limit(struct options *opt, int c, const char *arg, struct error *err)
{
	long value = OPTIONS_NICE_MAX;

	switch (c) {
	case OPT_LIMIT_RATE:
		if (!number_size(arg, &opt->request.rate) || !opt->request.rate)
			error_set(err, "'%s' is no rate: use bytes per second, or a number with K, M or G",
				  arg);
		break;
	case OPT_NICE:
		opt->nice_given = true;
		if (arg && !number_parse(arg, 0, OPTIONS_NICE_MAX, &value))
			error_set(err, "'%s' is no nice value: use 0 to %d", arg, OPTIONS_NICE_MAX);
		opt->nice = (unsigned int)value;
		break;
	case OPT_MAX_SIZE:
		if (!number_size(arg, &opt->request.max_bytes) || !opt->request.max_bytes)
			error_set(err, "'%s' is no size: use bytes, or a number with K, M or G",
				  arg);
		break;
	case OPT_MAX_TIME:
		if (!number_count(arg, OPTIONS_TIME_MAX, &opt->max_time))
			error_set(err, "'%s' is no time: use 1 to %d seconds", arg,
				  OPTIONS_TIME_MAX);
		break;
	case OPT_MAX_PRESSURE:
		if (!number_count(arg, 99, &opt->max_pressure))
			error_set(err, "'%s' is no pressure: use 1 to 99 percent", arg);
		break;
	}
	return !err->text[0];
}

static bool parse_value(struct options *opt, int c, const char *arg, struct error *err)
{
	unsigned int count;
	long value;

	switch (c) {
	case 'd':
		if (!number_parse(arg, 0, LD_LEVEL_MAX, &value)) {
			error_set(err, "'%s' is no dump level: use 0 to %u", arg, LD_LEVEL_MAX);
			return false;
		}
		opt->request.level = (unsigned int)value;
		break;
	case 'm':
		if (!number_count(arg, OPTIONS_MAXDUMPS_MAX, &opt->maxdumps))
			error_set(err, "'%s' is no number of dumps: use 1 to %d", arg,
				  OPTIONS_MAXDUMPS_MAX);
		break;
	case OPT_THREADS:
		if (!number_count(arg, OPTIONS_THREADS_MAX, &opt->threads))
			error_set(err, "'%s' is no number of threads: use 1 to %d", arg,
				  OPTIONS_THREADS_MAX);
		break;
	case OPT_MAX_PAUSE:
		if (number_count(arg, OPTIONS_PAUSE_MAX, &count))
			opt->request.max_pause_ns = count * 1000000ULL;
		else
			error_set(err, "'%s' is no pause: use 1 to %d milliseconds", arg,
				  OPTIONS_PAUSE_MAX);
		break;
	case OPT_MEMORY:
		opt->memory_given = true;
		if (!number_size(arg, &opt->request.memory))
			error_set(err, "'%s' is no size: use bytes, or a number with K, M or G",
				  arg);
		break;
	case 'o':
		opt->output = arg;
		if (!*arg)
			error_set(err, "the name of the output file is empty: name one, or -");
		break;
	case OPT_VERIFY:
		opt->verify = arg;
		if (!*arg)
			error_set(err, "the name of the dump is empty: name one");
		break;
	case OPT_RESTORE:
		opt->restore = arg;
		if (!*arg)
			error_set(err, "the name of the stream is empty: name one, or -");
		break;
	case OPT_PROC:
		opt->proc = arg;
		opt->recorded = true;
		break;
	case OPT_FREEZE:
		opt->request.mode = arg ? LD_MODE_FREEZE_KERNEL : LD_MODE_FREEZE;
		if (arg && strcmp(arg, "kernel") != 0)
			error_set(err, "unknown freeze '%s': use --freeze or --freeze=kernel", arg);
		break;
	case OPT_LIMIT_RATE:
	case OPT_NICE:
	case OPT_MAX_SIZE:
	case OPT_MAX_TIME:
	case OPT_MAX_PRESSURE:
		return parse_limit(opt, c, arg, err);
	case OPT_FORMAT:
		return parse_format(opt, arg, err);
	case OPT_ENGINE:
		return parse_engine(opt, arg, err);
	}
	return !err->text[0];
}

static enum options_action usage_error(struct error *err, int c, char **argv)
{
	const char *arg = argv[optind - 1];
	const char *why = c == ':' ? "needs an argument" : "unknown, or takes no argument";

	/* A long option stands in argv as a whole, a short one maybe in a group. */
	if (optopt > 0 && optopt < 0x100 && strncmp(arg, "--", 2))
		error_set(err, "option -%c: %s: see savecore --help", optopt, why);
	else
		error_set(err, "option %s: %s: see savecore --help", arg, why);
	return OPTIONS_ERROR;
}

/* --verify takes no dump: what is about taking one does not go with it. */
static bool check_verify(const struct options *opt, int argc, char **argv, struct error *err)
{
	if (opt->live)
		error_set(err, "--verify and -L exclude each other: -L verifies its own dump");
	else if (opt->no_verify)
		error_set(err, "--verify and --no-verify exclude each other: use one");
	else if (argc > optind)
		error_set(err, "extra argument '%s': --verify is about one file", argv[optind]);
	else if (opt->dry_run || opt->json)
		error_set(err, "--verify excludes --dry-run and --json: they are about -L");
	else if (opt->output)
		error_set(err, "--verify and -o exclude each other: --verify writes nothing");
	return !err->text[0];
}

/* --restore STREAM OUTPUT: the output is the operand. */
static bool check_restore(struct options *opt, int argc, char **argv, struct error *err)
{
	if (opt->live)
		error_set(err, "--restore and -L exclude each other: use one");
	else if (opt->verify)
		error_set(err, "--restore and --verify exclude each other: --restore verifies its dump");
	else if (opt->output)
		error_set(err, "--restore and -o exclude each other: name the file after the stream");
	else if (argc <= optind || !*argv[optind])
		error_set(err, "--restore takes a stream, or -, and a file: name the file after the stream");
	else if (argc > optind + 1)
		error_set(err, "extra argument '%s': --restore is about one stream and one file",
			  argv[optind + 1]);
	else
		opt->output = argv[optind];
	return !err->text[0];
}

static bool check_operands(struct options *opt, int argc, char **argv, struct error *err)
{
	if (!opt->live)
		error_set(err, "nothing to do: only live dumps are taken: use -L, or --verify or --restore a dump");
	else if (argc > optind + 1)
		error_set(err, "extra argument '%s': name one directory", argv[optind + 1]);
	else if (argc > optind && opt->output)
		error_set(err, "-o and the directory '%s' exclude each other: use one",
			  argv[optind]);
	else if (opt->maxdumps && opt->output)
		error_set(err, "-o and -m exclude each other: -m is about live dumps in a directory");
	else if (argc > optind && !*argv[optind])
		error_set(err, "the name of the directory is empty: name one");
	else if (opt->recorded && !strcmp(opt->engine, "module"))
		error_set(err, "--proc and --engine module exclude each other: only kcore reads files");
	else if (opt->request.mode != LD_MODE_LIVE &&
		 (opt->recorded || !strcmp(opt->engine, "kcore")))
		error_set(err, "only the kernel module can freeze the system: use --engine module");
	else if (opt->request.max_pause_ns && opt->request.mode == LD_MODE_LIVE)
		error_set(err, "--max-pause is about --freeze: use both");
	if (argc > optind)
		opt->directory = argv[optind];
	/* What was recorded stands still. */
	if (opt->recorded)
		opt->request.boost = false;
	if (opt->request.mode != LD_MODE_LIVE && !opt->request.max_pause_ns)
		opt->request.max_pause_ns = LIVEDUMP_PAUSE_DEFAULT * 1000000ULL;
	return !err->text[0];
}

/* The codec is zstd unless the format takes none. */
static bool check_codec(struct options *opt, struct error *err)
{
	if (!opt->request.codec)
		return parse_codec(opt, opt->request.format->compresses ? "zstd" : "none", err);
	if (opt->request.codec->flag && !opt->request.format->compresses) {
		error_set(err, "format %s is not compressed: use -C none, or --format kdump",
			  opt->request.format->name);
		return false;
	}
	return true;
}

enum options_action options_parse(int argc, char **argv, struct options *opt, struct error *err)
{
	int c;

	*opt = (struct options){
		.request = {
			.format = &ld_format_kdump,
			.level = LD_LEVEL_MAX,
			.boost = true,
		},
		.engine = "auto",
		.proc = OPTIONS_PROC,
		.directory = OPTIONS_DIRECTORY,
	};
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		bool good;

		if (c == OPT_HELP)
			return OPTIONS_HELP;
		if (c == OPT_VERSION)
			return OPTIONS_VERSION;
		if (c == '?' || c == ':')
			return usage_error(err, c, argv);
		if (c == 'C')
			good = parse_codec(opt, optarg, err);
		else if (c == 'z' || c == 'Z')
			good = parse_codec(opt, c == 'z' ? "zlib" : "zstd", err);
		else
			good = parse_flag(opt, c) || parse_value(opt, c, optarg, err);
		if (!good)
			return OPTIONS_ERROR;
	}
	if (opt->restore)
		return check_restore(opt, argc, argv, err) ? OPTIONS_RUN : OPTIONS_ERROR;
	if (opt->verify)
		return check_verify(opt, argc, argv, err) ? OPTIONS_RUN : OPTIONS_ERROR;
	if (!check_operands(opt, argc, argv, err) || !check_codec(opt, err))
		return OPTIONS_ERROR;
	return OPTIONS_RUN;
}
