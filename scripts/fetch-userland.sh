# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The part of scripts/fetch that makes a whole Debian system for a virtual
# machine: systemd, apt, udev, a stock kernel, its headers and debug symbols,
# crash and drgn, DKMS, what Secure Boot needs, and what scripts/setup installs
# to build livedump and its packages. Nothing of livedump is in it. Sourced by scripts/fetch.

USERLAND_PACKAGES=systemd-sysv,udev,kmod,dbus,linux-image-cloud-amd64,linux-headers-cloud-amd64
USERLAND_PACKAGES+=,dkms,openssl,passwd,sudo,bash-completion,man-db,file
USERLAND_PACKAGES+=,linux-image-cloud-amd64-dbg,crash,python3-drgn
USERLAND_PACKAGES+=,dmsetup,e2fsprogs,stress-ng,iproute2
USERLAND_PACKAGES+=,shim-signed,grub-efi-amd64-signed,mokutil
USERLAND_MB=8192

# A boot ends in `case.service', which runs what is on the disk named case.
write_case_service() { # write_case_service ROOT, as a customize hook
	cat <<-'END'
	cat >"$1/etc/systemd/system/case.service" <<'UNIT'
	[Unit]
	Description=The case of this virtual machine
	After=systemd-user-sessions.service systemd-modules-load.service network.target
	[Service]
	Type=idle
	ExecStart=/bin/sh -c 'mount -o ro /dev/disk/by-id/virtio-case /mnt && exec /mnt/start'
	StandardOutput=tty
	TTYPath=/dev/ttyS0
	UNIT
	ln -s ../case.service "$1/etc/systemd/system/multi-user.target.wants/case.service"
	echo guest >"$1/etc/hostname"
	echo '127.0.1.1 guest' >>"$1/etc/hosts"
	echo '/dev/vda / ext4 errors=remount-ro 0 1' >"$1/etc/fstab"
	END
}

# fetch_userland SUITE: the directory of root.img, vmlinuz, initrd, release, and
# efi, the signed boot loaders. It is made anew when the list of packages changes.
fetch_userland() {
	local suite=$1 dir=$CACHE/userland/$1 tmp=$CACHE/tmp/userland-$1 packages
	packages=$USERLAND_PACKAGES,$("$TOP/scripts/setup" --list deb | paste -sd,)
	if [ "$REFRESH" = 1 ] || [ "$(cat "$dir/packages" 2>/dev/null)" != "$packages" ]; then
		command -v mmdebstrap >/dev/null ||
			die "no mmdebstrap: scripts/setup installs it"
		(setup_apt "$suite")
		rm -rf "$tmp"
		mkdir -p "$tmp/efi"
		say "making a system of $suite, about 0.6 GB to fetch"
		write_case_service >"$tmp/hook"
		nice -n 19 mmdebstrap --quiet --variant=apt --format=tar \
			--include="$packages" \
			--aptopt='Apt::Install-Recommends "false"' \
			--aptopt='Acquire::Retries "5"' \
			--aptopt='Acquire::Languages "none"' \
			--customize-hook="sh '$tmp/hook' \"\$1\"" \
			--customize-hook="cp \"\$1\"/boot/vmlinuz-* '$tmp/vmlinuz'" \
			--customize-hook="cp \"\$1\"/boot/initrd.img-* '$tmp/initrd'" \
			--customize-hook="ls \"\$1\"/lib/modules >'$tmp/release'" \
			--customize-hook="cp \"\$1\"/usr/lib/shim/*x64.efi.signed '$tmp/efi'" \
			--customize-hook="cp \"\$1\"/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed '$tmp/efi'" \
			"$suite" "$tmp/root.tar" "$CACHE/apt/$suite/sources.list" >&2 ||
			die "mmdebstrap made no system of $suite"
		tar_to_image "$tmp/root.tar" "$tmp/root.img" "$USERLAND_MB"
		rm -f "$tmp/root.tar" "$tmp/hook"
		echo "$packages" >"$tmp/packages"
		publish "$tmp" "$dir"
	fi
	say "userland $suite has kernel $(cat "$dir/release")"
	echo "$dir"
}

# tar_to_image TAR IMAGE MB: an ext4 file system with the owners of the archive.
tar_to_image() {
	local as=()
	[ "$(id -u)" -eq 0 ] || as=(unshare --map-root-user --map-auto)
	truncate -s "$3M" "$2"
	# Device nodes are udev's, and only root can make them.
	# shellcheck disable=SC2016 # the inner shell's
	"${as[@]}" sh -ec 'mkdir "$1.d"
		tar -xf "$1" -C "$1.d" --numeric-owner --xattrs --exclude="./dev/*"
		mke2fs -q -F -t ext4 -m 0 -d "$1.d" "$2"
		rm -rf "$1.d"' sh "$1" "$2" || die "could not make a file system of $1"
}
