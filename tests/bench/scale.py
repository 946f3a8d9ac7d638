#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""scale.py: how the tools get on with more memory and more processors.

The recording is repeated K times (repeat.py).  All tools read it from memory and
write to memory, each in turn, and the best of the runs counts.  savecore, its
streaming (--memory 0), its verification and the limit run with 1, 2, 4 .. threads,
makedumpfile with each of these numbers too, of which the best is told.  With more than
one thread makedumpfile is aborted by its C library now and then, or never ends: that
number is then left out.  Whatever else fails is left out, too, and makes the exit status 1.
Targets that were missed are told at the end.

It needs nothing but Python and what is beside it in a bundle, see tests/bench/scale.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from quiet import touch_memory, wait_for_quiet

HERE = Path(__file__).resolve().parent
CODECS = ("zstd", "lzo", "zlib", "none")
MAKEDUMPFILE_FLAGS = {"zstd": ["-z"], "lzo": ["-l"], "zlib": ["-c"], "none": []}
PAGE = 4096
# So many seconds mean that a tool never ends.
LIMIT = 600

# The targets: of the limit, and times as fast as one thread, both with THREADS threads, or
# with the most there are: then FOLD does not count.
THREADS = 16
OF_LIMIT = {"zstd": 0.85, "lzo": 0.7, "none": 0.9}
FOLD = {"zstd": 12}
# More threads may take so much longer: the noise of the best of some runs.
SLOWER = 1.05
# What may be resident beside the pages that are read ahead: savecore's own estimate
# (savecore/limits/memory.c: process, threads, bitmaps), and its libraries.
PROCESS_KIB, THREAD_KIB, FRAME_BITS = (4 + 12) << 10, 7 << 10, 4


class Failed(Exception):
    """A run of a tool failed. The text says how."""


