// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_options.c - savecore's command line.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "savecore/options/options_table.h"

#define ARGS_MAX	32

static struct options opt;
static struct error err;

/* Parse "savecore" and the words of @line. The options point into it. */
static int parse(const char *line)
{
	static char buf[256];
	char *argv[ARGS_MAX] = { "savecore" };
	int argc = 1;

	err = (struct error){ 0 };
	assert_true(strlen(line) < sizeof(buf));
	strcpy(buf, line);
	for (char *word = strtok(buf, " "); word; word = strtok(NULL, " ")) {
		assert_true(argc < ARGS_MAX - 1);
		argv[argc++] = word;
	}
	return options_parse(argc, argv, &opt, &err);
}

static void good(const char *line)
{
	if (parse(line))
		fail_msg("'%s' was refused: %s", line, err.text);
	assert_string_equal(err.text, "");
}

/* The line is refused, and the error has @text. */
static void bad(const char *line, const char *text)
{
	if (parse(line) != -EINVAL)
		fail_msg("'%s' was accepted", line);
	if (!strstr(err.text, text))
		fail_msg("'%s': '%s' does not say '%s'", line, err.text, text);
}

static void test_defaults(void **state)
{
	(void)state;
	good("-L");
	assert_int_equal(opt.command, COMMAND_LIVE);
	assert_false(opt.target.force || opt.verbose || opt.request.keep_partial ||
		     opt.engine.recorded);
	assert_ptr_equal(opt.request.codec, &ld_codec_zstd);
	assert_int_equal(opt.request.codec_level, ld_codec_zstd.level_default);
	assert_ptr_equal(opt.request.format, &ld_format_kdump);
	assert_int_equal(opt.request.level, 31);
	assert_int_equal(opt.target.keep.dumps, 0);
	assert_int_equal(opt.threads, 0);
	assert_false(opt.engine.memory_given);
	assert_string_equal(opt.engine.engine, "auto");
	assert_string_equal(opt.engine.proc, "/proc");
	assert_string_equal(opt.target.directory, "/var/crash");
	assert_null(opt.target.output);
}

static void test_reports(void **state)
{
	(void)state;
	good("-L");
	assert_false(opt.target.dry_run || opt.target.json);
	good("-L --dry-run --freeze --max-pause 10");
	assert_true(opt.target.dry_run && !opt.target.json);
	good("-L --json -o -");
	assert_true(opt.target.json && !opt.target.dry_run);
	bad("--verify x --dry-run", "--dry-run does not go with --verify: it is for -L");
	good("--verify x --json");
	assert_true(opt.target.json);
	good("--restore x y --json");
	assert_true(opt.target.json);
	bad("--json -L --frob", "--frob");
	assert_true(opt.target.json);
	bad("--frob --js", "--frob");
	assert_true(opt.target.json);
	bad("--frob -- --json", "--frob");
	assert_false(opt.target.json);
	bad("--frob --json=yes --jsons --", "--frob");
	assert_false(opt.target.json);
	bad("--json", "use -L");
	assert_true(opt.target.json);
	bad("--dry-run", "use -L");
}

static void test_all_long(void **state)
{
	(void)state;
	good("--live --force --verbose --compression lzo --dump-level 1 --maxdumps 3 --keep-partial --no-boost --no-sandbox --engine kcore --threads 4 --memory 2G --proc /rec /dumps");
	assert_int_equal(opt.command, COMMAND_LIVE);
	assert_true(opt.target.force && opt.verbose && opt.request.keep_partial &&
		    !opt.request.boost && opt.no_sandbox && opt.engine.recorded);
	assert_ptr_equal(opt.request.codec, &ld_codec_lzo);
	assert_int_equal(opt.request.level, 1);
	assert_int_equal(opt.target.keep.dumps, 3);
	assert_int_equal(opt.threads, 4);
	assert_true(opt.engine.memory_given);
	assert_int_equal(opt.request.memory, 2ULL << 30);
	assert_string_equal(opt.engine.engine, "kcore");
	assert_string_equal(opt.engine.proc, "/rec");
	assert_string_equal(opt.target.directory, "/dumps");
}

