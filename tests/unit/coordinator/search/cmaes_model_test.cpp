#include "coordinator/search/cmaes_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "common/random/draws.h"

namespace rondo::search {
namespace {

constexpr CmaesBounds free_bounds{0, 1, 0x1p-20};

TEST(CmaesModel, AGenerationGrowsWithTheLogarithm) {
  EXPECT_EQ(cmaes_generation(1), 4u);
  EXPECT_EQ(cmaes_generation(2), 6u);    // 3 log 2 = 2.07…
  EXPECT_EQ(cmaes_generation(10), 10u);  // 3 log 10 = 6.90…
}

TEST(CmaesModel, DrawsAroundTheMiddleAtFirst) {
  const CmaesModel model({free_bounds, free_bounds, {0.25, 0.75, 0.6}});
  EXPECT_EQ(model.place({0, 0, 0}), (std::vector<double>{0.5, 0.5, 0.5}));
  const std::vector<double> place = model.place({0.5, -1, 0.5});
  EXPECT_DOUBLE_EQ(place[0], 0.575);
  EXPECT_DOUBLE_EQ(place[1], 0.35);
  EXPECT_DOUBLE_EQ(place[2], 0.8);  // its least deviation is 0.6
  EXPECT_EQ(model.place({4, -4, 0}), (std::vector<double>{1, 0, 0.5}));
}

std::vector<CmaesPoint> on_a_line(const std::vector<double>& places, bool applies = true) {
  std::vector<CmaesPoint> points;
  for (const double place : places) points.push_back({{place}, {applies}});
  return points;
}

// n = 1: 4 trials, weights log 2.5 and log 1.25 over their sum, μ = 1.46…; y = 1 and 0.
TEST(CmaesModel, AGenerationByHand) {
  const double first = std::log(2.5) / (std::log(2.5) + std::log(1.25));
  const double mu = 1 / (first * first + (1 - first) * (1 - first));
  const double c_step = (mu + 2) / (mu + 6);
  const double c_path = (4 + mu) / (5 + 2 * mu);
  const double c_one = 2 / (2.3 * 2.3 + mu);
  const double c_mu = std::min(1 - c_one, 2 * (mu + 1 / mu - 1.75) / (9 + mu));
  const double chi = 1 - 1.0 / 4 + 1.0 / 21;
  const CmaesModel model = CmaesModel({free_bounds}).updated(on_a_line({0.65, 0.5, 0.1, 0.9}));
  EXPECT_NEAR(model.mean()[0], 0.5 + 0.15 * first, 1e-14);
  const double path = std::sqrt(c_step * (2 - c_step) * mu) * first;
  EXPECT_NEAR(model.step(), 0.15 * std::exp(c_step / (1 + c_step) * (path / chi - 1)), 1e-14);
  const double other = std::sqrt(c_path * (2 - c_path) * mu) * first;
  EXPECT_NEAR(model.covariance()[0][0], 1 - c_one - c_mu + c_one * other * other + c_mu * first, 1e-14);
}

TEST(CmaesModel, WhatDoesNotApplyMovesNoMean) {
  const std::vector<double> places = {0.8, 0.5, 0.1, 0.9};
  const CmaesModel start({free_bounds});
  const CmaesModel all = start.updated(on_a_line(places));
  const CmaesModel none = start.updated(on_a_line(places, false));
  EXPECT_EQ(none.mean()[0], 0.5);
  EXPECT_EQ(none.step(), all.step());
  EXPECT_EQ(none.covariance(), all.covariance());
}

// A place that another model drew far away counts as one within reach: √1 + 2/3 deviations.
TEST(CmaesModel, AFarPlaceIsBroughtNear) {
  CmaesModel narrow({free_bounds});
  for (int i = 0; i < 4; ++i) {
    const double mean = narrow.mean()[0];
    narrow = narrow.updated(on_a_line({mean, mean, mean, mean}));
  }
  const double deviation = narrow.step() * std::sqrt(narrow.covariance()[0][0]);
  ASSERT_LT(deviation, 0.1);
  const double mean = narrow.mean()[0];
  const double moved = narrow.updated(on_a_line({1, 1, 1, 1})).mean()[0] - mean;
  EXPECT_NEAR(moved / deviation, 1 + 2.0 / 3, 1e-12);
}

TEST(CmaesModel, TheMeanStaysInside) {
  CmaesModel model({{0.25, 0.75, 0.1}});
  for (int i = 0; i < 20; ++i) model = model.updated(on_a_line({1, 1, 1, 1}));
  EXPECT_EQ(model.mean()[0], 0.75);
}

// f(x) = Σ 10^k (x_k - 0.3)² rotated a little: 2,000 draws reach the middle to six digits.
TEST(CmaesModel, FindsTheBottomOfAValley) {
  const std::size_t n = 4;
  CmaesModel model(std::vector<CmaesBounds>(n, CmaesBounds{0, 1, 0x1p-40}));
  const auto value = [](const std::vector<double>& x) {
    double sum = 0;
    double scale = 1;
    for (std::size_t k = 0; k < x.size(); ++k) {
      const double away = (x[k] - 0.3) + 0.5 * (x[(k + 1) % x.size()] - 0.3);
      sum += scale * away * away;
      scale *= 10;
    }
    return sum;
  };
  const std::size_t size = cmaes_generation(n);
  const random::Draws draws(random::Key(7), random::Stream::sampler);
  std::uint64_t element = 0;
  for (std::size_t generation = 0; generation < 2000 / size; ++generation) {
    std::vector<CmaesPoint> points;
    for (std::size_t i = 0; i < size; ++i) {
      std::vector<double> normals;
      for (std::size_t k = 0; k < n; ++k) normals.push_back(draws.normal(element++));
      points.push_back({model.place(normals), std::vector<bool>(n, true)});
    }
    std::sort(points.begin(), points.end(),
              [&](const CmaesPoint& a, const CmaesPoint& b) { return value(a.place) < value(b.place); });
    model = model.updated(points);
  }
  for (const double mean : model.mean()) EXPECT_NEAR(mean, 0.3, 1e-3);
  EXPECT_LT(value(model.mean()), 1e-6);
}

}  // namespace
}  // namespace rondo::search
