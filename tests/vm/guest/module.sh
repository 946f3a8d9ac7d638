# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# For cases about dumps of the module that may fail. Needs livedump.ko in /lib.

# The memory that the kernel has allocated for itself, in kB. Caches are emptied
# first, because their size does not show leaks.
kernel_memory() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 1
	awk '/^(SUnreclaim|VmallocUsed|KernelStack|Percpu)/ { n += $2 } END { print n }' \
		/proc/meminfo
}

# Loads the module and takes one dump, which allocates what is never freed.
load_module() {
	expect_console 'livedump: (loading out-of-tree|module verification)'
	check "loads" insmod /lib/livedump.ko || exit 1
	check "a dump before" ldump -c lzo /tmp/first
	check "it is whole" whole /tmp/first
	rm -f /tmp/first
	MEMORY_BEFORE=$(kernel_memory)
}

unload_module() {
	local after
	check "nothing runs" sh -c '! ps | grep -q "[l]ivedump/"'
	after=$(kernel_memory)
	info "kernel memory $MEMORY_BEFORE kB before, $after kB after"
	# Sanitizers keep what was freed for a while; a debug kernel knows its leaks.
	[ -e /sys/kernel/debug/kmemleak ] ||
		check "no leak" test $((after - MEMORY_BEFORE)) -lt 4096
	check "a dump after" ldump -c lzo /tmp/last
	check "it is whole, too" whole /tmp/last
	rm -f /tmp/last
	check "unloads" rmmod livedump
}

WRONG='' DUMPS=0 FAILED=0
AFTER_DUMP=:	# run before the file is looked at

# try_dump ERRNO FILE [OPTION...]: one dump, which either is complete, or
# fails with that errno, says so, and leaves the file empty. Anything else goes
# to $WRONG. $got is the errno.
try_dump() {
	local errno=$1 file=$2 why=''
	shift 2
	DUMPS=$((DUMPS + 1)) got=0
	ldump "$@" "$file" >/run/dump.out 2>/run/dump.err || got=$?
	$AFTER_DUMP
	if [ $got -eq 0 ]; then
		why=$(whole "$file" 2>&1) || WRONG="dump $DUMPS: not whole: $why"
		return
	fi
	FAILED=$((FAILED + 1))
	if [ $got -ne "$errno" ]; then
		WRONG="dump $DUMPS: errno $got: $(cat /run/dump.err)"
	elif [ -s "$file" ]; then
		WRONG="dump $DUMPS: errno $got, but $(stat -c %s "$file") bytes"
	elif ! grep -q "error $errno\b" /run/dump.err; then
		WRONG="dump $DUMPS: errno $got, but it says: $(cat /run/dump.err)"
	fi
}

# dumps_good NAME MIN_FAILED MIN_GOOD: the results of try_dump since the last call.
dumps_good() {
	local good=$((DUMPS - FAILED))
	info "$1: $DUMPS dumps, $good whole, $FAILED failed"
	if [ -n "$WRONG" ]; then
		fail "$1" "$WRONG"
	elif [ $FAILED -lt "$2" ] || [ $good -lt "$3" ]; then
		fail "$1" "$good whole, $FAILED failed: the trials are no good"
	else
		pass "$1"
	fi
	WRONG='' DUMPS=0 FAILED=0
}

# in_cpuset CPUS COMMAND...: run the command in a control group that has these processors.
in_cpuset() (
	cpus=$1
	shift
	cgroups cpuset
	mkdir -p "$CGROUPS/cpus-$cpus"
	echo "$cpus" >"$CGROUPS/cpus-$cpus/cpuset.cpus"
	in_group "cpus-$cpus" "$@"
)
