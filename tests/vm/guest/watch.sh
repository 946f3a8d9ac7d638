# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# For cases of livedump-watch. Needs livedump-watch in /bin.

WATCH_DIR=/tmp/crash
WATCH_LOG=/run/watch.log
WATCH_CONF=/run/watch.conf

# expect_complaints [WORDS]: what the kernel says when it is made to, and no more: a fault of
# its own says something else, above the call trace.
expect_complaints() {
	expect_console '(abba|sick|livedump): (loading out-of-tree|module verification)'
	[ $# -eq 0 ] || expect_console "$1|Call Trace"
}

# shellcheck disable=SC2034 # for cases
HUNG='INFO: task|blocked for more than'

# write_conf LINE...: the configuration, after what every test has.
write_conf() {
	mkdir -p $WATCH_DIR /run/livedump
	chmod 700 $WATCH_DIR
	cat >$WATCH_CONF <<-END
	[watch]
	state = /run/watch.state
	metrics = /run/watch.prom
	hook = cat >>/run/hook.json
	retry = 2s
	[target here]
	directory = $WATCH_DIR
	END
	printf '%s\n' "$@" >>$WATCH_CONF
	check "configuration" livedump-watch --check-config --config $WATCH_CONF
}

armed() { livedump-watch --status >/run/status 2>/dev/null; }

# Each line gets the seconds since the system booted.
stamp() {
	while read -r line; do
		read -r up rest </proc/uptime
		echo "$up $line"
	done >>$WATCH_LOG
}

# In a control group, as systemd has each service: threads of a dump must get there, too. By
# $WATCH_ON.
WATCH_ON=''
start_watch() {
	cgroups
	: >$WATCH_LOG
	rm -f /run/watch.state /run/hook.json
	# shellcheck disable=SC2086 # words
	in_group watch $WATCH_ON keeper /run/watch.pid livedump-watch --config $WATCH_CONF 2>&1 | stamp &
	wait_until "armed" 60 armed
}

# The keeper ends the daemon.
stop_watch() {
	kill "$(pidof keeper)" 2>/dev/null
	# It has eight seconds to write what it holds.
	wait_until "stopped" 20 sh -c '! pidof keeper'
}

dumps() { ls $WATCH_DIR 2>/dev/null | grep -c '^livecore\.[0-9]'; }
has_dumps() { [ "$(dumps)" -eq "$1" ]; }

# number NAME: of --status --json.
number() {
	livedump-watch --status --json | sed -n "s/^ *\"$1\": \([0-9]*\),*$/\1/p" | head -n1
}
