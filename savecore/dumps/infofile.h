/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * infofile.h - recognize the info files of live dumps. Programs that store crash
 * dumps in the same directory also write files called info.N.
 */
#ifndef LIVEDUMP_INFOFILE_H
#define LIVEDUMP_INFOFILE_H

#include <stdbool.h>

/* Key of the line in info.N that names the mode; only live dumps have it. */
#define INFOFILE_MODE		"Mode"

/* Key of the line in info.N that tells whether the dump is whole, and its values. */
#define INFOFILE_STATUS		"Dump Status"
#define INFOFILE_GOOD		"good"
#define INFOFILE_PARTIAL	"partial"

/* How the value of "program" in info.N.json begins. */
#define INFOFILE_PROGRAM	"savecore (livedump)"

/* How why.N begins, and keys of the lines that follow. */
#define INFOFILE_WHY_HEAD	"waitgraph (livedump) "
#define INFOFILE_WHY_HANGS	"Hangs"		/* "yes" or "no" */
#define INFOFILE_WHY_SIGNATURE	"Signature"	/* of what hangs; missing if nothing does */

/* How dmesg.N begins. */
#define INFOFILE_LOG_HEAD	"# kernel log, by livedump-watch (livedump) "

/*
 * Whether @text, a whole file or its beginning, is the info.N, info.N.json, why.N or dmesg.N
 * of a live dump.
 */
bool infofile_is_live(const char *text);
bool infofile_is_live_json(const char *text);
bool infofile_is_live_why(const char *text);
bool infofile_is_live_log(const char *text);

/* Whether @text, the info.N of a live dump, says that the dump is whole. */
bool infofile_is_whole(const char *text);

#endif
