# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# For the cases of livedump-watch, which system.sh does not know.

armed() { livedump-watch --status >/run/status 2>&1; }
dumps() { find /var/crash -name 'livecore.[0-9]*' | wc -l; }
has_dumps() { [ "$(dumps)" -eq "$1" ]; }
main_pid() { systemctl show -P MainPID livedump-watch; }

# number NAME: of --status --json.
number() {
	livedump-watch --status --json | sed -n "s/^ *\"$1\": \([0-9]*\),*$/\1/p" | head -n1
}

# The sum of the numbers of the object NAME there.
sum() {
	livedump-watch --status --json |
		awk -v name="\"$1\":" '$1 == name { on = 1; next } on && /}/ { exit } on { n += $2 } END { print n + 0 }'
}

# A disk whose requests can be suspended, with a file system on /srv/slow.
make_slow_disk() {
	truncate -s 256M /srv/disk
	modprobe dm_mod
	disk=$(losetup -f --show /srv/disk)
	check "a disk" dmsetup create slow --table "0 $(blockdev --getsz "$disk") linear $disk 0"
	# Else a thread of the kernel's uses it, and hangs first: for the tables, the journal, the
	# bitmaps.
	check "a file system" mkfs.ext4 -q -O ^has_journal -E lazy_itable_init=0 /dev/mapper/slow
	mkdir -p /srv/slow
	check "mount" mount -o no_prefetch_block_bitmaps /dev/mapper/slow /srv/slow
	dd if=/dev/urandom of=/srv/slow/file bs=1M count=8 2>/dev/null
	dd if=/dev/zero of=/srv/slow/new bs=4k count=1 2>/dev/null
	sync
}

# Two dd hang until the disk goes on. Of the one that reads the kernel reports no hang: it can be
# killed.
suspend_disk() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	check "$1: suspend" dmsetup suspend --noflush --nolockfs slow
	dd if=/srv/slow/file of=/dev/null bs=4k count=1 2>/dev/null &
	reader=$!
	dd if=/dev/zero of=/srv/slow/new bs=4k count=1 conv=notrunc,fsync 2>/dev/null &
	writer=$!
}

resume_disk() {
	check "$1: resume" dmsetup resume slow
	check "$1: the reader ends" wait "$reader"
	check "$1: the writer ends" wait "$writer"
}

hung_task_time() { echo "$1" >/proc/sys/kernel/hung_task_timeout_secs; }
