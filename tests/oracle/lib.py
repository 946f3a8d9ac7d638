# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Shared by the oracle programs: paths, and commands with time limits."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ORACLE = ROOT / "tests" / "oracle"
BUILD = ROOT / "build"

# The readers that must agree, per kind. Kernels that they cannot read are in the
# table of compare, and are not skipped here.
CRASH = ("crash@trixie", "crash@sid")
DRGN = ("drgn@trixie", "drgn@sid")

# (reader, kernel): crash cannot read these modules, and without the option
# ends at once.
NO_MODULES = {("crash@sid", "7"), ("crash@sid", "7.3")}

# The kernels whose symbols, types and locks waitgraph finds in a dump by itself.
WAITGRAPH = ("6.1", "6.12", "7")

TIMEOUT = 124

# The outermost kernel frame of a task, by name without the offset.
BOTTOM = re.compile(r"^(ret_from_fork|ret_from_fork_asm|asm_\w+|entry_\w+|"
                    r"secondary_startup_64\w*|common_startup_64)$")


def die(text, status=3):
    print(f"{Path(sys.argv[0]).name}: {text}", file=sys.stderr)
    sys.exit(status)


def run_limited(cmd, seconds, stdin=None, **kwargs):
    """Run a command in its own process group, all of which is killed when time is up.

    Returns (status, stdout, stderr); the status is TIMEOUT when it was killed.
    """
    with subprocess.Popen(
            [str(c) for c in cmd], start_new_session=True,
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, errors="replace", **kwargs) as proc:
        try:
            out, err = proc.communicate(stdin, timeout=seconds)
            return proc.returncode, out, err
        except subprocess.TimeoutExpired:
            os.killpg(proc.pid, signal.SIGKILL)
            out, err = proc.communicate()
            return TIMEOUT, out, err
        except BaseException:
            os.killpg(proc.pid, signal.SIGKILL)
            raise


def fetch(*args):
    """The path that scripts/fetch prints for a kernel or a reader."""
    proc = subprocess.run([ROOT / "scripts" / "fetch", *args], check=False,
                          stdout=subprocess.PIPE, text=True)
    path = proc.stdout.strip().splitlines()
    if proc.returncode or not path:
        die(f"scripts/fetch {' '.join(args)} failed")
    return Path(path[-1])


def vmlinux(kernel):
    path = fetch("kernel", kernel) / "vmlinux"
    if not path.exists():
        die(f"{path} is missing")
    return path


def abba_ko(kernel):
    """The path of the test module, or None if it was not built for this kernel."""
    path = BUILD / "modules" / kernel / "abba.ko"
    return path if path.exists() else None


def drgn_command(reader, dump, kernel, script, *args):
    """A drgn command line with the symbols of the kernel and of abba."""
    name = subprocess.run([ORACLE / "three_numbers", dump, f"{dump}.renamed"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.strip()
    cmd = [fetch("reader", reader), "-q", "-c", name, "-s", vmlinux(kernel)]
    if abba_ko(kernel):
        cmd += ["-s", abba_ko(kernel)]
    return cmd + [ORACLE / script, *args]


def waitgraph_options(args):
    """waitgraph's options for what it does not find in a dump, as given to a program."""
    return [word for name in ("btf", "symbols") if getattr(args, name)
            for word in (f"--{name}", getattr(args, name))]


def crash_is_blind(reader, kernel):
    """crash cannot read the modules of this kernel: none of its commands for them works."""
    return (reader, kernel) in NO_MODULES


def is_elf(dump):
    with open(dump, "rb") as file:
        return file.read(4) == b"\x7fELF"


def crash_command(reader, dump, kernel):
    """A crash command line; what to do comes on standard input."""
    return [fetch("reader", reader), "-s"] + \
        ["--no_modules"] * crash_is_blind(reader, kernel) + [vmlinux(kernel), dump]


def readers(kernel):
    """The (crash, drgn) that kernels.conf names for a kernel."""
    row = subprocess.run([ROOT / "scripts" / "fetch", "row", kernel], check=True,
                         stdout=subprocess.PIPE, text=True).stdout.split()
    return row[3], row[4]
