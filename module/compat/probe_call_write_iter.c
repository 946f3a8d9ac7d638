// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/fs.h>

ssize_t probe(struct file *file, struct kiocb *iocb, struct iov_iter *iter);
ssize_t probe(struct file *file, struct kiocb *iocb, struct iov_iter *iter)
{
	return call_write_iter(file, iocb, iter);
}
