#include "worker/train/predictor.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "tests/unit/worker/train/problems.h"
#include "worker/train/trial.h"

namespace rondo::train {
namespace {

proto::Model trained(const data::PreparedData& data, std::uint32_t epochs = 3) {
  Trial trial(data, test::spec(epochs));
  test::train_to_end(trial);
  return trial.model();
}

TEST(Predictor, GivesProbabilitiesOfClassOneForBinary) {
  const data::PreparedData data = test::problem(proto::TASK_BINARY, 200, 600);
  Predictor predictor(trained(data));
  const Predictions predictions = predictor.predict(data.validation);
  EXPECT_EQ(predictions.rows, 600u);
  EXPECT_EQ(predictions.classes, 2u);
  ASSERT_EQ(predictions.probabilities.size(), 600u);
  for (const float p : predictions.probabilities) EXPECT_TRUE(p >= 0 && p <= 1);
  EXPECT_TRUE(predictions.values.empty());
}

TEST(Predictor, GivesADistributionForEachRowOfSeveralClasses) {
  const data::PreparedData data = test::problem(proto::TASK_MULTICLASS, 200, 300);
  Predictor predictor(trained(data));
  const Predictions predictions = predictor.predict(data.validation);
  ASSERT_EQ(predictions.probabilities.size(), 900u);
  for (std::size_t r = 0; r < 300; ++r) {
    const float* row = &predictions.probabilities[3 * r];
    EXPECT_NEAR(row[0] + row[1] + row[2], 1, 1e-5);
  }
}

TEST(Predictor, GivesRegressionInTheTargetsOwnUnits) {
  const data::PreparedData data = test::problem(proto::TASK_REGRESSION, 200, 300);
  proto::Model model = trained(data);
  const Predictions standard = Predictor(model).predict(data.validation);
  ASSERT_EQ(standard.values.size(), 300u);
  model.mutable_preprocessing()->mutable_target()->set_scale(4.0);
  model.mutable_preprocessing()->mutable_target()->set_mean(100.0);
  const Predictions scaled = Predictor(model).predict(data.validation);
  for (std::size_t r = 0; r < 300; ++r) {
    EXPECT_NEAR(scaled.values[r], 100 + 4 * (standard.values[r] - 2.0 / 3) / 0.4, 1e-9);
  }
}

proto::Model three_networks(const data::PreparedData& data) {
  proto::Model model;
  for (std::uint64_t id = 0; id < 3; ++id) {
    TrialSpec spec = test::spec(3);
    spec.trial = TrialId(id);
    Trial trial(data, spec);
    test::train_to_end(trial);
    const proto::Model one = trial.model();
    if (id == 0) model = one;
    if (id > 0) *model.add_networks() = one.networks(0);
  }
  return model;
}

std::vector<Predictions> each_alone(const proto::Model& model, const data::Part& part) {
  std::vector<Predictions> all;
  for (const proto::Network& network : model.networks()) {
    proto::Model one = model;
    one.clear_networks();
    *one.add_networks() = network;
    all.push_back(Predictor(one).predict(part));
  }
  return all;
}

TEST(Predictor, SeveralNetworksGiveTheMeanOfTheirProbabilities) {
  const data::PreparedData data = test::problem(proto::TASK_MULTICLASS, 200, 300);
  const proto::Model model = three_networks(data);
  const std::vector<Predictions> alone = each_alone(model, data.validation);
  const Predictions mean = Predictor(model).predict(data.validation);
  ASSERT_EQ(mean.probabilities.size(), 900U);
  for (std::size_t i = 0; i < 900; ++i) {
    double sum = 0;
    for (const Predictions& one : alone) sum += static_cast<double>(one.probabilities[i]);
    EXPECT_EQ(mean.probabilities[i], static_cast<float>(sum / 3)) << i;
  }
  EXPECT_NE(alone[0].probabilities, alone[1].probabilities);
}

TEST(Predictor, SeveralNetworksGiveTheMeanOfTheirValues) {
  const data::PreparedData data = test::problem(proto::TASK_REGRESSION, 200, 100);
  const proto::Model model = three_networks(data);
  const std::vector<Predictions> alone = each_alone(model, data.validation);
  const Predictions mean = Predictor(model).predict(data.validation);
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(mean.values[i], (alone[0].values[i] + alone[1].values[i] + alone[2].values[i]) / 3) << i;
  }
}

TEST(Predictor, WeightsSayHowOftenANetworkCounts) {
  const data::PreparedData data = test::problem(proto::TASK_REGRESSION, 200, 100);
  proto::Model model = three_networks(data);
  const std::vector<Predictions> alone = each_alone(model, data.validation);
  const std::vector<double> equal = Predictor(model).predict(data.validation).values;
  for (int i = 0; i < 3; ++i) model.mutable_networks(i)->set_weight(1);
  EXPECT_EQ(Predictor(model).predict(data.validation).values, equal);
  model.mutable_networks(0)->set_weight(4);
  model.mutable_networks(2)->set_weight(2);
  const Predictions mean = Predictor(parse_model(model_bytes(model))).predict(data.validation);
  for (std::size_t i = 0; i < 100; ++i) {
    const double sum = 4 * alone[0].values[i] + alone[1].values[i] + 2 * alone[2].values[i];
    EXPECT_EQ(mean.values[i], sum / 7) << i;
  }
}

TEST(Predictor, ARowIsPredictedTheSameAlone) {
  const data::PreparedData data = test::problem(proto::TASK_MULTICLASS, 200, 300);
  Predictor predictor(trained(data));
  const Predictions all = predictor.predict(data.validation);
  for (const std::size_t r : {std::size_t{0}, std::size_t{255}, std::size_t{256}, std::size_t{299}}) {
    data::Part one;
    one.rows = 1;
    one.inputs = {data.validation.inputs[2 * r], data.validation.inputs[2 * r + 1]};
    const Predictions alone = predictor.predict(one);
    for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(alone.probabilities[c], all.probabilities[3 * r + c]);
  }
}

TEST(Predictor, NoRowsGiveNoPredictions) {
  const data::PreparedData data = test::problem(proto::TASK_BINARY, 50, 20);
  Predictor predictor(trained(data, 1));
  EXPECT_TRUE(predictor.predict(data::Part{}).probabilities.empty());
}

TEST(ModelFile, ReadsBackTheSameBytesAndPredictions) {
  const data::PreparedData data = test::problem(proto::TASK_BINARY, 200, 100);
  const proto::Model model = trained(data);
  const std::string bytes = model_bytes(model);
  const proto::Model back = parse_model(bytes);
  EXPECT_EQ(model_bytes(back), bytes);
  EXPECT_EQ(Predictor(back).predict(data.validation).probabilities,
            Predictor(model).predict(data.validation).probabilities);
}

TEST(ModelFile, WhatDoesNotFitIsRefusedWithItsName) {
  const proto::Model model = trained(test::problem(proto::TASK_BINARY, 50, 20), 1);
  const auto expect_refused = [&model](const std::function<void(proto::Model&)>& damage,
                                       const std::string& said) {
    proto::Model damaged = model;
    damage(damaged);
    for (const bool from_bytes : {true, false}) {
      try {
        if (from_bytes) {
          static_cast<void>(parse_model(model_bytes(damaged)));
        } else {
          Predictor predictor(damaged);
        }
        ADD_FAILURE() << said << " was read";
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::corrupt);
        EXPECT_NE(std::string(error.what()).find(said), std::string::npos) << error.what();
      }
    }
  };
  expect_refused([](proto::Model& m) { m.mutable_networks(0)->mutable_tensors()->RemoveLast(); }, "tensors");
  expect_refused([](proto::Model& m) { m.mutable_networks(0)->mutable_tensors(2)->set_name("other"); },
                 "'other'");
  expect_refused([](proto::Model& m) { m.mutable_networks(0)->mutable_tensors(0)->set_shape(0, 3); },
                 "dense_1/weights");
  expect_refused(
      [](proto::Model& m) { m.mutable_networks(0)->mutable_tensors(1)->mutable_values()->pop_back(); },
      "dense_1/bias");
  expect_refused([](proto::Model& m) { m.clear_networks(); }, "no network");
  expect_refused(
      [](proto::Model& m) {
        m.add_networks()->MergeFrom(m.networks(0));
        m.mutable_networks(1)->mutable_tensors(2)->set_name("other");
      },
      "'other'");
  expect_refused(
      [](proto::Model& m) {
        m.add_networks()->MergeFrom(m.networks(0));
        m.mutable_networks(1)->set_weight(2);
      },
      "weight is 2, the first one's 0");
  expect_refused([](proto::Model& m) { m.mutable_networks(0)->set_weight(1001); }, "weight is 1001");
  expect_refused([](proto::Model& m) { m.mutable_preprocessing()->mutable_columns()->RemoveLast(); },
                 "dense_1/weights");
  expect_refused([](proto::Model& m) { m.mutable_preprocessing()->mutable_target()->add_labels("c"); },
                 "labels");
  expect_refused([](proto::Model& m) { m.mutable_preprocessing()->mutable_target()->clear_task(); }, "task");
  expect_refused(
      [](proto::Model& m) {
        const float infinity = std::numeric_limits<float>::infinity();
        m.mutable_networks(0)->mutable_tensors(1)->mutable_values()->replace(
            0, 4, reinterpret_cast<const char*>(&infinity), 4);
      },
      "not finite");
}

