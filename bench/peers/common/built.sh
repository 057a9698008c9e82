# Sourced by the scripts that build the peers.

# built FILE SOURCE...: is FILE there, and no file of the sources, which may be folders, newer?
built() { [[ -s $1 && -z $(find "${@:2}" -type f -newer "$1" -print -quit) ]]; }
