# Sourced by the scripts beside this file. block FILE LANGUAGE [WORD]: the first block of FILE fenced as LANGUAGE, and with the word (tests/docs/block.awk).
block() { awk -v language="$2" -v word="${3-}" -f "$(dirname "${BASH_SOURCE[0]}")/../docs/block.awk" "$1"; }
