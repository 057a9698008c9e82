#!/usr/bin/env bash
# The report of a run as Chromium shows it (report_browser.py). Exit code 77, which CTest reports as skipped, where Chromium, its driver or python3 is missing.
for program in chromium chromedriver python3; do
  command -v $program >/dev/null || { echo "SKIPPED: no $program"; exit 77; }
done
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
expect 0 '^test accuracy' adatape-train --model adatape-fashion-tiny --data "$work/data" --batch-size 50 --lr 0.01 --epochs 3 --out "$work/run" \
  --class-names '<script>alert(1)</script>,a"b&c,a name that is long enough to be too wide for a telephone,three,four,five,six,seven,eight,nine'
python3 "$(dirname "${BASH_SOURCE[0]}")/report_browser.py" "$work/run/report.html" "$work" 'adatape-fashion-tiny' Curves Accuracy 'Training loss' \
  'Mean tape length' 'Learning rate' 'What the tape reads' 'Distribution of the tape length' 'Accuracy against compute' Confusion Examples Settings \
  'Command line' || fail "the report in Chromium"
[[ -s $work/report_light_1280.png && -s $work/report_dark_400.png ]] || fail 'no screenshots'
finish
