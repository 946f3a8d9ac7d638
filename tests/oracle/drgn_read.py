# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs inside drgn: write what drgn sees in a dump to a JSON file.

    drgn -q -c DUMP -s VMLINUX [-s abba.ko] drgn_read.py OUT [tasks]

With "tasks" only the task list and the stacks are read.  Whatever cannot be
read is named under "errors"; nothing is left out silently.
"""

import json
import sys

import drgn
from bounded import bounded
from drgn.helpers.linux.cpumask import for_each_online_cpu, for_each_possible_cpu
from drgn.helpers.linux.list import list_for_each_entry
from drgn.helpers.linux.percpu import per_cpu
from drgn.helpers.linux.pid import for_each_task
from drgn.helpers.linux.rbtree import rbtree_inorder_for_each_entry
from drgn.helpers.linux.sched import task_state_to_char

prog = drgn.get_default_prog()

USER_HZ = 100
NSEC_PER_SEC = 1000000000
MUTEX_FLAGS = 7
RT_MUTEX_FLAGS = 1


def text(value):
    return value.string_().decode("utf-8", "backslashreplace")


class Reader:
    def __init__(self):
        self.out = {"tool": "drgn", "version": drgn.__version__, "errors": []}

    def read(self, name, function):
        try:
            self.out[name] = function()
        except Exception as e:  # any failure of the reader is a finding
            self.out[name] = None
            self.out["errors"].append(f"{name}: {type(e).__name__}: {e}")


def frame_names(frame):
    """Every symbol+offset of a frame, for symbols may overlap; the closest first.

    A return address belongs to the call before it.
    """
    pc = frame.pc
    found = prog.symbols(pc if frame.interrupted else pc - 1)
    found = sorted(found, key=lambda s: pc - s.address)
    return [f"{s.name}+{pc - s.address:#x}" for s in found] or [f"{pc:#x}"]


def first_names(pc):
    """The symbols that begin at this address.

    A task that has just been forked has one frame, where it will begin. No call has
    put it there.
    """
    return [f"{s.name}+0x0" for s in prog.symbols(pc) if s.address == pc]


def stack(task):
    """(frames' names, addresses, error) of a task's kernel stack, callee first."""
    frames, pcs = [], []
    try:
        for frame in prog.stack_trace(task):
            if frame.is_inline:
                continue
            pcs.append(frame.pc)
            frames.append(frame_names(frame))
        if len(pcs) == 1:
            frames[0] += first_names(pcs[0])
        return frames, pcs, None
    except Exception as e:
        return frames, pcs, f"{type(e).__name__}: {e}"


def read_task(task):
    frames, pcs, error = stack(task)
    return {
        "tid": task.pid.value_(), "tgid": task.tgid.value_(),
        "address": task.value_(), "comm": text(task.comm),
        "state": task_state_to_char(task),
        "on_cpu": bool(task.on_cpu), "flags": task.flags.value_(),
        "ppid": task.real_parent.tgid.value_(),
        "start": task.start_boottime.value_() * USER_HZ // NSEC_PER_SEC,
        "vcs": task.nvcsw.value_(), "ivcs": task.nivcsw.value_(),
        "stack": frames, "pcs": pcs, "stack_error": error,
    }


def tasks():
    return [read_task(task) for task in bounded(for_each_task(prog), "the table of PIDs")]


def threads_by_list():
    """The tids by the task lists; must be the same as by the PID table."""
    tids = []
    head = prog["init_task"].tasks.address_of_()
    leaders = list_for_each_entry("struct task_struct", head, "tasks")
    for leader in bounded(leaders, "the list of tasks"):
        threads = leader.signal.thread_head.address_of_()
        for task in bounded(list_for_each_entry("struct task_struct", threads, "thread_node"),
                            f"the list of threads of {leader.pid.value_()}"):
            tids.append(task.pid.value_())
    return sorted(tids)


def module_layout(mod):
    """(size, base) as /proc/modules shows them."""
    if drgn_has(mod, "mem"):
        return sum(m.size.value_() for m in mod.mem), mod.mem[0].base.value_()
    return (mod.core_layout.size.value_() + mod.init_layout.size.value_(),
            mod.core_layout.base.value_())


def drgn_has(obj, member):
    try:
        obj.member_(member)
        return True
    except LookupError:
        return False


def modules():
    states = {0: "Live", 1: "Loading", 2: "Unloading", 3: "Unformed"}
    found = []
    listed = list_for_each_entry("struct module", prog["modules"].address_of_(), "list")
    for mod in bounded(listed, "the list of modules"):
        size, base = module_layout(mod)
        found.append({"name": text(mod.name), "size": size, "base": base,
                      "refs": mod.refcnt.counter.value_() - 1,
                      "state": states.get(int(mod.state), "?")})
    return found


def log():
    from drgn.helpers.linux.printk import get_printk_records
    return [{"seq": r.seq, "usec": r.timestamp // 1000,
             "prio": r.facility << 3 | r.level,
             "text": r.text.decode("latin-1")}
            for r in get_printk_records(prog)]


def uts():
    name = prog["init_uts_ns"].name
    return {m: text(name.member_(m)) for m in
            ("sysname", "nodename", "release", "version", "machine")}


def counters():
    pgfault = prog.constant("PGFAULT").value_() if hasattr(prog, "constant") \
        else prog["PGFAULT"].value_()
    cpus = list(for_each_possible_cpu(prog))
    return {
        "forks": prog["total_forks"].value_(),
        "threads": prog["nr_threads"].value_(),
        "jiffies": prog["jiffies_64"].value_(),
        "ctxt": sum(per_cpu(prog["runqueues"], c).nr_switches.value_()
                    for c in cpus),
        "pgfault": sum(per_cpu(prog["vm_event_states"], c)
                       .event[pgfault].value_() for c in cpus),
    }


def boot_id():
    raw = prog.read(prog.symbol("sysctl_bootid").address, 16).hex()
    return "-".join((raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))


def mounts():
    from drgn.helpers.linux.fs import (for_each_mount, mount_dst,
                                       mount_fstype, mount_src)
    return [" ".join(os_decode(f(m)) for f in (mount_src, mount_dst,
                                               mount_fstype))
            for m in bounded(for_each_mount(prog["init_task"].nsproxy.mnt_ns), "the mounts")]


def os_decode(raw):
    return raw.decode("utf-8", "backslashreplace")


def is_rt(mutex):
    """With PREEMPT_RT a mutex is an rt_mutex inside."""
    return any(member.name == "rtmutex" for member in mutex.type_.members)


def owner_tid(mutex):
    if is_rt(mutex):
        owner = mutex.rtmutex.owner.value_() & ~RT_MUTEX_FLAGS
    else:
        owner = mutex.owner.counter.value_() & ~MUTEX_FLAGS
    if not owner:
        return 0
    return drgn.Object(prog, "struct task_struct *", owner).pid.value_()


def rt_waiter_tids(mutex):
    root = mutex.rtmutex.waiters.rb_root.address_of_()
    names = [member.name for member in prog.type("struct rt_mutex_waiter").members]
    entry = "tree_entry" if "tree_entry" in names else "tree.entry"
    return [w.task.pid.value_() for w in bounded(rbtree_inorder_for_each_entry(
        "struct rt_mutex_waiter", root, entry), "a tree of waiters")]


def waiter_tids(mutex):
    if is_rt(mutex):
        return rt_waiter_tids(mutex)
    try:
        waiters = list(bounded(list_for_each_entry(
            "struct mutex_waiter", mutex.wait_list.address_of_(), "list"), "a list of waiters"))
    except AttributeError:
        # Linux 7: the waiters are in a ring, and the mutex knows the first.
        first = mutex.first_waiter
        waiters = [first] if first else []
        waiters += bounded(list_for_each_entry(
            "struct mutex_waiter", first.list.address_of_(), "list"),
            "a list of waiters") if first else []
    return [w.task.pid.value_() for w in waiters]


def blocked_on_mutex(task):
    """The mutex a blocked task waits for, from its own stack, or None."""
    if is_rt(drgn.Object(prog, "struct mutex", address=0)):
        # The task itself knows.
        waiter = task.pi_blocked_on
        return drgn.container_of(waiter.lock, "struct mutex", "rtmutex") if waiter else None
    for frame in prog.stack_trace(task):
        if not (frame.name or "").startswith("__mutex_lock"):
            continue
        try:
            lock = frame["lock"]
        except KeyError:
            continue
        if lock.absent_ or lock.type_.type_name() != "struct mutex *":
            continue
        if task.pid.value_() in waiter_tids(lock[0]):
            return lock
    return None


def lock_name(address):
    """By its symbol; drgn 0.0.31 has none for a 6.12 module's data."""
    try:
        return prog.symbol(address).name
    except LookupError:
        pass
    for name in ("abba_lock_a", "abba_lock_b"):
        try:
            if prog[name].address_ == address:
                return name
        except KeyError:
            pass
    return f"{address:#x}"


def blocked():
    """Every task blocked on a mutex: which one, and who owns that."""
    found = []
    for task in bounded(for_each_task(prog), "the table of PIDs"):
        if task_state_to_char(task) != "D":
            continue
        lock = blocked_on_mutex(task)
        if lock is None:
            continue
        found.append({"tid": task.pid.value_(), "comm": text(task.comm),
                      "mutex": lock.value_(),
                      "name": lock_name(lock.value_()),
                      "owner": owner_tid(lock[0])})
    return found


def abba():
    """Mutexes and known data of the abba module, by its own symbols."""
    try:
        facts = prog["abba_facts"]
    except KeyError:
        return None
    locks = {}
    for name in ("abba_lock_a", "abba_lock_b"):
        mutex = prog[name]
        waiters = waiter_tids(mutex)
        locks[name] = {"address": mutex.address_, "owner": owner_tid(mutex),
                       "waiter": waiters[0] if waiters else 0}
    nodes = list(bounded(list_for_each_entry(
        "struct abba_node", prog["abba_list"].address_of_(), "link"), "abba_list"))
    good = all(n.index == i and n.square == i * i for i, n in enumerate(nodes))
    return {"locks": locks,
            "facts": {"address": facts.address_, "magic": facts.magic.value_(),
                      "nodes": facts.nodes.value_(), "sum": facts.sum.value_(),
                      "text": text(facts.text)},
            "walked": len(nodes), "walk_sum": sum(n.square.value_() for n in nodes),
            "walk_good": good}


def main():
    r = Reader()
    r.read("tasks", tasks)
    r.read("threads_by_list", threads_by_list)
    r.read("cpus", lambda: len(list(for_each_online_cpu(prog))))
    if sys.argv[2:] != ["tasks"]:
        r.read("uts", uts)
        r.read("modules", modules)
        r.read("log", log)
        r.read("counters", counters)
        r.read("boot_id", boot_id)
        r.read("cmdline", lambda: text(prog["saved_command_line"]))
        r.read("total_ram_pages",
               lambda: prog["_totalram_pages"].counter.value_())
        r.read("page_size", lambda: prog["PAGE_SIZE"].value_())
        r.read("mounts", mounts)
        r.read("blocked", blocked)
        r.read("abba", abba)
    with open(sys.argv[1], "w", encoding="utf-8") as f:
        json.dump(r.out, f, indent=1)


if __name__ == "__main__":
    main()
