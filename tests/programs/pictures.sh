#!/usr/bin/env bash
# Pictures of every kind, read as adatape-predict reads them, against Pillow.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
python=/usr/bin/python3  # Debian's, which python3-pil belongs to
[[ -x $python ]] || python=python3
mkdir -p "$work/pictures"
"$python" "$(dirname "${BASH_SOURCE[0]}")/pictures.py" "$work/pictures" "${emulator[@]}" "$bin/dump_picture" || fail "pictures differ from Pillow's"
finish