def run(argv, out, touch):
    """Seconds, CPU seconds, peak resident KiB and standard output of one run, once @touch
    bytes of memory are there."""
    if out:
        out.unlink(missing_ok=True)
    touch_memory(touch)
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as log:
        start = time.monotonic()
        child = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL,
                                 stdout=said, stderr=log)
        timer = threading.Timer(LIMIT, os.kill, (child.pid, signal.SIGKILL))
        timer.start()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - start
        timer.cancel()
        text, why = (f.seek(0) or f.read().decode(errors="replace") for f in (said, log))
    child.returncode = os.waitstatus_to_exitcode(status)
    if seconds >= LIMIT:
        raise Failed(f"no end after {LIMIT} seconds")
    if child.returncode:
        raise Failed(f"exit {child.returncode}: {(text + why)[-2000:].strip()}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, text


def thread_counts():
    most, nr, counts = len(os.sched_getaffinity(0)), 1, []
    while nr < most:
        counts.append(nr)
        nr *= 2
    return counts + [most]


class Scale:
    """The measurements of one K."""

    def __init__(self, args, k):
        self.args, self.k = args, k
        self.rows, self.missed, self.failed, self.touch = [], [], [], 0
        self.dir = Path(args.out) / f"image-{k}"
        self.out = Path(args.out) / "dump"
        self.kept = Path(args.out) / "kept"
        self.bin = Path(args.bin)
        shutil.rmtree(self.dir, ignore_errors=True)
        subprocess.run([sys.executable, HERE / "repeat.py", args.image, args.dump, str(k),
                        self.dir], check=True)
        self.frames = (self.dir / "kpageflags").stat().st_size // 8

    def set_up(self):
        """Take the dump whose pages the limit reads. One without compression shows how much
        a tool may hold and write."""
        run(self.dump_command("none", 1), self.out, 0)
        self.touch = 2 * self.out.stat().st_size + (256 << 20)
        run(self.dump_command("lzo", 1), self.out, 0)
        self.out.replace(self.kept)

    def dump_command(self, codec, threads, *more):
        return [self.bin / "savecore", "-L", "--json", "-C", codec, "--threads", threads,
                "--no-verify", "--no-why", "-f", "--proc", self.dir, "-o", self.out, *more]

    def best(self, argv, out):
        """The best of the runs, and what the last of them printed."""
        runs = [run(argv, out, self.touch) for _ in range(self.args.repetitions)]
        seconds, cpu, *_ = min(runs)
        return {"seconds": round(seconds, 4), "cpu_seconds": round(cpu, 4),
                "bytes": out.stat().st_size if out and out.exists() else 0,
                "peak_kib": max(r[2] for r in runs)}, runs[-1][3]

    def add(self, codec, tool, threads, result):
        row = {"k": self.k, "codec": codec, "tool": tool, "threads": threads, **result}
        self.rows.append(row)
        print(f"{self.k:3} {codec:5} {tool:13}{threads:3}{row['seconds']:9.3f}"
              f"{row['cpu_seconds']:9.3f}{row['bytes'] / 1e6:9.1f}{row['peak_kib'] / 1024:9.1f}",
              flush=True)

    def name(self, codec, tool, threads):
        return f"K={self.k}, {codec}, {tool} with {threads} threads"

    def measure_one(self, codec, tool, threads, argv, out):
        """Add a row. Returns what the tool printed, or None if it failed."""
        try:
            result, text = self.best(argv, out)
        except Failed as error:
            self.failed.append(f"{self.name(codec, tool, threads)}: {error}")
            print(f"failed: {self.failed[-1]}", flush=True)
            return None
        self.add(codec, tool, threads, result)
        return text

    def measure_dump(self, codec, tool, threads, *more):
        """Add a row of savecore's. Returns whether there is a dump."""
        text = self.measure_one(codec, tool, threads, self.dump_command(codec, threads, *more),
                                self.out)
        if text is None:
            return False
        bound = (json.loads(text)["pages_read_ahead"] * PAGE // 1024 + PROCESS_KIB +
                 threads * THREAD_KIB + self.frames * FRAME_BITS // 8 // 1024)
        peak = self.rows[-1]["peak_kib"]
        if peak > bound:
            self.missed.append(f"{self.name(codec, tool, threads)}: {peak / 1024:.0f} MiB "
                               f"of memory, not {bound / 1024:.0f}")
        return True

    def makedumpfile(self, codec):
        """Add a row for the number of threads that is best."""
        results = []
        for threads in (0, *thread_counts()[1:]) if not self.args.one_thread else (0,):
            argv = [self.bin / "makedumpfile", *MAKEDUMPFILE_FLAGS[codec], "-d", "31"]
            if threads:
                argv += ["--num-threads", threads]
            try:
                result, _ = self.best([*argv, self.dir / "kcore", self.out], self.out)
            except Failed as error:
                print(f"left out: {self.name(codec, 'makedumpfile', threads or 1)}: {error}",
                      flush=True)
                continue
            results.append((result["seconds"], threads or 1, result))
        if results:
            self.add(codec, "makedumpfile", *min(results, key=lambda r: r[0])[1:])
        else:
            self.failed.append(f"K={self.k}, {codec}, makedumpfile with any number of threads")

    def measure(self, codec):
        wait_for_quiet()
        for threads in thread_counts():
            if self.measure_dump(codec, "savecore", threads):
                self.measure_one(codec, "verify", threads,
                                 [self.bin / "savecore", "--verify", self.out, "--threads",
                                  threads], None)
            self.measure_dump(codec, "streaming", threads, "--memory", "0")
            self.measure_one(codec, "limit", threads,
                             [self.bin / "limit", self.dir, self.kept, codec, threads, self.out],
                             self.out)
        self.makedumpfile(codec)

    def seconds(self, codec, tool):
        """By number of threads."""
        return {r["threads"]: r["seconds"] for r in self.rows
                if (r["codec"], r["tool"]) == (codec, tool)}

    def summary(self, codec):
        """Print how a codec gets on, and note the targets that were missed."""
        ours, limit = self.seconds(codec, "savecore"), self.seconds(codec, "limit")
        counts = thread_counts()
        most = THREADS if THREADS in counts else counts[-1]
        if not {1, most} <= set(ours) or most not in limit:
            print(f"    {codec}: not all was measured", flush=True)
            return
        fold, share = ours[1] / ours[most], limit[most] / ours[most]
        peer = "".join(f", {s / ours[most]:.1f} times as fast as makedumpfile"
                       for s in self.seconds(codec, "makedumpfile").values())
        print(f"    {codec}: with {most} threads {fold:.1f} times as fast as with one, "
              f"{share:.2f} of the limit{peer}", flush=True)
        name = self.name(codec, "savecore", most)
        if share < OF_LIMIT.get(codec, 0):
            self.missed.append(f"{name}: {share:.2f} of the limit, not {OF_LIMIT[codec]}")
        if most == THREADS and fold < FOLD.get(codec, 0):
            self.missed.append(f"{name}: {fold:.1f} times as fast as with one, not {FOLD[codec]}")

    def check_threads(self, codec):
        """More threads are never slower."""
        for tool in ("savecore", "streaming", "verify"):
            times = sorted(self.seconds(codec, tool).items())
            for (few, before), (more, after) in zip(times, times[1:]):
                if after > before * SLOWER:
                    self.missed.append(f"{self.name(codec, tool, more)}: {after:.3f} s, "
                                       f"with {few} {before:.3f} s")

    def clean_up(self):
        for path in (self.out, self.kept):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.dir)


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
    rows, missed, failed = [], [], []
    print("  k codec tool         thr   best s    cpu s       MB peak MiB")
    for k in args.copies:
        scale = Scale(args, k)
        try:
            scale.set_up()
            for codec in args.codecs:
                scale.measure(codec)
                scale.summary(codec)
                scale.check_threads(codec)
                Path(args.json).write_text(json.dumps(rows + scale.rows, indent=1) + "\n")
        except Failed as error:
            scale.failed.append(f"K={k}: the dump to measure with: {error}")
        rows += scale.rows
        missed += scale.missed
        failed += scale.failed
        scale.clean_up()
    for line in missed:
        print(f"target missed: {line}")
    if failed:
        sys.exit("\n".join(f"failed: {line}" for line in failed))


main()
