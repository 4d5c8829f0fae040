// Correctly rounded functions: special values, hard cases, and seeded values against MPFR. All 2^32 inputs
// are checked by tests/exhaustive.
#include <gtest/gtest.h>

#include <bit>
#include <cstdio>
#include <fstream>
#include <limits>
#include <string>

#include "tests/unit/worker/kernels/reference.h"

namespace rondo::kernels::test {
namespace {

using Kernel = void (*KernelTable::*)(std::size_t, const float*, float*);

struct Function {
  const char* name;
  Kernel kernel;
  float (*rounded)(float);
};

const Function functions[] = {{"exp", &KernelTable::exp, exp_rounded},
                              {"log", &KernelTable::log, log_rounded},
                              {"log1p", &KernelTable::log1p, log1p_rounded},
                              {"tanh", &KernelTable::tanh, tanh_rounded},
                              {"erf", &KernelTable::erf, erf_rounded}};

class Functions : public testing::TestWithParam<Function> {
 protected:
  static void check(const Floats& x, const Floats& wanted) {
    for (const KernelTable* table : available_tables()) {
      Buffer x_in(x);
      Buffer y = Buffer::poisoned(x.size());
      (table->*GetParam().kernel)(x.size(), x_in.data(), y.data());
      expect_same(y.values(), wanted, std::string(GetParam().name) + " on " + table->name);
    }
  }
  static void check(const Floats& x) {
    Floats wanted;
    for (const float value : x) wanted.push_back(GetParam().rounded(value));
    check(x, wanted);
  }
};
INSTANTIATE_TEST_SUITE_P(All, Functions, testing::ValuesIn(functions),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(Functions, AreRoundedFromTheExactValue) {
  for (const std::size_t count : counts()) {
    for (const Kind kind : all_kinds) check(values(kind, 7, count));
  }
  check(values(Kind::plain, 8, 70000));
}

// Every power of two, its neighbours, and both signs.
TEST_P(Functions, AreRoundedAroundPowersOfTwo) {
  Floats x;
  for (std::uint32_t exponent = 0; exponent < 255; ++exponent) {
    for (const std::uint32_t bits : {exponent << 23, (exponent << 23) + 1, (exponent << 23) + 0x7fffff}) {
      x.push_back(std::bit_cast<float>(bits));
      x.push_back(-x.back());
    }
  }
  check(x);
}

// Lines of tests/data/numerics: the bits of input and result.
TEST_P(Functions, AreRoundedWhereItIsHardest) {
  const std::string path = std::string(RONDO_SOURCE_DIR) + "/tests/data/numerics/" + GetParam().name + ".txt";
  std::ifstream file(path);
  ASSERT_TRUE(file) << path;
  Floats x;
  Floats wanted;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::uint32_t bits[2] = {};
    ASSERT_EQ(std::sscanf(line.c_str(), "%8x %8x", &bits[0], &bits[1]), 2) << path << ": " << line;
    x.push_back(std::bit_cast<float>(bits[0]));
    wanted.push_back(std::bit_cast<float>(bits[1]));
  }
  ASSERT_GE(x.size(), 100U);
  check(x, wanted);
  check(x);
}

struct Special {
  const char* function;
  float x, y;
};

TEST(Function, OfSpecialValuesIsWhatIeee754Recommends) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  constexpr float least = std::numeric_limits<float>::denorm_min();
  constexpr float largest = std::numeric_limits<float>::max();
  constexpr Special specials[] = {
      {"exp", nan, nan},
      {"exp", infinity, infinity},
      {"exp", -infinity, 0.0F},
      {"exp", 0.0F, 1.0F},
      {"exp", -0.0F, 1.0F},
      {"exp", least, 1.0F},
      {"exp", largest, infinity},
      {"exp", -largest, 0.0F},
      {"exp", 88.72284F, infinity},
      {"exp", 88.72283F, 0x1.ffff08p127F},
      {"exp", -103.97208F, 0.0F + least},
      {"exp", -103.97209F, 0.0F},
      {"exp", 1.0F, 0x1.5bf0a8p1F},
      {"log", nan, nan},
      {"log", infinity, infinity},
      {"log", -infinity, nan},
      {"log", 0.0F, -infinity},
      {"log", -0.0F, -infinity},
      {"log", -1.0F, nan},
      {"log", -least, nan},
      {"log", 1.0F, 0.0F},
      {"log", least, -0x1.9d1da0p6F},
      {"log1p", nan, nan},
      {"log1p", infinity, infinity},
      {"log1p", -infinity, nan},
      {"log1p", 0.0F, 0.0F},
      {"log1p", -0.0F, -0.0F},
      {"log1p", -1.0F, -infinity},
      {"log1p", -0x1.000002p0F, nan},
      {"log1p", least, least},
      {"log1p", -least, -least},
      {"log1p", -largest, nan},
      {"tanh", nan, nan},
      {"tanh", infinity, 1.0F},
      {"tanh", -infinity, -1.0F},
      {"tanh", 0.0F, 0.0F},
      {"tanh", -0.0F, -0.0F},
      {"tanh", least, least},
      {"tanh", -least, -least},
      {"tanh", largest, 1.0F},
      {"erf", nan, nan},
      {"erf", infinity, 1.0F},
      {"erf", -infinity, -1.0F},
      {"erf", 0.0F, 0.0F},
      {"erf", -0.0F, -0.0F},
      {"erf", least, least},
      {"erf", -largest, -1.0F},
  };
  for (const Special& s : specials) {
    for (const Function& f : functions) {
      if (std::string(f.name) != s.function) continue;
      for (const KernelTable* table : available_tables()) {
        // Once alone and once in every lane: the loop's tail is other code than its middle.
        Floats y(37);
        (table->*f.kernel)(1, &s.x, y.data());
        EXPECT_TRUE(same(y[0], s.y)) << table->name << " " << s.function << "(" << s.x << ") = " << y[0];
        (table->*f.kernel)(37, Floats(37, s.x).data(), y.data());
        expect_same(y, Floats(37, s.y), std::string(table->name) + " " + s.function);
      }
    }
  }
}

}  // namespace
}  // namespace rondo::kernels::test
