#!/usr/bin/env bash
# deb.sh [FOLDER]: makes the Debian package libadatape-dev in FOLDER, build/deb unless it is said, and checks it with lintian. Ends with the package's path.
set -euo pipefail
(($# <= 1)) || { echo "usage: cmake/deb.sh [FOLDER]" >&2; exit 2; }
[[ ${1-} != -* ]] || { echo "deb.sh: wanted a folder, found '$1'" >&2; exit 2; }
checkout=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
build=$checkout/build/deb
folder=$(realpath -m "${1:-$build}")
cd "$checkout"
source cmake/packages.sh
require_packages "${deb_packages[@]}"
umask 022 # folders in the package have its permissions
mkdir -p "$build" "$folder"
log=$build/deb.log
{ cmake -B "$build" -G Ninja -DADATAPE_BUILD_EXAMPLES=OFF -DADATAPE_BUILD_TESTS=OFF -DADATAPE_BUILD_BENCH=OFF &&
    cpack -G DEB --config "$build/CPackConfig.cmake" -B "$build"; } >"$log" 2>&1 || { tail -n 25 "$log" >&2; exit 1; }
package=$(sed -n 's/^CPack: - package: \(.*\) generated\.$/\1/p' "$log")
tags=$(lintian --allow-root --display-info --pedantic "$package") && [[ -z $tags ]] || { echo "lintian: $tags" >&2; exit 1; }
[[ $folder == "$build" ]] || cp "$package" "$folder"
echo "$folder/$(basename "$package")"
