# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs in drgn: where to write what, so that the list of tasks runs in a circle.

Prints the physical address of the word and its new value. It is the next pointer of
the tenth task, which then leads back to the third.
"""

from drgn import get_default_prog
from drgn.helpers.linux.list import list_for_each_entry
from drgn.helpers.linux.mm import virt_to_phys

prog = get_default_prog()
head = prog["init_task"].tasks.address_of_()
tasks = list(list_for_each_entry("struct task_struct", head, "tasks"))
field = tasks[9].tasks.next.address_of_()
print(f"{virt_to_phys(field).value_():#x} {tasks[2].tasks.address_of_().value_():#x}")
