// rondo predict and rondo evaluate: the retrained winner on another table, with its own preprocessing.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "common/base/text.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/load.h"
#include "coordinator/cli/output.h"
#include "coordinator/cli/run_view.h"
#include "worker/train/predictor.h"

namespace rondo::cli {

namespace {

// RFC 4180: quoted where it must be.
std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string predictions_csv(const train::Predictions& predictions, const proto::FittedTarget& target) {
  std::string text = csv_cell("predicted_" + target.name());
  if (predictions.task == proto::TASK_REGRESSION) {
    text += "\n";
    for (const double value : predictions.values) text += shortest(value) + "\n";
    return text;
  }
  for (const std::string& label : target.labels()) text += "," + csv_cell("probability_" + label);
  text += "\n";
  const bool binary = predictions.task == proto::TASK_BINARY;
  const std::size_t width = binary ? 1 : predictions.classes;
  for (std::size_t row = 0; row < predictions.rows; ++row) {
    const float* const p = predictions.probabilities.data() + row * width;
    const std::size_t best =
        binary ? (p[0] >= 0.5F ? 1 : 0) : static_cast<std::size_t>(std::max_element(p, p + width) - p);
    text += csv_cell(target.labels(static_cast<int>(best)));
    if (binary) text += "," + shortest(1.0F - p[0]);
    for (std::size_t i = 0; i < width; ++i) text += "," + shortest(p[i]);
    text += "\n";
  }
  return text;
}

}  // namespace

ExitCode predict_command(const PredictOptions& options) {
  store::PosixFileSystem files;
  const proto::Model model = load_model(files, options.run);
  const LoadedTable loaded = load_table(options.table);
  if (!options.out.empty() && !options.overwrite && files.kind(options.out) != store::PathKind::missing) {
    throw_bad_input("{} exists; name another file, or give --overwrite", options.out);
  }
  const data::Part part = data::prepare_part(model.preprocessing(), loaded.table, false);
  train::Predictor predictor(model);
  const std::string text = predictions_csv(predictor.predict(part), model.preprocessing().target());
  if (options.out.empty()) {
    Output(false).text(text);
  } else {
    store::write_atomically(files, options.out, text);
    Output(false).line(fmt::format("{} predictions written to {}", part.rows, options.out));
  }
  return ExitCode::done;
}

ExitCode evaluate_command(const EvaluateOptions& options) {
  const Output output(options.json);
  store::PosixFileSystem files;
  const proto::Model model = load_model(files, options.run);
  const LoadedTable loaded = load_table(options.table);
  const data::Part part = data::prepare_part(model.preprocessing(), loaded.table, true);
  train::Predictor predictor(model);
  const store::RunSummary run = store::summarize(files, options.run);
  nlohmann::ordered_json json = run_json(run);
  json["rows"] = part.rows;
  output.line(fmt::format("{} rows of {}", part.rows, options.table));
  for (const auto& [name, value] : predictor.evaluate(part)) {
    json["metrics"][name] = json_number(value);
    output.line(fmt::format("  {:<10} {:.6g}", name, value));
  }
  output.object(json);
  return ExitCode::done;
}

}  // namespace rondo::cli