TEST(ModelFile, AnImageMustBeWhatItsNetworksSee) {
  // A row of two numbers as an image of two places.
  data::PreparedData data = test::problem(proto::TASK_BINARY, 50, 20);
  test::make_image(2, 1, 1, data);
  TrialSpec spec = test::spec(2);
  proto::ConvolutionBlock& block = *spec.architecture.add_convolutions();
  block.set_filters(3);
  block.set_kernel(3);
  block.set_pool(1);
  spec.architecture.set_global_average(true);
  Trial trial(data, spec);
  test::train_to_end(trial);
  const proto::Model model = trial.model();
  const std::string bytes = model_bytes(model);
  EXPECT_EQ(Predictor(parse_model(bytes)).predict(data.validation).rows, 20u);

  const auto refusal = [&](const std::function<void(proto::Model&)>& damage) -> std::string {
    proto::Model damaged = model;
    damage(damaged);
    try {
      static_cast<void>(parse_model(model_bytes(damaged)));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt);
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(refusal([](proto::Model&) {}), "accepted");
  const auto expect_refused = [&](const char* text, const std::function<void(proto::Image&)>& damage) {
    const std::string said = refusal([&](auto& m) { damage(*m.mutable_preprocessing()->mutable_image()); });
    EXPECT_NE(said.find(text), std::string::npos) << said;
  };
  expect_refused("no image of 2 x 2 x 1", [](auto& image) { image.set_width(2); });
  expect_refused("no image of 0 x 1 x 1", [](auto& image) { image.set_height(0); });
  expect_refused("no image of 2 x 0 x 1", [](auto& image) { image.set_width(0); });
  expect_refused("no image of 2 x 1 x 0", [](auto& image) { image.set_channels(0); });
  expect_refused("no image of 4294967295 x 4294967295 x 1", [](auto& image) {
    image.set_height(4294967295);
    image.set_width(4294967295);
  });
  const std::string none = refusal([](auto& m) { m.mutable_preprocessing()->clear_image(); });
  EXPECT_NE(none.find("convolutions of rows that are no images"), std::string::npos) << none;
}

TEST(ModelFile, TruncatedAtAnyByteIsRefused) {
  const std::string bytes = model_bytes(trained(test::problem(proto::TASK_BINARY, 50, 20), 1));
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_THROW(static_cast<void>(parse_model(std::string_view(bytes).substr(0, length))), Error) << length;
  }
}

}  // namespace
}  // namespace rondo::train
