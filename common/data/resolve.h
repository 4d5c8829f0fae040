// Makes an experiment concrete on its table, and says what cannot go together.
#pragma once

#include <string>
#include <vector>

#include "common/data/csv.h"
#include "rondo/experiment.pb.h"

namespace rondo::data {

// The experiment with every default and every choice written out: task, metric, split rule, and in
// data.columns the type and encoding of every input column. Columns that can teach nothing (README.md) are
// added to data.drop. What the experiment already says stays; resolve(resolve(e)) is resolve(e). Throws
// Error(bad_input), naming the setting or the table's line, for whatever is wrong.
[[nodiscard]] proto::Experiment resolve(const proto::Experiment& experiment, const CsvTable& table);

// What a user should hear about the choices that `resolved` adds to `given`, one sentence a line: the
// inferred task, the columns left out and why, columns that are categorical because of a few cells.
[[nodiscard]] std::vector<std::string> resolution_notes(const proto::Experiment& given,
                                                        const proto::Experiment& resolved,
                                                        const CsvTable& table);

}  // namespace rondo::data
