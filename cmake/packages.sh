# Sourced by the scripts beside it: makes sure that the Debian packages named are there.
# Installs what is missing as root or through sudo; otherwise prints one line that names the packages and exits 1. A mirror may be away for a while, or newer
# than the lists: so there are three attempts, with a minute between them in all. Where another program holds dpkg's lock, an attempt waits up to five minutes.

# as_root SENTENCE COMMAND...: runs the command as root; where that cannot be, prints the sentence and exits 1.
as_root() {
  local sentence=$1 sudo=()
  shift
  if ((EUID != 0)); then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null || { echo "$sentence" >&2; exit 1; }
    sudo=(sudo)
  fi
  "${sudo[@]}" "$@"
}

require_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  ((${#missing[@]} == 0)) && return
  local sentence="missing packages, please install: apt-get install ${missing[*]}"
  as_root "$sentence" true
  echo "installing ${missing[*]}"
  local attempt apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
  for attempt in 1 2 3; do
    as_root "$sentence" "${apt[@]}" update || true
    as_root "$sentence" "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null && return
    ((attempt == 3)) || sleep $((20 * attempt))
  done
  echo "could not install: ${missing[*]}" >&2
  exit 1
}

# Makes packages of another architecture installable beside this machine's own.
require_architecture() {
  { dpkg --print-architecture; dpkg --print-foreign-architectures; } | grep -x "$1" >/dev/null ||
    as_root "please run as root: dpkg --add-architecture $1" dpkg --add-architecture "$1"
}

build_packages=(g++ cmake ninja-build libeigen3-dev libxsimd-dev nlohmann-json3-dev zlib1g-dev libcli11-dev libfmt-dev libpng-dev libjpeg62-turbo-dev)
# For the tests: Random123 is what Philox is compared with, python3 edits checkpoints and pictures, adatape.py needs NumPy, locales holds what a German locale
# is made of, pkg-config serves a user's project, git is what FetchContent clones with, chromium shows the report of a training run, procps finds the process that
# a test kills, iproute2 makes networks.
test_packages=(doctest-dev librapidcheck-dev librandom123-dev libbenchmark-dev pkg-config python3 python3-numpy python3-pil git locales chromium
  chromium-driver libopenmpi-dev openmpi-bin procps iproute2)
# For clang++ as second compiler, with OpenMP and the runtime of its sanitizers, which clang does not depend on.
clang_packages=(clang libclang-rt-14-dev libomp-dev)
# For the aarch64 preset: the compiler, the emulator and the libraries that are more than headers.
aarch64_packages=(g++-aarch64-linux-gnu qemu-user-static libgomp1:arm64 zlib1g-dev:arm64 libfmt-dev:arm64 libpng-dev:arm64 libjpeg62-turbo-dev:arm64
  librapidcheck-dev:arm64 libbenchmark-dev:arm64)
# For web.sh and tests/web: clang with what it needs to compile C++ for WebAssembly, Node to run it, and the pictures of the page.
wasm_packages=(clang-19 lld-19 libclang-rt-19-dev-wasm32 libc++-19-dev-wasm32 libc++abi-19-dev-wasm32 wasi-libc nodejs dataset-fashion-mnist)
# For docs.sh: what reads the headers, and what makes pages.
documentation_check_packages=(doxygen python3)
documentation_packages=(python3-sphinx python3-breathe python3-myst-parser furo graphviz)
# For harden.sh: clang with libFuzzer, and what the tests need.
harden_packages=(clang libclang-rt-14-dev libomp-dev doctest-dev librapidcheck-dev python3)
# For deb.sh: what a configuration needs that has every part of the library, and what checks the package.
deb_packages=(g++ cmake ninja-build libeigen3-dev libxsimd-dev nlohmann-json3-dev zlib1g-dev libpng-dev libjpeg62-turbo-dev libopenmpi-dev lintian)
# For tests/package/clean_debian.sh, beside those.
clean_debian_packages=(debootstrap)
