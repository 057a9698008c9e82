#!/usr/bin/env bash
# Configures, builds and runs all tests. Optional argument: a preset (default tests), e.g. asan.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=${1:-tests}
presets=$(sed -n '/"testPresets"/,$ s/.*"configurePreset": "\([a-z0-9]*\)".*/\1/p' CMakePresets.json | tr '\n' ' ')
[[ $# -le 1 && " $presets" == *" $preset "* ]] || { echo "test.sh: wanted one preset of ${presets% }, found '$*'" >&2; exit 2; }
source cmake/packages.sh
require_packages "${build_packages[@]}" "${test_packages[@]}"
[[ $preset == tests ]] && { (require_packages "${wasm_packages[@]}") || true; } # without them the tests of WebAssembly are skipped
[[ $preset == clang || $preset == tsan ]] && require_packages "${clang_packages[@]}"
if [[ $preset == aarch64 ]]; then
  require_architecture arm64
  require_packages "${aarch64_packages[@]}"
fi
targets=(all)
[[ $preset == release || $preset == clang ]] && targets+=(all_verify_interface_header_sets) # every header compiles alone, with both compilers
cmake --preset "$preset"
cmake --build --preset "$preset" --target "${targets[@]}"
ctest --preset "$preset" -j "$(nproc)"
