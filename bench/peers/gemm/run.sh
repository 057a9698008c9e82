#!/bin/bash
# Builds and runs the GEMM comparison. PEERS_BUILD takes every binary. Also: THREADS, SAMPLES, MIN_MS, PASSES.
set -e  # PRIO="nice -n -20" (root) keeps other processes of a shared machine out of the samples
(($# == 0)) || { echo "run.sh: wanted no arguments, found '$*'" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd); : ${PEERS_BUILD:?set it to a scratch folder}; mkdir -p "$PEERS_BUILD"
PEERS_BUILD=$(realpath -- "$PEERS_BUILD"); export PEERS_BUILD; cd "$PEERS_BUILD"
source "$here/../common/built.sh"
inc=-I/usr/include/eigen3; so="-shared -fPIC -fopenmp -fvisibility=hidden -fvisibility-inlines-hidden -DNDEBUG"
e() { built libeigen-$1.so "$here/eigen_gemm.cpp" || "${@:2}" $so $inc "$here/eigen_gemm.cpp" -o libeigen-$1.so; }
e gcc g++ -O3 -march=native
e gcc-pvw512 g++ -O3 -march=native -mprefer-vector-width=512
e gcc-avx2 g++ -O3 -mavx2 -mfma -mtune=native
if echo '#include <omp.h>' | clang++-19 -fopenmp -fsyntax-only -x c++ - 2>/dev/null; then  # not clang alone: its OpenMP is a package of its own
  e clang19 clang++-19 -O3 -march=native -Wno-unused-command-line-argument
fi
program=gemm_bench xs=; [ -f /usr/lib/libxsmm.a ] && program=gemm_bench_xsmm xs="-DHAVE_XSMM -lxsmm -lxsmmnoblas"
built $program "$here" "$here/../common" "$here/../../../include" ||
  g++ -O3 -march=native -fopenmp -std=c++20 -I"$here/../../../include" -isystem /usr/include/eigen3 -DLIBDIR="\"/usr/lib/$(gcc -print-multiarch)/\"" "$here/bench.cpp" -o $program -ldnnl $xs -ldl -lpthread
unset OPENBLAS_L2_SIZE
if grep -q avx512f /proc/cpuinfo; then export OPENBLAS_CORETYPE=SkylakeX; fi  # whatever the environment or OpenBLAS take the processor for
export BLIS_ARCH_TYPE=${BLIS_ARCH_TYPE-0}  # 0 = skx: BLIS 0.9 takes this CPU for haswell because its brand string is unknown
# spin briefly only, or one runtime's idle workers would eat the second core while the next library is timed
export GOMP_SPINCOUNT=10000 KMP_BLOCKTIME=1 OPENBLAS_THREAD_TIMEOUT=20
for t in ${THREADS:-1 2}; do echo "== threads=$t"; $PRIO ./$program $t ${SAMPLES:-30} ${MIN_MS:-1.5} ${PASSES:-6}; done
