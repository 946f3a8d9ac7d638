#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""engines.py DIR JSON: the tables of tests/bench/engines, and JSON.

"seconds" and "cpu_seconds" are the least of the repetitions, as noise only
ever adds to them; memory is the most.
"""

import json
import sys
from pathlib import Path

SPEEDUP = 1.5
EXTRA_KIB = 32 * 1024


def read_rows(path):
    rows = {}
    for line in path.read_text().splitlines():
        tool, engine, level, codec, *values = line.split("\t")
        seconds, cpu, size, extra, more = map(float, values)
        row = rows.setdefault((int(level), codec, tool), {
            "tool": tool, "engine": engine, "level": int(level), "codec": codec,
            "seconds": seconds, "cpu_seconds": cpu, "bytes": int(size),
            "extra_kib": int(extra), "system_kib": int(more), "runs": 0})
        row["seconds"] = min(row["seconds"], seconds)
        row["cpu_seconds"] = min(row["cpu_seconds"], cpu)
        row["bytes"] = int(size)
        row["extra_kib"] = max(row["extra_kib"], int(extra))
        row["system_kib"] = max(row["system_kib"], int(more))
        row["runs"] += 1
    return rows


def print_rows(rows):
    print(f"{'level':>5} {'codec':6}{'tool':13}{'runs':>5}{'seconds':>9}{'cpu s':>8}{'MB':>9}"
          f"{'MB/s':>8}{'extra KiB':>11}{'system KiB':>11}")
    for key in sorted(rows, key=lambda k: (-k[0], k[1])):
        r = rows[key]
        print(f"{r['level']:5} {r['codec']:6}{r['tool']:13}{r['runs']:5}{r['seconds']:9.2f}"
              f"{r['cpu_seconds']:8.2f}{r['bytes'] / 1e6:9.1f}"
              f"{r['bytes'] / 1e6 / r['seconds']:8.0f}{r['extra_kib']:11}{r['system_kib']:11}")


def targets(rows):
    for level, codec in sorted({k[:2] for k in rows}, reverse=True):
        ours = rows[level, codec, "ldump"]
        others = {t: r["seconds"] / ours["seconds"]
                  for (lv, c, t), r in rows.items() if (lv, c) == (level, codec) and t != "ldump"}
        print(f"level {level}, {codec}: the module is " + ", ".join(
            f"{v:.2f} times as fast as {t}" for t, v in sorted(others.items())))
        if level == 31:
            yield f"{codec}: {SPEEDUP} times as fast as kcore", others["savecore"] >= SPEEDUP
            yield f"{codec}: the fastest at level 31", min(others.values()) > 1
        elif "lime" in others:
            rate = ours["bytes"] / ours["seconds"]
            lime = rows[level, codec, "lime"]
            yield "level 0: LiME's rate", rate >= lime["bytes"] / lime["seconds"]
        yield f"level {level}, {codec}: extra memory", ours["extra_kib"] <= EXTRA_KIB


def beside(path):
    rates = {}
    for line in path.read_text().splitlines():
        work, engine, rate, dumps = line.split("\t")
        best = rates.setdefault((work, engine), [0.0, 0])
        best[0] = max(best[0], float(rate))
        best[1] += int(dumps)
    print(f"\n{'work':5}{'beside dumps by':16}{'units/s':>9}{'of alone':>9}{'dumps':>7}")
    for (work, engine), (rate, dumps) in sorted(rates.items()):
        print(f"{work:5}{engine:16}{rate:9.1f}{rate / rates[work, 'alone'][0]:9.0%}{dumps:7}")


def main():
    out, result = Path(sys.argv[1]), Path(sys.argv[2])
    rows = read_rows(out / "engines.tsv")
    print_rows(rows)
    for name, met in targets(rows):
        print(f"target {'met' if met else 'MISSED'}: {name}")
    beside(out / "beside.tsv")
    result.write_text(json.dumps(list(rows.values()), indent=1) + "\n")


main()
