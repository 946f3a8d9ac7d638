// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * config.c - read the configuration.
 *
 * libinih does not pass line numbers to its handler (that is decided when it is built),
 * so the lines are counted where they are read. It would cut long lines silently.
 */
#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "config_keys.h"
#include "core/pages/filter.h"

#define MINUTE_MS	((u64)60 * 1000)
#define HOUR_MS		(60 * MINUTE_MS)
#define DIRECTORY	"/var/crash"
#define STATE_FILE	"/var/lib/livedump/watch.state"

struct config_reader {
	struct config *c;
	const char *file;
	FILE *complaints;
	FILE *in;
	unsigned int line;
	unsigned int errors;
	char section[2 * RULE_NAME_MAX];	/* the last that was found unknown */
};

static void config_complain(struct config_reader *r, unsigned int line, const char *text)
{
	fprintf(r->complaints, "%s:%u: %s\n", r->file, line, text);
	r->errors++;
}

/*
 * libinih takes a line that begins with a blank for a second value of the key above it,
 * which would replace the first one.
 */
static bool config_is_indented(const char *line)
{
	const char *at = line + strspn(line, " \t\v\f\r\n");

	return at > line && *at && *at != '#' && *at != ';';
}

static char *config_read_line(char *str, int num, void *stream)
{
	struct config_reader *r = stream;
	size_t len;
	int c;

	if (!fgets(str, num, r->in))
		return NULL;
	r->line++;
	len = strlen(str);
	if (len + 1 < (size_t)num || str[len - 1] == '\n') {
		if (!config_is_indented(str))
			return str;
		config_complain(r, r->line, "the line begins with a blank");
		strcpy(str, "\n");
		return str;
	}
	config_complain(r, r->line, "the line is too long");
	do
		c = fgetc(r->in);
	while (c != '\n' && c != EOF);
	/* What is left of it is not to be taken for something. */
	strcpy(str, "\n");
	return str;
}

static struct target *config_target(struct config *c, const char *name)
{
	struct target *t;

	for (unsigned int i = 0; i < c->targets; i++)
		if (!strcmp(c->target[i].name, name))
			return &c->target[i];
	if (c->targets == CONFIG_TARGETS_MAX)
		return NULL;
	t = &c->target[c->targets++];
	*t = (struct target){ .keep.dumps = 5, .ms = 2 * MINUTE_MS };
	memcpy(t->name, name, strlen(name) + 1);
	return t;
}

/* The name after "target " or "rule ", if @section begins so and the name is fine. */
static const char *config_section_name(const char *section, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(section, prefix, len) || section[len] != ' ')
		return NULL;
	section += len + strspn(section + len, " ");
	len = strlen(section);
	return len && len < RULE_NAME_MAX &&
	       strspn(section, RULE_NAME_CHARS) == len ? section : NULL;
}

/* What the section is about. Returns SECTION_NONE if it cannot be. */
static enum config_section config_open_section(struct config *c, const char *section,
					       void **object)
{
	const char *name;

	if (!strcmp(section, "watch")) {
		*object = c;
		return SECTION_WATCH;
	}
	name = config_section_name(section, "target");
	if (name) {
		*object = config_target(c, name);
		return *object ? SECTION_TARGET : SECTION_NONE;
	}
	name = config_section_name(section, "rule");
	if (name) {
		*object = rules_get(&c->rules, name);
		return *object ? SECTION_RULE : SECTION_NONE;
	}
	return SECTION_NONE;
}

static int config_handle(void *user, const char *section, const char *name, const char *value)
{
	struct config_reader *r = user;
	const struct config_key *key;
	enum config_section kind;
	struct error err = { 0 };
	char text[600];
	void *object;

	kind = config_open_section(r->c, section, &object);
	if (!kind) {
		/* Once for each section is enough. */
		if (strncmp(r->section, section, sizeof(r->section) - 1) != 0) {
			snprintf(text, sizeof(text), "[%s] is no section, or one too many: there are [watch], [target NAME] and [rule NAME]",
				 section);
			config_complain(r, r->line, text);
			snprintf(r->section, sizeof(r->section), "%s", section);
		}
		return 1;
	}
	key = config_key_find(kind, name);
	if (!key)
		snprintf(text, sizeof(text), "[%s] has no key '%s'", section, name);
	else if (config_key_set(key, object, value, &err))
		snprintf(text, sizeof(text), "%s: %s", name,
			 err.text[0] ? err.text : "not enough memory");
	else
		return 1;
	config_complain(r, r->line, text);
	return 1;
}

