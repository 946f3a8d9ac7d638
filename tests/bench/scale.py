#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""scale.py: how the tools get on with more memory and more processors.

The recording is repeated K times (repeat.py).  All tools read it from memory and
write to memory, each in turn, and the best of the runs counts.  savecore, its
streaming (--memory 0), its verification and the limit run with 1, 2, 4 .. threads,
makedumpfile with each of these numbers too, of which the best is told.

It needs nothing but Python and what is beside it in a bundle, see tests/bench/scale.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
CODECS = ("zstd", "lzo", "zlib", "none")
MAKEDUMPFILE_FLAGS = {"zstd": ["-z"], "lzo": ["-l"], "zlib": ["-c"], "none": []}


def run(argv, out=None):
    """Seconds, CPU seconds and peak resident KiB of one run."""
    if out:
        out.unlink(missing_ok=True)
    start = time.monotonic()
    child = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{argv}: exit {child.returncode}: {text.decode(errors='replace')[-2000:]}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def best(args, argv, out):
    runs = []
    for _ in range(args.repetitions):
        runs.append(run(argv, out))
    seconds, cpu, _ = min(runs)
    return {"seconds": round(seconds, 4), "cpu_seconds": round(cpu, 4),
            "bytes": out.stat().st_size if out and out.exists() else 0,
            "peak_kib": max(r[2] for r in runs)}


def thread_counts():
    most, nr, counts = len(os.sched_getaffinity(0)), 1, []
    while nr < most:
        counts.append(nr)
        nr *= 2
    return counts + [most]


class Scale:
    def __init__(self, args, k):
        self.args, self.k, self.rows = args, k, []
        self.dir = Path(args.out) / f"image-{k}"
        shutil.rmtree(self.dir, ignore_errors=True)
        subprocess.run([sys.executable, HERE / "repeat.py", args.image, args.dump, str(k),
                        self.dir], check=True)
        self.out = Path(args.out) / "dump"
        self.kept = Path(args.out) / "kept"
        self.bin = Path(args.bin)
        run([self.bin / "savecore", "-L", "-C", "lzo", "--no-verify", "--no-why", "-f", "--proc",
             self.dir, "-o", self.kept])

    def add(self, codec, tool, threads, result):
        row = {"k": self.k, "codec": codec, "tool": tool, "threads": threads, **result}
        self.rows.append(row)
        print(f"{self.k:3} {codec:5} {tool:13}{threads:3}{row['seconds']:9.3f}"
              f"{row['cpu_seconds']:9.3f}{row['bytes'] / 1e6:9.1f}{row['peak_kib'] / 1024:9.1f}",
              flush=True)
        return row

    def savecore(self, codec, threads, *more):
        return best(self.args, [self.bin / "savecore", "-L", "-C", codec, "--threads", threads,
                                "--no-verify", "--no-why", "-f", "--proc", self.dir, "-o",
                                self.out, *more], self.out)

    def makedumpfile(self, codec):
        results = []
        for threads in (0, *thread_counts()[1:]) if not self.args.one_thread else (0,):
            argv = [self.bin / "makedumpfile", *MAKEDUMPFILE_FLAGS[codec], "-d", "31"]
            if threads:
                argv += ["--num-threads", threads]
            result = best(self.args, [*argv, self.dir / "kcore", self.out], self.out)
            results.append((result["seconds"], threads or 1, result))
        return min(results, key=lambda r: r[0])[1:]

    def measure(self, codec):
        for threads in thread_counts():
            self.add(codec, "savecore", threads, self.savecore(codec, threads))
            self.add(codec, "verify", threads,
                     best(self.args, [self.bin / "savecore", "--verify", self.out, "--threads",
                                      threads], None))
            self.add(codec, "streaming", threads, self.savecore(codec, threads, "--memory", "0"))
            self.add(codec, "limit", threads,
                     best(self.args, [self.bin / "limit", self.dir, self.kept, codec, threads,
                                      self.out], self.out))
        threads, result = self.makedumpfile(codec)
        self.add(codec, "makedumpfile", threads, result)

    def summary(self, codec):
        by = {(r["tool"], r["threads"]): r for r in self.rows if r["codec"] == codec}
        most = thread_counts()[-1]
        ours, peer = by["savecore", most]["seconds"], next(
            r for r in self.rows if r["codec"] == codec and r["tool"] == "makedumpfile")
        print(f"    {codec}: with {most} threads {by['savecore', 1]['seconds'] / ours:.1f} times as "
              f"fast as with one, {by['limit', most]['seconds'] / ours:.2f} of the limit, "
              f"{peer['seconds'] / ours:.1f} times as fast as makedumpfile", flush=True)


def main():
    parser = argparse.ArgumentParser()
    for name in ("image", "dump", "bin", "out", "json"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--codecs", nargs="+", default=CODECS)
    parser.add_argument("--one-thread", action="store_true",
                        help="run makedumpfile with one thread only: with more it may spin")
    args = parser.parse_args()
    Path(args.out).mkdir(parents=True, exist_ok=True)
    rows = []
    print(f"  k codec tool         thr   best s    cpu s       MB peak MiB")
    for k in args.copies:
        scale = Scale(args, k)
        for codec in args.codecs:
            scale.measure(codec)
            scale.summary(codec)
            Path(args.json).write_text(json.dumps(rows + scale.rows, indent=1) + "\n")
        rows += scale.rows
        for path in (scale.out, scale.kept):
            path.unlink(missing_ok=True)
        shutil.rmtree(scale.dir)


main()
