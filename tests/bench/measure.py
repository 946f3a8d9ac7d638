#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""measure.py: run the tools on one image in turns, measure, print a table.

All tools read the same file, which is in the page cache, and write to the
same file system; the file is removed after each run.  "seconds" is the best
of the repetitions, as noise only ever adds to it.  "streaming" is savecore
with --memory 0, which shows what it costs to read ahead.  makedumpfile runs with
one thread: with --num-threads 2 it took 3 to 10 times as long, and was aborted by
its C library now and then.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from quiet import touch_memory, wait_for_quiet

THREADS = 2
# Codec, dump level, how many times fewer repetitions.
ROWS = (("zstd", 31, 1), ("lzo", 31, 1), ("zlib", 31, 1), ("none", 31, 1), ("zstd", 1, 2))
MAKEDUMPFILE_FLAGS = {"zstd": ["-z"], "lzo": ["-l"], "zlib": ["-c"], "none": []}
SPEEDUP, OF_LIMIT = 1.9, 0.9
# More memory than a tool and its dump need.
TOUCH_BYTES = 1536 << 20


def run(argv, out):
    """Seconds, peak resident KiB, size of the output, and CPU seconds of one run."""
    out.unlink(missing_ok=True)
    touch_memory(TOUCH_BYTES)
    with open(os.devnull) as null, open(str(out) + ".log", "w+b") as log:
        start = time.monotonic()
        child = subprocess.Popen(argv, stdin=null, stdout=log, stderr=log)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            log.seek(0)
            sys.exit(f"{' '.join(argv)}: exit {child.returncode}: "
                     f"{log.read().decode(errors='replace')}")
    size = out.stat().st_size
    out.unlink()
    if not size:
        sys.exit(f"{' '.join(argv)}: wrote nothing")
    return seconds, usage.ru_maxrss, size, usage.ru_utime + usage.ru_stime


def commands(args, codec, level, kept, out):
    image = args.image
    return {
        "savecore": (THREADS, ["build/savecore", "-L", "-C", codec, "-d", str(level),
                               "--threads", str(THREADS), "--no-verify", "--no-why", "--proc", image,
                               "-o", out]),
        "streaming": (THREADS, ["build/savecore", "-L", "-C", codec, "-d", str(level),
                                "--memory", "0", "--threads", str(THREADS),
                                "--no-verify", "--no-why", "--proc", image, "-o", out]),
        "makedumpfile": (1, [args.makedumpfile, *MAKEDUMPFILE_FLAGS[codec], "-d", str(level),
                             f"{image}/kcore", out]),
        "limit": (THREADS, ["build/bench/limit", image, kept, codec, str(THREADS), out]),
    }


def measure(args, codec, level, share):
    out = Path(args.out) / "dump"
    kept = Path(args.out) / f"kept-{level}"
    if not kept.exists():
        subprocess.run(["build/savecore", "-L", "-C", "lzo", "-d", str(level), "--no-verify",
                        "--proc", args.image, "-o", str(kept)], check=True, capture_output=True)
    tools = commands(args, codec, level, str(kept), str(out))
    samples = {tool: [] for tool in tools}
    wait_for_quiet()
    for _ in range(max(2, args.repetitions // share)):
        for tool, (_, argv) in tools.items():
            samples[tool].append(run(argv, out))
    rows = []
    for tool, runs in samples.items():
        seconds = [r[0] for r in runs]
        rows.append({"tool": tool, "codec": codec, "level": level,
                     "threads": tools[tool][0], "seconds": round(min(seconds), 3),
                     "seconds_median": round(statistics.median(seconds), 3),
                     "seconds_cpu": round(min(r[3] for r in runs), 3),
                     "bytes": runs[-1][2], "peak_kib": max(r[1] for r in runs)})
    return rows


def report(rows):
    """Print one codec's rows and how they compare. Returns what was missed."""
    by = {r["tool"]: r for r in rows}
    for r in rows:
        print(f"{r['codec']:6}{r['level']:5}  {r['tool']:13}{r['threads']:3}"
              f"{r['seconds']:9.3f}{r['seconds_median']:9.3f}{r['seconds_cpu']:8.3f}"
              f"{r['bytes'] / 1e6:10.1f}{r['peak_kib'] / 1024:9.1f}")
    ours, peer, limit = by["savecore"], by["makedumpfile"], by["limit"]
    speedup = peer["seconds"] / ours["seconds"]
    of_limit = limit["seconds"] / ours["seconds"]
    size = ours["bytes"] / peer["bytes"]
    print(f"{'':13}{speedup:.2f} times as fast as makedumpfile, {of_limit:.2f} of the limit "
          f"({limit['seconds'] / by['streaming']['seconds']:.2f} without reading ahead), "
          f"{size:.3f} of makedumpfile's size")
    name = f"{ours['codec']} at level {ours['level']}"
    missed = []
    if speedup < SPEEDUP:
        missed.append(f"{name}: {speedup:.2f} times as fast, not {SPEEDUP}")
    if of_limit < OF_LIMIT:
        missed.append(f"{name}: {of_limit:.2f} of the limit, not {OF_LIMIT}")
    if size > 1:
        missed.append(f"{name}: {size:.3f} of makedumpfile's size")
    return missed


def main():
    parser = argparse.ArgumentParser()
    for name in ("image", "makedumpfile", "out", "json"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--repetitions", type=int, required=True)
    args = parser.parse_args()
    subprocess.run(["cat", f"{args.image}/kcore", f"{args.image}/kpageflags"],
                   stdout=subprocess.DEVNULL, check=True)
    print(f"{'codec':6}{'level':>5}  {'tool':13}{'thr':>3}{'best s':>9}{'median s':>9}{'cpu s':>8}"
          f"{'MB':>10}{'peak MiB':>9}")
    rows, missed = [], []
    for codec, level, share in ROWS:
        part = measure(args, codec, level, share)
        missed += report(part)
        rows += part
        sys.stdout.flush()
    for line in missed:
        print(f"target missed: {line}")
    Path(args.json).write_text(json.dumps(rows, indent=1) + "\n")


main()
