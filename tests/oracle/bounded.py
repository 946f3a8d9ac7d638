# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Walks of a dump's lists that end, also where the list runs in a circle.

In a torn dump a list may lead back to an element in its middle, and never to its
head. Runs in drgn; imported by the scripts beside it.
"""

# Far more than any list of a guest has.
LONGEST = 1000000


class CircleError(Exception):
    """A list comes to an element for the second time."""


def bounded(elements, name, longest=LONGEST):
    """Yield @elements, which are drgn pointers, until one comes for the second time."""
    seen = set()
    for element in elements:
        address = element.value_()
        if address in seen:
            raise CircleError(f"{name} runs in a circle: {address:#x} comes twice, "
                              f"after {len(seen)} elements")
        if len(seen) >= longest:
            raise CircleError(f"{name} has more than {longest} elements")
        seen.add(address)
        yield element
