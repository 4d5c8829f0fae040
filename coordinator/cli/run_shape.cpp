#include "coordinator/cli/run_shape.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "common/architecture/architecture.h"

namespace rondo::cli {

namespace {

__extension__ using Exact = __int128;  // products of numbers of parameters and widths, signed

// parameters = at_one + (inputs - 1) · of_input + (outputs - 1) · of_output; `rest` = parameters - at_one.
struct Equation {
  Exact of_input = 0;
  Exact of_output = 0;
  Exact rest = 0;
};

std::uint64_t parameters_between(const store::TrialSummary& trial, ProblemShape shape, std::uint64_t inputs,
                                 std::uint64_t outputs) {
  shape.inputs = inputs;
  shape.outputs = outputs;
  return parameter_count(trial.architecture, shape);
}

// 2^64 - 1 is written for every number that does not fit.
bool tells(const store::TrialSummary& trial) {
  return trial.parameters != std::numeric_limits<std::uint64_t>::max();
}

// `known` has the inputs or outputs that are known, and 1 for the others.
Equation equation_of(const store::TrialSummary& trial, const ProblemShape& known) {
  const Exact at_known = parameters_between(trial, known, known.inputs, known.outputs);
  return {parameters_between(trial, known, known.inputs + 1, known.outputs) - at_known,
          parameters_between(trial, known, known.inputs, known.outputs + 1) - at_known,
          trial.parameters - at_known};
}

// Nothing: not a whole number from 0 to 2^63 - 1.
std::optional<std::uint64_t> quotient(Exact numerator, Exact denominator) {
  if (denominator == 0 || numerator % denominator != 0) return std::nullopt;
  const Exact value = numerator / denominator;
  if (value < 0 || value > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

bool explains(const ProblemShape& shape, const store::RunSummary& run) {
  return std::ranges::all_of(run.trials, [&](const store::TrialSummary& trial) {
    return !tells(trial) || parameter_count(trial.architecture, shape) == trial.parameters;
  });
}

std::optional<ProblemShape> with_one_unknown(ProblemShape known, bool inputs_are_unknown,
                                             const store::RunSummary& run) {
  for (const store::TrialSummary& trial : run.trials) {
    if (!tells(trial)) continue;
    const Equation equation = equation_of(trial, known);
    const Exact slope = inputs_are_unknown ? equation.of_input : equation.of_output;
    if (slope == 0) continue;
    const std::optional<std::uint64_t> more = quotient(equation.rest, slope);
    if (!more) return std::nullopt;
    (inputs_are_unknown ? known.inputs : known.outputs) += *more;
    return known;
  }
  return std::nullopt;
}

std::optional<ProblemShape> with_two_unknowns(ProblemShape known, const store::RunSummary& run) {
  std::optional<Equation> first;
  for (const store::TrialSummary& trial : run.trials) {
    if (!tells(trial) || trial.architecture.blocks().empty()) continue;
    const Equation next = equation_of(trial, known);
    if (!first) first = next;
    const Exact determinant = first->of_input * next.of_output - next.of_input * first->of_output;
    if (determinant == 0) continue;
    const auto inputs = quotient(first->rest * next.of_output - next.rest * first->of_output, determinant);
    const auto outputs = quotient(first->of_input * next.rest - next.of_input * first->rest, determinant);
    if (!inputs || !outputs) return std::nullopt;
    known.inputs += *inputs;
    known.outputs += *outputs;
    return known;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ProblemShape> run_shape(const store::RunSummary& run) {
  const proto::DataSettings& data = run.experiment.data();
  ProblemShape known{.inputs = 1, .outputs = 1, .training_rows = 0};
  known.members =
      std::max(1U, run.experiment.split().folds()) * std::max(1U, run.experiment.training().repeats());
  const bool is_image = data.image().has_width();
  if (is_image) {
    known.image = {data.image().height(), data.image().width(), data.image().channels()};
    known.inputs = known.image.height * known.image.width * known.image.channels;
  }
  const bool has_one_output = data.task() != proto::TASK_MULTICLASS;
  std::optional<ProblemShape> shape = known;
  if (!is_image || !has_one_output) {
    shape = is_image || has_one_output ? with_one_unknown(known, has_one_output, run)
                                       : with_two_unknowns(known, run);
  }
  return shape && explains(*shape, run) ? shape : std::nullopt;
}

}  // namespace rondo::cli