/* Returns 0 or a negative errno; a file that is not there is none. */
static int config_read_file(struct config_reader *r, const char *file)
{
	int ret;

	r->file = file;
	r->line = 0;
	r->section[0] = '\0';
	r->in = fopen(file, "re");
	if (!r->in) {
		ret = -errno;
		if (ret == -ENOENT)
			return 0;
		fprintf(r->complaints, "%s: %s\n", file, strerror(-ret));
		r->errors++;
		return ret;
	}
	ret = ini_parse_stream(config_read_line, r, config_handle, r);
	if (ret > 0)
		config_complain(r, (unsigned int)ret, "neither [SECTION] nor KEY = VALUE");
	ret = ret < 0 || ferror(r->in) ? -EIO : 0;
	fclose(r->in);
	if (ret) {
		fprintf(r->complaints, "%s: cannot be read: is it a file?\n", file);
		r->errors++;
	}
	return ret;
}

static int config_is_part(const struct dirent *de)
{
	size_t len = strlen(de->d_name);

	return de->d_name[0] != '.' && len > 5 && !strcmp(de->d_name + len - 5, ".conf");
}

static int config_read_parts(struct config_reader *r, const char *file)
{
	struct dirent **list;
	char path[4096];
	int nr, ret = 0;

	snprintf(path, sizeof(path), "%s.d", file);
	nr = scandir(path, &list, config_is_part, alphasort);
	if (nr < 0 && errno != ENOENT) {
		ret = -errno;
		fprintf(r->complaints, "%s: %s\n", path, strerror(-ret));
		r->errors++;
	}
	if (nr < 0)
		return ret;
	for (int i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s.d/%s", file, list[i]->d_name);
		if (!ret)
			ret = config_read_file(r, path);
		free(list[i]);
	}
	free(list);
	return ret;
}

/* There is one count and one look at /proc, so one rule: another would never be asked. */
static void config_check_single(struct config_reader *r, const char *file)
{
	struct rules *rules = &r->c->rules;

	for (unsigned int i = 0; i < rules->nr; i++) {
		const struct rule *rule = &rules->rule[i], *first;

		if ((rule->kind != RULE_HUNG_COUNT && rule->kind != RULE_BLOCKED) ||
		    !rule->enabled || rule->builtin)
			continue;
		first = rules_of_kind(rules, rule->kind);
		if (first == rule)
			continue;
		fprintf(r->complaints, "%s: [rule %s] is about the same as [rule %s]\n", file,
			rule->name, first->name);
		r->errors++;
	}
}

/* What is wrong with what all files say together. */
static void config_check_whole(struct config_reader *r, const char *file)
{
	struct config *c = r->c;

	for (unsigned int i = 0; i < c->targets; i++) {
		struct target *t = &c->target[i];

		if (!t->directory == !t->command) {
			fprintf(r->complaints, "%s: [target %s] needs either directory or command\n",
				file, t->name);
			r->errors++;
		}
	}
	for (unsigned int i = 0; i < c->rules.nr; i++) {
		if (c->rules.rule[i].kind != RULE_NONE)
			continue;
		fprintf(r->complaints, "%s: [rule %s] needs on\n", file, c->rules.rule[i].name);
		r->errors++;
	}
	config_check_single(r, file);
	if (c->limits.backoff_max_ms < c->limits.backoff_ms) {
		fprintf(r->complaints, "%s: max-backoff is less than backoff\n", file);
		r->errors++;
	}
}

static int config_set_defaults(struct config *c)
{
	*c = (struct config){
		.limits = {
			.interval_ms = 24 * HOUR_MS,
			.backoff_ms = 10 * MINUTE_MS,
			.backoff_max_ms = 24 * HOUR_MS,
			.per_day = 4,
			.per_boot = 16,
		},
		.dump = {
			.engine = strdup("auto"),
			.level = LIVEDUMP_LEVEL_MAX,
			.max_ms = 5 * MINUTE_MS,
		},
		.report = {
			.hook_ms = MINUTE_MS,
			.state = strdup(STATE_FILE),
		},
		.retry_ms = 5 * MINUTE_MS,
	};
	if (!c->dump.engine || !c->report.state)
		return -ENOMEM;
	return rules_init(&c->rules);
}

/* Without any target, dumps go where savecore puts them. */
static int config_add_target(struct config *c)
{
	struct target *t;

	if (c->targets)
		return 0;
	t = config_target(c, "default");
	t->directory = strdup(DIRECTORY);
	return t->directory ? 0 : -ENOMEM;
}

int config_read(struct config *c, const char *file, FILE *complaints)
{
	struct config_reader r = { .c = c, .complaints = complaints };
	int ret = config_set_defaults(c);

	if (!ret)
		ret = config_read_file(&r, file);
	if (!ret)
		ret = config_read_parts(&r, file);
	if (!ret)
		ret = config_add_target(c);
	if (!ret)
		config_check_whole(&r, file);
	return ret ? ret : r.errors ? -EINVAL : 0;
}

void config_free(struct config *c)
{
	for (unsigned int i = 0; i < c->targets; i++) {
		free(c->target[i].directory);
		free(c->target[i].command);
	}
	free(c->dump.engine);
	free(c->report.hook);
	free(c->report.metrics);
	free(c->report.state);
	rules_free(&c->rules);
	*c = (struct config){ 0 };
}
