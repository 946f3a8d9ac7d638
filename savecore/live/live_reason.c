// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * live_reason.c - why a live dump is taken, for the dump and for info.N.
 */
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/say.h"
#include "live.h"

void live_set_reason(struct live *live)
{
	char value[4 * OPTIONS_REASON_MAX + 1];

	_Static_assert(sizeof(value) + sizeof("Reason: ") + 1 <= sizeof(live->reason), "it fits");
	if (!live->opt->reason)
		return;
	escape_text(value, sizeof(value), live->opt->reason);
	snprintf(live->reason, sizeof(live->reason), "Reason: %s\n", value);
	live->request.reason = (struct dump_reason){ live->reason, strlen(live->reason) };
}

void live_tell_reason(const struct live *live)
{
	if (live->job.no_reason)
		fprintf(say_err(), "savecore: the dump itself does not say why it was taken: the loaded module is too old for that\n");
}
