# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Functions about the system that the cases run on.

is_owned() { [ "$(stat -c '%a %U:%G' "$2")" = "$1" ]; }

# Running with no failed unit; the case itself is a job that still starts.
is_running() { [ -z "$(systemctl --failed --plain --no-legend | tee /dev/stderr)" ]; }

threads() { printf '%s\n' /proc/[0-9]*/task/[0-9]* | sed 's|.*/||'; }

# Each file with its owner and mode, and what depmod made of the modules.
# Left out: logs, caches, temporary files, apt's, dpkg's and systemd's own
# notes, backups that useradd and the like make, and the key that DKMS makes
# with the first module that it builds.
system_state() {
	find / -xdev \( -path /tmp -o -path /var/tmp -o -path /var/log -o -path /var/cache \
		-o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/lib/systemd \
		-o -path /var/lib/dkms/mok.key -o -path /var/lib/dkms/mok.pub \
		-o -path /root -o -path /mnt -o -path /run \) -prune -o \
		-printf '%M %u:%g %p %l\n'
	md5sum /lib/modules/*/modules.*
	dkms status
	sed 's/^\([^ ]*\) .*/\1/' /proc/modules | grep -E 'livedump|zstd' || :
}

# state_changed: prints what has changed, in lines with + and -. A file's mode begins with -,
# so only whole marks of diff are left out.
state_changed() {
	LC_ALL=C sort /var/tmp/before >/run/before
	system_state | LC_ALL=C sort | diff -U0 /run/before - | grep -vE '^(--- |[+]{3} |@@ )'
}

nothing_left() { ! state_changed; }

# And the configuration, which stays until the package is purged.
only_dumps() {
	! state_changed | grep -vE '^[+][^ ]* root:root (/var/crash(/(bounds|info\.[01]|why\.[01]|livecore\.[01]|(info|livecore)\.last))?|/etc/livedump(/watch\.conf)?) '
}

# Takes a live and a frozen dump by the module, to /run/out. tests/oracle/judge
# checks them, with the threads that existed before and after both.
take_both() {
	threads >/run/out/tids
	check "savecore -L" sh -c 'savecore -L >/run/said' || exit 1
	info "$(cat /run/said)"
	check "by the module" grep -q '^Engine: module' /var/crash/info.0
	check "savecore -L --freeze" savecore -L --freeze
	check "of one moment" grep -q '^Verdict: point-in-time' /var/crash/info.1
	for n in 0 1; do
		check "dump $n is good" savecore --verify /var/crash/livecore.$n
	done
	threads | sort >/run/tids
	sort /run/out/tids | comm -12 - /run/tids >/run/out/tids.both
	mv /run/out/tids.both /run/out/tids
	cp /var/crash/livecore.[01] /var/crash/info.[01] /run/out
}

is_secure() {
	check "Secure Boot is on" sh -c 'mokutil --sb-state | grep -qx "SecureBoot enabled"' &&
		check "the kernel is locked down" grep -qF '[integrity]' /sys/kernel/security/lockdown
}
