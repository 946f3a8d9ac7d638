/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * device.h - /dev/livedump.
 */
#ifndef LIVEDUMP_DEVICE_H
#define LIVEDUMP_DEVICE_H

int livedump_device_init(void);
void livedump_device_exit(void);

#endif
