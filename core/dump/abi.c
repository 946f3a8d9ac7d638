// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * abi.c - convert requests, results and estimates to and from the structures of
 * the ioctl. The numbers of codecs and formats are in their ops. Modes, page
 * types, stages and causes have the same numbers as in the ioctl. The numbers
 * of a result are rows of dump_fields[].
 */
#include "abi.h"
#include "core/codec/codec.h"
#include "core/pages/filter.h"
#include "core/format/format.h"
#include "estimate.h"

#define MIB_SHIFT	20
#define NS_PER_MS	1000000ULL

_Static_assert(LD_NR_TYPES <= LIVEDUMP_NR_TYPES, "the ioctl's structure lacks page types");
_Static_assert(LD_NR_CODECS <= LIVEDUMP_NR_COMP, "the ioctl's structure lacks codecs");
_Static_assert(LIVEDUMP_PAUSE_MAX == 2000, "a text has another limit");
_Static_assert(LD_LEVEL_MAX == LIVEDUMP_LEVEL_MAX, "dump levels differ");

void ld_abi_from_request(struct livedump_arg *arg, const struct dump_request *request)
{
	u64 mib = (request->memory + (1 << MIB_SHIFT) - 1) >> MIB_SHIFT;

	if (request->keep_partial)
		arg->flags |= LIVEDUMP_KEEP_PARTIAL;
	arg->format = request->format->abi;
	arg->mode = request->mode;
	arg->compression = request->codec->abi;
	arg->compression_level = request->codec->flag ? request->codec_level : 0;
	arg->dump_level = request->level;
	arg->rate = request->rate;
	arg->max_bytes = request->max_bytes;
	arg->reason = (uintptr_t)request->reason.text;
	arg->reason_size = (u32)request->reason.size;
	arg->memory_mib = mib < 0xffffffffU ? (u32)mib : 0xffffffffU;
	if (request->mode != LD_MODE_LIVE && !request->max_pause_open)
		arg->max_pause_ms = (u32)(request->max_pause_ns / NS_PER_MS);
	else if (request->boost)
		arg->flags |= LIVEDUMP_BOOST;
}

static int abi_refuse(const char **why, const char *reason, int err)
{
	*why = reason;
	return err;
}

static int abi_codec_to_request(struct dump_request *request, const struct livedump_arg *arg,
				const char **why)
{
	const struct ld_codec_ops *codec = NULL;

	for (unsigned int i = 0; ld_codecs[i]; i++)
		if (ld_codecs[i]->abi == arg->compression)
			codec = ld_codecs[i];
	if (!codec)
		return abi_refuse(why, "unknown compression", -EINVAL);
	if (!codec->available)
		return abi_refuse(why, "this kernel lacks that compression", -EOPNOTSUPP);
	request->codec = codec;
	request->codec_level = arg->compression_level;
	if (!request->codec_level)
		request->codec_level = codec->level_default;
	if (request->codec_level < codec->level_min || request->codec_level > codec->level_max)
		return abi_refuse(why, "compression level out of range", -EINVAL);
	return 0;
}

static int abi_format_to_request(struct dump_request *request, const struct livedump_arg *arg,
				 const char **why)
{
	const struct ld_format_ops *format = NULL;

	for (unsigned int i = 0; ld_formats[i]; i++)
		if (ld_formats[i]->abi == arg->format)
			format = ld_formats[i];
	if (!format)
		return abi_refuse(why, "unknown format", -EINVAL);
	if (request->codec->flag && !format->compresses)
		return abi_refuse(why, "the format takes no compression", -EINVAL);
	request->format = format;
	return 0;
}

static int abi_mode_to_request(struct dump_request *request, const struct livedump_arg *arg,
			       const char **why)
{
	u32 pause = arg->max_pause_ms;

	if (arg->mode >= LD_NR_MODES)
		return abi_refuse(why, "unknown mode", -EINVAL);
	request->mode = arg->mode;
	request->memory = (u64)arg->memory_mib << MIB_SHIFT;
	if (request->mode == LD_MODE_LIVE) {
		if (arg->max_pause_ms)
			return abi_refuse(why, "max_pause_ms is for a freeze", -EINVAL);
		request->boost = arg->flags & LIVEDUMP_BOOST;
		return 0;
	}
	if (!pause)
		pause = request->mode == LD_MODE_PRECOPY ? LIVEDUMP_PAUSE_PRECOPY :
							   LIVEDUMP_PAUSE_DEFAULT;
	if (pause > LIVEDUMP_PAUSE_MAX)
		return abi_refuse(why, "the longest pause allowed is 2000 ms", -EINVAL);
	request->max_pause_ns = pause * NS_PER_MS;
	return 0;
}

