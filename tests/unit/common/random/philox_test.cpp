#include "common/random/philox.h"

#include <gtest/gtest.h>

#include <bit>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace rondo::random {
namespace {

struct KnownAnswer {
  Counter counter{};
  std::uint64_t key = 0;
  Counter expected{};
};

// Strict: a generator that is not ours, a word too few or a word too many is an error.
std::vector<KnownAnswer> read_known_answers(std::istream& file) {
  std::vector<KnownAnswer> answers;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string name;
    int rounds = 0;
    words >> name >> rounds >> std::hex;
    if (name != "philox4x32" || rounds != 10) throw std::runtime_error("unknown generator: " + line);
    KnownAnswer answer;
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    for (std::uint32_t& word : answer.counter) words >> word;
    words >> low >> high;
    answer.key = std::uint64_t{high} << 32 | low;
    for (std::uint32_t& word : answer.expected) words >> word;
    std::string more;
    if (!words || words >> more) throw std::runtime_error("not a known answer: " + line);
    answers.push_back(answer);
  }
  return answers;
}

TEST(Philox, GivesRandom123sKnownAnswers) {
  std::ifstream file(RONDO_SOURCE_DIR "/tests/data/philox_kat.txt");
  ASSERT_TRUE(file);
  const std::vector<KnownAnswer> answers = read_known_answers(file);
  ASSERT_EQ(answers.size(), 3u);
  for (const KnownAnswer& answer : answers) {
    Counter poisoned{0xdeadbeef, 0xdeadbeef, 0xdeadbeef, 0xdeadbeef};
    poisoned = philox4x32_10(answer.counter, answer.key);
    EXPECT_EQ(poisoned, answer.expected);
  }
}

TEST(Philox, UnknownOrDamagedKnownAnswersAreErrors) {
  const std::string zeros = "0 0 0 0  0 0";
  for (const std::string& line :
       {"threefry4x32 20 " + zeros + " 1 2 3 4", "philox4x32 7 " + zeros + " 1 2 3 4",
        "philox4x32 10 " + zeros + " 1 2 3", "philox4x32 10 " + zeros + " 1 2 3 4 5",
        "philox4x32 10 " + zeros + " 1 2 3 100000000"}) {
    std::istringstream file(line);
    EXPECT_THROW(static_cast<void>(read_known_answers(file)), std::runtime_error) << line;
  }
}

// Of 128 output bits every flipped input bit changes about half; a bijection never maps two counters to one.
TEST(Philox, EveryBitOfCounterAndKeyMatters) {
  const Counter counter{1, 2, 3, 4};
  const std::uint64_t key = 5;
  const Counter base = philox4x32_10(counter, key);
  std::set<Counter> seen{base};
  for (unsigned bit = 0; bit < 192; ++bit) {
    Counter other = counter;
    if (bit < 128) other[bit / 32] ^= 1U << (bit % 32);
    const Counter words = philox4x32_10(other, bit < 128 ? key : key ^ (std::uint64_t{1} << (bit - 128)));
    int changed = 0;
    for (std::size_t i = 0; i < 4; ++i) changed += std::popcount(words[i] ^ base[i]);
    EXPECT_GT(changed, 35) << bit;
    EXPECT_LT(changed, 93) << bit;
    EXPECT_TRUE(seen.insert(words).second) << bit;
  }
}

}  // namespace
}  // namespace rondo::random
