// What the ranks' line costs, over the transport and the messages of a search. Run by mpirun; transport.py
// does.
//
//   transport_bench ping      half of a round trip between the coordinator and one rank, while the others
//   wait transport_bench results   small results a second: every rank answers an assignment with a report
//   transport_bench idle TABLE SECONDS   workers of a search that have loaded the table and wait: processor
//   time
//                             and memory of each rank, and the time from mpirun's start to the last Hello
//
// Rank 0 prints one JSON object. RONDO_BENCH_STARTED is the time at which mpirun was started, in nanoseconds
// since 1970.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "common/base/text.h"
#include "common/experiment/schema.h"
#include "common/numerics/floating_point_mode.h"
#include "common/transport/mpi_transport.h"
#include "coordinator/cli/load.h"
#include "coordinator/runtime/ranks.h"
#include "worker/runtime/link.h"
#include "worker/runtime/serve.h"

namespace {

using rondo::RankId;
using rondo::runtime::Ranks;
using rondo::runtime::RankState;
using rondo::transport::Transport;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
namespace proto = rondo::proto;

constexpr int round_trips = 4'000;
constexpr int lazy_round_trips = 6;
constexpr auto before_lazy = 2'100ms;
constexpr auto results_for = 5s;
constexpr auto look = 20ms;
// As many assignments as a rank may hold at once; 1 is a search of one-epoch trials.
constexpr std::uint32_t deep = 16;

double microseconds(Clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

nlohmann::json quantiles(std::vector<double> values) {
  std::ranges::sort(values);
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
  };
  return {{"median", at(0.5)}, {"p99", at(0.99)}};
}

// --- ping

double half_a_round_trip(Transport& transport) {
  const auto start = Clock::now();
  transport.send(RankId(1), "ping");
  while (!transport.receive()) transport.wait(1s);
  return microseconds(Clock::now() - start) / 2;
}

nlohmann::json ping(Transport& transport) {
  std::vector<double> busy;
  for (int count = 0; count < round_trips; ++count) busy.push_back(half_a_round_trip(transport));
  // Both ends have slept for so long that they look rarely.
  std::vector<double> lazy;
  for (int count = 0; count < lazy_round_trips; ++count) {
    const auto until = Clock::now() + before_lazy;
    while (Clock::now() < until) transport.wait(look);
    lazy.push_back(half_a_round_trip(transport));
    if (count == 0) lazy.clear();  // the first one after the rush
  }
  for (std::uint32_t rank = 1; rank < transport.size(); ++rank) transport.send(RankId(rank), "end");
  return {{"busy_us", quantiles(std::move(busy))}, {"lazy_us", quantiles(std::move(lazy))}};
}

void answer_pings(Transport& transport) {
  for (;;) {
    const auto message = transport.receive();
    if (!message) {
      transport.wait(50ms);
      continue;
    }
    if (message->bytes == "end") return;
    transport.send(RankId(0), message->bytes);
  }
}

// --- results

proto::ToWorker assignment(std::uint64_t number) {
  proto::ToWorker message;
  proto::Assign& assign = *message.mutable_assign();
  assign.set_assignment(number);
  assign.set_trial(number);
  for (const std::uint32_t units : {64U, 32U}) {
    assign.mutable_architecture()->add_blocks()->set_units(units);
  }
  assign.mutable_architecture()->mutable_optimizer()->set_learning_rate(0.001F);
  assign.mutable_architecture()->set_batch_size(32);
  assign.set_first_epoch(1);
  assign.set_last_epoch(1);
  return message;
}

// As a worker's: one epoch's losses, metric and fingerprint, and the trial's end.
proto::ToCoordinator result(const proto::Assign& assign) {
  proto::ToCoordinator message;
  proto::TrialReport& report = *message.mutable_report();
  report.set_assignment(assign.assignment());
  report.set_trial(assign.trial());
  proto::EpochResult& epoch = *report.add_epochs();
  epoch.set_epoch(1);
  epoch.set_train_loss(0.5);
  epoch.set_validation_loss(0.25);
  epoch.set_score(0.75);
  epoch.set_fingerprint(std::string(16, 'f'));
  report.mutable_end()->set_outcome(proto::OUTCOME_COMPLETED);
  report.mutable_end()->set_epochs(1);
  report.mutable_end()->set_best_epoch(1);
  report.mutable_end()->set_best_score(0.75);
  report.mutable_end()->set_best_validation_loss(0.25);
  report.mutable_end()->set_weights_digest(std::string(32, 'd'));
  report.set_segment_done(true);
  report.set_seconds(0.001);
  return message;
}

// Results that rank 0 has read in `results_for`, a second, when each rank holds `held` assignments.
double results_a_second(Transport& transport, Ranks& ranks, std::uint32_t held, std::uint64_t& number) {
  for (std::uint32_t rank = 1; rank < transport.size(); ++rank) {
    for (std::uint32_t count = 0; count < held; ++count) ranks.send(RankId(rank), assignment(++number));
  }
  std::uint64_t open = std::uint64_t{held} * (transport.size() - 1);
  std::uint64_t results = 0;
  const auto start = Clock::now();
  auto end = start;
  for (const auto until = start + results_for; open > 0;) {
    const auto arrival = ranks.receive();
    if (!arrival) {
      if (!ranks.look_after().empty()) std::abort();
      transport.wait(look);
      continue;
    }
    if (!arrival->message.has_report()) continue;
    if (Clock::now() < until) {
      ++results;
      end = Clock::now();
      ranks.send(arrival->from, assignment(++number));
    } else {
      --open;
    }
  }
  return static_cast<double>(results) / std::chrono::duration<double>(end - start).count();
}

nlohmann::json results(Transport& transport) {
  Ranks ranks(transport, 30s, 60s);
  for (std::uint32_t rank = 1; rank < transport.size(); ++rank) ranks[RankId(rank)].state = RankState::ready;
  std::uint64_t number = 0;
  nlohmann::json json;
  json["bytes"] = result(assignment(1).assign()).ByteSizeLong();
  json["one_at_a_time"] = results_a_second(transport, ranks, 1, number);
  json["many_at_a_time"] = results_a_second(transport, ranks, deep, number);
  proto::ToWorker bye;
  bye.mutable_shutdown();
  for (std::uint32_t rank = 1; rank < transport.size(); ++rank) ranks.send(RankId(rank), bye);
  return json;
}

void give_results(Transport& transport) {
  rondo::runtime::Link link(transport, 60s);
  for (;;) {
    const auto message = link.poll();
    if (!message) {
      link.wait(50ms);
    } else if (message->has_assign()) {
      link.send(result(message->assign()));
    } else {
      return;
    }
  }
}

// --- idle

// Nanoseconds on a core, of all threads of a process so far.
std::uint64_t processor_time(std::uint32_t process) {
  std::uint64_t sum = 0;
  for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", process))) {
    std::ifstream file(task.path() / "schedstat");
    std::uint64_t time = 0;
    file >> time;
    sum += time;
  }
  return sum;
}

