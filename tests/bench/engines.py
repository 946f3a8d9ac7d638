#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""engines.py DIR JSON: the tables of tests/bench/engines, and JSON.

"seconds", "cpu_seconds" and latencies are the least of the repetitions, as noise only
ever adds to them; memory is the most. JSON is an object: "dumps", "beside" and "server"
are the rows of the three tables. A table that was not measured has no rows.
"""

import json
import sys
from pathlib import Path

SPEEDUP = 1.5
EXTRA_KIB = 32 * 1024
# The latency that 99 of 100 requests do not exceed beside a live dump at the defaults, by
# that without a dump: without --nice and with it.
P99 = {"no": 2.0, "yes": 1.2}
# Half of the requests take no longer, unless the server cannot keep up: server.c sends one
# each 5 ms. Then they wait for each other, and latencies say nothing of dumps.
P50_US = 5000


def read_lines(path):
    return path.read_text().splitlines() if path.exists() else []


def read_rows(path):
    rows = {}
    for line in read_lines(path):
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


def read_beside(path):
    rows = {}
    for line in read_lines(path):
        work, engine, rate, dumps = line.split("\t")
        row = rows.setdefault((work, engine), {"work": work, "engine": engine,
                                               "units_per_second": 0.0, "dumps": 0})
        row["units_per_second"] = max(row["units_per_second"], float(rate))
        row["dumps"] += int(dumps)
    for row in rows.values():
        row["of_alone"] = row["units_per_second"] / rows[row["work"], "alone"]["units_per_second"]
    return rows


def print_beside(rows):
    print(f"\n{'work':5}{'beside dumps by':16}{'units/s':>9}{'of alone':>9}{'dumps':>7}")
    for _, r in sorted(rows.items()):
        print(f"{r['work']:5}{r['engine']:16}{r['units_per_second']:9.1f}{r['of_alone']:9.0%}"
              f"{r['dumps']:7}")


def read_server(path):
    rows = {}
    for line in read_lines(path):
        kind, nice, *values = line.split("\t")
        p50, p99, longest, requests, dumps, before, after = map(int, values)
        row = rows.setdefault((kind, nice), {
            "kind": kind, "nice": nice == "yes", "p50_us": p50, "p99_us": p99,
            "longest_us": longest, "requests": 0, "dumps": 0, "cache_kept": 1.0})
        for key, value in (("p50_us", p50), ("p99_us", p99), ("longest_us", longest)):
            row[key] = min(row[key], value)
        row["requests"] += requests
        row["dumps"] += dumps
        row["cache_kept"] = min(row["cache_kept"], after / before)
    for row in rows.values():
        row["p99_of_alone"] = row["p99_us"] / rows["alone", "no"]["p99_us"]
    return rows


def print_server(rows):
    print(f"\n{'server beside':16}{'nice':5}{'requests':>9}{'p50 ms':>8}{'p99 ms':>8}"
          f"{'longest':>9}{'p99 of alone':>13}{'cache kept':>11}{'dumps':>6}")
    for (_, nice), r in rows.items():
        print(f"{r['kind']:16}{nice:5}{r['requests']:9}{r['p50_us'] / 1e3:8.1f}"
              f"{r['p99_us'] / 1e3:8.1f}{r['longest_us'] / 1e3:9.1f}{r['p99_of_alone']:13.2f}"
              f"{r['cache_kept']:11.1%}{r['dumps']:6}")


def server_targets(rows):
    p50 = rows["alone", "no"]["p50_us"]
    if p50 > P50_US:
        print(f"without dumps half of the requests take {p50 / 1e3:.0f} ms or more: the machine "
              "is too slow or too busy, so latencies are not judged")
        return
    for (kind, nice), row in rows.items():
        if kind in ("kcore", "module"):
            how = ", --nice" if nice == "yes" else ""
            yield (f"server beside {kind}{how}: p99 {row['p99_of_alone']:.2f} of alone, "
                   f"at most {P99[nice]}", row["p99_of_alone"] <= P99[nice])


def print_targets(results):
    for name, met in results:
        print(f"target {'met' if met else 'MISSED'}: {name}")


def main():
    out, result = Path(sys.argv[1]), Path(sys.argv[2])
    dumps = read_rows(out / "engines.tsv")
    beside, server = read_beside(out / "beside.tsv"), read_server(out / "server.tsv")
    if dumps:
        print_rows(dumps)
        print_targets(targets(dumps))
    if beside:
        print_beside(beside)
    if server:
        print_server(server)
        print_targets(server_targets(server))
    result.write_text(json.dumps({name: list(rows.values()) for name, rows in
                                  (("dumps", dumps), ("beside", beside), ("server", server))},
                                 indent=1) + "\n")


main()
