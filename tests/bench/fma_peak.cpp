#include "fma_peak.h"

#include <algorithm>
#include <chrono>
#include <cstddef>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace rondo::bench {

#if defined(__x86_64__)
namespace {
constexpr std::size_t chains = 12;  // more than latency times ports on any core
constexpr std::size_t steps = 100'000;

// Returns what the chains end in, so that they are not left out.
[[gnu::target("avx512f")]] float run_avx512() {
  __m512 acc[chains];
  for (__m512& a : acc) a = _mm512_setzero_ps();
  const __m512 x = _mm512_set1_ps(0.5F);
  for (std::size_t i = 0; i < steps; ++i) {
#pragma GCC unroll 12
    for (std::size_t c = 0; c < chains; ++c) acc[c] = _mm512_fmadd_ps(acc[c], x, x);
  }
  for (std::size_t c = 1; c < chains; ++c) acc[0] = _mm512_add_ps(acc[0], acc[c]);
  return _mm512_cvtss_f32(acc[0]);
}

[[gnu::target("avx2,fma")]] float run_avx2() {
  __m256 acc[chains];
  for (__m256& a : acc) a = _mm256_setzero_ps();
  const __m256 x = _mm256_set1_ps(0.5F);
  for (std::size_t i = 0; i < steps; ++i) {
#pragma GCC unroll 12
    for (std::size_t c = 0; c < chains; ++c) acc[c] = _mm256_fmadd_ps(acc[c], x, x);
  }
  for (std::size_t c = 1; c < chains; ++c) acc[0] = _mm256_add_ps(acc[0], acc[c]);
  return _mm256_cvtss_f32(acc[0]);
}
}  // namespace

double fma_peak(std::string_view target) {
  const std::size_t width = target == "avx512" ? 16 : target == "avx2" ? 8 : 0;
  if (width == 0) return 0;
  double best = 0;
  for (int run = 0; run < 50; ++run) {
    const auto start = std::chrono::steady_clock::now();
    volatile float end = width == 16 ? run_avx512() : run_avx2();
    static_cast<void>(end);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::max(best, 2.0 * static_cast<double>(width * chains * steps) / seconds.count());
  }
  return best;
}
#else
double fma_peak(std::string_view) {
  return 0;
}
#endif

}  // namespace rondo::bench
