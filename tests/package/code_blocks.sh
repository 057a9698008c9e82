# Sourced by the scripts beside this file. block FILE LANGUAGE: the first block of FILE fenced as LANGUAGE. block FILE LANGUAGE WORD: the first that has WORD.
block() {
  awk -v fence="\`\`\`$2" -v word="${3-}" '
    $0 == "```" && inside { if (word == "" || index(text, word)) { printf "%s", text; exit } inside = 0 }
    inside { text = text $0 "\n" }
    $0 == fence { inside = 1; text = "" }' "$1"
}
