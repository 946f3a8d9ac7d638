# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs in drgn: every task that waits for a mutex, its stack, and the owner."""

from drgn import Object
from drgn.helpers.linux.pid import for_each_task



def lock_name(address):
    """By its symbol; drgn 0.0.31 has none for a 6.12 module's data."""
    try:
        return prog.symbol(address).name  # noqa: F821 (drgn's own)
    except LookupError:
        for name in ("abba_lock_a", "abba_lock_b"):
            if prog[name].address_ == address:  # noqa: F821
                return name
        return hex(address)


waits = {}
for task in for_each_task(prog):  # noqa: F821
    if task.__state.value_() != 2:  # TASK_UNINTERRUPTIBLE
        continue
    trace = prog.stack_trace(task)  # noqa: F821
    for frame in trace:
        if not (frame.name or "").startswith("__mutex_lock"):
            continue
        lock = frame["lock"]
        if lock.absent_:
            continue
        owner = Object(prog, "struct task_struct *",  # noqa: F821
                       lock.owner.counter.value_() & ~7)
        name = lock_name(lock.value_())
        waits[task.pid.value_()] = owner.pid.value_()
        print(f"PID {task.pid.value_()} ({task.comm.string_().decode()}) waits "
              f"for {name}, which PID {owner.pid.value_()} holds")
        for i, each in enumerate(trace):
            where = f"  {each.source()[0]}:{each.source()[1]}" if each.is_inline else ""
            print(f"    #{i:<2} {each.name}{where}")
        break

for pid, owner in waits.items():
    if waits.get(owner) == pid and pid < owner:
        print(f"PIDs {pid} and {owner}: each waits for the other, and neither ever wakes up")
