/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * write.h - the stages WRITE and FLUSH: write the dump.
 */
#ifndef LIVEDUMP_WRITE_H
#define LIVEDUMP_WRITE_H

#include "pipeline.h"

/*
 * Pass each page frame of the keep map, which is final, to the format. The
 * format compresses and writes it. The content comes from the page buffer, or
 * is read now if it is not there. Then finish the dump. A dump that is cut
 * short is finished as an incomplete one if the request wants partial dumps.
 * Returns 0, or a negative errno with its cause in the result.
 */
int ld_write(struct ld_pipeline *p);

#endif
