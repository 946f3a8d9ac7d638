// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * event.c - the notifier chain.
 */
#include <linux/export.h>
#include <linux/notifier.h>

#include "core/request.h"
#include "core/result.h"
#include "event.h"
#include "include/linux/livedump.h"

static BLOCKING_NOTIFIER_HEAD(event_chain);

int livedump_register_notifier(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&event_chain, nb);
}
EXPORT_SYMBOL_GPL(livedump_register_notifier);

int livedump_unregister_notifier(struct notifier_block *nb)
{
	return blocking_notifier_chain_unregister(&event_chain, nb);
}
EXPORT_SYMBOL_GPL(livedump_unregister_notifier);

static struct livedump_event event_of(const struct dump_request *request, u64 dump)
{
	return (struct livedump_event){
		.mode = request->mode, .dump_level = request->level, .dump = dump,
	};
}

int livedump_event_begin(const struct dump_request *request, u64 dump)
{
	struct livedump_event event = event_of(request, dump);

	/* For those that are told of the end because another one refuses. */
	event.error = -ECANCELED;
	return notifier_to_errno(blocking_notifier_call_chain_robust(&event_chain, LIVEDUMP_BEGIN,
								     LIVEDUMP_END, &event));
}

void livedump_event_end(const struct dump_request *request, const struct dump_result *result,
			u64 dump, int err)
{
	struct livedump_event event = event_of(request, dump);

	event.error = err;
	if (!err) {
		event.pages = result->pages.kept;
		event.file_bytes = result->bytes.file;
	}
	event.pause_ns = result->times.pause;
	blocking_notifier_call_chain(&event_chain, LIVEDUMP_END, &event);
}
