// Searches of closed-form functions by the samplers of production; what regret.py runs.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <limits>
#include <map>
#include <optional>
#include <sstream>
#include <string_view>

#include "common/architecture/architecture.h"
#include "common/experiment/schema.h"
#include "coordinator/search/make_proposer.h"
#include "tests/bench/problems.h"

namespace {

using namespace rondo;
using bench::Point;
using bench::Problem;

constexpr const char* usage =
    "regret list SET                                       names: SET is tuning, scoring, fronts or "
    "front_tuning\n"
    "regret describe FUNCTION                              its settings\n"
    "regret evaluate FUNCTION                              lines of gene=index … from stdin, a value each\n"
    "regret search FUNCTION SAMPLER LANES TRIALS SEEDS     the best value after every trial, a line a seed\n"
    "regret trials FUNCTION SAMPLER LANES TRIALS SEEDS     two objectives: both values of every trial, as "
    "they end\n";

constexpr ProblemShape shape{.inputs = 10, .outputs = 1, .training_rows = 800};
constexpr std::uint32_t most_redraws = 20;

// What a trial costs, so that the lanes' trials end in another order than they began in.
std::uint64_t cost(std::uint64_t trial) {
  return 10 + trial * 7919 % 11;
}

proto::Experiment experiment_of(const Problem& problem, const std::string& sampler, std::uint64_t seed) {
  proto::Experiment experiment;
  experiment.mutable_data()->set_metric(proto::METRIC_LOG_LOSS);
  *experiment.mutable_space() = problem.space;
  proto::SearchSettings& settings = *experiment.mutable_search();
  settings.set_seed(seed);
  std::string name = sampler;
  if (sampler == "tpe_multivariate") {
    name = "tpe";
    settings.mutable_tpe()->set_multivariate(true);
  }
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  proto::SamplerKind kind{};
  if (!proto::SamplerKind_Parse("SAMPLER_KIND_" + name, &kind)) {
    fmt::print(stderr, "regret: no sampler {}\n", sampler);
    std::exit(2);
  }
  settings.set_sampler(kind);
  settings.add_objectives(proto::OBJECTIVE_SCORE);
  if (problem.cost) settings.add_objectives(proto::OBJECTIVE_PARAMETERS);
  fill_defaults(experiment);
  return experiment;
}

class Search {
 public:
  Search(const Problem& problem, const std::string& sampler, std::uint64_t seed)
      : problem_(problem),
        space_(problem.space),
        proposer_(search::make_proposer(experiment_of(problem, sampler, seed), shape)) {}

  struct Ended {
    double value = 0;
    std::uint64_t cost = 0;
  };
  // Every trial, in the order of their ends.
  std::vector<Ended> run(std::uint64_t lanes, std::uint64_t trials) {
    std::vector<Ended> ended;
    std::map<std::pair<std::uint64_t, std::uint64_t>, double>
        running;  // by the tick of the end and the trial
    std::uint64_t tick = 0;
    while (ended.size() < trials) {
      while (running.size() < lanes && history_.size() < trials) {
        const TrialId id(history_.size());
        search::Proposal proposal = proposed(id);
        const search::Genome genome = space_.genome_of(parse_architecture(proposal.architecture));
        running[{tick + cost(id.value()), id.value()}] = problem_.value(Point(space_, genome));
        if (problem_.cost) proposal.parameters = problem_.cost(Point(space_, genome));
        history_.propose(id, std::move(proposal));
      }
      const auto [key, value] = *running.begin();
      running.erase(running.begin());
      tick = key.first;
      const TrialId id(key.second);
      history_.commit_epoch(
          id, {.epoch = Epoch(1), .tick = Tick(tick), .validation_loss = value, .score = value});
      history_.end(id, search::TrialState::completed, Epoch(1), value);
      ended.push_back({value, history_.trial(id).proposal.parameters});
    }
    return ended;
  }

 private:
  // As coordinator/schedule does: a network that has been tried is drawn again.
  search::Proposal proposed(TrialId id) const {
    for (std::uint32_t attempt = 0;; ++attempt) {
      search::Proposal proposal = *proposer_->propose(id, attempt, history_);
      const auto& trials = history_.trials();
      const bool repeats = std::any_of(trials.begin(), trials.end(), [&](const search::TrialRecord& trial) {
        return trial.proposal.digest == proposal.digest;
      });
      if (!repeats || attempt == most_redraws) return proposal;
    }
  }

