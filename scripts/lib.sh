# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Functions that the scripts of the project share. Sourced, never run.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/livedump
# shellcheck disable=SC2034 # both are for the scripts that source this file
readonly TOP CACHE

say() { printf '%s\n' "$*" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# lock NAME: hold a lock until this (sub)shell ends. Callers wrap it and the
# work in ( ... ), so that a killed script frees it.
lock() {
	mkdir -p "$CACHE/lock"
	lock_file "$CACHE/lock/$1"
}

# lock_file FILE: the same by a file, which is created.
lock_file() {
	exec {lock_fd}>"$1"
	flock "$lock_fd"
}

# lock_one NAME COUNT: hold one of COUNT locks until this (sub)shell ends.
lock_one() {
	local i
	mkdir -p "$CACHE/lock"
	while :; do
		for ((i = 0; i < $2; i++)); do
			exec {lock_fd}>"$CACHE/lock/$1${i/#0/}"
			! flock -n "$lock_fd" || return 0
			exec {lock_fd}>&-
		done
		sleep 0.2
	done
}

# as_root CMD...: as root directly, else through sudo.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo -- "$@"
	else
		die "needs root (or sudo) to run: $*"
	fi
}

# kernel_llvm CONFIG: for a kernel that is to be built or was built by clang, make's
# argument for the newest clang with kCFI that is installed here; else nothing.
kernel_llvm() {
	local v
	grep -q '^CONFIG_CC_IS_CLANG=y' "$1" || return 0
	for v in {30..16}; do
		command -v "clang-$v" >/dev/null || continue
		command -v "ld.lld-$v" >/dev/null || continue
		command -v "llvm-nm-$v" >/dev/null || continue
		echo "LLVM=-$v"
		return
	done
	die "no clang of version 16 or newer with lld and llvm: scripts/setup cfi installs it"
}

# use_kernel_cc KERNELDIR OUT: sets KERNEL_CC to make's argument for the compiler of its
# modules. What it finds out about flags is stored in OUT.
use_kernel_cc() {
	local of
	KERNEL_CC=$(kernel_llvm "$1/config")
	[ -z "$KERNEL_CC" ] || return 0
	KERNEL_CC=CC=$TOP/scripts/kernel-cc
	of=$(sed -n 's/^CONFIG_CC_VERSION_TEXT="[^ ]* \(.*\)"$/\1/p' "$1/config")
	export LIVEDUMP_KNOWN=
	case $(gcc --version) in
	*" $of"$'\n'*) ;;
	*) LIVEDUMP_KNOWN=$2/known ;;
	esac
}

# Lines of the kernel that make a run of a virtual machine fail. They have a time stamp, so
# the output of a case does not match.
# shellcheck disable=SC2034 # for tests/vm/run and tests/userland/run
readonly KERNEL_COMPLAINTS='BUG: |kernel BUG at|Oops|WARNING: .*( at |possible|suspicious|inconsistent|bad unlock|lock held)|INFO: (possible|suspicious|inconsistent|rcu)|soft lockup|hard LOCKUP|blocked for more than|Kernel panic|general protection|[Uu]nable to handle|self-detected stall|detected stalls|corruption|refcount_t:|page allocation failure|invalid opcode|divide error|double fault|segfault at|trap int3|Out of memory|oom-kill|EXT4-fs error|I/O error|irq .*: nobody cared|Call Trace|UBSAN: |ODEBUG: |kmemleak: .*(suspected|disabled)|turning off the locking|livedump: (abandoned:|a thread has crashed)'