static void test_short(void **state)
{
	(void)state;
	good("-Lfvz -d 0 -m1 /dumps");
	assert_true(opt.target.force && opt.verbose);
	assert_ptr_equal(opt.request.codec, &ld_codec_zlib);
	assert_int_equal(opt.request.level, 0);
	assert_int_equal(opt.target.keep.dumps, 1);
	good("/dumps -L");
	assert_string_equal(opt.target.directory, "/dumps");
	good("-L -o -");
	assert_string_equal(opt.target.output, "-");
	good("-L -- -odd");
	assert_string_equal(opt.target.directory, "-odd");
}

static void test_codec(void **state)
{
	(void)state;
	good("-L -C none");
	assert_ptr_equal(opt.request.codec, &ld_codec_none);
	good("-L -C zstd:3");
	assert_int_equal(opt.request.codec_level, 3);
	good("-L -C zstd:-5");
	assert_int_equal(opt.request.codec_level, -5);
	good("-L -C zstd:0");
	assert_int_equal(opt.request.codec_level, ld_codec_zstd.level_default);
	good("-L -C zlib:9");
	assert_int_equal(opt.request.codec_level, 9);
	good("-L -z -Z");
	assert_ptr_equal(opt.request.codec, &ld_codec_zstd);
	good("-L -C zstd:9 -z");
	assert_ptr_equal(opt.request.codec, &ld_codec_zlib);
	assert_int_equal(opt.request.codec_level, ld_codec_zlib.level_default);
	bad("-L -C gzip", "unknown codec 'gzip'");
	bad("-L -C zst", "unknown codec");
	bad("-L -C zstdx", "unknown codec");
	bad("-L -C :3", "unknown codec");
	bad("-L -C zstd:", "not a level");
	bad("-L -C zstd:x", "not a level");
	bad("-L -C zstd:3x", "not a level");
	bad("-L -C zlib:10", "use 1 to 9");
	bad("-L -C zlib:99999999999999999999", "not a level");
	bad("-L -C lzo:2", "has no levels");
	bad("-L -C none:1", "has no levels");
}

static void test_format(void **state)
{
	(void)state;
	good("-L --format elf");
	assert_ptr_equal(opt.request.format, &ld_format_elf);
	assert_ptr_equal(opt.request.codec, &ld_codec_none);
	good("-L --format elf -C none");
	good("-L -z --format kdump");
	bad("-L --format elf -C zstd", "not compressed");
	bad("-L -Z --format elf", "not compressed");
	bad("-L --format vmcore", "unknown format 'vmcore'");
}

static void test_numbers(void **state)
{
	(void)state;
	bad("-L -d 32", "not a dump level");
	bad("-L -d -1", "not a dump level");
	bad("-L -d 0x1", "not a dump level");
	bad("-L -d 1.5", "not a dump level");
	bad("-L -m 0", "use 1 to 1000000 dumps");
	bad("-L -m -1", "use 1 to 1000000 dumps");
	bad("-L -m 4294967297", "use 1 to 1000000 dumps");
	bad("-L --threads 0", "use 1 to 256 threads");
	bad("-L --threads 257", "use 1 to 256 threads");
	bad("-L --threads two", "use 1 to 256 threads");
}

static void test_memory(void **state)
{
	(void)state;
	good("-L --memory 0");
	assert_true(opt.engine.memory_given);
	assert_int_equal(opt.request.memory, 0);
	good("-L --memory 4096");
	assert_int_equal(opt.request.memory, 4096);
	good("-L --memory 3k");
	assert_int_equal(opt.request.memory, 3072);
	good("-L --memory 5M");
	assert_int_equal(opt.request.memory, 5 << 20);
	good("-L --memory 16777215T");
	assert_int_equal(opt.request.memory, 16777215ULL << 40);
	bad("-L --memory 16777216T", "not a size");
	bad("-L --memory -1", "not a size");
	bad("-L --memory K", "not a size");
	bad("-L --memory 1KB", "not a size");
	bad("-L --memory 1X", "not a size");
	bad("-L --memory 99999999999999999999", "not a size");
}

