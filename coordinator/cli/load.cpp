#include "coordinator/cli/load.h"

#include <utility>

#include "common/base/error.h"
#include "common/data/resolve.h"
#include "coordinator/cli/yaml.h"
#include "coordinator/store/final.h"
#include "coordinator/store/run_folder.h"
#include "worker/train/predictor.h"

namespace rondo::cli {

LoadedTable load_table(const std::string& path) {
  std::string bytes = data::read_file(path);
  const Digest digest = sha256(bytes);
  return {data::parse_csv(std::move(bytes), path), digest};
}

Problem load_problem(const proto::Experiment& experiment) {
  if (experiment.data().path().empty()) {
    throw_bad_input("no table is given: name a CSV file with --data, or data.path in the experiment's YAML");
  }
  if (experiment.data().target().empty()) {
    throw_bad_input(
        "no target is given: name the column to predict with --target, or data.target in the YAML");
  }
  LoadedTable loaded = load_table(experiment.data().path());
  proto::Experiment resolved = data::resolve(experiment, loaded.table);
  const std::vector<data::PreparedData> folds =
      data::prepare_folds(resolved, loaded.table, data::FitOn::training);
  Problem problem;
  problem.shape = data::trial_shape(folds, resolved.training().repeats());
  problem.training_rows = folds.front().train.rows;
  problem.validation_rows = folds.front().validation.rows;
  // Training and validation rows of any fold are all that are not test rows.
  problem.test_rows = loaded.table.rows() - problem.training_rows - problem.validation_rows;
  problem.classes = static_cast<std::size_t>(folds.front().preprocessing.target().labels_size());
  problem.loaded = std::move(loaded);
  problem.experiment = std::move(resolved);
  return problem;
}

LoadedTable load_run_table(const store::RunSummary& run, const std::string& path, store::FileSystem& files) {
  std::string from = path;
  if (from.empty()) {
    const std::string file = store::RunPaths{run.folder}.experiment();
    from = read_yaml(files.read(file), file).data().path();
  }
  LoadedTable loaded = load_table(from);
  if (to_bytes(loaded.digest) != run.header.dataset_digest()) {
    throw_bad_input(
        "{} is not the table that {} was made of: its SHA-256 is {}, the run's is {}; name the right one "
        "with --data",
        from, run.folder, to_hex(loaded.digest), to_hex(digest_from_bytes(run.header.dataset_digest())));
  }
  return loaded;
}

std::vector<proto::NamedValue> test_metrics(const Problem& problem, const std::string& model) {
  const data::PreparedData prepared =
      data::prepare(problem.experiment, problem.loaded.table, data::FitOn::training_and_validation);
  std::vector<proto::NamedValue> metrics;
  for (const auto& [name, value] : train::Predictor(train::parse_model(model)).evaluate(prepared.test)) {
    metrics.emplace_back();
    metrics.back().set_name(name);
    metrics.back().set_value(value);
  }
  return metrics;
}

search::ValidationTruth validation_truth(std::span<const data::PreparedData> folds) {
  search::ValidationTruth truth;
  const data::PreparedData& first = folds.front();
  truth.metric = first.metric;
  truth.columns = first.task == proto::TASK_REGRESSION ? 0 : first.shape.outputs;
  for (const data::PreparedData& fold : folds) {
    const data::Part& part = fold.validation;
    truth.classes.insert(truth.classes.end(), part.classes.begin(), part.classes.end());
    truth.values.insert(truth.values.end(), part.raw_targets.begin(), part.raw_targets.end());
  }
  return truth;
}

search::ValidationTruth validation_truth(const Problem& problem) {
  return validation_truth(
      data::prepare_folds(problem.experiment, problem.loaded.table, data::FitOn::training));
}

proto::Model load_model(store::FileSystem& files, const std::string& run) {
  return train::parse_model(store::read_best_model(files, store::RunPaths{run}));
}

}  // namespace rondo::cli