int ld_abi_to_request(struct dump_request *request, const struct livedump_arg *arg,
		      const char **why)
{
	int err;

	memset(request, 0, sizeof(*request));
	err = abi_codec_to_request(request, arg, why);
	if (err)
		return err;
	if (arg->dump_level > LIVEDUMP_LEVEL_MAX)
		return abi_refuse(why, "unknown dump level", -EINVAL);
	request->level = arg->dump_level;
	request->keep_partial = arg->flags & LIVEDUMP_KEEP_PARTIAL;
	request->rate = arg->rate;
	request->max_bytes = arg->max_bytes;
	err = abi_format_to_request(request, arg, why);
	return err ? err : abi_mode_to_request(request, arg, why);
}

void ld_abi_from_queues(struct livedump_arg *arg, const struct ld_list_queues *queues)
{
	arg->runqueues = queues->addr;
	arg->rq_curr = queues->curr;
	arg->rq_idle = queues->idle;
}

void ld_abi_to_queues(struct ld_list_queues *queues, const struct livedump_arg *arg)
{
	*queues = (struct ld_list_queues){ arg->runqueues, arg->rq_curr, arg->rq_idle };
}

void ld_abi_from_result(struct livedump_result *to, const struct dump_result *result)
{
	const struct dump_end *end = &result->end;

	to->status = end->incomplete ? LIVEDUMP_INCOMPLETE : 0;
	to->stage = end->stage;
	to->cause = end->cause;
	to->error = -end->err;
	to->failed_at = end->at;
	to->workers = result->workers;
	to->lists_readings = result->lists.readings;
	to->lists_torn = result->lists.torn;
	to->lists_copied = result->lists.copied;
	for (unsigned int i = 0; i < LD_NR_TYPES; i++)
		to->frames_by_type[i] = result->pages.frames_by_type[i];
	for (unsigned int i = 0; i < LD_NR_TYPES; i++)
		to->unseen_by_type[i] = result->pages.unseen_by_type[i];
	for (const struct dump_field *f = dump_fields; f->abi; f++)
		*(__u64 *)((u8 *)to + f->abi) = dump_field_value(f, result);
}

/*
 * A stage or cause that is unknown here comes from a newer module. The cause is
 * then LD_CAUSE_ERROR.
 */
void ld_abi_to_result(struct dump_result *result, const struct livedump_result *from)
{
	struct dump_end *end = &result->end;

	memset(result, 0, sizeof(*result));
	end->incomplete = from->status & LIVEDUMP_INCOMPLETE;
	end->stage = from->stage < LD_NR_STAGES ? from->stage : LD_STAGE_START;
	end->cause = from->cause < LD_NR_CAUSES ? from->cause : LD_CAUSE_ERROR;
	end->err = -from->error;
	end->at = from->failed_at;
	result->workers = from->workers;
	result->lists.readings = from->lists_readings;
	result->lists.torn = from->lists_torn;
	result->lists.copied = from->lists_copied;
	for (unsigned int i = 0; i < LD_NR_TYPES; i++)
		result->pages.frames_by_type[i] = from->frames_by_type[i];
	for (unsigned int i = 0; i < LD_NR_TYPES; i++)
		result->pages.unseen_by_type[i] = from->unseen_by_type[i];
	for (const struct dump_field *f = dump_fields; f->abi; f++)
		*(u64 *)((u8 *)result + f->offset) = *(const __u64 *)((const u8 *)from + f->abi);
}

void ld_abi_from_estimate(struct livedump_result *to, const struct ld_estimate *estimate)
{
	to->sampled = estimate->sampled;
	to->buffer_bytes = estimate->buffer_bytes;
	for (unsigned int c = 0; c < LD_NR_CODECS; c++) {
		const struct ld_packed *packed = &estimate->packed[c];
		struct livedump_estimate *e;

		if (!packed->codec)
			continue;
		e = &to->estimate[packed->codec->abi];
		e->file_bytes = packed->file_bytes;
		e->disk_bytes = packed->disk_bytes;
		e->error = packed->error;
		e->time_ns = packed->time_ns;
		e->compression_level = packed->level;
	}
}

void ld_abi_to_estimate(struct ld_estimate *estimate, const struct livedump_result *from)
{
	memset(estimate, 0, sizeof(*estimate));
	estimate->sampled = from->sampled;
	estimate->zero = from->zero;
	estimate->buffer_bytes = from->buffer_bytes;
	for (unsigned int c = 0; c < LD_NR_CODECS; c++) {
		const struct livedump_estimate *e = &from->estimate[ld_codecs[c]->abi];

		/* A length of 0 means that the module lacks the codec. */
		if (!e->file_bytes)
			continue;
		estimate->packed[c] = (struct ld_packed){
			.codec = ld_codecs[c],
			.level = e->compression_level,
			.file_bytes = e->file_bytes,
			.disk_bytes = e->disk_bytes,
			.error = e->error,
			.time_ns = e->time_ns,
		};
	}
}
