# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""quiet.py: has the machine ready before a benchmark runs a tool: quiet, and its memory
there."""

import os
import subprocess
import sys
import time
from pathlib import Path

BUSY, BUSY_WAIT = 0.1, 600
TOUCH = """
import mmap, sys
memory = mmap.mmap(-1, int(sys.argv[1]), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
memory.madvise(mmap.MADV_HUGEPAGE)
for at in range(0, len(memory), mmap.PAGESIZE):
    memory[at] = 1
"""


def others_load():
    """How many processors' worth of work others do, over two seconds."""
    def busy():
        fields = [int(f) for f in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
        return sum(fields[:3]) + sum(fields[5:8])
    start = busy()
    time.sleep(2)
    return (busy() - start) / os.sysconf("SC_CLK_TCK") / 2


def wait_for_quiet():
    end = time.monotonic() + BUSY_WAIT
    while (load := others_load()) > BUSY:
        if time.monotonic() > end:
            print(f"others keep {load:.1f} processors busy: do not trust these times")
            return


def available_bytes():
    """MemAvailable."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) << 10
    return 0


def touch_memory(size):
    """Have the machine's memory there, @size bytes but not all there is: the host of a
    virtual machine takes back what is free, and gives it anew a page at a time, which takes
    longer than the dump."""
    size = min(size, available_bytes() * 3 // 4)
    if size:
        subprocess.run([sys.executable, "-c", TOUCH, str(size)], check=True)
