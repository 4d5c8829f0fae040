// rondo plan: an experiment on workers that do not exist.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/architecture/architecture.h"
#include "common/base/error.h"
#include "common/metrics/metrics.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/derive.h"
#include "coordinator/cli/output.h"
#include "coordinator/cli/run_view.h"
#include "coordinator/cli/search_input.h"
#include "coordinator/plan/cost_fit.h"
#include "coordinator/plan/imagined_run.h"
#include "coordinator/plan/lanes.h"
#include "coordinator/plan/measured.h"
#include "coordinator/search/appraiser.h"
#include "coordinator/search/make_proposer.h"
#include "coordinator/search/make_stopper.h"

namespace rondo::cli {

namespace {

constexpr std::uint32_t most_ranks = 100'000;
constexpr double seconds_of_hour = 3600;
constexpr double seconds_of_minute = 60;

// Draws as a random search does, and waits as a sampler that reads history does: nothing is known of scores.
class Waiting final : public search::Proposer {
 public:
  explicit Waiting(std::unique_ptr<search::Proposer> draws) : draws_(std::move(draws)) {}
  [[nodiscard]] bool reads_history() const override { return true; }
  [[nodiscard]] std::optional<search::Proposal> propose(TrialId id, std::uint32_t attempt,
                                                        const search::History& history) const override {
    return draws_->propose(id, attempt, history);
  }

 private:
  std::unique_ptr<search::Proposer> draws_;
};

std::unique_ptr<search::Proposer> imagined_proposer(const SearchInput& input) {
  const ProblemShape& shape = input.problem.shape;
  auto proposer = search::make_proposer(input.problem.experiment, shape);
  if (!proposer->reads_history()) return proposer;
  proto::Experiment random = input.problem.experiment;
  random.mutable_search()->set_sampler(proto::SAMPLER_KIND_RANDOM);
  return std::make_unique<Waiting>(search::make_proposer(random, shape));
}

std::vector<std::uint32_t> parse_ranks(const std::string& text) {
  std::vector<std::uint32_t> ranks;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    std::uint32_t value = 0;
    const char* const last = text.data() + end;
    const auto [stop, error] = std::from_chars(text.data() + begin, last, value);
    if (error != std::errc() || stop != last || value < 1 || value > most_ranks) {
      throw_bad_input("--ranks: '{}' is no list of numbers from 1 to {}, as in 8,64,512", text, most_ranks);
    }
    ranks.push_back(value);
    begin = end + 1;
  }
  return ranks;
}

std::string duration_text(double seconds) {
  if (seconds >= seconds_of_hour) return fmt::format("{:.1f} h", seconds / seconds_of_hour);
  if (seconds >= seconds_of_minute) return fmt::format("{:.1f} min", seconds / seconds_of_minute);
  return fmt::format("{:.1f} s", seconds);
}

// One line of the table, and one object of the list.
class Table {
 public:
  Table(const Output& output, const std::optional<plan::Measured>& measured)
      : output_(output), measured_(measured) {
    output_.line(fmt::format("{:>6} {:>8} {:>6}  {:<28} {:>6} {:>8} {:>10} {:>12}  {}", "ranks", "workers",
                             "lanes", "costs", "useful", "waiting", "discarded", "ticks",
                             measured ? "time" : ""));
  }

