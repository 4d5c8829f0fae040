// Included inside a target's namespace: dropout, with its words from Philox4x32-10 (common/random), many
// blocks of the generator at once.

// Words 4·index to 4·index + 3 of each of `blocks` blocks from `first` on; room for eight blocks more.
#if defined(__SSE4_2__)
// A counter's words are the low halves of 64-bit lanes, a block a lane: a product needs no shuffle, and what
// lies in the high halves is never looked at.
#if defined(__AVX512F__)
using Blocks = std::uint64_t __attribute__((vector_size(64)));
// With a mask that takes all: g++ warns of what the plain one leaves undefined.
inline void multiply(Blocks& a, std::uint64_t b) {
  a = reinterpret_cast<Blocks>(_mm512_maskz_mul_epu32(static_cast<__mmask8>(-1), reinterpret_cast<__m512i>(a),
                                                      _mm512_set1_epi64(static_cast<long long>(b))));
}
#elif defined(__AVX2__)
using Blocks = std::uint64_t __attribute__((vector_size(32)));
inline void multiply(Blocks& a, std::uint64_t b) {
  a = reinterpret_cast<Blocks>(
      _mm256_mul_epu32(reinterpret_cast<__m256i>(a), _mm256_set1_epi64x(static_cast<long long>(b))));
}
#else
using Blocks = std::uint64_t __attribute__((vector_size(16)));
inline void multiply(Blocks& a, std::uint64_t b) {
  a = reinterpret_cast<Blocks>(
      _mm_mul_epu32(reinterpret_cast<__m128i>(a), _mm_set1_epi64x(static_cast<long long>(b))));
}
#endif
inline void philox_words(std::size_t blocks, std::uint32_t first, const PhiloxAddress& address,
                         std::uint32_t* words) {
  constexpr std::size_t width = sizeof(Blocks) / sizeof(std::uint64_t);
  for (std::size_t b = 0; b < blocks; b += width) {
    Blocks c0;
    for (std::size_t l = 0; l < width; ++l) c0[l] = first + b + l;
    Blocks c1 = Blocks{} + address.step;
    Blocks c2 = Blocks{} + address.tensor;
    Blocks c3 = Blocks{} + address.stream;
    std::uint32_t k0 = static_cast<std::uint32_t>(address.key);
    std::uint32_t k1 = static_cast<std::uint32_t>(address.key >> 32);
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
      multiply(c0, 0xd2511f53);
      multiply(c2, 0xcd9e8d57);
      const Blocks a = c0;
      const Blocks c = c2;
      c0 = (c >> 32) ^ c1 ^ k0;
      c1 = c;
      c2 = (a >> 32) ^ c3 ^ k1;
      c3 = a;
      k0 += 0x9e3779b9;
      k1 += 0xbb67ae85;
    }
    const Blocks first_pair = (c0 & 0xffffffff) | (c1 << 32);
    const Blocks second_pair = (c2 & 0xffffffff) | (c3 << 32);
    for (std::size_t l = 0; l < width; ++l) {
      const std::uint64_t pairs[2] = {first_pair[l], second_pair[l]};
      __builtin_memcpy(words + 4 * (b + l), pairs, sizeof pairs);
    }
  }
}
#else
inline void philox_words(std::size_t blocks, std::uint32_t first, const PhiloxAddress& address,
                         std::uint32_t* words) {
  for (std::size_t b = 0; b < blocks; ++b) {
    std::uint32_t c0 = first + static_cast<std::uint32_t>(b);
    std::uint32_t c1 = address.step;
    std::uint32_t c2 = address.tensor;
    std::uint32_t c3 = address.stream;
    std::uint32_t k0 = static_cast<std::uint32_t>(address.key);
    std::uint32_t k1 = static_cast<std::uint32_t>(address.key >> 32);
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t a = std::uint64_t{0xd2511f53} * c0;
      const std::uint64_t c = std::uint64_t{0xcd9e8d57} * c2;
      c0 = static_cast<std::uint32_t>(c >> 32) ^ c1 ^ k0;
      c1 = static_cast<std::uint32_t>(c);
      c2 = static_cast<std::uint32_t>(a >> 32) ^ c3 ^ k1;
      c3 = static_cast<std::uint32_t>(a);
      k0 += 0x9e3779b9;
      k1 += 0xbb67ae85;
    }
    words[4 * b] = c0;
    words[4 * b + 1] = c1;
    words[4 * b + 2] = c2;
    words[4 * b + 3] = c3;
  }
}
#endif

void dropout(std::size_t count, std::uint64_t first, const PhiloxAddress& address, std::uint32_t threshold,
             float scale, float* x) {
  constexpr std::size_t blocks = 64;
  std::uint32_t words[4 * (blocks + 8)];
  std::size_t done = 0;
  while (done < count) {
    const std::uint64_t element = first + done;
    const std::size_t skipped = element % 4;
    const std::size_t room = 4 * blocks - skipped;
    const std::size_t some = count - done < room ? count - done : room;
    philox_words((skipped + some + 3) / 4, static_cast<std::uint32_t>(element / 4), address, words);
    float* part = x + done;
    const std::uint32_t* of_part = words + skipped;
    for (std::size_t i = 0; i < some; ++i) part[i] = of_part[i] < threshold ? 0.0F : part[i] * scale;
    done += some;
  }
}
