/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * write.h - the stages WRITE and FLUSH: write the dump.
 */
#ifndef LIVEDUMP_WRITE_H
#define LIVEDUMP_WRITE_H

#include "pipeline.h"

/*
 * Begin to write before the keep map is final, with p->early, which is open: @kept page
 * frames are kept by the plan, and up to @spare more may come. Only if
 * ld_write_can_begin() says so. Returns 0, or a negative errno with its cause in the
 * result.
 */
bool ld_write_can_begin(const struct ld_pipeline *p);
int ld_write_begin(struct ld_pipeline *p, u64 kept, u64 spare);

/*
 * Write the page frames of the chunk of @worker, which were copied just now, and make
 * records of them in p->early. *@page is the first of these, or NULL if there is no room
 * for them, and nothing was written. Returns 0, or a negative errno with its cause in the
 * worker.
 */
int ld_write_early(struct ld_pipeline *p, unsigned int worker, struct ld_early_page **page);

/*
 * Pass each page frame of the keep map, which is final, to the format. The
 * format compresses and writes it. The content comes from the page buffer, is in the
 * file already, or is read now if it is in neither. Then finish the dump. A dump that is
 * cut short is finished as an incomplete one if the request wants partial dumps.
 * Returns 0, or a negative errno with its cause in the result.
 */
int ld_write(struct ld_pipeline *p);

/* Free what ld_write_begin() or ld_write() have opened. If the dump fails with @err, set why. */
void ld_write_close(struct ld_pipeline *p, int err);

#endif
