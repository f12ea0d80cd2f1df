#!/usr/bin/env bash
# Installs what building and testing Tandem needs beside Go, make and a C
# compiler: the C libraries behind Ebiten, and a display that needs no screen.
#
#   Debian, Ubuntu   as root: installs what is missing with apt-get, asking nothing;
#                    as anybody else: prints the one command to run, exits 1
#   other Linux      checks, prints the command for the system's package manager, exits 1
#   macOS            checks for the command line tools, exits 1 if they are missing
#
# Says nothing and takes a few milliseconds when nothing is missing.
set -euo pipefail

go_needed=1.26
libraries=(libasound2-dev libgl1-mesa-dev libxcursor-dev libxi-dev libxinerama-dev
	libxrandr-dev libxxf86vm-dev pkg-config)
# For tests that open a window and for `make demo` where there is no screen:
# a virtual one, its access control, a software renderer, and key presses.
headless=(xvfb xauth libgl1-mesa-dri xdotool)

fail() {
	printf 'setup: %s\n' "$@" >&2
	exit 1
}

check_go() {
	command -v go >/dev/null || fail "Go is not installed; install Go $go_needed or newer (https://go.dev/dl/)"
	local version major minor
	version=$(go env GOVERSION)
	version=${version#go}
	major=${version%%.*}
	minor=${version#*.}
	minor=${minor%%[!0-9]*}
	if ! [[ $major =~ ^[0-9]+$ && $minor =~ ^[0-9]+$ ]]; then
		return 0 # a development build of Go: it knows best
	fi
	if ((major < ${go_needed%%.*} || (major == ${go_needed%%.*} && minor < ${go_needed#*.}))); then
		fail "Go $version is too old; install Go $go_needed or newer (https://go.dev/dl/)"
	fi
}

has_compiler() { command -v "${CC:-cc}" >/dev/null || command -v gcc >/dev/null || command -v clang >/dev/null; }

debian() {
	local wanted=("${libraries[@]}" "${headless[@]}") installed missing=() package
	has_compiler || wanted+=(gcc libc6-dev)
	installed=$(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' "${wanted[@]}" 2>/dev/null || true)
	for package in "${wanted[@]}"; do
		grep -q "^ii *$package\$" <<<"$installed" || missing+=("$package")
	done
	((${#missing[@]})) || return 0
	if (($(id -u) != 0)); then
		fail "missing: ${missing[*]}" "run: sudo apt-get update && sudo apt-get install -y ${missing[*]}"
	fi
	printf 'setup: installing %s\n' "${missing[*]}" >&2
	export DEBIAN_FRONTEND=noninteractive
	# A failed update leaves the lists there are; what is truly missing fails below.
	apt-get update -q -o DPkg::Lock::Timeout=120 </dev/null >&2 || true
	apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 "${missing[@]}" </dev/null >&2 ||
		fail "apt-get could not install: ${missing[*]}"
}

# Other Linux systems are asked for what the build itself asks for.
other_linux() {
	local id=$1 missing=() need
	has_compiler || missing+=("a C compiler")
	if command -v pkg-config >/dev/null; then
		for need in alsa gl xcursor xi xinerama xrandr xxf86vm; do
			pkg-config --exists "$need" || missing+=("$need")
		done
	else
		missing+=(pkg-config)
	fi
	for need in Xvfb xvfb-run xauth xdotool; do
		command -v "$need" >/dev/null || missing+=("$need")
	done
	((${#missing[@]})) || return 0
	case " $id " in
	*" fedora "* | *" rhel "*)
		fail "missing: ${missing[*]}" "run: sudo dnf install gcc alsa-lib-devel mesa-libGL-devel libXcursor-devel libXi-devel libXinerama-devel libXrandr-devel libXxf86vm-devel pkgconf-pkg-config xorg-x11-server-Xvfb xorg-x11-xauth mesa-dri-drivers xdotool"
		;;
	*" arch "*)
		fail "missing: ${missing[*]}" "run: sudo pacman -S --needed gcc alsa-lib mesa libxcursor libxi libxinerama libxrandr libxxf86vm pkgconf xorg-server-xvfb xorg-xauth xdotool"
		;;
	esac
	fail "missing: ${missing[*]}" \
		"this system has no apt-get, dnf or pacman that setup knows; install the development packages of these with its package manager (on Debian they are: ${libraries[*]} ${headless[*]})"
}

check_go
case $(uname -s) in
Linux)
	if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
		debian
	else
		# shellcheck disable=SC1090 # one file, named by the system or by the test
		other_linux "$(. "${TANDEM_OS_RELEASE:-/etc/os-release}" 2>/dev/null && echo "${ID:-} ${ID_LIKE:-}")"
	fi
	;;
Darwin)
	xcode-select -p >/dev/null 2>&1 || fail "the command line tools are missing" "run: xcode-select --install"
	;;
*)
	fail "$(uname -s) is not a system that Tandem is developed on; Linux and macOS are." \
		"On Windows the client builds with plain 'go build ./...': it needs no C compiler there."
	;;
esac
