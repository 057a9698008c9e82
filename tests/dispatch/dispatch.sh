#!/usr/bin/env bash
# dispatch.sh PROGRAM FOLDER: describe_set, and the folder with the one object of each of its sets. NM and OBJDUMP name the tools.
set -uo pipefail
program=$1 folder=$2
failures=0

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# refused PATTERN VALUE: exit code 2 and one line on standard error that matches.
refused() {
  local line code
  line=$(ADATAPE_INSTRUCTION_SET=$2 "$program" 2>&1 >/dev/null)
  code=$?
  ((code == 2)) || fail "$2: exit code $code, wanted 2"
  [[ $line =~ $1 && $line != *$'\n'* ]] || fail "$2: '$line' is not one line with '$1'"
}

# has FEATURE...: whether the machine has them all.
has() {
  local feature
  for feature in "$@"; do grep -qw "$feature" /proc/cpuinfo || return; done
}

# check_set NAME LANES FEATURE...: what the program prints in that set, or that it refuses where a feature is missing. The last set that the machine has is the
# best, apart from VDPBF16PS where it is slow (core/namespace.hpp).
check_set() {
  local name=$1 lanes=$2 wanted
  shift 2
  wanted=$(printf '%s\n' 'static objects' "${name/%avx2/avx2_fma}, $lanes lanes" 'checksum -13450' 'caught item 2')
  if has "$@"; then
    [[ $name == avx512_bf16 ]] && has GenuineIntel avx512_fp16 || best=$wanted
    [[ $(ADATAPE_INSTRUCTION_SET=$name "$program") == "$wanted" ]] || fail "$name: wanted"$'\n'"$wanted"
  else
    echo "this machine lacks $name"
    refused 'does not support' "$name"
  fi
}
check_set sse2 4 sse2
check_set avx2 8 avx2 fma bmi1 bmi2
check_set avx2_vnni 8 avx2 fma bmi1 bmi2 avx_vnni
avx512=(avx2 fma bmi1 bmi2 avx512f avx512cd avx512bw avx512dq avx512vl)
check_set avx512 16 "${avx512[@]}"
check_set avx512_vnni 16 "${avx512[@]}" avx512_vnni
check_set avx512_bf16 16 "${avx512[@]}" avx512_vnni avx512_bf16
check_set avx512_amx 16 "${avx512[@]}" avx512_vnni avx512_bf16 amx_tile amx_bf16 amx_int8
[[ $(env -u ADATAPE_INSTRUCTION_SET "$program") == "$best" ]] || fail "the best set is not chosen: wanted"$'\n'"$best"
refused 'wanted one of avx512_amx avx512_bf16 avx512_vnni avx512 avx2_vnni avx2 sse2' avx3

# check_object SET: main is its only global symbol, and nothing in it runs before main. (Priorities of two digits are the sanitizers'.)
check_object() {
  local symbols object=$folder/describe_set_$1.o
  symbols=$("$NM" --defined-only --extern-only --format=just-symbols "$object")
  [[ $symbols == "main_$1" ]] || fail "$1: wanted main_$1 as the only global symbol, found $(head -3 <<<"$symbols")"
  ! "$OBJDUMP" --section-headers "$object" | grep -E ' \.(init_array|preinit_array|ctors)' | grep -vE ' \.init_array\.0+(99)? ' || fail "$1: runs code before main"
}
for set in sse2 avx2 avx2_vnni avx512 avx512_vnni avx512_bf16 avx512_amx; do check_object "$set"; done

# lacks SET PATTERN: no instruction of its object matches. (In a pipe, objdump would fail where grep finds something and ends first.)
lacks() {
  ! grep -m 1 -E "$2" < <("$OBJDUMP" --disassemble "$folder/describe_set_$1.o") || fail "$1: an instruction of a higher set"
}
lacks sse2 '%[yz]mm'
lacks avx2 '%zmm|%k[1-7]|vpdpbusd'
lacks avx2_vnni '%zmm|%k[1-7]'
lacks avx512 'vdpbf16ps|vpdpbusd|%tmm'
lacks avx512_vnni 'vdpbf16ps|%tmm'
lacks avx512_bf16 '%tmm'
exit $((failures > 0))
