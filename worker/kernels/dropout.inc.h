// Included inside a target's namespace: dropout, with its words from Philox4x32-10 (common/random), many
// blocks of the generator at once.

// Words 4·index to 4·index + 3 of each of `blocks` blocks from `first` on.
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

void dropout(std::size_t count, std::uint64_t first, const PhiloxAddress& address, std::uint32_t threshold,
             float scale, float* x) {
  constexpr std::size_t blocks = 64;
  std::uint32_t words[4 * blocks];
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