// KiB of a line "name: 123 kB".
std::uint64_t kibibytes(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string word; file >> word;) {
    if (word != name) continue;
    std::uint64_t value = 0;
    file >> value;
    return value;
  }
  return 0;
}

nlohmann::json spread(const std::vector<double>& values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return {{"mean", sum / static_cast<double>(values.size())}, {"most", *std::ranges::max_element(values)}};
}

// Serves the line until every rank is in `state`, or for `longest` when that is not to be expected.
void listen(Transport& transport, Ranks& ranks, const proto::ToWorker& setup, RankState state,
            Clock::duration longest) {
  const auto deadline = Clock::now() + longest;
  while (ranks.count(state) + 1 < transport.size() && Clock::now() < deadline) {
    const auto arrival = ranks.receive();
    if (!arrival) {
      if (!ranks.look_after().empty()) std::abort();
      transport.wait(look);
      continue;
    }
    auto& rank = ranks[arrival->from];
    if (arrival->message.has_hello()) {
      rank.process = arrival->message.hello().process();
      rank.state = RankState::loading;
      if (state == RankState::ready) ranks.send(arrival->from, setup);
    } else if (arrival->message.has_loaded()) {
      if (!arrival->message.loaded().failure().empty()) std::abort();
      rank.state = RankState::ready;
    } else if (arrival->message.has_goodbye()) {
      rank.state = RankState::left;
    }
  }
}

