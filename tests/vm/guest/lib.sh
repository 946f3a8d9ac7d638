# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# For cases. fd 3 takes lines to the host: "ok NAME", "FAIL NAME: why",
# "info TEXT", "expect REGEX", "end STATUS". A case's own output goes to
# case.log on the host; the files it leaves in /out go to the host too.
# A case fails by a failed check, by a non-zero exit, or by making none.

pass() { echo "ok $1" >&3; }

fail() { # fail NAME WHY...
	local name=$1
	shift
	echo "FAIL $name: $*" >&3
	return 1
}

# check NAME COMMAND...: the command must succeed.
check() {
	local name=$1 status=0 log=/tmp/.check.$$
	shift
	echo "# $name: $*"
	"$@" >$log 2>&1 || status=$?
	cat $log
	if [ $status -eq 0 ]; then
		echo "ok $name" >&3
	else
		echo "FAIL $name: exit $status, $(tail -n1 $log)" >&3
	fi
	rm -f $log
	return $status
}

# check_fails NAME COMMAND...: it must fail, and not by a signal.
check_fails() {
	local name=$1 status=0 log=/tmp/.check.$$
	shift
	echo "# $name, to fail: $*"
	"$@" >$log 2>&1 || status=$?
	cat $log
	if [ $status -eq 0 ]; then
		echo "FAIL $name: it succeeded" >&3
	elif [ $status -ge 126 ]; then
		echo "FAIL $name: exit $status, $(tail -n1 $log)" >&3
		status=0
	else
		echo "ok $name" >&3
	fi
	rm -f $log
	[ $status -ne 0 ]
}

info() { echo "info $*" >&3; }

# value NAME: the value of NAME in the line of ldump in /tmp/line.
value() { tr ' ' '\n' </tmp/line | sed -n "s/^$1=//p"; }

# Kernel lines that match are not a failure. For cases that cause such lines.
expect_console() { echo "expect $*" >&3; }

# What a debug kernel has found but not printed, and whether it has looked at all.
check_lockdep() {
	[ -e /proc/lockdep_stats ] || return 0
	if grep -q 'debug_locks: *1' /proc/lockdep_stats; then
		pass lockdep
	else
		fail lockdep "it has turned itself off"
	fi
}

# A leak counts if two scans find it and it is older than 5 s. Runs at the end of
# each case. A case that locks the kernel down runs it before.
check_leaks() {
	local found=/out/kmemleak.log
	[ -e /sys/kernel/debug/kmemleak ] || return 0
	: >/run/leaks-checked
	sleep 6
	if ! { echo scan && echo scan; } >/sys/kernel/debug/kmemleak; then
		fail kmemleak "it has turned itself off"
		return
	fi
	cat /sys/kernel/debug/kmemleak >$found
	if [ -s $found ]; then
		fail kmemleak "$(grep -c '^unreferenced' $found) entries:" \
			"$(head -n 12 $found | tr -s ' \n' ' ')"
	else
		pass kmemleak
	fi
}

# wait_until NAME SECONDS COMMAND...: wait until the command succeeds. If it does
# not, the case ends.
wait_until() {
	local name=$1 left=$(($2 * 10))
	shift 2
	while ! "$@"; do
		left=$((left - 1))
		[ $left -gt 0 ] || { fail "$name" "not in time: $*"; exit 1; }
		sleep 0.1
	done
}

# The tree of control groups. cgroups CONTROLLER...: mount it, with these in its children.
export CGROUPS=/sys/fs/cgroup
cgroups() {
	[ -e $CGROUPS/cgroup.procs ] || mount -t cgroup2 none $CGROUPS
	while [ $# -gt 0 ]; do
		echo "+$1" >$CGROUPS/cgroup.subtree_control
		shift
	done
}

# in_group NAME COMMAND...: this process becomes the command, in this control group, which
# is made if need be.
in_group() {
	mkdir -p "$CGROUPS/$1"
	echo 0 >"$CGROUPS/$1/cgroup.procs" || exit
	shift
	exec "$@"
}

# nicely N COMMAND...: this process becomes the command, with this nice value.
nicely() {
	local nice=$1
	shift
	exec sh -c 'renice -n "$0" -p $$ && exec "$@"' "$nice" "$@"
}

abba_locked() { [ "$(awk '$1 == "mutex" && $5 > 0' /proc/abba | wc -l)" -eq 2 ]; }

# Two tasks wait for each other's mutex, for ever. Needs abba.ko in /lib.
start_deadlock() {
	# The kernel would complain of it after two minutes.
	echo 0 >/proc/sys/kernel/hung_task_timeout_secs
	expect_console 'abba: (loading out-of-tree|module verification)'
	check "abba loads" insmod /lib/abba.ko || exit 1
	sh -c 'exec echo ab >/proc/abba' &
	sh -c 'exec echo ba >/proc/abba' &
	wait_until "deadlock" 5 abba_locked
	pass "deadlock"
}

# Needs livedump.ko in /lib: tests/vm/run -l.
load_livedump() {
	expect_console 'livedump: (loading out-of-tree|module verification)'
	check "livedump loads" insmod /lib/livedump.ko || exit 1
}

# A panic boots the same system again, with the case on standard input and /proc/vmcore.
# Needs kexec, the kernel as /boot/vmlinuz, and memory set aside for a crash kernel.
load_crash_kernel() {
	local dir=/tmp/crash file
	mkdir $dir
	for file in /bin /lib /lib64 /opt /usr /modules /etc /init /case.env; do
		[ ! -e $file ] || cp -a $file $dir/ || exit 1
	done
	{
		echo 'check "vmcore" test "$(head -c 4 /proc/vmcore | tail -c 3)" = ELF'
		cat
	} >$dir/case
	check "initrd" sh -c "cd $dir && find . | cpio -o -H newc >/tmp/initrd" || exit 1
	rm -rf $dir
	check "crash kernel" kexec -s -p /boot/vmlinuz --initrd=/tmp/initrd \
		--command-line="console=ttyS0 quiet loglevel=5 panic=-1 rdinit=/init maxcpus=1 irqpoll" ||
		exit 1
	rm /tmp/initrd
}

panic() {
	expect_console 'Kernel panic - not syncing: sysrq triggered crash|Call Trace|<TASK>|RIP|BUG: kernel NULL'
	sync
	echo c >/proc/sysrq-trigger
	fail "panic" "the system goes on"
}

# Lets 127.0.0.1 mount the directory $1 as 127.0.0.1:/, as mountd and exportfs would.
export_nfs() {
	local until=2147483647 net=/proc/net/rpc
	mkdir -p "$1" /var/lib/nfs/v4recovery
	mount -t nfsd nfsd /proc/fs/nfsd || return
	echo "nfsd 127.0.0.1 $until guest" >$net/auth.unix.ip/channel
	# 0x2402: the root of the exports, no check of subtrees, any port.
	echo "guest $1 $until 9218 65534 65534 0" >$net/nfsd.export/channel
	echo "guest 1 \\x00000000 $until $1" >$net/nfsd.fh/channel
	# Version 3 would need rpcbind.
	echo "-3 +4" >/proc/fs/nfsd/versions
	echo 10 >/proc/fs/nfsd/nfsv4leasetime
	echo 10 >/proc/fs/nfsd/nfsv4gracetime
	echo "tcp 2049" >/proc/fs/nfsd/portlist
	echo 4 >/proc/fs/nfsd/threads
	# Linux 7 needs nfsdcld for that; without it clients wait until the time is over.
	echo Y >/proc/fs/nfsd/v4_end_grace || true
}
