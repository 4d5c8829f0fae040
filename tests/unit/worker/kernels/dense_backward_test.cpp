// The way back of a dense layer with the step of its weights: every target against its parts, one after the
// other.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include "tests/unit/worker/kernels/fixtures.h"
#include "tests/unit/worker/kernels/on_threads.h"
#include "worker/kernels/parallel.h"
#include "worker/kernels/table.h"

namespace rondo::kernels::test {
namespace {

// Inputs first … first + inputs - 1 of all.
struct Layer {
  std::size_t rows, inputs, units, first, all_inputs;
};

// Of one register and two, of panels that are whole and not, of groups of inputs that are whole and not; rows
// and units that are turned round and that are not; room for two groups, just not, and for dy's last columns
// or not.
constexpr Layer layers[] = {
    {1, 1, 1, 0, 1},         {0, 5, 40, 0, 5},      {3, 5, 0, 0, 5},       {7, 40, 16, 0, 40},
    {5, 13, 31, 0, 13},      {32, 25, 32, 0, 25},   {32, 12, 64, 0, 12},   {32, 13, 64, 3, 20},
    {32, 64, 128, 0, 64},    {33, 61, 97, 0, 61},   {9, 77, 130, 0, 77},   {31, 36, 191, 2, 40},
    {16, 90, 48, 0, 90},     {130, 29, 80, 0, 29},  {32, 31, 1030, 0, 31}, {4, 18, 70, 1030, 1100},
    {2, 100, 33, 924, 1024}, {20, 500, 64, 0, 500}, {90, 130, 36, 0, 130}, {11, 12, 1030, 0, 12},
};

struct Steps {
  const char* name;
  Step step;
};
constexpr Steps steps[] = {
    {"sgd", {false, 0.05F, 0.9F, 0, 1, 1}},
    {"adamw", {true, 0.003F, 0, 0.01F, 0.729F, 0.997F}},
    {"adam", {true, 0.003F, 0, 0, 0.729F, 0.997F}},
    // So fast that what is denormal moves a weight.
    {"fast adam", {true, 1e37F, 0, 0, 0.729F, 0.997F}},
    {"fast sgd", {false, 1e37F, 0.9F, 0, 1, 1}},
};

struct Given {
  Given(const Layer& l, Kind kind)
      : x(values(kind, 1, l.rows * l.all_inputs)),
        dy(values(kind, 2, l.rows * l.units)),
        weights(values(kind, 3, l.inputs * l.units)),
        first(values(kind, 4, l.inputs * l.units)),
        second(values(kind, 5, l.inputs * l.units)) {
    for (float& value : second) value = std::fabs(value);
    for (Floats* none : {&x, &dy}) none->reserve(1);  // so that it lies somewhere
  }
  Floats x, dy, weights, first, second;
};

struct Left {
  Floats weights, first, second, d_bias, dx;
};

// In plain chains.
Left in_parts(const Layer& l, const Step& step, const Given& given) {
  const KernelTable& table = *available_tables().front();
  Left left{given.weights, given.first, given.second, Floats(l.units), Floats(l.rows * l.all_inputs, 7.0F)};
  Floats gradient(l.inputs * l.units);
  table.dense_gradient_weights_part(l.rows, l.inputs, l.all_inputs, l.units, given.x.data() + l.first,
                                    given.dy.data(), gradient.data(), left.d_bias.data());
  Floats dx(l.rows * l.inputs);
  table.dense_gradient_inputs(l.rows, l.inputs, l.units, given.dy.data(), given.weights.data(), dx.data());
  for (std::size_t r = 0; r < l.rows; ++r) {
    for (std::size_t i = 0; i < l.inputs; ++i) left.dx[r * l.all_inputs + l.first + i] = dx[r * l.inputs + i];
  }
  if (step.is_adam) {
    table.adam(gradient.size(), step.learning_rate, step.weight_decay, step.product1, step.product2,
               gradient.data(), left.first.data(), left.second.data(), left.weights.data());
  } else {
    table.sgd(gradient.size(), step.learning_rate, step.momentum, gradient.data(), left.first.data(),
              left.weights.data());
  }
  return left;
}

void expect_parts(const Layer& l, const Steps& s, const Given& given, const std::string& kind) {
  const Left wanted = in_parts(l, s.step, given);
  for (const KernelTable* table : available_tables()) {
    for (const bool all : {true, false}) {
      const std::string where =
          fmt::format("{} {} {}: {} x {} of {} x {}{}", table->name, s.name, kind, l.rows, l.inputs,
                      l.all_inputs, l.units, all ? "" : ", weights alone");
      Buffer weights(given.weights), first(given.first), second(given.second);
      Buffer room = Buffer::poisoned(given.weights.size());
      Buffer d_bias = Buffer::poisoned(l.units);
      Buffer dx(Floats(given.x.size(), 7.0F));
      table->dense_backward({l.rows,
                             l.inputs,
                             l.all_inputs,
                             l.units,
                             given.x.data() + l.first,
                             given.dy.data(),
                             weights.data(),
                             {first.data(), s.step.is_adam ? second.data() : nullptr},
                             room.data(),
                             all ? d_bias.data() : nullptr,
                             all ? dx.data() + l.first : nullptr},
                            s.step);
      expect_same(weights.values(), wanted.weights, where + ": weights");
      expect_same(first.values(), wanted.first, where + ": first slot");
      expect_same(second.values(), wanted.second, where + ": second slot");
      static_cast<void>(room.values());
      if (!all) continue;
      expect_same(d_bias.values(), wanted.d_bias, where + ": d_bias");
      expect_same(dx.values(), wanted.dx, where + ": dx");
    }
  }
}

TEST(DenseBackward, EqualsItsPartsOnEveryTarget) {
  for (const Layer& l : layers) {
    for (const Steps& s : steps) {
      for (const Kind kind : all_kinds) expect_parts(l, s, Given(l, kind), name_of(kind));
    }
  }
}

// Of units that nothing reaches any more: in some of the columns, of the first half of the inputs, or of the
// last.
TEST(DenseBackward, EqualsItsPartsWhereMomentsAreDenormal) {
  const float faint = 4 * std::numeric_limits<float>::denorm_min();
  for (const Layer& l : layers) {
    for (const int where : {0, 1, 2}) {
      Given given(l, Kind::plain);
      for (std::size_t i = 0; i < given.weights.size(); ++i) {
        const std::size_t input = i / l.units;
        const bool faded = where == 0 ? i % l.units % 40 == 3 : (input < l.inputs / 2) == (where == 1);
        if (!faded) continue;
        const float more = std::ldexp(static_cast<float>(i * 7919 % 8'000'000), -149);
        given.first[i] = i % 3 == 0 ? -faint : i % 5 == 0 ? more : faint;
        if (i % 2 == 0) given.second[i] = i % 4 == 0 ? more : faint;
      }
      for (std::size_t r = 0; r < l.rows; ++r) {
        for (std::size_t u = 3; u < l.units; u += 40) given.dy[r * l.units + u] = 0;
        for (std::size_t i = 0; i < l.inputs / 2; ++i) given.x[r * l.all_inputs + l.first + i] = 0;
      }
      for (const Steps& s : steps) expect_parts(l, s, given, fmt::format("denormal {}", where));
    }
  }
}

// Rows of dy with denormals, alone and side by side, at the beginning and the end, among rows that have none
// or are special: sums that cancel, grow out of the denormals, or fall into them.
TEST(DenseBackward, EqualsItsPartsWhereRowsAreFaint) {
  for (const Layer& l : layers) {
    for (const Kind others : {Kind::plain, Kind::special}) {
      for (const int which : {0, 1, 2, 3}) {
        Given given(l, Kind::plain);
        const Floats dy = values(others, 6, l.rows * l.units);
        std::copy(dy.begin(), dy.end(), given.dy.begin());
        const Floats tiny = values(Kind::tiny, 7, l.rows * l.units);
        const Floats plain = values(Kind::plain, 8, l.rows * l.units);
        for (std::size_t r = 0; r < l.rows; ++r) {
          const bool faint = which == 0   ? r == 0
                             : which == 1 ? r + 1 == l.rows
                             : which == 2 ? r % 4 < 2
                                          : r % 9 != 4;
          if (!faint) continue;
          for (std::size_t i = r * l.units; i < (r + 1) * l.units; ++i) {
            given.dy[i] = i % 7 == 0   ? 0.0F
                          : i % 3 == 0 ? std::ldexp(plain[i], -128 + static_cast<int>(i % 11))
                                       : tiny[i];
          }
        }
        expect_parts(l, steps[which % 2], given, fmt::format("faint {} {}", name_of(others), which));
      }
    }
  }
}

// Sums a 2^-70th beside the middle between two floats, which a double would round to the middle.
TEST(DenseBackward, RoundsFaintRowsOnce) {
  const Layer l{2, 12, 5, 0, 12};
  Given given(l, Kind::zeros);
  const float odd = 1 + 0x1p-23F;
  const float factor = 0x1p-12F + 0x1p-35F;
  const float other = 0x1p-12F - 0x1p-35F;
  const float signs[4][2] = {{1, 1}, {1, -1}, {-1, 1}, {-1, -1}};
  for (std::size_t i = 0; i < l.inputs; ++i) {
    given.x[i] = 1;
    given.x[l.inputs + i] = factor;
    // Of the gradient by the inputs: the first unit's product, then the second's.
    given.weights[i * l.units] = odd * signs[i % 4][0];
    given.weights[i * l.units + 1] = factor * signs[i % 4][1];
  }
  for (std::size_t u = 0; u < 4; ++u) {
    given.dy[u] = odd * signs[u][0];
    given.dy[l.units + u] = other * signs[u][1];
  }
  given.dy[l.units + 4] = std::numeric_limits<float>::denorm_min();
  expect_parts(l, steps[0], given, "gradient by the weights");
  given.dy[l.units] = 1;
  given.dy[l.units + 1] = other;
  given.dy[l.units + 2] = given.dy[l.units + 3] = 0;
  expect_parts(l, steps[0], given, "gradient by the inputs");
}

TEST(DenseBackward, HasTheBitsOfOneThread) {
  for (const Layer& l : layers) {
    const DenseExtent e{l.rows, l.inputs, l.units};
    for (const Steps& s : std::span(steps).first(2)) {
      for (const Kind kind : {Kind::plain, Kind::tiny}) {
        for (const bool has_inputs : {true, false}) {
          const std::string what = fmt::format("{} {} x {} x {}", s.name, e.rows, e.inputs, e.units);
          expect_equal(what, kind, [&](Call& call) {
            const auto x = call.given(e.rows * e.inputs), dy = call.given(e.rows * e.units);
            const std::size_t size = e.inputs * e.units;
            const auto weights = call.given(size), first = call.given(size), second = call.given(size);
            for (float& value : second) value = std::fabs(value);
            Floats room(size);
            std::optional<Through> through;
            if (has_inputs) through = Through{Activation::gelu, x};
            dense_backward(call.threads, e, x, dy,
                           {weights, {first, s.step.is_adam ? second : std::span<float>()}, room}, s.step,
                           call.out(e.units), has_inputs ? call.out(e.rows * e.inputs) : std::span<float>(),
                           through);
          });
        }
      }
    }
  }
}

}  // namespace
}  // namespace rondo::kernels::test
