// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_options.c - savecore's command line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "savecore/options.h"

#define ARGS_MAX	32

static struct options opt;
static struct error err;

/* Parse "savecore" and the words of @line. The options point into it. */
static enum options_action parse(const char *line)
{
	static char buf[256];
	char *argv[ARGS_MAX] = { "savecore" };
	int argc = 1;

	err.text[0] = '\0';
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
	if (parse(line) != OPTIONS_RUN)
		fail_msg("'%s' was refused: %s", line, err.text);
	assert_string_equal(err.text, "");
}

/* It is refused, and the one line that is said has @text. */
static void bad(const char *line, const char *text)
{
	if (parse(line) != OPTIONS_ERROR)
		fail_msg("'%s' was accepted", line);
	if (!strstr(err.text, text))
		fail_msg("'%s': '%s' does not say '%s'", line, err.text, text);
}

static void test_defaults(void **state)
{
	(void)state;
	good("-L");
	assert_true(opt.live);
	assert_false(opt.force || opt.verbose || opt.request.keep_partial || opt.recorded);
	assert_ptr_equal(opt.request.codec, &ld_codec_zstd);
	assert_int_equal(opt.request.codec_level, ld_codec_zstd.level_default);
	assert_ptr_equal(opt.request.format, &ld_format_kdump);
	assert_int_equal(opt.request.level, 31);
	assert_int_equal(opt.maxdumps, 0);
	assert_int_equal(opt.threads, 0);
	assert_false(opt.memory_given);
	assert_string_equal(opt.engine, "auto");
	assert_string_equal(opt.proc, "/proc");
	assert_string_equal(opt.directory, "/var/crash");
	assert_null(opt.output);
}

static void test_reports(void **state)
{
	(void)state;
	good("-L");
	assert_false(opt.dry_run || opt.json);
	good("-L --dry-run --freeze --max-pause 10");
	assert_true(opt.dry_run && !opt.json);
	good("-L --json -o -");
	assert_true(opt.json && !opt.dry_run);
	bad("--verify x --dry-run", "they are about -L");
	bad("--verify x --json", "they are about -L");
	bad("--dry-run", "use -L");
}

static void test_all_long(void **state)
{
	(void)state;
	good("--live --force --verbose --compression lzo --dump-level 1 --maxdumps 3 --keep-partial --no-boost --no-sandbox --engine kcore --threads 4 --memory 2G --proc /rec /dumps");
	assert_true(opt.live && opt.force && opt.verbose && opt.request.keep_partial &&
		    !opt.request.boost && opt.no_sandbox &&
		    opt.recorded);
	assert_ptr_equal(opt.request.codec, &ld_codec_lzo);
	assert_int_equal(opt.request.level, 1);
	assert_int_equal(opt.maxdumps, 3);
	assert_int_equal(opt.threads, 4);
	assert_true(opt.memory_given);
	assert_int_equal(opt.request.memory, 2ULL << 30);
	assert_string_equal(opt.engine, "kcore");
	assert_string_equal(opt.proc, "/rec");
	assert_string_equal(opt.directory, "/dumps");
}

static void test_short(void **state)
{
	(void)state;
	good("-Lfvz -d 0 -m1 /dumps");
	assert_true(opt.force && opt.verbose);
	assert_ptr_equal(opt.request.codec, &ld_codec_zlib);
	assert_int_equal(opt.request.level, 0);
	assert_int_equal(opt.maxdumps, 1);
	good("/dumps -L");
	assert_string_equal(opt.directory, "/dumps");
	good("-L -o -");
	assert_string_equal(opt.output, "-");
	good("-L -- -odd");
	assert_string_equal(opt.directory, "-odd");
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
	bad("-L -C zstd:", "no level");
	bad("-L -C zstd:x", "no level");
	bad("-L -C zstd:3x", "no level");
	bad("-L -C zlib:10", "use 1 to 9");
	bad("-L -C zlib:99999999999999999999", "no level");
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
	bad("-L -d 32", "no dump level");
	bad("-L -d -1", "no dump level");
	bad("-L -d 0x1", "no dump level");
	bad("-L -d 1.5", "no dump level");
	bad("-L -m 0", "number of dumps");
	bad("-L -m -1", "number of dumps");
	bad("-L -m 4294967297", "number of dumps");
	bad("-L --threads 0", "number of threads");
	bad("-L --threads 257", "number of threads");
	bad("-L --threads two", "number of threads");
}

