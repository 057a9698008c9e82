// bench.cpp: GEMM peers at ViT shapes, fp32 and narrower, all in one process, sampled round-robin so that machine noise hits all alike.
// Row-major C[M,N] = A[M,K] * B[K,N]. FLOPs = 2*M*N*K.  Build and run: see README.md (run.sh).
// Usage: bench THREADS SAMPLES [min_ms] [passes]; with NARROW=1 only the products of narrow factors, beside fp32
#include <dlfcn.h>
#include <omp.h>
#include <unistd.h>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>
#include <dnnl.hpp>
#ifdef HAVE_XSMM
#include <libxsmm.h>
#endif
#include "../common/calib.hpp"
#include "adatape/ops/gemm.hpp"
struct Shape { int M, K, N; const char* what; };
static const Shape shapes[] = {
    {196, 384, 1152, "S qkv"}, {196, 384, 384, "S proj"}, {196, 384, 1536, "S fc1"}, {196, 1536, 384, "S fc2"},
    {1568, 384, 1536, "S fc1 b8"}, {196, 768, 2304, "B qkv"}, {196, 768, 3072, "B fc1"}, {196, 3072, 768, "B fc2"},
    {128, 128, 384, "tiny qkv"}, {16, 128, 512, "tiny fc1 16 tok"}, {196, 64, 196, "QK^T"}, {196, 196, 64, "PV"}};
