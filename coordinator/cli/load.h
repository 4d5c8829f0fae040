// Tables and runs as the commands need them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/base/digest.h"
#include "common/data/csv.h"
#include "common/data/prepared.h"
#include "coordinator/search/ensemble.h"
#include "coordinator/store/file_system.h"
#include "coordinator/store/summary.h"
#include "rondo/experiment.pb.h"
#include "rondo/journal.pb.h"
#include "rondo/model.pb.h"

namespace rondo::cli {

struct LoadedTable {
  data::CsvTable table;
  Digest digest{};  // SHA-256 of the file's bytes
};
[[nodiscard]] LoadedTable load_table(const std::string& path);

// A table with the experiment made concrete on it, and what its parts are. The parts themselves are the
// workers' affair: folds hold the table many times over.
struct Problem {
  LoadedTable loaded;
  proto::Experiment experiment;  // resolved
  ProblemShape shape;            // of a trial, which is all its folds and repeats
  // Of the first fold, if there are folds.
  std::size_t training_rows = 0;
  std::size_t validation_rows = 0;
  std::size_t test_rows = 0;
  std::size_t classes = 0;  // 0: regression
};
// `experiment` has its defaults and its data.path. Throws Error(bad_input) for everything that is wrong with
// the table or does not go together with it.
[[nodiscard]] Problem load_problem(const proto::Experiment& experiment);

// The table that a run was made of, from `path` or, when that is empty, from the run's experiment.yaml.
// Throws Error(bad_input) when it is another table.
[[nodiscard]] LoadedTable load_run_table(const store::RunSummary& run, const std::string& path,
                                         store::FileSystem& files);

// What a model, given as its file's bytes, scores on the table's test rows.
[[nodiscard]] std::vector<proto::NamedValue> test_metrics(const Problem& problem, const std::string& model);

// What candidates of the ensemble are judged by: of each part that trials are judged on its validation rows.
[[nodiscard]] search::ValidationTruth validation_truth(std::span<const data::PreparedData> folds);
[[nodiscard]] search::ValidationTruth validation_truth(const Problem& problem);

// The model that a search ended with. Throws Error(bad_input) when the run is unfinished.
[[nodiscard]] proto::Model load_model(store::FileSystem& files, const std::string& run);

}  // namespace rondo::cli
