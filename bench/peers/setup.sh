#!/bin/bash
# Builds the peers; cmake/bench.sh installs the packages before. PEERS_BUILD takes every binary and model (about 2 GiB). What is not older than its sources is
# not built again.
set -e
(($# == 0)) || { echo "setup.sh: wanted no arguments, found '$*'" >&2; exit 2; }
: "${PEERS_BUILD:?set it to a scratch folder}"; here=$(cd "$(dirname "$0")" && pwd); mkdir -p "$PEERS_BUILD/ort"
PEERS_BUILD=$(realpath -- "$PEERS_BUILD"); export PEERS_BUILD
source "$here/common/built.sh"
cd "$PEERS_BUILD"
built peak "$here/peak" || g++ -O3 -march=native -pthread "$here/peak/peak.cpp" -o peak
built series "$here/peak" || g++ -O3 -march=native -pthread "$here/peak/series.cpp" -o series
built quiet "$here/common" || g++ -O2 -march=native -pthread "$here/common/quiet.cpp" -o quiet
built onednn_vit "$here/onednn" "$here/common" ||
  g++ -O3 -march=native -mprefer-vector-width=512 -ffast-math -fopenmp -std=c++17 "$here/onednn/onednn_vit.cpp" -o onednn_vit -ldnnl -lpthread
(cd ort; [ -d node_modules/onnxruntime-node ] || { npm init -y >/dev/null; npm install onnxruntime-node@1.30.0 --ignore-scripts; })
built onnx/B.b8.int8.onnx "$here/ort/export.py" || /usr/bin/python3 "$here/ort/export.py"
built adatape_peer "$here/adatape_peer.cpp" "$here"/../*.hpp "$here/../../include" ||
  g++ -O3 -march=native -fopenmp -std=c++20 -I"$here/../../include" -isystem /usr/include/eigen3 "$here/adatape_peer.cpp" -o adatape_peer
