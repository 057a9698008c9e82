# Sourced by demo.sh and test.sh: makes sure that the Debian packages named are there.
# Installs what is missing as root or through sudo; otherwise prints one line that names the packages and exits 1.
require_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  ((${#missing[@]} == 0)) && return
  local as_root=()
  if ((EUID != 0)); then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      as_root=(sudo)
    else
      echo "missing packages, please install: apt-get install ${missing[*]}" >&2
      exit 1
    fi
  fi
  echo "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq || true
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    { echo "could not install: ${missing[*]}" >&2; exit 1; }
}

build_packages=(g++ cmake ninja-build libeigen3-dev libxsimd-dev librandom123-dev nlohmann-json3-dev zlib1g-dev libcli11-dev libfmt-dev libpng-dev libjpeg62-turbo-dev)