/* Words that cannot come out of a line that is split at blanks. */
static void bad_word(const char *option, const char *word)
{
	char buf[3][16] = { "savecore", "-L", "" };
	char *argv[5] = { buf[0], buf[1], NULL };
	int argc = 2;
	char last[16];

	strcpy(buf[2], option);
	strcpy(last, word);
	if (*option)
		argv[argc++] = buf[2];
	argv[argc++] = last;
	err.text[0] = '\0';
	assert_int_equal(options_parse(argc, argv, &opt, &err), -EINVAL);
	assert_string_not_equal(err.text, "");
}

static void test_odd_words(void **state)
{
	(void)state;
	bad_word("--memory", "1 ");
	bad_word("--memory", "");
	bad_word("-d", "");
	bad_word("-d", " 1");
	bad_word("-o", "");
	bad_word("", "");
}

static void test_usage(void **state)
{
	(void)state;
	bad("", "use -L");
	bad("/dumps", "use -L");
	bad("-L /a /b", "extra argument '/b'");
	bad("-L -o x /a", "-o does not go with a directory");
	bad("-L -o x -m 2", "-m does not go with -o");
	bad("-L --proc /rec --engine module", "--proc does not go with --engine module");
	bad("-L --engine kernel", "unknown engine");
	bad("-L --freeze --engine kcore", "only the kernel module");
	bad("-L --freeze --proc /rec", "only the kernel module");
	bad("--live --max-pause 100", "--max-pause does not go with a live dump");
	bad("-L --memory 0 --max-pause 100", "--max-pause does not go with a live dump");
	bad("-L --engine kcore --max-pause 100", "--max-pause does not go with --engine kcore");
	bad("-L --proc /rec --max-pause 100", "--max-pause does not go with --proc");
	bad("-L --freeze --max-pause 0", "1 to 2000");
	bad("-L --freeze --max-pause 2001", "1 to 2000");
	bad("-L --freeze=all", "--freeze=kernel");
	good("-L --freeze=kernel");
	assert_int_equal(opt.request.mode, LD_MODE_FREEZE_KERNEL);
	good("-L --freeze --max-pause 250");
	assert_true(opt.request.mode == LD_MODE_FREEZE && opt.request.max_pause_ns == 250000000);
	bad("-L -q", "option -q");
	bad("-Lq", "option -q");
	bad("-L --no-verify -vxL", "option -x: unknown");
	bad("-L --frobnicate", "option --frobnicate");
	bad("-L --live=yes", "option --live=yes: takes no argument: leave out '=yes'");
	bad("-L --frobnicate=1", "option --frobnicate=1: unknown: see");
	bad("-L -d", "option -d: needs an argument");
	bad("-L --proc", "option --proc: needs an argument");
	assert_null(strchr(err.text, '\n'));
}

static void test_ambiguous(void **state)
{
	(void)state;
	bad("-L --f", "option --f: ambiguous: write --format, --freeze or --force");
	bad("-L --ma=3", "option --ma=3: ambiguous: write --maxdumps, --max-pause, ");
	bad("-L --no", "option --no: ambiguous: write --no-boost, --no-why, --no-verify or --no-sandbox");
	bad("-L --ver", "option --ver: ambiguous: write --verify, --version or --verbose");
	/* A name as a whole is meant even if others begin with it. */
	bad("-L --form", "option --form: needs an argument");
	good("-L --fre");
	assert_int_equal(opt.request.mode, LD_MODE_FREEZE);
	for (const struct option_row *row = option_rows; !option_is_end(row); row++) {
		char word[64];

		if (!row->name)
			continue;
		snprintf(word, sizeof(word), "--%s", row->name);
		parse(word);
		assert_null(strstr(err.text, "ambiguous"));
	}
}