static void test_memory(void **state)
{
	(void)state;
	good("-L --memory 0");
	assert_true(opt.memory_given);
	assert_int_equal(opt.request.memory, 0);
	good("-L --memory 4096");
	assert_int_equal(opt.request.memory, 4096);
	good("-L --memory 3k");
	assert_int_equal(opt.request.memory, 3072);
	good("-L --memory 5M");
	assert_int_equal(opt.request.memory, 5 << 20);
	good("-L --memory 16777215T");
	assert_int_equal(opt.request.memory, 16777215ULL << 40);
	bad("-L --memory 16777216T", "no size");
	bad("-L --memory -1", "no size");
	bad("-L --memory K", "no size");
	bad("-L --memory 1KB", "no size");
	bad("-L --memory 1X", "no size");
	bad("-L --memory 99999999999999999999", "no size");
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
	assert_int_equal(options_parse(argc, argv, &opt, &err), OPTIONS_ERROR);
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
	bad("-L -o x /a", "exclude each other");
	bad("-L -o x -m 2", "exclude each other");
	bad("-L --proc /rec --engine module", "exclude each other");
	bad("-L --engine kernel", "unknown engine");
	bad("-L --freeze --engine kcore", "only the kernel module");
	bad("-L --freeze --proc /rec", "only the kernel module");
	bad("-L --max-pause 100", "use both");
	bad("-L --freeze --max-pause 0", "1 to 4000");
	bad("-L --freeze --max-pause 4001", "1 to 4000");
	bad("-L --freeze=all", "--freeze=kernel");
	good("-L --freeze=kernel");
	assert_int_equal(opt.request.mode, LD_MODE_FREEZE_KERNEL);
	good("-L --freeze --max-pause 250");
	assert_true(opt.request.mode == LD_MODE_FREEZE && opt.request.max_pause_ns == 250000000);
	bad("-L -q", "option -q");
	bad("-Lq", "option -q");
	bad("-L --frobnicate", "option --frobnicate");
	bad("-L --live=yes", "option --live=yes");
	bad("-L -d", "option -d: needs an argument");
	bad("-L --proc", "option --proc: needs an argument");
	assert_null(strchr(err.text, '\n'));
}

static void test_limits(void **state)
{
	(void)state;
	good("-L --limit-rate 10M --max-size 2g --max-time 60 --max-pressure 20 --nice");
	assert_int_equal(opt.request.rate, 10 << 20);
	assert_int_equal(opt.request.max_bytes, 2ULL << 30);
	assert_int_equal(opt.max_time, 60);
	assert_int_equal(opt.max_pressure, 20);
	assert_true(opt.nice_given && opt.nice == 19);
	good("-L --nice=0");
	assert_true(opt.nice_given && opt.nice == 0);
	good("-L");
	assert_true(!opt.request.rate && !opt.request.max_bytes && !opt.max_time &&
		    !opt.max_pressure && !opt.nice_given);
	bad("-L --limit-rate 0", "'0' is no rate");
	bad("-L --limit-rate 1MB", "'1MB' is no rate");
	bad("-L --limit-rate 18446744073709551616", "is no rate");
	bad("-L --limit-rate 16777216T", "is no rate");
	bad("-L --max-size -1", "'-1' is no size");
	bad("-L --max-size 0", "'0' is no size");
	bad("-L --max-time 0", "1 to 1000000 seconds");
	bad("-L --max-time 1000001", "1 to 1000000 seconds");
	bad("-L --max-time 1.5", "1 to 1000000 seconds");
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
	assert_int_equal(parse("--help"), OPTIONS_HELP);
	assert_int_equal(parse("-L --help /a /b"), OPTIONS_HELP);
	assert_int_equal(parse("--version"), OPTIONS_VERSION);
	f = open_memstream(&text, &len);
	options_help(f);
	fclose(f);
	assert_non_null(strstr(text, "usage: savecore -L"));
	assert_non_null(strstr(text, "--keep-partial"));
	assert_non_null(strstr(text, "--no-boost"));
	assert_non_null(strstr(text, "--no-sandbox"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
