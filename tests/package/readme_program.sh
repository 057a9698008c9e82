#!/usr/bin/env bash
# readme_program.sh CHECKOUT FOLDER [FLAGS]: builds the program of README.md in FOLDER, as docs/packages.md shows, with CMake's find_package and with pkg-config
# alone. Both run, and what they print is compared with README.md. FLAGS take the place of the optimisation that the page shows. The environment says where
# adatape is: CMAKE_PREFIX_PATH and PKG_CONFIG_PATH, and neither where it is installed for the system. Of CHECKOUT only texts are used.
set -euo pipefail
checkout=$1 folder=$2 flags=${3--O3 -march=native}
: "${CXX:=g++}" "${CMAKE:=cmake}"
source "$(dirname "${BASH_SOURCE[0]}")/code_blocks.sh"
page=$checkout/docs/packages.md

# shown LANGUAGE WORD: the block of the page that has WORD, with our compiler, CMake and flags.
shown() {
  local text
  text=$(block "$page" "$1" "$2") || exit 1
  sed -e "s|-O3 -march=native|$flags|" -e "s|^g++ |$CXX |" -e "s|^cmake |$CMAKE |" <<<"$text"
}

# agrees PROGRAM
agrees() { "$CMAKE" -D "README=$checkout/README.md" -D "PROGRAM=$1" -P "$checkout/tests/readme/check_output.cmake" 2>&1; }

export CXX
for way in find_package pkg-config; do
  mkdir -p "$folder/$way"
  cd "$folder/$way"
  block "$checkout/README.md" cpp >app.cpp
  [[ $way != find_package ]] || shown cmake find_package >CMakeLists.txt
  commands=$(shown sh "$([[ $way == find_package ]] && echo "cmake -B build -D CMAKE_BUILD_TYPE" || echo pkg-config)")
  start=$SECONDS
  (set -e && eval "$commands") >build.log 2>&1 || { tail -30 build.log; echo "FAILED: $way: the program cannot be built"; exit 1; }
  echo "$way: built in $((SECONDS - start)) s"
  program=$PWD/app
  [[ $way != find_package ]] || program=$PWD/build/app
  agrees "$program" >run.log || { cat run.log; echo "FAILED: $way: the program does not print what README.md shows"; exit 1; }
done