struct Peer {
  std::string name;
  // makes a closure that runs one GEMM on the given buffers (setup such as packing weights happens here, untimed)
  std::function<std::function<void()>(const Shape&, const float*, const float*, float*)> make;
};
static void* load(const char* so) {
  void* h = dlopen(so, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (!h) fprintf(stderr, "skip %s: %s\n", so, dlerror());
  return h;
}
using cblas_t = void (*)(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*, int);
static void add_cblas(std::vector<Peer>& P, const char* name, const char* so, const char* setthr, int T) {
  void* h = load(so); if (!h) return;
  auto f = (cblas_t)dlsym(h, "cblas_sgemm"); if (!f) { fprintf(stderr, "skip %s: no cblas_sgemm\n", name); return; }
  void* st = setthr ? dlsym(h, setthr) : nullptr;
  if (st) { if (!strncmp(setthr, "bli_", 4)) ((void (*)(long))st)(T); else ((void (*)(int))st)(T); }
  if (auto cfg = (char* (*)())dlsym(h, "openblas_get_config")) fprintf(stderr, "%s: %s", name, cfg());
  if (auto core = (char* (*)())dlsym(h, "openblas_get_corename")) fprintf(stderr, " core=%s\n", core());
  if (auto arch = (const char* (*)(int))dlsym(h, "bli_arch_string")) { auto id = (int (*)())dlsym(h, "bli_arch_query_id"); fprintf(stderr, "%s: arch=%s\n", name, arch(id())); }
  P.push_back({name, [f](const Shape& s, const float* a, const float* b, float* c) {
    return [=] { f(101, 111, 111, s.M, s.N, s.K, 1.f, a, s.K, b, s.N, 0.f, c, s.N); }; }});
}
static void add_eigen(std::vector<Peer>& P, const char* name, const char* so, int T) {
  void* h = load(so); if (!h) return;
  auto st = (void (*)(int))dlsym(h, "peer_threads"); st(T);
  auto f = (void (*)(int, int, int, const float*, const float*, float*))dlsym(h, "peer_gemm");
  P.push_back({name, [f](const Shape& s, const float* a, const float* b, float* c) { return [=] { f(s.M, s.N, s.K, a, b, c); }; }});
}
int main(int argc, char** argv) {
  int T = argc > 1 ? atoi(argv[1]) : 1, S = argc > 2 ? atoi(argv[2]) : 30;
  double min_s = (argc > 3 ? atof(argv[3]) : 1.5) * 1e-3;
  omp_set_num_threads(T);
  std::string lib = getenv("PEERS_BUILD") ? getenv("PEERS_BUILD") : ".";
  const char* sys = LIBDIR;
  const bool narrow_only = getenv("NARROW") != nullptr;
  std::vector<Peer> P;
  if (!narrow_only) for (const char* v : {"gcc", "gcc-pvw512", "clang19", "gcc-avx2"})
    add_eigen(P, (std::string("Eigen/") + v).c_str(), (lib + "/libeigen-" + v + ".so").c_str(), T);
  if (!narrow_only) {
  add_cblas(P, "OpenBLAS-pthread", (std::string(sys) + "openblas-pthread/libopenblas.so.0").c_str(), "openblas_set_num_threads", T);
  add_cblas(P, "OpenBLAS-openmp", (std::string(sys) + "openblas-openmp/libopenblas.so.0").c_str(), "openblas_set_num_threads", T);
  add_cblas(P, "BLIS-pthread", (std::string(sys) + "blis-pthread/libblis.so.4").c_str(), "bli_thread_set_num_threads", T);
  }
  auto adatape_packed = []<class Stored>(Stored) {
    return [](const Shape& s, const float* a, const float* b, float* c) -> std::function<void()> {
      using namespace adatape::ops;
      auto* memory = (Stored*)aligned_alloc(64, (packed_size<float, Stored>(s.K, s.N) * sizeof(Stored) + 63) / 64 * 64);
      auto packed = pack<float>(row_major(b, s.K, s.N), memory);
      return [=] { adatape::ops::gemm<float>(row_major(a, s.M, s.K), packed, row_major(c, s.M, s.N)); };
    }; };
  P.push_back({"adatape packed", adatape_packed(float())});
  if (!narrow_only) P.push_back({"adatape", [](const Shape& s, const float* a, const float* b, float* c) -> std::function<void()> {
    using namespace adatape::ops;
    return [=] { adatape::ops::gemm<float>(row_major(a, s.M, s.K), row_major(b, s.K, s.N), row_major(c, s.M, s.N)); }; }});
  if (!narrow_only) P.push_back({"oneDNN sgemm", [](const Shape& s, const float* a, const float* b, float* c) {
    return [=] { dnnl_sgemm('N', 'N', s.M, s.N, s.K, 1.f, a, s.K, b, s.N, 0.f, c, s.N); }; }});
  static dnnl::engine eng(dnnl::engine::kind::cpu, 0);
  static dnnl::stream str(eng);
  auto mm = [](bool prepack, bool int8, bool bf16 = false) {
    return [=](const Shape& s, const float* a, const float* b, float* c) -> std::function<void()> {
      using namespace dnnl; using D = memory::data_type; using F = memory::format_tag;
      const D left = int8 ? D::u8 : bf16 ? D::bf16 : D::f32, right = int8 ? D::s8 : left;
      memory::desc ad({s.M, s.K}, left, F::ab), bd({s.K, s.N}, right, prepack ? F::any : F::ab), cd({s.M, s.N}, D::f32, F::ab);
      auto pd = std::make_shared<matmul::primitive_desc>(matmul::desc(ad, bd, cd), eng);
      auto prim = std::make_shared<matmul>(*pd);
      memory A, B, C(cd, eng, c);
      if (int8) { A = memory(ad, eng); memset(A.get_data_handle(), 1, size_t(s.M) * s.K); }
      else if (bf16) { memory user(memory::desc({s.M, s.K}, D::f32, F::ab), eng, (void*)a); A = memory(ad, eng); reorder(user, A).execute(str, user, A); str.wait(); }
      else A = memory(ad, eng, (void*)a);
      if (prepack) {
        memory src(memory::desc({s.K, s.N}, int8 ? D::s8 : D::f32, F::ab), eng);
        if (int8) memset(src.get_data_handle(), 1, size_t(s.K) * s.N); else memcpy(src.get_data_handle(), b, size_t(s.K) * s.N * 4);
        B = memory(pd->weights_desc(), eng); reorder(src, B).execute(str, src, B); str.wait();
      } else B = memory(bd, eng, (void*)b);
      if (getenv("PEERS_VERBOSE")) fprintf(stderr, "oneDNN %s\n", pd->impl_info_str());
      return [=] { prim->execute(str, {{DNNL_ARG_SRC, A}, {DNNL_ARG_WEIGHTS, B}, {DNNL_ARG_DST, C}}); str.wait(); };
    }; };
  if (!narrow_only) P.push_back({"oneDNN matmul", mm(false, false)});
  P.push_back({"oneDNN matmul prepack", mm(true, false)});
  if (narrow_only) {  // oneDNN's left factor is narrow already; adatape's is float, and rounding or quantising it is timed
    P.push_back({"adatape bf16", adatape_packed(adatape::Bf16())});
    P.push_back({"oneDNN bf16 prepack", mm(true, false, true)});
    P.push_back({"adatape int8", adatape_packed(std::int8_t())});
  }
  P.push_back({"oneDNN u8s8 prepack", mm(true, true)});
#ifdef HAVE_XSMM
  if (T == 1 && !narrow_only) P.push_back({"libxsmm JIT", [](const Shape& s, const float* a, const float* b, float* c) -> std::function<void()> {
    float beta = 0; auto k = libxsmm_smmdispatch(s.N, s.M, s.K, nullptr, nullptr, nullptr, nullptr, &beta, nullptr, nullptr);  // col-major: C^T = B^T A^T
    if (!k) return nullptr; return [=] { k(b, a, c); }; }});
#endif
  std::mt19937 g(1); std::uniform_real_distribution<float> U(-1, 1);
  struct Job { std::function<void()> f; std::vector<double> rate; };
  const double nominal = (getenv("PEERS_PEAK") ? atof(getenv("PEERS_PEAK")) : 151) * T;
  std::vector<double> peaks;
  std::vector<std::vector<Job>> jobs;
  for (auto& s : shapes) {
    auto al = [](size_t n) { return (float*)aligned_alloc(64, (n * 4 + 63) / 64 * 64); };
    float *a = al(size_t(s.M) * s.K), *b = al(size_t(s.K) * s.N), *c = al(size_t(s.M) * s.N);
    std::vector<float> ref(size_t(s.M) * s.N);
    for (long i = 0; i < long(s.M) * s.K; ++i) a[i] = U(g);
    for (long i = 0; i < long(s.K) * s.N; ++i) b[i] = U(g);
    for (int i = 0; i < s.M; ++i) for (int k = 0; k < s.K; ++k) for (int j = 0; j < s.N; ++j) ref[size_t(i) * s.N + j] += a[size_t(i) * s.K + k] * b[size_t(k) * s.N + j];
    auto& J = jobs.emplace_back();
    for (auto& p : P) {
      J.push_back({p.make(s, a, b, c), {}});
      if (!J.back().f) continue;
      memset(c, 0, size_t(s.M) * s.N * 4); J.back().f();
      double e = 0; for (size_t i = 0; i < ref.size(); ++i) e = std::max(e, double(std::fabs(c[i] - ref[i])));
      const bool narrow = p.name.find("bf16") != std::string::npos || p.name.find("int8") != std::string::npos;
      if (e > (narrow ? 1.0 : 1e-2) && p.name.find("u8s8") == std::string::npos) { fprintf(stderr, "WRONG %s %s err %g\n", p.name.c_str(), s.what, e); J.back().f = nullptr; }
    }
  }
  int outer = argc > 4 ? atoi(argv[4]) : 6;  // several passes, minutes apart in all, so that every shape meets quiet and busy phases
  for (int o = 0; o < outer; ++o) for (size_t si = 0; si < jobs.size(); ++si) {
    auto& s = shapes[si]; double fl = 2.0 * s.M * s.K * s.N;
    for (int r = 0; r < S; ++r) {
      for (auto& j : jobs[si]) if (j.f) {
        if (T > 1) usleep(3000);  // other runtimes' spinning workers go to sleep (see the environment in run.sh)
        double t = calib::now(); int w = 0; do { j.f(); ++w; } while (calib::now() - t < (T > 1 ? 0.0007 : 0.0002));
        double per = (calib::now() - t) / w; int it = std::max(1, int(min_s / per));
        t = calib::now(); for (int i = 0; i < it; ++i) j.f();
        j.rate.push_back(fl * it / (calib::now() - t) * 1e-9);
      }
      if (T > 1) usleep(3000);
      peaks.push_back(calib::peak(T, 250'000));
    }
  }
  printf("| shape | M,K,N |"); for (auto& p : P) printf(" %s |", p.name.c_str()); printf("\n|---|---|"); for (auto& p : P) (void)p, printf("---|"); printf("\n");
  for (size_t si = 0; si < jobs.size(); ++si) {
    auto& s = shapes[si]; printf("| %s | %d,%d,%d |", s.what, s.M, s.K, s.N);
    for (auto& j : jobs[si]) {
      if (!j.f) { printf(" - |"); continue; }
      auto& v = j.rate; std::sort(v.begin(), v.end()); size_t n = v.size();
      printf(" %.1f (%.1f) %.0f%% |", v[n * 95 / 100], v[n / 2], 100 * v[n * 95 / 100] / nominal);
    }
    printf("\n");
  }
  std::sort(peaks.begin(), peaks.end());
  printf("FMA calibration during the run, %d thread(s): p10 %.1f median %.1f p90 %.1f max %.1f GFLOP/s\n", T, peaks[peaks.size() / 10], peaks[peaks.size() / 2], peaks[peaks.size() * 9 / 10], peaks.back());
  printf("cells: GFLOP/s p95 (median) of %d x %d samples of %.1f ms, %% = p95 / nominal peak %.0f (u8s8: GOP/s)\n", outer, S, min_s * 1e3, nominal);
}