  void add(std::uint32_t ranks, const plan::Search& search, const plan::Conditions& conditions,
           const std::string& costs, bool advised) {
    const plan::Usage usage = plan::imagine(search, conditions);
    const std::string time =
        measured_ ? duration_text(usage.makespan * measured_->per_tick.median) : std::string();
    output_.line(fmt::format("{:>6} {:>8} {:>6}{} {:<28} {:>6.3f} {:>8.3f} {:>10.3f} {:>12.0f}  {}", ranks,
                             conditions.workers, search.options.lanes, advised ? "*" : " ", costs,
                             usage.useful, usage.waiting(), usage.discarded, usage.makespan, time));
    nlohmann::ordered_json row;
    row["ranks"] = ranks;
    row["workers"] = conditions.workers;
    row["lanes"] = search.options.lanes;
    row["advised"] = advised;
    row["cost_error"] = conditions.cost_error;
    row["slow_share"] = conditions.slow_share;
    row["useful"] = usage.useful;
    row["waiting"] = usage.waiting();
    row["discarded"] = usage.discarded;
    row["ticks"] = usage.makespan;
    if (measured_) row["seconds"] = usage.makespan * measured_->per_tick.median;
    rows_.push_back(std::move(row));
  }

  [[nodiscard]] const nlohmann::ordered_json& rows() const { return rows_; }

 private:
  const Output& output_;
  const std::optional<plan::Measured>& measured_;
  nlohmann::ordered_json rows_ = nlohmann::ordered_json::array();
};

void print_measured(const Output& output, const plan::Measured& measured, const std::string& run) {
  output.line(fmt::format(
      "tick       {:.3g} ms in {} ({} trials): half of the trials are within {:.0f} % of that, nine in "
      "ten within {:.0f} %",
      measured.per_tick.median * 1000, run, measured.trials.size(), measured.per_tick.typical_error * 100,
      measured.per_tick.large_error * 100));
}

nlohmann::ordered_json measured_json(const plan::Measured& measured) {
  nlohmann::ordered_json json;
  json["trials"] = measured.trials.size();
  json["seconds_per_tick"] = measured.per_tick.median;
  json["typical_error"] = measured.per_tick.typical_error;
  json["large_error"] = measured.per_tick.large_error;
  return json;
}

// Whether the run's networks cost there what they would here: else its seconds are of other rows or columns.
bool is_of_this_shape(const plan::Measured& measured, const SearchInput& input) {
  const TickRule rule = search::tick_rule(measured.experiment);
  const bool images = input.problem.experiment.data().has_image();
  return std::all_of(measured.trials.begin(), measured.trials.end(), [&](const plan::MeasuredTrial& trial) {
    if (trial.architecture.convolutions_size() > 0 && !images) return false;
    return ticks_per_epoch(trial.architecture, input.problem.shape, rule) == trial.ticks_per_epoch;
  });
}

// The run's networks as this experiment's table has them.
std::vector<plan::EpochCost> epoch_costs(const plan::Measured& measured, const ProblemShape& shape) {
  std::vector<plan::EpochCost> costs;
  for (const plan::MeasuredTrial& trial : measured.trials) {
    const auto steps = static_cast<double>(steps_per_epoch(trial.architecture, shape));
    costs.push_back({static_cast<double>(multiply_adds_per_epoch(trial.architecture, shape)), steps,
                     steps * static_cast<double>(parameter_count(trial.architecture, shape)),
                     trial.seconds_per_epoch});
  }
  return costs;
}

void print_fit(const Output& output, const plan::CostFit& fit, const TickRule& rule) {
  output.line(fmt::format(
      "fit        search: {{tick_step: {}, tick_weight: {}}} comes nearest: half within {:.0f} %, nine in "
      "ten within {:.0f} %{}",
      fit.rule.step, fit.rule.weight, fit.seconds.typical_error * 100, fit.seconds.large_error * 100,
      fit.rule.step == rule.step && fit.rule.weight == rule.weight ? " (as in this experiment)"
                                                                   : "; for a new experiment to take"));
}

nlohmann::ordered_json fit_json(const plan::CostFit& fit) {
  nlohmann::ordered_json json;
  json["tick_step"] = fit.rule.step;
  json["tick_weight"] = fit.rule.weight;
  json["seconds_per_multiply_add"] = fit.seconds.median;
  json["typical_error"] = fit.seconds.typical_error;
  json["large_error"] = fit.seconds.large_error;
  return json;
}

void check_conditions(const PlanOptions& options) {
  if (!(options.cost_error >= 0 && options.cost_error < 1)) {
    throw_bad_input("--cost-error: {} is not a share from 0 to below 1", options.cost_error);
  }
  if (!(options.slow_share >= 0 && options.slow_share <= 1)) {
    throw_bad_input("--slow-share: {} is not a share from 0 to 1", options.slow_share);
  }
  if (!(options.slowness >= 1 && options.slowness <= 1000)) {
    throw_bad_input("--slowness: {} is not a factor from 1 to 1000", options.slowness);
  }
}

}  // namespace

