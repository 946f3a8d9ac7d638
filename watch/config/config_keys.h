/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * config_keys.h - the keys of the files. Not for others than config.c.
 */
#ifndef LIVEDUMP_WATCH_CONFIG_KEYS_H
#define LIVEDUMP_WATCH_CONFIG_KEYS_H

#include "settings.h"

enum config_section {
	SECTION_NONE,
	SECTION_WATCH,
	SECTION_TARGET,
	SECTION_RULE,
};

struct config_key {
	enum config_section section;
	const char *name;
	size_t member;		/* of struct config, target or rule */
	int (*parse)(const struct config_key *key, void *member, const char *value,
		     struct error *err);
	u64 min;
	u64 max;
};

/* The key, or NULL. */
const struct config_key *config_key_find(enum config_section section, const char *name);

/* Set the key in @object, of the kind that its section is about. */
int config_key_set(const struct config_key *key, void *object, const char *value,
		   struct error *err);

#endif
