// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verify_json.c - what a verification found, as JSON.
 */
#include "verify_json.h"

void json_put_verified(json_t *object, const struct verify_report *report)
{
	const struct ld_seal *seal = &report->seal;

	json_put_text(object, "format", report->format);
	json_put_text(object, "mode", ld_mode_name(seal->mode));
	json_put_text(object, "verdict", info_verdict(seal->mode, report->incomplete));
	json_put_bool(object, "devices_checked", verify_unseen(seal) != VERIFY_UNKNOWN);
	json_put_number(object, "pages_written_by_devices",
			verify_unseen(seal) != VERIFY_UNKNOWN ? seal->unseen : 0);
	json_put_bool(object, "complete", !report->incomplete);
	json_put_bool(object, "content_compared", !report->uncompared);
	json_put_text(object, "kernel_release", report->release);
	if (report->reason[0])
		json_put_text(object, "reason", report->reason);
	json_put_number(object, "file_bytes", seal->file_bytes);
	json_put_number(object, "pages_kept", report->pages);
	json_put_number(object, "pause_us", seal->pause_ns / 1000);
	json_put_number(object, "verify_us", report->elapsed_ns / 1000);
}
