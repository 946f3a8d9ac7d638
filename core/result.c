// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * result.c - the names of the values in a result, and the table of its numbers.
 */
#include "core/request.h"
#include "core/result.h"

#define FIELD(text, name, member, abi_member) {				\
	.label = text,							\
	.key = name,							\
	.offset = offsetof(struct dump_result, member),			\
	.abi = offsetof(struct livedump_result, abi_member),		\
}

const struct dump_field dump_fields[] = {
	FIELD(NULL, "pages", pages.frames, frames),
	FIELD("Pages in Dump", "pages_kept", pages.kept, kept),
	FIELD("Pages Missing", "pages_missing", pages.missing, missing),
	FIELD("Pages of Zeros", "pages_of_zeros", pages.zero, zero),
	FIELD(NULL, NULL, pages.buffered, buffered),
	FIELD("Pages Streamed", "pages_streamed", pages.streamed, streamed),
	FIELD("Pages Unreadable", "pages_unreadable", pages.unreadable, unreadable),
	FIELD("Pages Reclassified and Dropped", "pages_reclassified_dropped",
	      pages.reclassified_dropped, reclassified_dropped),
	FIELD("Pages Reclassified and Kept", "pages_reclassified_kept",
	      pages.reclassified_kept, reclassified_kept),
	FIELD("Pages Blanked", "pages_blanked", pages.blanked, blanked),
	FIELD("Pages Withdrawn", "pages_withdrawn", pages.withdrawn, withdrawn),
	FIELD("Pages Uncertain", "pages_uncertain", pages.uncertain, uncertain),
	FIELD("Rounds", "rounds", precopy.rounds, rounds),
	FIELD("Pages Copied in Pause", "pages_paused", pages.paused, paused),
	FIELD("Pages Always Copied", "pages_always", pages.always, always),
	FIELD("Pauses Begun", "pauses", precopy.pauses, pauses),
	FIELD(NULL, NULL, precopy.given_up_ns, given_up_ns),
	FIELD("Pages Written by Devices", "pages_written_by_devices", pages.unseen, unseen),
	FIELD("Pages Not Checked", "pages_not_checked", pages.unchecked, unchecked),
	FIELD("Page Buffer", "page_buffer_bytes", bytes.buffer, buffer_bytes),
	FIELD(NULL, "kernel_memory_bytes", bytes.kernel, memory_bytes),
	FIELD("Size of Pages", "raw_bytes", bytes.raw, raw_bytes),
	FIELD("Size of Data", "data_bytes", bytes.data, data_bytes),
	FIELD(NULL, "file_bytes", bytes.file, file_bytes),
	FIELD(NULL, NULL, bytes.needed, memory_needed),
	FIELD(NULL, NULL, times.start, start_ns),
	FIELD(NULL, NULL, times.planned, planned_ns),
	FIELD(NULL, NULL, times.read, read_ns),
	FIELD(NULL, NULL, times.write, write_ns),
	FIELD(NULL, NULL, times.end, end_ns),
	FIELD(NULL, NULL, times.pause, pause_ns),
	FIELD(NULL, NULL, times.pause_estimate, pause_estimate_ns),
	{ 0 },
};

const char *ld_mode_name(enum ld_mode mode)
{
	static const char *const names[LD_NR_MODES] = {
		[LD_MODE_LIVE] = "live",
		[LD_MODE_FREEZE] = "freeze",
		[LD_MODE_FREEZE_KERNEL] = "freeze-kernel",
		[LD_MODE_PRECOPY] = "precopy",
	};

	return names[mode];
}

enum ld_mode ld_mode_shown(enum ld_mode mode, bool streamed)
{
	if (mode != LD_MODE_PRECOPY)
		return mode;
	return streamed ? LD_MODE_FREEZE_KERNEL : LD_MODE_FREEZE;
}

const char *ld_mode_verdict(enum ld_mode mode)
{
	static const char *const verdicts[LD_NR_MODES] = {
		[LD_MODE_LIVE] = "live",
		[LD_MODE_FREEZE] = "point-in-time",
		[LD_MODE_FREEZE_KERNEL] = "kernel point-in-time",
	};

	return verdicts[mode];
}

const char *ld_page_type_name(enum ld_page_type type)
{
	static const char *const names[LD_NR_TYPES] = {
		[LD_TYPE_ABSENT] = "absent",
		[LD_TYPE_FREE] = "free",
		[LD_TYPE_USER] = "user",
		[LD_TYPE_CACHE] = "cache",
		[LD_TYPE_CACHE_PRIVATE] = "cache-private",
		[LD_TYPE_PGTABLE] = "page-table",
		[LD_TYPE_SLAB] = "slab",
		[LD_TYPE_RESERVED] = "reserved",
		[LD_TYPE_KERNEL] = "kernel",
	};

	return names[type];
}

struct stage_row {
	const char *name;
	bool at_frame;
};

static const struct stage_row stage_rows[LD_NR_STAGES] = {
	[LD_STAGE_START] = { "start", false },
	[LD_STAGE_ALLOCATE] = { "allocate", false },
	[LD_STAGE_PLAN] = { "plan", true },
	[LD_STAGE_CLASSIFY] = { "classify", true },
	[LD_STAGE_SKIP] = { "skip", true },
	[LD_STAGE_MEASURE] = { "measure", true },
	[LD_STAGE_SAMPLE] = { "sample", true },
	[LD_STAGE_READ] = { "read", true },
	[LD_STAGE_RECHECK] = { "recheck", true },
	[LD_STAGE_FREEZE] = { "freeze", true },
	[LD_STAGE_COMPARE] = { "compare", true },
	[LD_STAGE_WRITE] = { "write", false },
	[LD_STAGE_FLUSH] = { "flush", false },
};

const char *ld_stage_name(enum ld_stage stage)
{
	return stage_rows[stage].name;
}

bool ld_stage_at_frame(enum ld_stage stage)
{
	return stage_rows[stage].at_frame;
}

const char *ld_cause_name(enum ld_cause cause)
{
	static const char *const names[LD_NR_CAUSES] = {
		[LD_CAUSE_NONE] = "none",
		[LD_CAUSE_ERROR] = "error",
		[LD_CAUSE_SIGNAL] = "signal",
		[LD_CAUSE_SIZE] = "size",
		[LD_CAUSE_TIME] = "time",
		[LD_CAUSE_PRESSURE] = "pressure",
		[LD_CAUSE_MINFREE] = "minfree",
		[LD_CAUSE_SUSPEND] = "suspend",
		[LD_CAUSE_POLICY] = "policy",
	};

	return names[cause];
}

int dump_end_blame(struct dump_end *end, enum ld_stage stage, u64 at, int err)
{
	if (err && !end->err) {
		end->err = err;
		end->stage = stage;
		end->at = at;
	}
	return err;
}

void dump_pages_add(struct dump_pages *sum, const struct dump_pages *share)
{
	const u64 *from = (const u64 *)share;
	u64 *to = (u64 *)sum;

	_Static_assert(sizeof(*sum) % sizeof(u64) == 0, "struct dump_pages has other than u64");
	for (unsigned int i = 0; i < sizeof(*sum) / sizeof(u64); i++)
		to[i] += from[i];
}
