// Golden scripts: events in, records and commands out. tests/golden/schedule/README.md has their grammar. To
// take what the core does now as right: RONDO_UPDATE_GOLDEN=1, and read the diff.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "common/base/text.h"
#include "tests/unit/coordinator/schedule/scripted_search.h"

namespace rondo::schedule::testing {
namespace {

namespace fs = std::filesystem;

fs::path golden_folder() {
  return fs::path(RONDO_SOURCE_DIR) / "tests/golden/schedule";
}

// A line of input: a verb, then words that are "name=value" or just "name".
class Line {
 public:
  explicit Line(const std::string& line) : line_(line) {
    std::istringstream words(line);
    words >> verb_;
    for (std::string word; words >> word;) {
      const std::size_t equals = word.find('=');
      const bool bare = equals == std::string::npos;
      values_.emplace_back(word.substr(0, equals), bare ? "" : word.substr(equals + 1));
    }
    used_.resize(values_.size());
  }

  [[nodiscard]] const std::string& verb() const { return verb_; }
  [[nodiscard]] std::optional<std::string> word(const std::string& name) {
    for (std::size_t index = 0; index < values_.size(); ++index) {
      if (values_[index].first != name) continue;
      used_[index] = true;
      return values_[index].second;
    }
    return std::nullopt;
  }
  [[nodiscard]] bool has(const std::string& name) { return word(name).has_value(); }
  [[nodiscard]] std::optional<std::uint64_t> maybe(const std::string& name) {
    const auto value = word(name);
    return value ? std::optional(number_of(*value)) : std::nullopt;
  }
  [[nodiscard]] std::uint64_t number(const std::string& name, std::optional<std::uint64_t> otherwise = {}) {
    const auto value = maybe(name);
    if (!value && !otherwise) refuse("has no " + name);
    return value ? *value : *otherwise;
  }
  [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> range(const std::string& name) {
    const std::string value = word(name).value_or("");
    const std::size_t dash = value.find('-');
    const auto first = static_cast<std::uint32_t>(number_of(value.substr(0, dash)));
    if (dash == std::string::npos) return {first, first};
    return {first, static_cast<std::uint32_t>(number_of(value.substr(dash + 1)))};
  }
  [[nodiscard]] std::uint64_t number_of(const std::string& value) const {
    const auto parsed = parse_u64(value);
    if (!parsed) refuse("has a bad number: " + value);
    return *parsed;
  }
  [[noreturn]] void refuse(const std::string& why) const {
    throw std::runtime_error(fmt::format("'{}' {}", line_, why));
  }
  void expect_all_used() const {
    if (std::find(used_.begin(), used_.end(), false) != used_.end()) refuse("has a word that nobody reads");
  }

 private:
  std::string line_;
  std::string verb_;
  std::vector<std::pair<std::string, std::string>> values_;
  std::vector<bool> used_;
};

class Script {
 public:
  // The lines that the core answers with.
  std::vector<std::string> run(Line& line) {
    const std::string& verb = line.verb();
    if (!core_ && setup(line)) return {};
    if (verb == "start") {
      core_.emplace(options_, proposer_, stopper_);
      return say(core_->start());
    }
    if (!core_) line.refuse("stands before start");
    if (verb == "status") return {status()};
    return say(core_->step(event(line)));
  }

 private:
  bool setup(Line& line) {
    if (line.verb() == "search") {
      options_.lanes = static_cast<std::uint32_t>(line.number("lanes"));
      options_.trials = line.number("trials");
      options_.epochs = Epoch(static_cast<std::uint32_t>(line.number("epochs")));
      options_.trials_ahead = static_cast<std::uint32_t>(line.number("ahead", 0));
      options_.max_infrastructure_failures = static_cast<std::uint32_t>(line.number("failures", 10));
      options_.second_copies = line.has("second-copies");
      if (const auto ticks = line.maybe("ticks")) options_.last_tick = Tick(*ticks);
      proposer_.ended_for_each = line.maybe("ended-for-each");
      proposer_.reports_before_more = line.maybe("reports-before-more");
    } else if (line.verb() == "network") {
      Network& network = proposer_.networks[line.number("trial")];
      network.cost = line.number("cost", 1);
      network.too_large = line.has("too-large");
      network.same_as = line.maybe("same-as");
      network.repeats = static_cast<std::uint32_t>(line.number("repeats", 0));
    } else if (line.verb() == "spent") {
      proposer_.spent_from = line.number("from");
    } else if (line.verb() == "rungs") {
      std::istringstream rungs(line.word("at").value_or(""));
      for (std::string rung; std::getline(rungs, rung, ',');) {
        stopper_.rungs.emplace_back(static_cast<std::uint32_t>(line.number_of(rung)));
      }
      stopper_.factor = line.number("factor", 2);
    } else {
      return false;
    }
    return true;
  }

