# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs in drgn: is the data of the module pairs consistent?  Prints one line:

    pairs=N mismatched=M list=ok|broken steps=S
"""

from drgn import FaultError
from drgn.helpers.linux.list import list_for_each_entry

NODES = 64

a, b = prog["pairs_a"], prog["pairs_b"]  # noqa: F821 (drgn's own)
values = [(a[i][0].value_(), b[i][0].value_()) for i in range(len(a))]
mismatched = sum(x != y for x, y in values)
try:
    nodes = []
    for node in list_for_each_entry("struct pairs_node",
                                    prog["pairs_list"].address_of_(),  # noqa: F821
                                    "link"):
        nodes.append(node.value.value_())
        if len(nodes) > NODES:
            break
    total = prog["pairs_sum"][0].value_()  # noqa: F821
    good = len(nodes) == NODES and sum(nodes) % 2**64 == total
except FaultError:
    good = False
print(f"pairs={len(values)} mismatched={mismatched} "
      f"list={'ok' if good else 'broken'} steps={max(x for x, _ in values)}")
