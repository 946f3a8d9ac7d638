/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * infofile.h - how the text files beside a dump say that they are savecore's.
 * A program that keeps crash dumps in the same directory has info.N files, too.
 */
#ifndef LIVEDUMP_INFOFILE_H
#define LIVEDUMP_INFOFILE_H

#include <stdbool.h>

/* The key of the line in info.N that names the mode, for a live dump's alone. */
#define INFOFILE_MODE		"Mode"

/* The value of "program" in info.N.json begins with this. */
#define INFOFILE_PROGRAM	"savecore (livedump)"

/* Whether @text, of a whole file, is the info.N or info.N.json of a live dump. */
bool infofile_is_live(const char *text);
bool infofile_is_live_json(const char *text);

#endif
