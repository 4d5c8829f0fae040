#include "tests/simulation/case.h"

#include <fmt/format.h>

#include <functional>
#include <optional>

#include "common/base/error.h"
#include "common/base/text.h"
#include "tests/simulation/chance.h"

namespace rondo::simulation {

namespace {

struct Setting {
  const char* name;
  std::function<std::uint64_t()> get;
  std::function<void(std::uint64_t)> set;
};

template <class T>
Setting setting(const char* name, T& value) {
  return {name, [&value] { return static_cast<std::uint64_t>(value); },
          [&value](std::uint64_t number) { value = static_cast<T>(number); }};
}

constexpr std::uint64_t proposers = 5;  // that are drawn
constexpr std::uint64_t stoppers = 4;

std::vector<Setting> settings(Case& one) {
  WorkloadOptions& work = one.workload;
  Disturbers& bad = one.disturbers;
  return {
      setting("seed", one.seed),
      setting("workload_seed", work.seed),
      setting("proposer", work.proposer),
      setting("stopper", work.stopper),
      setting("lanes", work.lanes),
      setting("trials", work.trials),
      setting("epochs", work.epochs),
      setting("last_tick", work.last_tick),
      setting("most_ticks", work.most_ticks),
      setting("networks", work.networks),
      setting("bracket", work.bracket),
      setting("early_stop", work.early_stop),
      setting("diverge", work.diverge),
      setting("too_large", work.too_large),
      setting("trials_ahead", work.trials_ahead),
      setting("ranks", bad.ranks),
      setting("late_ranks", bad.late_ranks),
      setting("speed_spread", bad.speed_spread),
      setting("noise", bad.noise),
      setting("mispriced", bad.mispriced),
      setting("most_delay", bad.most_delay),
      setting("report_single", bad.report_single),
      setting("checkpoint", bad.checkpoint),
      setting("duplicate", bad.duplicate),
      setting("failure", bad.failure),
      setting("most_failures", bad.most_failures),
      setting("deaths", bad.deaths),
      setting("silences", bad.silences),
      setting("crashes", bad.crashes),
      setting("pauses", bad.pauses),
      setting("cache_loss", bad.cache_loss),
      setting("unreadable", bad.unreadable),
      setting("sync_every", bad.sync_every),
      setting("lies", bad.lies),
      setting("extend_from", bad.extend_from),
      setting("second_copies", work.second_copies),
      setting("stragglers", bad.stragglers),
      setting("straggling", bad.straggling),
      setting("objective", work.objective),
      setting("startup", work.startup),
      setting("reduction", work.reduction),
  };
}

WorkloadOptions draw_workload(Chance& chance) {
  WorkloadOptions work;
  work.seed = chance.between(0, ~std::uint64_t{0} - 1);
  work.proposer = static_cast<ProposerKind>(chance.between(0, proposers - 1));
  work.stopper = static_cast<StopperKind>(chance.between(0, stoppers - 1));
  work.lanes = static_cast<std::uint32_t>(chance.between(1, chance.percent(20) ? 24 : 9));
  work.trials = chance.between(1, chance.percent(10) ? 150 : 40);
  work.epochs = static_cast<std::uint32_t>(chance.between(1, chance.percent(10) ? 30 : 9));
  work.most_ticks = chance.percent(25) ? 1 : chance.between(2, chance.percent(30) ? 100 : 8);
  work.networks = chance.between(1, 24);
  work.bracket = chance.between(2, 6);
  work.early_stop = chance.percent(30) ? 0 : chance.between(0, 80);
  work.diverge = chance.percent(50) ? 0 : chance.between(0, 40);
  work.too_large = chance.percent(50) ? 0 : chance.between(0, 40);
  work.trials_ahead = static_cast<std::uint32_t>(chance.between(0, 12));
  if (chance.percent(25)) work.last_tick = chance.between(1, 4 * work.epochs * work.most_ticks);
  return work;
}

Disturbers draw_disturbers(Chance& chance, const WorkloadOptions& work) {
  const auto some = [&chance](std::uint64_t likely, std::uint64_t most) {
    return chance.percent(likely) ? chance.between(1, most) : 0;
  };
  Disturbers bad;
  bad.ranks = static_cast<std::uint32_t>(chance.between(1, chance.percent(30) ? 12 : 5));
  bad.late_ranks = static_cast<std::uint32_t>(some(20, 4));
  bad.speed_spread = some(70, 500);
  bad.noise = some(60, 300);
  bad.mispriced = some(60, 90);
  bad.most_delay = some(80, chance.percent(30) ? 10'000 : 400);
  bad.report_single = chance.between(0, 100);
  bad.checkpoint = chance.between(0, 100);
  bad.duplicate = some(40, 50);
  bad.failure = some(20, 20);
  bad.most_failures = static_cast<std::uint32_t>(chance.percent(30) ? chance.between(1, 4) : 1'000);
  bad.deaths = static_cast<std::uint32_t>(some(30, 4));
  bad.silences = static_cast<std::uint32_t>(some(20, 3));
  bad.crashes = static_cast<std::uint32_t>(some(30, 4));
  bad.pauses = static_cast<std::uint32_t>(some(20, 2));
  bad.cache_loss = some(60, 100);
  bad.unreadable = some(30, 50);
  bad.sync_every = chance.between(1, 1'000);
  bad.lies = static_cast<std::uint32_t>(some(10, 2));
  if (chance.percent(15) && work.trials > 1) bad.extend_from = chance.between(1, work.trials - 1);
  return bad;
}

}  // namespace

Case draw_case(std::uint64_t seed) {
  Case result;
  result.seed = seed;
  Chance chance(seed, Purpose::options);
  result.workload = draw_workload(chance);
  result.disturbers = draw_disturbers(chance, result.workload);
  result.workload.second_copies = chance.percent(50);
  if (chance.percent(50)) result.disturbers.stragglers = chance.between(1, 30);
  result.disturbers.straggling = chance.between(2, 10);
  return result;
}

Case parse_case(std::string_view text) {
  std::optional<Case> result;
  std::uint64_t number = 0;
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const std::size_t blank = line.find(' ');
    const auto value = blank == std::string_view::npos ? std::nullopt : parse_u64(line.substr(blank + 1));
    if (!value) throw_bad_input("line {}: '{}' is not <name> <number>", number, line);
    const std::string_view name = line.substr(0, blank);
    if (!result) {
      if (name != "seed") throw_bad_input("line {}: the first setting must be the seed", number);
      result = draw_case(*value);
      continue;
    }
    bool found = false;
    for (const Setting& one : settings(*result)) {
      if (name != one.name) continue;
      one.set(*value);
      found = true;
    }
    if (!found) throw_bad_input("line {}: there is no setting '{}'", number, name);
  }
  if (!result) throw_bad_input("an empty case: it must begin with 'seed <number>'");
  return *result;
}

std::string describe(const Case& simulation) {
  Case copy = simulation;
  std::string text;
  for (const Setting& one : settings(copy)) text += fmt::format("{} {}\n", one.name, one.get());
  return text;
}

}  // namespace rondo::simulation
