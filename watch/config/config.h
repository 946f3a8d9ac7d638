/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * config.h - read the configuration.
 */
#ifndef LIVEDUMP_WATCH_CONFIG_H
#define LIVEDUMP_WATCH_CONFIG_H

#include <stdio.h>

#include "settings.h"

/*
 * Read @file and, sorted by name, the files *.conf in @file.d; neither has to be there.
 * Each error is a line of @complaints: "FILE:LINE: what is wrong". Returns 0, -EINVAL
 * if there was an error, or another negative errno. The caller must call config_free()
 * even then.
 */
int config_read(struct config *c, const char *file, FILE *complaints);
void config_free(struct config *c);

#endif
