// A trained model at work, and its file's bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/data/prepared.h"
#include "rondo/experiment.pb.h"
#include "rondo/model.pb.h"
#include "worker/kernels/threads.h"

namespace rondo::train {

// What a model says about rows, in the form that common/metrics takes.
struct Predictions {
  proto::Task task = proto::TASK_AUTO;
  std::size_t rows = 0;
  std::size_t classes = 0;           // 2 for binary; 0 for regression
  std::vector<float> probabilities;  // binary: of class 1, one a row; multiclass: rows × classes, row-major
  std::vector<double> values;        // regression: in the target's own units
};

// Of several networks: the mean of what each predicts (probabilities, or values in the target's own units) by
// their weights, as worker/kernels/NUMERICS.md says.
class Predictor {
 public:
  // Throws Error(corrupt) when a network's tensors do not fit its architecture and the preprocessing.
  explicit Predictor(const proto::Model& model, const kernels::Threads& threads = {});
  ~Predictor();
  Predictor(Predictor&&) noexcept;
  Predictor& operator=(Predictor&&) noexcept;

  // `part` must have been prepared with the model's own preprocessing. A row's prediction depends on that row
  // alone.
  [[nodiscard]] Predictions predict(const data::Part& part);
  // All metrics of the model's task, in a fixed order, on a part that has its target.
  [[nodiscard]] std::vector<std::pair<std::string, double>> evaluate(const data::Part& part);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The bytes of a model file: a canonical rondo.proto.Model, no header.
[[nodiscard]] std::string model_bytes(const proto::Model& model);
// Throws Error(corrupt) when the bytes are not those of a whole, canonical and consistent model of a known
// version.
[[nodiscard]] proto::Model parse_model(std::string_view bytes);

}  // namespace rondo::train
