/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tlb.h - have the kernel forget on which processors this process ran.
 *
 * Who unmaps memory, forks, or writes to a page that is a copy so far, waits until other
 * processors have flushed it from their TLBs. From Linux 6.14 on these are all that have run
 * the process, however long ago: it asks them at most once a second, and then forgets those
 * that do not run it any more, unless they are idle (arch/x86/mm/tlb.c, should_flush_tlb()).
 * One that hears no interrupts does not answer. Then the process waits in the kernel, where it
 * cannot be killed, on a processor that runs nothing else. So a process that waits for the day
 * on which something hangs asks them before. Only the processor that it ran on last is left.
 */
#ifndef LIVEDUMP_TLB_H
#define LIVEDUMP_TLB_H

#define TLB_SETTLE_MS	2000

void tlb_forget(void);

/*
 * Wait until @fd can be read, a signal comes, or TLB_SETTLE_MS are over. Then forget: what the
 * process waits for has not come yet.
 */
void tlb_settle(int fd);

#endif
