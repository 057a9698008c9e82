# awk -v language=cpp [-v word=find_package] -f block.awk PAGE: the first block of code in a page of Markdown that is fenced as that language, and has the word.
# Exits with 1 and a line where there is none.
$0 == "```" && inside {
  inside = 0
  if (word == "" || index(text, word)) {
    found = 1
    exit
  }
}
inside { text = text $0 "\n" }
$0 == "```" language {
  inside = 1
  text = ""
}
END {
  ORS = ""
  if (found) print text
  else print FILENAME ": wanted a block of " language (word == "" ? "" : " with " word) ", found none\n" >"/dev/stderr"
  exit !found
}
