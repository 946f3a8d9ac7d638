# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs in drgn: walk every task of a dump, and write what was found as JSON."""

import json
import sys

from drgn import FaultError
from drgn.helpers.linux.pid import for_each_task

tasks, broken, unwound, stuck = [], [], 0, []
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
        try:
            unwound += len(prog.stack_trace(task)) > 0  # noqa: F821
        except (FaultError, LookupError, ValueError) as error:
            stuck.append(f"tid {tid}: {error}")
except Exception as error:  # pylint: disable=broad-except
    broken.append(f"walk: {type(error).__name__}: {error}")

with open(sys.argv[1], "w", encoding="utf-8") as out:
    json.dump({"tasks": tasks, "broken": broken, "unwound": unwound,
               "stuck": stuck}, out)