ExitCode plan_command(const PlanOptions& options) {
  const std::vector<std::uint32_t> all_ranks = parse_ranks(options.ranks);
  check_conditions(options);
  store::PosixFileSystem files;
  SearchOptions wanted;
  wanted.file = options.file;
  wanted.flags = options.flags;
  const SearchInput input = read_experiment_and_table(wanted, files);
  const proto::Experiment& experiment = input.problem.experiment;
  std::optional<plan::Measured> measured;
  if (!options.measured.empty()) measured = plan::measure(files, options.measured);

  const Output output(options.json);
  output.line(fmt::format("search     {}", search_text(experiment)));
  if (measured) print_measured(output, *measured, options.measured);
  const auto proposer = imagined_proposer(input);
  const auto stopper = search::make_stopper(experiment);
  const ProblemShape& shape = input.problem.shape;
  const TickRule rule = search::tick_rule(experiment);
  const auto ticks = [&shape, rule](const std::string& bytes) {
    return ticks_per_epoch(parse_architecture(bytes), shape, rule);
  };
  std::optional<plan::CostFit> fit;
  if (measured && is_of_this_shape(*measured, input))
    fit = plan::fit_costs(epoch_costs(*measured, shape), rule.divisor);
  if (fit) print_fit(output, *fit, rule);
  const bool higher = metrics::higher_is_better(experiment.data().metric());
  plan::Search search{core_options(experiment), *proposer, *stopper, ticks, higher, {}};
  if (measured) search.ends = measured->ends;
  const std::uint32_t told_lanes = search.options.lanes;
  output.line("");
  Table table(output, measured);
  nlohmann::ordered_json advice = nlohmann::ordered_json::array();
  for (const std::uint32_t ranks : all_ranks) {
    plan::Conditions exact;
    exact.workers = ranks > 1 ? ranks - 1 : 1;
    exact.seed = experiment.search().seed();
    exact.slowness = options.slowness;
    plan::Conditions off = exact;
    off.cost_error = options.cost_error;
    plan::Conditions slow = off;
    slow.slow_share = options.slow_share;
    search.options.lanes = told_lanes;
    const plan::LanesAdvice advised = plan::advise_lanes(search, off);
    for (const std::uint32_t lanes : {told_lanes, advised.lanes}) {
      search.options.lanes = lanes;
      const bool starred = lanes == advised.lanes;
      table.add(ranks, search, exact, "as the ticks say", starred);
      table.add(ranks, search, off, fmt::format("± {:.0f} %", options.cost_error * 100), starred);
      table.add(ranks, search, slow,
                fmt::format("± {:.0f} %, {:.3g} % {:.3g} x slow", options.cost_error * 100,
                            options.slow_share * 100, options.slowness),
                starred);
      if (told_lanes == advised.lanes) break;
    }
    advice.push_back({{"ranks", ranks}, {"lanes", advised.lanes}});
  }
  output.line("");
  output.line(
      "* the fewest lanes that keep the workers busy (another number of lanes is another experiment)");
  nlohmann::ordered_json json;
  json["advice"] = std::move(advice);
  json["rows"] = table.rows();
  if (measured) json["measured"] = measured_json(*measured);
  if (fit) json["fit"] = fit_json(*fit);
  output.object(json);
  return ExitCode::done;
}

}  // namespace rondo::cli
