// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd_verify.c - savecore --verify: check a dump.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd_verify.h"
#include "savecore/limits/memory.h"
#include "savecore/json/verify_json.h"
#include "savecore/sandbox/confine.h"
#include "input.h"
#include "base/escape.h"
#include "base/say.h"
#include "port/threads.h"
#include "savecore/verify/verify.h"
#include "savecore/verify/verify_scratch.h"

static void verify_reply(struct reply *reply, const char *name, const struct verify_report *report)
{
	json_t *object = json_report(reply->command);

	json_put_text(object, "file", name);
	json_put_bool(object, "verified", report);
	if (report)
		json_put_verified(object, report);
	reply_report(reply, object);
}

int cmd_verify(const struct options *opt, struct reply *reply, struct error *err)
{
	struct verify_options options = {
		.threads = opt->threads ? opt->threads : memory_threads_default(false),
		.pipe = true,
	};
	static const struct sandbox sandbox = SANDBOX_NOWHERE;
	int drops[2];
	const struct confine_params confined = {
		.off = opt->no_sandbox,
		.verbose = opt->verbose,
		.drops = drops,
		.nr_drops = 2,
	};
	struct verify_report report;
	const char *name;
	struct escaped printable;
	char text[400];
	int fd, ret;

	options.memory = memory_to_read(options.threads);
	fd = input_open(opt->input, &name, err);
	if (fd < 0) {
		error_classify(err, fd);
		return EXIT_FAILURE;
	}
	ret = scratch_prepare(fd, name, &options.scratch, err);
	drops[0] = fd;
	drops[1] = options.scratch ? options.scratch : -1;
	if (!ret)
		ret = confine(&sandbox, NULL, &confined, err);
	if (!ret)
		ret = verify_dump(fd, name, &options, &report, err);
	close(fd);
	if (opt->target.json)
		verify_reply(reply, name, ret ? NULL : &report);
	if (ret) {
		error_classify(err, ret);
		return EXIT_FAILURE;
	}
	verify_describe(text, sizeof(text), &report);
	if (!opt->target.json) {
		fprintf(say_out(), "%s: %s\n", escape_name(&printable, name), text);
		verify_print_reason(&report, say_out());
	}
	snprintf(reply->done, sizeof(reply->done), "%.100s is %.300s", name, text);
	if (opt->verbose)
		verify_say_time(&report);
	return EXIT_SUCCESS;
}
