// model.rondo (worker/train/predictor.h): what is accepted is written again as the same bytes, and predicts.
#include <algorithm>

#include "common/architecture/architecture.h"
#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/versions.h"
#include "common/data/preprocess.h"
#include "tests/fuzz/fuzz.h"
#include "worker/nn/tensors.h"
#include "worker/train/predictor.h"

namespace rondo::fuzz {

namespace {

constexpr std::size_t rows = 3;
// A network without weights to speak of can still be wide, and its activations take memory and time.
constexpr std::uint64_t most_memory = std::uint64_t{1} << 28U;

void add_network(std::uint32_t trial, bool batch_norm, const ProblemShape& shape, proto::Model& model) {
  proto::Network& network = *model.add_networks();
  network.set_trial(trial);
  proto::DenseBlock& block = *network.mutable_architecture()->add_blocks();
  block.set_units(4 + trial);
  block.set_batch_norm(batch_norm);
  network.mutable_architecture()->mutable_optimizer()->set_learning_rate(0.01F);
  network.mutable_architecture()->set_batch_size(32);
  if (shape.image.exists()) {
    proto::ConvolutionBlock& convolution = *network.mutable_architecture()->add_convolutions();
    convolution.set_filters(2);
    convolution.set_kernel(3);
    convolution.set_separable(true);
    convolution.set_pool(2);
    block.set_layer_norm(!batch_norm);
  }
  for (const nn::TensorSpec& spec : nn::canonical_tensors(network.architecture(), shape)) {
    proto::Tensor& tensor = *network.add_tensors();
    tensor.set_name(spec.name);
    for (const std::uint32_t extent : spec.shape) tensor.add_shape(extent);
    const std::vector<float> values(spec.size, 0.5F);
    tensor.set_values(values.data(), values.size() * sizeof(float));
  }
}

// Models of the kinds of columns and tasks that there are, with weights of a rule.
std::string sample(proto::Task task, bool batch_norm, std::uint32_t networks, bool series = false,
                   bool weighted = false) {
  proto::Model model;
  model.mutable_versions()->set_journal(journal_version);
  model.mutable_versions()->set_numerics(numerics_version);
  model.mutable_versions()->set_search(search_version);
  model.mutable_versions()->set_seed_scheme(seed_scheme_version);
  proto::FittedColumn& number = *model.mutable_preprocessing()->add_columns();
  number.set_name("age");
  number.set_type(proto::COLUMN_TYPE_NUMERIC);
  number.set_mean(30);
  number.set_scale(12.5);
  number.set_imputed(28);
  number.set_indicator(true);
  for (const proto::CategoryEncoding encoding :
       {proto::CATEGORY_ENCODING_ONE_HOT, proto::CATEGORY_ENCODING_ORDINAL,
        proto::CATEGORY_ENCODING_FREQUENCY}) {
    proto::FittedColumn& column = *model.mutable_preprocessing()->add_columns();
    column.set_name("c" + std::to_string(static_cast<int>(encoding)));
    column.set_type(proto::COLUMN_TYPE_CATEGORICAL);
    column.set_encoding(encoding);
    column.set_scale(1);
    for (const char* category : {"", "a", "b"}) {
      column.add_categories(category);
      if (encoding == proto::CATEGORY_ENCODING_FREQUENCY) column.add_frequencies(0.25);
    }
  }
  proto::FittedTarget& target = *model.mutable_preprocessing()->mutable_target();
  target.set_name("y");
  target.set_task(task);
  target.set_scale(1);
  const int labels = task == proto::TASK_BINARY ? 2 : task == proto::TASK_MULTICLASS ? 3 : 0;
  for (int i = 0; i < labels; ++i) target.add_labels(std::to_string(i));
  model.set_metric(task == proto::TASK_REGRESSION ? proto::METRIC_RMSE : proto::METRIC_ACCURACY);
  ProblemShape shape{data::input_width(model.preprocessing()),
                     task == proto::TASK_MULTICLASS ? std::uint64_t{3} : std::uint64_t{1}, 1};
  if (series) {
    proto::Image& image = *model.mutable_preprocessing()->mutable_image();
    image.set_height(1);
    image.set_width(static_cast<std::uint32_t>(shape.inputs));
    image.set_channels(1);
    shape.image = {1, shape.inputs, 1};
  }
  for (std::uint32_t trial = 0; trial < networks; ++trial) {
    add_network(trial, batch_norm, shape, model);
    if (weighted) model.mutable_networks(static_cast<int>(trial))->set_weight(trial + 1);
  }
  std::string bytes = train::model_bytes(model);
  static_cast<void>(train::parse_model(bytes));  // a seed must be sound
  return bytes;
}

}  // namespace

void test_one(std::string_view bytes) {
  proto::Model model;
  try {
    model = train::parse_model(bytes);
  } catch (const Error& error) {
    RONDO_CHECK(error.code() == ErrorCode::corrupt || error.code() == ErrorCode::environment, "{}",
                error.what());
    return;
  }
  RONDO_CHECK(train::model_bytes(model) == bytes);
  const std::uint64_t inputs = data::input_width(model.preprocessing());
  std::uint64_t memory = 0;
  for (const proto::Network& network : model.networks()) {
    const proto::Image& image = model.preprocessing().image();
    const std::uint64_t more = trial_bytes(network.architecture(),
                                           {inputs, 1, 1, {image.height(), image.width(), image.channels()}});
    if (more > most_memory - memory) return;
    memory += more;
  }
  train::Predictor predictor(model);
  data::Part part;
  part.rows = rows;
  part.inputs.assign(rows * static_cast<std::size_t>(inputs), 1.0F);
  const train::Predictions predictions = predictor.predict(part);
  RONDO_CHECK(predictions.rows == rows);
}

std::vector<std::string> seeds() {
  return {sample(proto::TASK_BINARY, false, 1), sample(proto::TASK_MULTICLASS, true, 3),
          sample(proto::TASK_REGRESSION, false, 2), sample(proto::TASK_BINARY, false, 1, true),
          sample(proto::TASK_MULTICLASS, false, 3, false, true)};
}

}  // namespace rondo::fuzz
