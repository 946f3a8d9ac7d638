# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs in drgn: print the stack of every task, as waitgraph --tasks does."""

from drgn import FaultError
from drgn.helpers.linux.pid import for_each_task

for task in for_each_task(prog):  # noqa: F821 (drgn's own)
    print(task.pid.value_(), task.comm.string_().decode(errors="replace"))
    try:
        print(prog.stack_trace(task))  # noqa: F821
    except (FaultError, ValueError, LookupError) as why:
        print(why)
