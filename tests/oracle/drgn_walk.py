# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs in drgn: walk every task of a dump, and write what was found as JSON.

A zombie that has left its processor for good has given its stack back, and is
counted as stackless. A task that has never run has one frame, that of the
return from fork.
"""

import json
import sys

from drgn import FaultError
from drgn.helpers.linux.pid import for_each_task

tasks, broken, newborn, unwound, stackless, stuck = [], [], [], 0, 0, []
try:
    for task in for_each_task(prog):  # noqa: F821 (drgn's own)
        tid = task.pid.value_()
        try:
            task.comm.string_()
            task.mm.value_()
            tasks.append(tid)
        except FaultError as error:
            broken.append(f"tid {tid}: {error}")
            continue
        if task.exit_state and not task.stack:
            stackless += 1
            continue
        try:
            trace = prog.stack_trace(task)  # noqa: F821
            unwound += len(trace) > 0
            if len(trace) == 1 and not task.nvcsw and not task.nivcsw:
                newborn.append(tid)
        except (FaultError, LookupError, ValueError) as error:
            stuck.append(f"tid {tid}: {error}")
except Exception as error:  # pylint: disable=broad-except
    broken.append(f"walk: {type(error).__name__}: {error}")

with open(sys.argv[1], "w", encoding="utf-8") as out:
    json.dump({"tasks": tasks, "broken": broken, "newborn": newborn, "unwound": unwound,
               "stackless": stackless, "stuck": stuck}, out)