static void test_limits(void **state)
{
	(void)state;
	good("-L --limit-rate 10M --max-size 2g --max-time 60 --max-pressure 20 --nice");
	assert_int_equal(opt.request.rate, 10 << 20);
	assert_int_equal(opt.request.max_bytes, 2ULL << 30);
	assert_int_equal(opt.limits.max_time, 60);
	assert_int_equal(opt.limits.max_pressure, 20);
	assert_true(opt.limits.nice_given && opt.limits.nice == 19);
	good("-L --nice=0");
	assert_true(opt.limits.nice_given && opt.limits.nice == 0);
	good("-L");
	assert_true(!opt.request.rate && !opt.request.max_bytes && !opt.limits.max_time &&
		    !opt.limits.max_pressure && !opt.limits.nice_given);
	bad("-L --limit-rate 0", "'0' is not a rate");
	bad("-L --limit-rate 1MB", "'1MB' is not a rate");
	bad("-L --limit-rate 18446744073709551616", "is not a rate");
	bad("-L --limit-rate 16777216T", "is not a rate");
	bad("-L --max-size -1", "'-1' is not a size");
	bad("-L --max-size 0", "'0' is not a size");
	bad("-L --max-time 0", "1 to 1000000 seconds");
	bad("-L --max-time 1000001", "1 to 1000000 seconds");
	bad("-L --max-time 1.5", "1 to 1000000 seconds");
	good("-L --reason because");
	assert_string_equal(opt.reason, "because");
	bad("--verify x --reason because", "--reason");
	bad("-L --max-pressure 0", "1 to 99 percent");
	bad("-L --max-pressure 100", "1 to 99 percent");
	bad("-L --max-pressure 20%", "1 to 99 percent");
	bad("-L --nice=20", "0 to 19");
	bad("-L --nice=-1", "0 to 19");
}

static void test_help(void **state)
{
	char *text;
	size_t len;
	FILE *f;

	(void)state;
	good("--help");
	assert_int_equal(opt.command, COMMAND_HELP);
	good("-h");
	assert_int_equal(opt.command, COMMAND_HELP);
	good("-Lvh --frob");
	assert_int_equal(opt.command, COMMAND_HELP);
	good("-L --help /a /b");
	assert_int_equal(opt.command, COMMAND_HELP);
	good("--version");
	assert_int_equal(opt.command, COMMAND_VERSION);
	f = open_memstream(&text, &len);
	options_help(f);
	fclose(f);
	assert_non_null(strstr(text, "usage: savecore -L"));
	for (const struct option_row *row = option_rows; !option_is_end(row); row++)
		assert_non_null(strstr(text, option_text(row, true).s));
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 80);
	free(text);
	/* As the page filter does it. */
	assert_non_null(strstr(option_by_name("dump-level")->help,
			       "2 page cache without private data, 4 all page cache, 8"));
}

static void test_commands(void **state)
{
	(void)state;
	good("--verify x -v --threads 2 --no-sandbox");
	assert_int_equal(opt.command, COMMAND_VERIFY);
	assert_string_equal(opt.input, "x");
	assert_true(opt.verbose && opt.no_sandbox && opt.threads == 2);
	good("-f --restore x y --no-verify");
	assert_int_equal(opt.command, COMMAND_RESTORE);
	assert_string_equal(opt.input, "x");
	assert_string_equal(opt.target.output, "y");
	assert_true(opt.target.force && opt.no_verify);
	bad("-L --verify x", "--verify does not go with -L: give one command");
	bad("--verify x -L", "-L does not go with --verify: give one command");
	bad("--restore x --verify y z", "--verify does not go with --restore: give one command");
	bad("--verify x --verify y", "--verify is given twice");
	bad("--live -L", "-L is given twice");
	bad("--verify x y", "extra argument 'y': --verify needs one file");
	bad("--restore x", "name the file after the stream");
	bad("--restore x y z", "extra argument 'z': --restore needs one stream and one file");
	bad("--restore x -o y", "-o does not go with --restore: it is for -L");
	bad("--restore x y --dry-run", "--dry-run does not go with --restore: it is for -L");
	bad("--verify x --freeze", "--freeze does not go with --verify: it is for -L");
	bad("-m 3 --verify x", "-m does not go with --verify: it is for -L");
	bad("--verify x --force", "--force does not go with --verify: it is for -L and --restore");
	bad("--verify x -z", "-z does not go with --verify");
}

