/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * codecs.h - the compression libraries of the host, under one set of names.
 * Only the codec_*.c files include it.
 */
#ifndef LIVEDUMP_PORT_CODECS_H
#define LIVEDUMP_PORT_CODECS_H

#ifdef __KERNEL__
#include "codecs_kernel.h"
#else
#include "codecs_user.h"
#endif

#endif
