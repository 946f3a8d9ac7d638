# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The part of scripts/fetch that begins with a kernel's source package: its
# style checker, and kernels that are built here. Sourced by scripts/fetch.

# The version of the source that META stands for, in a suite. Call it and
# unpack_source in their own subshells: others may need apt meanwhile.
source_version() { # source_version SUITE META
	setup_apt "$1"
	fresh_lists
	candidate "$(depends_on "$2" 'linux-source-[0-9.]*')"
}

# unpack_source SUITE META DIR [FILE...]: all of the source that META stands
# for, or just those files of it, into DIR; its version into DIR.version.
unpack_source() {
	local suite=$1 meta=$2 dir=$3 source file files=()
	shift 3
	setup_apt "$suite"
	fresh_lists
	source=$(depends_on "$meta" 'linux-source-[0-9.]*') ||
		die "$suite has no $meta"
	say "fetching $source of $suite, 0.14 GB"
	mkdir -p "$dir"
	get_debs "$dir.debs" only "$source"
	for file in "$@"; do files+=("$source/$file"); done
	dpkg-deb --fsys-tarfile "$dir.debs/${source}"_*.deb |
		tar -xO "./usr/src/$source.tar.xz" | xz -T0 -dc |
		tar -x -C "$dir" --strip-components=1 ${files[@]+"${files[@]}"}
	candidate "$source" >"$dir.version"
	rm -rf "$dir.debs"
}

# From the oldest kernel, so that what it reports does not change by itself.
fetch_checkpatch() {
	local dir=$CACHE/checkpatch tmp=$CACHE/tmp/checkpatch
	if [ ! -d "$dir" ] || [ "$REFRESH" = 1 ]; then
		rm -rf "$tmp"
		unpack_source bookworm linux-source "$tmp" \
			scripts/{checkpatch.pl,spelling.txt,const_structs.checkpatch}
		publish "$tmp/scripts" "$dir"
		rm -rf "$tmp" "$tmp.version"
	fi
	echo "$dir/checkpatch.pl"
}

# wanted_config NAME: the options of a kernel that is built here. BASE-VERSION has
# those of BASE, and then its own. One that is to be off need not exist.
wanted_config() {
	local base=$TOP/tests/vm/${1%%-*}.config own=$TOP/tests/vm/$1.config
	[ "$base" = "$own" ] || {
		grep -vFf <(sed -n 's/^\(CONFIG_[^=]*=\).*/\1/p' "$own") "$base"
		base=$own
	}
	cat "$base"
}

# All that a built kernel depends on, except the version of its source.
recipe() {
	{
		wanted_config "$1"
		gcc --version
		kernel_llvm <(wanted_config "$1")
	} | sha256sum | cut -c1-16
}

# build_kernel NAME SUITE META: from META's source, with the options of
# wanted_config() and nothing else. A kernel in the cache is good as long as its config and
# the compiler are the same; --refresh looks at the source's version too.
build_kernel() {
	local name=$1 suite=$2 meta=$3 dir=$CACHE/kernel/$1 tmp=$CACHE/tmp/kernel-$1
	local version=
	if [ "$REFRESH" = 1 ]; then
		version=$(source_version "$suite" "$meta")
	fi
	if ! built_as_wanted "$name" "$version"; then
		rm -rf "$tmp"
		(unpack_source "$suite" "$meta" "$tmp/build")
		mv "$tmp/build.version" "$tmp/version"
		make_kernel "$name" "$tmp" || {
			tail -n 30 "$tmp/log" >&2
			die "kernel $name does not build; the log is $tmp/log"
		}
		recipe "$name" >"$tmp/recipe"
		publish "$tmp" "$dir"
	fi
	say "kernel $name is $(cat "$dir/release"), of source $(cat "$dir/version")"
	echo "$dir"
}

built_as_wanted() { # built_as_wanted NAME [VERSION]
	local dir=$CACHE/kernel/$1
	[ "$(cat "$dir/recipe" 2>/dev/null)" = "$(recipe "$1")" ] &&
		{ [ -z "${2:-}" ] || [ "$(cat "$dir/version")" = "$2" ]; }
}

# An option of the config that is not in effect is an error: the kernel would not
# be what its name says.
check_config() { # check_config ASKED GOT
	local line bad=0
	while read -r line; do
		case $line in
		CONFIG_*=n) ! grep -q "^${line%n}" "$2" || bad=1 ;;
		CONFIG_*) grep -qxF "$line" "$2" || bad=1 ;;
		esac
		[ $bad -eq 0 ] || { echo "not as asked for: $line" >&2; return 1; }
	done <"$1"
}

make_kernel() { # make_kernel NAME TMP
	local config=$2/wanted tmp=$2 build=$2/build rel llvm
	wanted_config "$1" >"$config"
	llvm=$(kernel_llvm "$config")
	say "building kernel $1, about ten minutes on two processors"
	{
		make -C "$build" ${llvm:+"$llvm"} KCONFIG_ALLCONFIG="$config" allnoconfig &&
		check_config "$config" "$build/.config" &&
		nice -n 19 make -C "$build" ${llvm:+"$llvm"} -j"$(nproc)" bzImage modules &&
		make -C "$build" ${llvm:+"$llvm"} INSTALL_MOD_PATH="$tmp" modules_install
	} >"$tmp/log" 2>&1 </dev/null || return
	rel=$(make -s -C "$build" ${llvm:+"$llvm"} kernelrelease)
	echo "$rel" >"$tmp/release"
	mv "$build/arch/x86/boot/bzImage" "$tmp/vmlinuz"
	mv "$build/vmlinux" "$tmp/vmlinux"
	cp "$build/.config" "$tmp/config"
	rm -f "$tmp/lib/modules/$rel"/{build,source}
	keep_headers "$build"
}

# Files that are needed to build a module stay.
keep_headers() {
	local d
	for d in "$1"/*/; do
		case ${d%/} in
		*/include|*/scripts|*/arch|*/tools) ;;
		*) rm -rf "$d" ;;
		esac
	done
	find "$1/arch" -mindepth 1 -maxdepth 1 ! -name x86 -exec rm -rf {} +
	find "$1/tools" -mindepth 1 -maxdepth 1 ! -name objtool -exec rm -rf {} +
	find "$1" -maxdepth 1 -name '*vmlinux*' ! -name '*.symvers' -delete
	find "$1/arch" "$1/tools" -type f \( -name '*.[cSoa]' -o -name '.*.cmd' \) -delete
}