  static std::optional<double> loss(Line& line) {
    const auto value = line.word("loss");
    return value ? parse_double(*value) : std::nullopt;
  }

  static RankId rank(Line& line) { return RankId(static_cast<std::uint32_t>(line.number("rank"))); }

  // [trial=T] [epochs=F-L] [loss=X] [completed | diverged] [checkpoint=E]
  template <class Result>
  static void read_result(Line& line, Result& event, std::optional<std::uint64_t> current = std::nullopt) {
    const std::uint64_t trial = line.number("trial", current);
    event.trial = TrialId(trial);
    event.checkpoint = Epoch(static_cast<std::uint32_t>(line.number("checkpoint", 0)));
    if (!line.has("epochs")) return;
    const auto [first, last] = line.range("epochs");
    event.epochs = results(trial, first, last, loss(line));
    if (line.has("completed")) event.end = end_of(trial, last);
    if (line.has("diverged")) event.end = end_of(trial, last, Outcome::diverged);
  }

  Event event(Line& line) {
    const std::string& verb = line.verb();
    if (verb == "join") return RankJoined{rank(line)};
    if (verb == "lose") return RankLost{rank(line)};
    if (verb == "pause") return PauseRequested{};
    if (verb == "checkpoint-lost") return CheckpointLost{TrialId(line.number("trial"))};
    if (verb == "fail") return AttemptFailed{rank(line), AssignmentId(line.number("assignment"))};
    if (verb == "report") {
      ResultArrived arrived;
      arrived.rank = rank(line);
      const auto current = assigned_.find(arrived.rank);
      const bool any = current != assigned_.end();
      arrived.assignment = AssignmentId(
          line.number("assignment", any ? std::optional(current->second.assignment.value()) : std::nullopt));
      arrived.segment_done = line.has("done");
      read_result(line, arrived, any ? std::optional(current->second.trial.value()) : std::nullopt);
      return arrived;
    }
    if (verb == "restore") {
      ResultRestored restored;
      read_result(line, restored);
      return restored;
    }
    line.refuse("starts with an unknown verb");
  }

  [[nodiscard]] std::string status() const {
    const Progress progress = core_->progress();
    return fmt::format("tick {}: {} proposed, {} ended, {} epochs committed; {} ranks run, {} idle{}",
                       progress.now.value(), progress.proposed, progress.ended, progress.epochs_committed,
                       progress.running_ranks, progress.idle_ranks, core_->finished() ? "; finished" : "");
  }

  std::vector<std::string> say(const Ready& ready) {
    for (const Command& command : ready.commands) {
      if (const auto* const assign = std::get_if<AssignCommand>(&command)) assigned_[assign->rank] = *assign;
    }
    std::vector<std::string> lines = text(ready);
    if (core_->finished() && !said_finished_) lines.emplace_back("finished");
    said_finished_ = core_->finished();
    if (lines.empty()) lines.emplace_back("nothing");
    return lines;
  }

  Options options_;
  ScriptedProposer proposer_;
  RungStopper stopper_;
  std::optional<Core> core_;
  std::map<RankId, AssignCommand> assigned_;  // the last to each rank
  bool said_finished_ = false;
};

constexpr const char* answer_mark = "  ";

// The script with the answers that the core gives now.
std::string answered(const std::string& text) {
  Script script;
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(answer_mark)) continue;
    out += line + "\n";
    if (line.empty() || line.starts_with("#")) continue;
    Line input(line);
    for (const std::string& answer : script.run(input)) out += answer_mark + answer + "\n";
    input.expect_all_used();
  }
  return out;
}

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(golden_folder())) {
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Golden : public ::testing::TestWithParam<std::string> {};

TEST_P(Golden, TheCoreAnswersAsWritten) {
  const fs::path path = golden_folder() / (GetParam() + ".txt");
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::string now = answered(text);
  if (std::getenv("RONDO_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << now;
    return;
  }
  EXPECT_EQ(now, text);
}

INSTANTIATE_TEST_SUITE_P(Scripts, Golden, ::testing::ValuesIn(golden_names()), [](const auto& one) {
  std::string name = one.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace rondo::schedule::testing