  const Problem& problem_;
  search::Space space_;
  std::unique_ptr<search::Proposer> proposer_;
  search::History history_;
};

// A line a setting: gene, choices, whether they are ordered, the gene that decides whether it applies (or -)
// and that gene's indices for which it does.
void describe(const Problem& problem) {
  const search::Space space(problem.space);
  std::uint32_t most = 0;
  for (const std::uint32_t layers : problem.space.dense_layers()) most = std::max(most, layers);
  const auto line = [&](std::uint32_t gene, std::optional<std::uint32_t> parent, auto applies) {
    if (space.choices(gene) < 2) return;
    fmt::print("{} {} {} {}", gene, space.choices(gene), space.ordered(gene) ? 1 : 0,
               parent ? std::to_string(*parent) : "-");
    for (std::uint32_t i = 0; parent && i < space.choices(*parent); ++i) {
      if (applies(i)) fmt::print(" {}", i);
    }
    fmt::print("\n");
  };
  const auto always = [](std::uint32_t) { return true; };
  const auto layers = [&](std::uint32_t i) { return problem.space.dense_layers(static_cast<int>(i)); };
  const auto has_layers = [&](std::uint32_t i) { return layers(i) > 0; };
  const auto optimizer = [&](std::uint32_t i) { return problem.space.optimizer(static_cast<int>(i)); };
  line(search::gene_dense_layers, std::nullopt, always);
  for (std::uint32_t k = 0; k < most; ++k) {
    line(search::first_width + k, search::gene_dense_layers, [&](std::uint32_t i) { return layers(i) > k; });
  }
  for (const std::uint32_t gene : {search::gene_activation, search::gene_dropout}) {
    line(gene, search::gene_dense_layers, has_layers);
  }
  line(search::gene_optimizer, std::nullopt, always);
  line(search::gene_learning_rate, std::nullopt, always);
  line(search::gene_weight_decay, search::gene_optimizer,
       [&](std::uint32_t i) { return optimizer(i) == proto::OPTIMIZER_KIND_ADAMW; });
  line(search::gene_momentum, search::gene_optimizer,
       [&](std::uint32_t i) { return optimizer(i) == proto::OPTIMIZER_KIND_SGD; });
  line(search::gene_batch_size, std::nullopt, always);
  line(search::gene_initialization, std::nullopt, always);
}

void evaluate(const Problem& problem) {
  const search::Space space(problem.space);
  for (std::string line; std::getline(std::cin, line);) {
    search::Genome genome = space.at(0);
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      const std::size_t equals = word.find('=');
      genome.at(std::stoul(word.substr(0, equals))) =
          static_cast<std::uint32_t>(std::stoul(word.substr(equals + 1)));
    }
    const Point point(space, genome);
    fmt::print("{}", problem.value(point) - problem.least);
    if (problem.cost) fmt::print(" {}", problem.cost(point));
    fmt::print("\n");
    std::fflush(stdout);
  }
}

// By the words of `regret search` or `regret trials`.
void search(const Problem& problem, const std::vector<std::string>& words) {
  for (std::uint64_t seed = 0; seed < std::stoul(words[5]); ++seed) {
    double best = std::numeric_limits<double>::infinity();
    for (const Search::Ended& trial :
         Search(problem, words[2], seed).run(std::stoul(words[3]), std::stoul(words[4]))) {
      best = std::min(best, trial.value);
      if (words[0] == "trials") {
        fmt::print("{} {} ", trial.value, trial.cost);
      } else {
        fmt::print("{} ", best - problem.least);
      }
    }
    fmt::print("\n");
    std::fflush(stdout);
  }
}

std::vector<Problem> problems_of(const std::string& set) {
  if (set == "tuning") return bench::tuning_problems();
  if (set == "fronts") return bench::front_problems();
  return set == "front_tuning" ? bench::front_tuning_problems() : bench::scoring_problems();
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "list") {
    for (const Problem& problem : problems_of(words[1])) fmt::print("{}\n", problem.name);
    return 0;
  }
  if (words.size() < 2) return 2;
  std::vector<Problem> problems;
  for (const char* const set : {"tuning", "scoring", "fronts", "front_tuning"}) {
    for (Problem& problem : problems_of(set)) problems.push_back(std::move(problem));
  }
  const auto found = std::find_if(problems.begin(), problems.end(),
                                  [&](const Problem& problem) { return problem.name == words[1]; });
  if (found == problems.end()) return 2;
  if (words[0] == "describe" && words.size() == 2) {
    describe(*found);
  } else if (words[0] == "evaluate" && words.size() == 2) {
    evaluate(*found);
  } else if ((words[0] == "search" || (words[0] == "trials" && found->cost)) && words.size() == 6) {
    search(*found, words);
  } else {
    return 2;
  }
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const int result = run({words + 1, words + count});
  if (result != 0) fmt::print(stderr, "{}", usage);
  return result;
}
