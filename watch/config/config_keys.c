// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * config_keys.c - the table of keys, and the parsers of their values.
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "config_keys.h"
#include "include/uapi/livedump.h"
#include "units.h"

#define HOUR_MS		((u64)3600 * 1000)
#define DAY_MS		(24 * HOUR_MS)
#define YEAR_MS		(365 * DAY_MS)

static int key_time(const struct config_key *key, void *member, const char *value,
		    struct error *err)
{
	u64 ms;

	if (units_time(value, &ms) && ms >= key->min && ms <= key->max) {
		*(u64 *)member = ms;
		return 0;
	}
	error_set(err, "'%s' is not a time from %" PRIu64 " ms to %" PRIu64 " ms\nuse a number with ms, s, min, h or d",
		  value, key->min, key->max);
	return -EINVAL;
}

static int key_number(const struct config_key *key, void *member, const char *value,
		      struct error *err)
{
	long number;

	if (number_parse(value, (long)key->min, (long)key->max, &number)) {
		*(unsigned int *)member = (unsigned int)number;
		return 0;
	}
	error_set(err, "'%s' is not a number from %" PRIu64 " to %" PRIu64, value, key->min,
		  key->max);
	return -EINVAL;
}

/* "1M": @size is a multiple of its unit. */
static void key_format_size(char *buf, size_t size, u64 bytes)
{
	static const char units[] = { 0, 'K', 'M', 'G', 'T', 0 };
	const char *unit = units;

	while (unit[1] && bytes && !(bytes & 1023)) {
		bytes >>= 10;
		unit++;
	}
	snprintf(buf, size, "%" PRIu64 "%.1s", bytes, unit);
}

static int key_size(const struct config_key *key, void *member, const char *value,
		    struct error *err)
{
	char least[32], most[32];
	u64 size;

	if (number_size(value, &size) && size >= key->min && size <= key->max) {
		*(u64 *)member = size;
		return 0;
	}
	key_format_size(least, sizeof(least), key->min);
	key_format_size(most, sizeof(most), key->max);
	if (key->max == UINT64_MAX)
		error_set(err, "'%s' is not a size\nuse a number with K, M, G or T", value);
	else
		error_set(err, "'%s' is not a size from %s to %s\nuse a number with K, M, G or T",
			  value, least, most);
	return -EINVAL;
}

static int key_switch(const struct config_key *key, void *member, const char *value,
		      struct error *err)
{
	static const char *const on[] = { "yes", "true", "on", "1" };
	static const char *const off[] = { "no", "false", "off", "0" };

	(void)key;
	for (size_t i = 0; i < sizeof(on) / sizeof(*on); i++) {
		if (strcmp(value, on[i]) && strcmp(value, off[i]))
			continue;
		*(bool *)member = !strcmp(value, on[i]);
		return 0;
	}
	error_set(err, "'%s' is neither yes nor no", value);
	return -EINVAL;
}

static int key_text(const struct config_key *key, void *member, const char *value,
		    struct error *err)
{
	char *copy;

	(void)key;
	if (!*value) {
		error_set(err, "there is no value after =");
		return -EINVAL;
	}
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(*(char **)member);
	*(char **)member = copy;
	return 0;
}

/* Relative names would depend on where the daemon was started. */
static int key_path(const struct config_key *key, void *member, const char *value,
		    struct error *err)
{
	if (*value == '/')
		return key_text(key, member, value, err);
	error_set(err, "'%s' does not begin with a slash", value);
	return -EINVAL;
}

static int key_mode(const struct config_key *key, void *member, const char *value,
		    struct error *err)
{
	(void)key;
	if (strcmp(value, "auto") && strcmp(value, "live")) {
		error_set(err, "'%s' is not a mode\nuse auto or live", value);
		return -EINVAL;
	}
	*(bool *)member = !strcmp(value, "live");
	return 0;
}

static int key_engine(const struct config_key *key, void *member, const char *value,
		      struct error *err)
{
	if (!strcmp(value, "auto") || !strcmp(value, "kcore") || !strcmp(value, "module"))
		return key_text(key, member, value, err);
	error_set(err, "'%s' is not an engine\nuse auto, kcore or module", value);
	return -EINVAL;
}

static int key_on(const struct config_key *key, void *member, const char *value,
		  struct error *err)
{
	(void)key;
	return rule_parse(member, value, err);
}

#define WATCH(name, member, parse, min, max) \
	{ SECTION_WATCH, name, offsetof(struct config, member), parse, min, max }
#define TARGET(name, member, parse, min, max) \
	{ SECTION_TARGET, name, offsetof(struct target, member), parse, min, max }
#define RULE(name, member, parse, min, max) \
	{ SECTION_RULE, name, offsetof(struct rule, member), parse, min, max }

static const struct config_key keys[] = {
	WATCH("interval", limits.interval_ms, key_time, 0, YEAR_MS),
	WATCH("backoff", limits.backoff_ms, key_time, 0, YEAR_MS),
	WATCH("max-backoff", limits.backoff_max_ms, key_time, 0, YEAR_MS),
	WATCH("per-day", limits.per_day, key_number, 1, CONFIG_PER_DAY_MAX),
	WATCH("per-boot", limits.per_boot, key_number, 1, 100000),
	WATCH("mode", dump.live, key_mode, 0, 0),
	WATCH("engine", dump.engine, key_engine, 0, 0),
	WATCH("level", dump.level, key_number, 0, LIVEDUMP_LEVEL_MAX),
	WATCH("max-pause", dump.max_pause_ms, key_time, 1, LIVEDUMP_PAUSE_MAX),
	WATCH("max-time", dump.max_ms, key_time, 1000, DAY_MS),
	WATCH("hold", dump.hold, key_size, (u64)1 << 20, (u64)1 << 40),
	WATCH("retry", retry_ms, key_time, 1000, DAY_MS),
	WATCH("hook", report.hook, key_text, 0, 0),
	WATCH("hook-time", report.hook_ms, key_time, 1000, HOUR_MS),
	WATCH("metrics", report.metrics, key_path, 0, 0),
	WATCH("state", report.state, key_path, 0, 0),
	TARGET("directory", directory, key_path, 0, 0),
	TARGET("command", command, key_text, 0, 0),
	TARGET("max-dumps", keep.dumps, key_number, 1, 1000000),
	TARGET("max-total", keep.bytes, key_size, 1, UINT64_MAX),
	TARGET("time", ms, key_time, 1000, DAY_MS),
	{ SECTION_RULE, "on", 0, key_on, 0, 0 },
	RULE("enabled", enabled, key_switch, 0, 0),
	RULE("priority", priority, key_number, 0, RULE_PRIORITY_MAX),
	RULE("level", level, key_number, 0, 7),
};

const struct config_key *config_key_find(enum config_section section, const char *name)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i].section == section && !strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

int config_key_set(const struct config_key *key, void *object, const char *value,
		   struct error *err)
{
	return key->parse(key, (char *)object + key->member, value, err);
}
