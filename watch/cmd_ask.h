/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cmd_ask.h - the commands of livedump-watch that are not the daemon. Each returns the
 * exit status and says on standard error what is wrong.
 */
#ifndef LIVEDUMP_WATCH_CMD_ASK_H
#define LIVEDUMP_WATCH_CMD_ASK_H

#include <stdbool.h>

int cmd_check_config(const char *file);
int cmd_status(const char *socket, bool json);
int cmd_now(const char *socket, const char *reason);
int cmd_let_go(const char *socket);

/* cmd_write.c: write all dumps that the daemon holds to @directory. */
int cmd_write(const char *socket, const char *directory);

#endif
