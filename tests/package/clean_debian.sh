#!/usr/bin/env bash
# clean_debian.sh [FOLDER]: the Debian package in a Debian 12 that has nothing else, made by debootstrap below FOLDER, or in the system's folder for temporary
# files. apt-get installs the package with what its fields name. docs/packages.md's project and its line for pkg-config build the program of README.md, and both
# run. apt-get removes the package, and nothing of it is left. Needs root, 1.5 GB and Debian's mirror. Takes some minutes. What it made is removed at its end.
set -euo pipefail
[[ $# -le 1 && ${1-} != -* ]] || { echo "clean_debian.sh: wanted a folder or nothing, found '$*'" >&2; exit 2; }
checkout=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
: "${MIRROR:=http://deb.debian.org/debian}"
((EUID == 0)) || { echo "clean_debian.sh: wanted root, which debootstrap and chroot need" >&2; exit 1; }
source "$checkout/cmake/packages.sh"
require_packages "${clean_debian_packages[@]}"
if (($# > 0)); then
  mkdir -p "$1"
  work=$(mktemp -d "$(realpath "$1")/clean_debian.XXXXXX")
else
  work=$(mktemp -d)
fi
root=$work/root
chmod 755 "$work" # apt-get reads packages as a user of its own

mounts() { awk -v root="$root/" 'index($5, root) == 1 { print $5 }' /proc/self/mountinfo; }
clean_up() {
  local mount
  for mount in $(mounts | sort -r); do umount "$mount"; done
  [[ -z $(mounts) ]] || { echo "clean_debian.sh: $root has mounts, and stays" >&2; return 1; }
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT

fail() { echo "FAILED: $*"; exit 1; }
# step SENTENCE COMMAND...: runs the command; its output is shown where it fails.
step() {
  local start=$SECONDS
  "${@:2}" >"$work/log" 2>&1 || { tail -40 "$work/log"; fail "$1"; }
  echo "$1: $((SECONDS - start)) s"
}
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive OMP_WAIT_POLICY=passive "$@"; }
installed() { inside dpkg-query -W -f '${binary:Package}\n'; }
size() { du -smx "$root" | cut -f1; }

step "the package is made" "$checkout/cmake/deb.sh" "$work"
package=$(basename "$work"/*.deb)
step "Debian 12 is made" debootstrap --variant=minbase bookworm "$root" "$MIRROR"
echo "Debian 12 takes $(size) MB"
[[ -r $root/proc/self/status ]] || mount -t proc proc "$root/proc"
mkdir -p "$root/check"
cp "$work/$package" "$root/check"
step "apt-get install ./$package" inside sh -c "cd /check && apt-get update && apt-get install -y ./$package"
for wanted in libeigen3-dev libxsimd-dev nlohmann-json3-dev zlib1g-dev libpng-dev libjpeg-dev; do
  installed | grep -E "^$wanted(:|\$)" >/dev/null || fail "apt-get install ./$package does not install $wanted"
done
step "apt-get install g++ cmake make pkg-config" inside apt-get install -y --no-install-recommends g++ cmake make pkg-config
echo "with these it takes $(size) MB"

# Of the checkout the texts alone.
(cd "$checkout" && cp --parents README.md docs/packages.md tests/docs/block.awk tests/package/{code_blocks,readme_program}.sh tests/readme/*.cmake "$root/check")
step "README.md's program, with find_package and with pkg-config alone" inside /check/tests/package/readme_program.sh /check /check/work
cat "$work/log"
flags=$(inside pkg-config --cflags --libs adatape-io)
[[ $(inside realpath "$(grep -o '/[^ ]*pkgconfig[^ ]*' <<<"$flags")") == /usr/include && $flags == *-lz* ]] ||
  fail "pkg-config: wanted /usr/include and -lz, found $flags"
# The project of docs/pictures.md, with what the package suggests for it, is configured.
step "apt-get install libfmt-dev libcli11-dev" inside apt-get install -y --no-install-recommends libfmt-dev libcli11-dev
source "$checkout/tests/package/code_blocks.sh"
mkdir "$root/check/mine"
block "$checkout/docs/pictures.md" cpp >"$root/check/mine/mine.hpp"
block "$checkout/docs/pictures.md" cmake >"$root/check/mine/CMakeLists.txt"
step "adatape_add_programs is configured" inside cmake -S /check/mine -B /check/mine/build

before=$(inside dpkg -L libadatape-dev | grep -i adatape)
step "apt-get remove libadatape-dev" inside apt-get remove -y libadatape-dev
! installed | grep adatape || fail "the package is still there"
while read -r path; do [[ ! -e $root$path && ! -L $root$path ]] || fail "apt-get remove leaves $path"; done <<<"$before"
left=$(find "$root" -xdev -iname '*adatape*' -not -path "$root/check/*" -not -path "$root/var/lib/apt/*")
[[ -z $left ]] || fail "apt-get remove leaves $left"
echo "the package of $(stat -c %s "$work/$package") bytes had $(wc -l <<<"$before") paths, and none is left"
