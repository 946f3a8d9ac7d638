// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * live_why.c - tell who waits for whom in a dump that has just been stored.
 */
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "live.h"
#include "savecore/dumps/slots.h"
#include "savecore/store/whyfile.h"

/* The dump is safe by then; this is how long savecore goes on for the summary. */
#define LIVE_WHY_SECONDS	10U

void live_why_start(struct live *live)
{
	const char *output = live->opt->target.output;

	live->outcome.why = (struct why){ .sock = -1 };
	/* A stream cannot be read again. */
	if (!live->opt->no_why && !live->opt->target.dry_run && !(output && !strcmp(output, "-")))
		why_start(&live->outcome.why, summary_of_file);
}

void live_why_give(struct live *live)
{
	if (live->outcome.why.pid && live->output.kind != OUTPUT_STREAM)
		why_give(&live->outcome.why, live->output.fd, live->verify_memory,
			 !live->opt->no_sandbox);
	if (!live->outcome.why.given)
		why_stop(&live->outcome.why);
}

static void live_why_put(struct live *live, const struct why_answer *answer)
{
	json_t *report = live->reply->report;
	char name[SLOT_NAME_MAX];

	json_put_bool(report, "hangs", answer->hangs);
	if (answer->signature[0])
		json_put_text(report, "signature", answer->signature);
	if (live->output.kind == OUTPUT_SLOT &&
	    whyfile_store(&live->output.store, answer->hangs, answer->signature, answer->text)) {
		slot_name(name, "why", live->output.store.slot);
		json_put_text(report, "why", name);
	}
	if (!live->opt->target.json)
		fputs(answer->text, say_out());
}

void live_why_tell(struct live *live)
{
	struct why_question question = { .pid = 0 };
	struct why_answer *answer;

	if (!live->outcome.why.given)
		return;
	answer = malloc(sizeof(*answer));
	if (!answer)
		return;
	/* The next dump need not wait for the summary of this one. */
	if (live->output.kind == OUTPUT_SLOT)
		dirlock_release(live->output.store.dir, &live->output.store.lock);
	/* The dump is stored: say so now. */
	fflush(say_out());
	snprintf(question.name, sizeof(question.name), "%s", live->output.where);
	why_ask(&live->outcome.why, &question, LIVE_WHY_SECONDS, answer);
	if (answer->there)
		live_why_put(live, answer);
	else if (live->opt->verbose)
		fprintf(say_err(), "savecore: cannot tell who waits for whom: %s\n",
			answer->reason);
	free(answer);
}
