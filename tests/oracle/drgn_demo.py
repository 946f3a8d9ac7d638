# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs inside drgn: show the deadlock that a dump holds.

Exits 1 when there is none: no two tasks that each wait for what the other
owns.  All is read from the dump: tasks, stacks, mutexes and their owners.
"""

import sys

from drgn.helpers.linux.pid import find_task

import drgn_read

prog = drgn_read.prog


def show_stack(tid):
    for frame in prog.stack_trace(find_task(prog, tid)):
        if frame.pc < 1 << 63:
            break
        if frame.is_inline:
            continue
        try:
            path, line, _ = frame.source()
            where = f"{path.rpartition('/')[2]}:{line}"
        except LookupError:
            where = ""
        print(f"      {drgn_read.frame_names(frame)[0]:<40} {where}")


def main():
    waits = {b["tid"]: b for b in drgn_read.blocked()}
    pairs = [(a, b) for a, x in waits.items() for b, y in waits.items()
             if a < b and x["owner"] == b and y["owner"] == a]
    for tid, b in sorted(waits.items()):
        owner = find_task(prog, b["owner"])
        print(f"  {b['comm']} (pid {tid}) is blocked")
        print(f"      wants   {b['name']}, a struct mutex at {b['mutex']:#x}")
        print(f"      owned by {drgn_read.text(owner.comm)} (pid {b['owner']})")
        show_stack(tid)
        print()
    if not pairs:
        print("  no deadlock in this dump")
        sys.exit(1)
    for a, b in pairs:
        print(f"  Deadlock: {waits[a]['comm']} holds {waits[b]['name']} and wants "
              f"{waits[a]['name']};")
        print(f"            {waits[b]['comm']} holds {waits[a]['name']} and wants "
              f"{waits[b]['name']}.")


if __name__ == "__main__":
    main()
