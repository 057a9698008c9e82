# Sourced by the tests of tables: `work` is a folder of the test's own.

# refused_copy WORDS FILE SED_SCRIPT SOURCE PATH... -- COMMAND...: COMMAND fails and says WORDS about a copy in $work of these paths of SOURCE, of which FILE is
# altered.
refused_copy() {
  local words=$1 file=$2 script=$3 source=$4 path said
  shift 4
  rm -rf "$work"
  for path; do
    shift
    [[ $path != -- ]] || break
    mkdir -p "$work/$(dirname "$path")"
    cp -r "$source/$path" "$work/$path"
  done
  sed -i "$script" "$work/$file"
  if cmp -s "$work/$file" "$source/$file"; then echo "'$script' changes nothing in $file" >&2; exit 1; fi
  if said=$("$@" 2>&1); then echo "$file with '$script' passed" >&2; exit 1; fi
  if [[ $said != *"$words"* ]]; then echo "$file with '$script': wanted '$words', found '$said'" >&2; exit 1; fi
}
