# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs in drgn: walk every task of a dump, and write what was found as JSON.

The tasks are walked three times: by the table of PIDs, as the readers do it, and by
the list of thread group leaders, forwards and backwards. The table may be whole
where the list is torn. A task that only one of them has began or ended during the
dump; judge knows which had to be there. What the processors run must be tasks, too:
crash lists them.

A zombie that has left its processor for good has given its stack back, and is
counted as stackless. A task that has never run has one frame, that of the
return from fork.
"""

import json
import sys

from bounded import CircleError, bounded
from drgn import FaultError, get_default_prog
from drgn.helpers.linux.cpumask import for_each_possible_cpu
from drgn.helpers.linux.list import (list_for_each_entry,
                                     list_for_each_entry_reverse)
from drgn.helpers.linux.percpu import per_cpu
from drgn.helpers.linux.pid import find_task, for_each_task

prog = get_default_prog()

tasks, listed, backwards = [], [], []
broken, torn, newborn, unwound, stackless, stuck = [], [], [], 0, 0, []


def look_at(task):
    global unwound, stackless  # pylint: disable=global-statement
    tid = task.pid.value_()
    try:
        task.comm.string_()
        task.mm.value_()
        tasks.append(tid)
    except FaultError as error:
        broken.append(f"tid {tid}: {error}")
        return
    if task.exit_state and not task.stack:
        stackless += 1
        return
    try:
        trace = prog.stack_trace(task)
        unwound += len(trace) > 0
        if len(trace) == 1 and not task.nvcsw and not task.nivcsw:
            newborn.append(tid)
    except (FaultError, LookupError, ValueError) as error:
        stuck.append(f"tid {tid}: {error}")


def walk_table():
    for task in bounded(for_each_task(prog), "the table of PIDs"):
        look_at(task)


def walk_list(name, each, tids):
    head = prog["init_task"].tasks.address_of_()
    for leader in bounded(each("struct task_struct", head, "tasks"), name):
        try:
            threads = leader.signal.thread_head.address_of_()
            for task in bounded(list_for_each_entry("struct task_struct", threads, "thread_node"),
                                f"the list of threads of {leader.pid.value_()}"):
                tids.append(task.pid.value_())
        except FaultError:
            continue  # one that was ending; any other is missing from tids, as judge sees


def look_at_running():
    for cpu in for_each_possible_cpu(prog):
        queue = per_cpu(prog["runqueues"], cpu)
        task = queue.curr
        try:
            # One that ends has left the table, but has its stack as long as it runs.
            if task == queue.idle or task.stack and \
                    (task.exit_state or find_task(prog, task.pid) == task):
                continue
        except FaultError:
            pass
        torn.append(f"processor {cpu} runs {task.value_():#x}, which is no task")


def attempt(walk, errors):
    try:
        walk()
    except CircleError as error:
        errors.append(str(error))
    except Exception as error:  # pylint: disable=broad-except
        errors.append(f"walk: {type(error).__name__}: {error}")


attempt(walk_table, broken)
attempt(lambda: walk_list("the list of tasks", list_for_each_entry, listed), torn)
attempt(lambda: walk_list("the list of tasks, backwards", list_for_each_entry_reverse,
                          backwards), torn)
attempt(look_at_running, torn)

with open(sys.argv[1], "w", encoding="utf-8") as out:
    json.dump({"tasks": tasks, "listed": listed, "backwards": backwards, "broken": broken,
               "torn": torn, "newborn": newborn, "unwound": unwound,
               "stackless": stackless, "stuck": stuck}, out)
