// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd_restore.c - savecore --restore: convert a stream to a dump. The dump gets
 * its name only when it is complete, verified and on disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd_restore.h"
#include "base/hint.h"
#include "savecore/limits/memory.h"
#include "savecore/sandbox/confine.h"
#include "savecore/report/explain.h"
#include "savecore/json/verify_json.h"
#include "dumpfile/flat.h"
#include "input.h"
#include "savecore/output/output.h"
#include "savecore/report/progress.h"
#include "base/escape.h"
#include "base/numbers.h"
#include "base/say.h"
#include "port/threads.h"
#include "savecore/verify/verdict.h"

#define HINT	"the dump was discarded; find out why the sender ended, and send the stream again"

struct restore {
	const struct options *opt;
	struct ld_control control;
	struct progress *progress;
	struct output output;
	bool output_open;		/* set once; the watching thread reads it */
	struct flat_request stream;
	unsigned int threads;		/* to verify with */
	u64 memory;			/* bytes that verifying may take */
	struct flat flat;
	struct verdict verdict;
	struct reply *reply;
};

/* The next two run in a thread of its own, just before the process ends. */
static void restore_answer_end(void *arg, int status, const struct error *err)
{
	struct restore *r = arg;

	reply_print_end(r->reply, status, err);
}

static void restore_abandon_output(void *arg)
{
	struct restore *r = arg;

	if (__atomic_load_n(&r->output_open, __ATOMIC_ACQUIRE))
		output_abandon(&r->output);
}

static int restore_start_progress(struct restore *r, struct error *err)
{
	struct progress_config config = {
		.control = &r->control,
		.verbose = r->opt->verbose,
		.restore = true,
		.answer = restore_answer_end,
		.abandon = restore_abandon_output,
		.arg = r,
	};

	return progress_start(&r->progress, &config, err);
}

static int restore_open(struct restore *r, struct error *err)
{
	struct sandbox sandbox = SANDBOX_NOWHERE;
	struct confine_params params = {
		.off = r->opt->no_sandbox,
		.verbose = r->opt->verbose,
	};
	struct flat_request *f = &r->stream;
	int drops[2];
	struct stat st;
	int ret;

	f->in = input_open(r->opt->input, &f->name, err);
	if (f->in < 0)
		return f->in;
	if (fstat(f->in, &st) || S_ISDIR(st.st_mode)) {
		error_set_code(err, ERROR_BAD_INPUT, "%s: not a stream\nname a file, a pipe, or -",
			       f->name);
		return -EISDIR;
	}
	f->disk = S_ISBLK(st.st_mode);
	f->seeks = f->disk || S_ISREG(st.st_mode);
	if (S_ISREG(st.st_mode))
		port_atomic64_set(&r->control.total, st.st_size);
	progress_page_size(r->progress, 1);
	ret = output_open_file(&r->output, r->opt->target.output, r->opt->target.force, err);
	if (ret)
		return ret;
	__atomic_store_n(&r->output_open, true, __ATOMIC_RELEASE);
	f->out = r->output.fd;
	f->out_name = r->output.where;
	sandbox.dir = r->output.temp.dir;
	drops[0] = f->in;
	drops[1] = f->out;
	params.drops = drops;
	params.nr_drops = 2;
	r->threads = r->opt->threads ? r->opt->threads : memory_threads_default(false);
	r->memory = memory_to_read(r->threads);
	return confine(&sandbox, r->progress, &params, err);
}

static int restore_write_dump(struct restore *r, struct error *err)
{
	struct flat *f = &r->flat;
	int ret = flat_open(f, &r->stream);

	if (!ret)
		ret = flat_refuse(f);
	if (ret > 0)
		ret = flat_restore(f);
	/* Some file systems report a failed write only here. */
	if (!ret && fsync(f->req.out)) {
		ret = -errno;
		error_set(err, "%s: %s\n%s", f->req.out_name, strerror(-ret),
			  hint_of(HINT_WRITE, -ret));
	}
	if (!ret)
		cache_drop(f->req.out);
	return ret;
}

static int restore_verify(struct restore *r, struct error *err)
{
	const struct verify_options options = {
		.control = &r->control,
		.threads = r->threads,
		.hint = HINT,
		.memory = r->memory,
	};

	if (r->opt->no_verify)
		return 0;
	progress_page_size(r->progress, 4096);
	progress_verify(r->progress, &r->control);
	return verdict_reach(&r->verdict, r->stream.out, r->stream.name, &options, err);
}

static void restore_reply(const struct restore *r)
{
	json_t *object = json_report(r->reply->command);

	json_put_text(object, "file", r->output.where);
	json_put_text(object, "stream", r->stream.name);
	json_put_number(object, "file_bytes", r->flat.end);
	json_put_bool(object, "verified", r->verdict.kind == VERDICT_GOOD);
	if (r->verdict.kind == VERDICT_GOOD)
		json_put_verified(object, &r->verdict.report);
	reply_report(r->reply, object);
}

static void restore_report(const struct restore *r)
{
	char size[32], text[400] = "not verified";
	struct escaped name;

	number_format_size(size, sizeof(size), r->flat.end);
	if (r->verdict.kind == VERDICT_GOOD)
		verify_describe(text, sizeof(text), &r->verdict.report);
	if (r->opt->target.json)
		restore_reply(r);
	else
		fprintf(say_out(), "%s: %s restored, %s\n",
			escape_name(&name, r->output.where), size, text);
	snprintf(r->reply->done, sizeof(r->reply->done), "the dump was kept as %.300s",
		 r->output.where);
	if (r->opt->verbose && r->verdict.kind == VERDICT_GOOD)
		verify_say_time(&r->verdict.report);
}

static void restore_close(struct restore *r)
{
	flat_close(&r->flat);
	output_close(&r->output);
	if (r->stream.in >= 0)
		close(r->stream.in);
}

int cmd_restore(const struct options *opt, struct reply *reply, struct error *err)
{
	struct restore r = {
		.opt = opt,
		.output = OUTPUT_INIT,
		.reply = reply,
		.stream = {
			.in = -1,
			.hint = HINT,
			.out_hint = "remove files, or use another directory",
			.overwrites = opt->no_verify,
			.control = &r.control,
			.err = err,
		},
	};
	int ret, sig;

	ret = restore_start_progress(&r, err);
	if (ret) {
		error_classify(err, ret);
		return EXIT_FAILURE;
	}
	ret = restore_open(&r, err);
	if (!ret)
		ret = restore_write_dump(&r, err);
	if (!ret)
		ret = restore_verify(&r, err);
	sig = progress_stop(r.progress);
	if (ret && sig)
		error_set(err, "%s after %" PRIu64 " bytes of the stream: the dump was discarded\nrun savecore again",
			  strsignal(sig), r.flat.at);
	if (!ret)
		ret = output_publish(&r.output, err);
	if (r.output.stored)
		restore_report(&r);
	reply_warn(reply, &r.output.store);
	verdict_say(&r.verdict);
	if (!ret)
		ret = verdict_explain(&r.verdict, err);
	restore_close(&r);
	if (!ret)
		return EXIT_SUCCESS;
	error_classify(err, ret);
	error_of_no_stream(err);
	return sig ? 128 + sig : EXIT_FAILURE;
}