/* The pairs that are refused, by either name, and in any order. */
static void test_conflicts(void **state)
{
	(void)state;
	bad("-L --output x --maxdumps 2", "--maxdumps does not go with --output: it is for live dumps");
	bad("-L --no-boost --freeze", "--no-boost does not go with --freeze: nothing else runs");
	bad("-L --threads 2 --freeze", "--threads does not go with --freeze: the kernel module");
	bad("-L --threads 2 --engine module", "--threads does not go with --engine module: the");
	bad("-L --engine kcore --freeze", "--freeze does not go with --engine kcore");
	bad("-L --proc x --freeze", "--freeze does not go with --proc");
	bad("-L --format elf -z", "--format elf does not go with codec zlib");
	bad("--restore x y --no-verify --threads 2", "--threads does not go with --no-verify");
	good("-L --no-verify --threads 2");
	good("-L --freeze --engine auto");
	bad("-L --freeze --memory 0", "--freeze does not go with --memory 0: a frozen dump needs");
	bad("-L --freeze=precopy --memory 0", "--freeze does not go with --memory 0");
	bad("--live --freeze", "--freeze does not go with --live: it takes a live dump");
	bad("--live --freeze=precopy --engine module", "--freeze does not go with --live");
	good("-L --freeze --memory 1G");
	good("-L --freeze --engine module --max-pause 10");
	good("-L --engine module --memory 0 --no-boost");
	/* The last one counts. */
	good("-L --engine kcore --freeze --engine module");
	bad("-L --engine module --threads 2 --freeze --engine kcore", "--freeze does not go with");
	/* A dry run of any dump. */
	good("-L --dry-run -m 3 --keep-partial --max-time 5 --limit-rate 1M --no-verify -f /a");
}

/* What each command uses. An option that is not listed is one of -L. */
static bool is_used(enum savecore_command command, const struct option_row *row)
{
	static const char *const verify[] = { "threads", "verbose", "no-sandbox", "json" };
	static const char *const restore[] = { "force", "no-verify" };
	bool all = false, some = false;

	for (size_t i = 0; row->name && i < sizeof(verify) / sizeof(*verify); i++)
		all |= !strcmp(row->name, verify[i]);
	for (size_t i = 0; row->name && i < sizeof(restore) / sizeof(*restore); i++)
		some |= !strcmp(row->name, restore[i]);
	if (command == COMMAND_LIVE)
		return true;
	return command == COMMAND_VERIFY ? all : all || some;
}

static const struct {
	enum savecore_command command;
	const char *words, *end, *name;
} commands[] = {
	{ COMMAND_LIVE, "-L", "", "-L" },
	{ COMMAND_VERIFY, "--verify x", "", "--verify" },
	{ COMMAND_RESTORE, "--restore x", "y", "--restore" },
};

/* The option, with an argument that is legal. */
static const char *words_of(const struct option_row *row, char *buf, size_t size)
{
	const char *words = row->complete;
	struct option_text text = option_text(row, true);

	/* A number is a name, too. */
	if (!words || !strcmp(words, COMPLETE_FILE) || !strcmp(words, COMPLETE_DIRECTORY))
		words = "1";
	if (!row->arg || row->arg[0] == '[')
		snprintf(buf, size, "%s", text.s);
	else
		snprintf(buf, size, "%s %.*s", text.s, (int)strcspn(words, " "), words);
	return buf;
}

static void test_each_command_and_option(void **state)
{
	char line[200], words[64], text[80];

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		for (const struct option_row *row = option_rows; !option_is_end(row); row++) {
			if (row->command)
				continue;
			snprintf(line, sizeof(line), "%s %s %s", commands[i].words,
				 words_of(row, words, sizeof(words)), commands[i].end);
			snprintf(text, sizeof(text), "%s does not go with %s: it is for -L",
				 option_text(row, true).s, commands[i].name);
			if (!is_used(commands[i].command, row))
				bad(line, text);
			else
				good(line);
		}
	}
}