nlohmann::json idle(Transport& transport, const std::string& table, std::chrono::seconds seconds) {
  Ranks ranks(transport, 30s, 60s);
  proto::Experiment experiment;
  experiment.mutable_data()->set_path(table);
  experiment.mutable_data()->set_target("species");
  rondo::fill_defaults(experiment);
  const rondo::cli::Problem problem = rondo::cli::load_problem(experiment);
  proto::ToWorker setup;
  *setup.mutable_setup()->mutable_experiment() = problem.experiment;
  setup.mutable_setup()->set_dataset_digest(rondo::to_bytes(problem.loaded.digest));
  listen(transport, ranks, setup, RankState::ready, 60s);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto started = rondo::parse_u64(std::getenv("RONDO_BENCH_STARTED"));
  // Longer than a rank needs to become lazy.
  listen(transport, ranks, setup, RankState::left, 3s);
  const auto own = static_cast<std::uint32_t>(rondo::transport::own_process());
  std::vector<std::uint32_t> processes{own};
  for (std::uint32_t rank = 1; rank < transport.size(); ++rank)
    processes.push_back(ranks[RankId(rank)].process);
  std::vector<std::uint64_t> before;
  const auto start = Clock::now();
  for (const std::uint32_t process : processes) before.push_back(processor_time(process));
  listen(transport, ranks, setup, RankState::left, seconds);
  const double passed = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  std::vector<double> percent;
  std::vector<double> resident;
  std::vector<double> proportional;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    percent.push_back(static_cast<double>(processor_time(processes[i]) - before[i]) / passed * 100);
    const std::string folder = fmt::format("/proc/{}/", processes[i]);
    constexpr double kibibytes_in_mebibyte = 1'024;
    resident.push_back(static_cast<double>(kibibytes(folder + "smaps_rollup", "Rss:")) /
                       kibibytes_in_mebibyte);
    proportional.push_back(static_cast<double>(kibibytes(folder + "smaps_rollup", "Pss:")) /
                           kibibytes_in_mebibyte);
  }
  nlohmann::json json{{"coordinator_percent", percent.front()},
                      {"ready_s", (std::chrono::duration<double>(now).count() -
                                   static_cast<double>(started.value_or(0)) * 1e-9)}};
  json["worker_percent"] = spread({percent.begin() + 1, percent.end()});
  json["resident_mib"] = spread({resident.begin() + 1, resident.end()});
  json["proportional_mib"] = spread({proportional.begin() + 1, proportional.end()});
  proto::ToWorker bye;
  bye.mutable_shutdown()->set_everybody_leaves(true);
  for (std::uint32_t rank = 1; rank < transport.size(); ++rank) ranks.send(RankId(rank), bye);
  listen(transport, ranks, setup, RankState::left, 10s);
  return json;
}

int run(Transport& transport, const std::vector<std::string>& arguments) {
  const bool coordinates = transport.rank() == RankId(0);
  const std::string& mode = arguments.front();
  nlohmann::json json;
  if (mode == "ping") {
    coordinates ? static_cast<void>(json = ping(transport)) : answer_pings(transport);
  } else if (mode == "results") {
    coordinates ? static_cast<void>(json = results(transport)) : give_results(transport);
  } else if (!coordinates) {
    const rondo::runtime::ServeResult served = rondo::runtime::serve(transport, {});
    return served.exit_code;
  } else {
    json = idle(transport, arguments.at(1), std::chrono::seconds(rondo::parse_u64(arguments.at(2)).value()));
  }
  if (coordinates) fmt::print("{}\n", json.dump());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto transport = rondo::transport::make_mpi(argc, argv);
  rondo::numerics::set_floating_point_mode();
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty() || transport->size() < 2) return 2;
  const int code = run(*transport, arguments);
  transport->close(2s);
  rondo::transport::leave_mpi(code, true);
}
