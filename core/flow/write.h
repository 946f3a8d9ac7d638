/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * write.h - the stages WRITE and FLUSH: the dump itself.
 */
#ifndef LIVEDUMP_WRITE_H
#define LIVEDUMP_WRITE_H

#include "pipeline.h"

/*
 * Give each page frame of the keep map, which is final, to the format, which
 * has it compressed and written: from the page buffer, or read now if it is not
 * there. Then finish the dump. If it is cut short and the request wants partial
 * dumps it is finished as an incomplete one. Returns 0, or a negative errno with
 * its cause in the result.
 */
int ld_write(struct ld_pipeline *p);

#endif