static void test_each_command_and_command(void **state)
{
	char line[200];

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		for (size_t j = 0; j < sizeof(commands) / sizeof(*commands); j++) {
			snprintf(line, sizeof(line), "%s %s", commands[i].words, commands[j].words);
			bad(line, "give one command");
			if (!strstr(err.text, commands[i].name) ||
			    !strstr(err.text, commands[j].name))
				fail_msg("'%s': %s", line, err.text);
		}
		snprintf(line, sizeof(line), "%s --help", commands[i].words);
		good(line);
		assert_int_equal(opt.command, COMMAND_HELP);
	}
}

/* Returns how many pairs of options do not go with @command. */
static unsigned int refused_pairs(const char *command)
{
	char line[300], words[2][64];
	unsigned int refused = 0;

	for (const struct option_row *a = option_rows; !option_is_end(a); a++) {
		for (const struct option_row *b = option_rows; !option_is_end(b); b++) {
			int ret;

			if (a->command || b->command)
				continue;
			words_of(a, words[0], sizeof(words[0]));
			words_of(b, words[1], sizeof(words[1]));
			snprintf(line, sizeof(line), "%s %s %s", command, words[1], words[0]);
			ret = parse(line);
			snprintf(line, sizeof(line), "%s %s %s", command, words[0], words[1]);
			/* Of -C, -z and -Z the last one counts, and so on. */
			if (parse(line) != ret)
				fail_msg("'%s' is refused in one order alone: %s", line, err.text);
			if (!ret)
				continue;
			refused++;
			if (ret != -EINVAL || (!strstr(err.text, option_text(a, true).s) &&
					       !strstr(err.text, option_text(b, true).s)))
				fail_msg("'%s': %s", line, err.text);
		}
	}
	return refused;
}

static void test_each_pair(void **state)
{
	unsigned int open, live;

	(void)state;
	open = refused_pairs("-L");
	live = refused_pairs("--live");
	print_message("%u pairs refused with -L, %u with --live\n", open, live);
	assert_true(open >= 12);
	/* --max-pause goes with --freeze only. */
	assert_true(live > 20 && live > open + 40);
}

static void test_table(void **state)
{
	(void)state;
	for (const struct option_row *a = option_rows; !option_is_end(a); a++) {
		assert_true(a->help && *a->help);
		assert_true(a->command || a->parse);
		assert_true(a->commands);
		if (a->name)
			assert_ptr_equal(option_by_name(a->name), a);
		for (const struct option_row *b = option_rows; b < a && a->letter; b++)
			assert_int_not_equal(a->letter, b->letter);
	}
}

/* -L leaves the kind of dump open. --live and --freeze do not. */
static void test_kind(void **state)
{
	(void)state;
	good("-L");
	assert_true(opt.engine.kind_open && opt.request.mode == LD_MODE_LIVE);
	assert_int_equal(opt.request.max_pause_ns, LIVEDUMP_PAUSE_PRECOPY * 1000000ULL);
	good("-L --engine module --max-pause 25 --no-boost --memory 1G");
	assert_true(opt.engine.kind_open && opt.request.max_pause_ns == 25000000);
	good("--live");
	assert_false(opt.engine.kind_open);
	good("-L --engine kcore");
	assert_false(opt.engine.kind_open);
	good("-L --proc /rec");
	assert_false(opt.engine.kind_open);
	good("-L --memory 0");
	assert_false(opt.engine.kind_open);
	good("-L --freeze");
	assert_false(opt.engine.kind_open);
	assert_int_equal(opt.request.max_pause_ns, LIVEDUMP_PAUSE_DEFAULT * 1000000ULL);
	good("-L --freeze=precopy");
	assert_true(!opt.engine.kind_open && opt.request.mode == LD_MODE_PRECOPY);
	assert_int_equal(opt.request.max_pause_ns, LIVEDUMP_PAUSE_PRECOPY * 1000000ULL);
	good("-L --freeze=precopy --max-pause 9");
	assert_true(opt.request.mode == LD_MODE_PRECOPY && opt.request.max_pause_ns == 9000000);
	good("--list");
	assert_false(opt.engine.kind_open);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kind),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_all_long),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_codec),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_odd_words),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_ambiguous),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_conflicts),
		cmocka_unit_test(test_each_command_and_option),
		cmocka_unit_test(test_each_command_and_command),
		cmocka_unit_test(test_each_pair),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
