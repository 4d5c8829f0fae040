#include "common/data/survey.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace rondo::data {

namespace {

constexpr std::size_t at_once = 64;

#if defined(__SSE2__)
// Of 64 bytes, if all are ASCII and no NUL: then `line_ends` grows.
bool plain_block(const char* bytes, std::size_t& line_ends) {
  __m128i plain = _mm_set1_epi8(-1);
  __m128i ends = _mm_setzero_si128();
  for (std::size_t i = 0; i < at_once; i += sizeof(__m128i)) {
    __m128i some;
    std::memcpy(&some, bytes + i, sizeof some);
    // Read as signed, what is not above 0 is not ASCII or NUL.
    plain = _mm_and_si128(plain, _mm_cmpgt_epi8(some, _mm_setzero_si128()));
    ends = _mm_sub_epi8(ends, _mm_cmpeq_epi8(some, _mm_set1_epi8('\n')));
  }
  if (_mm_movemask_epi8(plain) != 0xffff) return false;
  const __m128i sums = _mm_sad_epu8(ends, _mm_setzero_si128());
  line_ends += static_cast<std::size_t>(_mm_cvtsi128_si32(sums) + _mm_extract_epi16(sums, 4));
  return true;
}
#else
bool plain_block(const char* bytes, std::size_t& line_ends) {
  std::uint64_t odd = 0;
  for (std::size_t i = 0; i < at_once; i += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + i, sizeof word);
    // A byte's top bit is set by itself, or by the borrow that subtracting 1 from 0 takes.
    odd |= word | (word - 0x0101010101010101U);
  }
  if ((odd & 0x8080808080808080U) != 0) return false;
  line_ends += static_cast<std::size_t>(std::count(bytes, bytes + at_once, '\n'));
  return true;
}
#endif

}  // namespace

Survey survey_of(std::string_view bytes) {
  Survey survey;
  while (bytes.size() - survey.plain >= at_once &&
         plain_block(bytes.data() + survey.plain, survey.line_ends)) {
    survey.plain += at_once;
  }
  const std::string_view rest = bytes.substr(survey.plain);
  survey.line_ends += static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n'));
  return survey;
}

}  // namespace rondo::data
