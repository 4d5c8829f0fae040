// rondo doctor: whether these machines compute what every other one does, and are fit for a long search.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "common/transport/cores.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/doctor_node.h"
#include "coordinator/cli/output.h"

namespace rondo::cli {

namespace {

using Steady = std::chrono::steady_clock;

// For rank 0 to say that all have been heard, beyond the patience that it has.
constexpr std::chrono::seconds dismissal_longest{30};
constexpr std::chrono::milliseconds doctor_look{20};
constexpr std::chrono::milliseconds doctor_close{1'000};

// The answers of all ranks that gave one in time, by rank.
std::vector<RankAnswer> collect_answers(transport::Transport& transport, RankAnswer own,
                                        std::chrono::seconds patience) {
  std::vector<RankAnswer> answers;
  answers.push_back(std::move(own));
  const auto deadline = Steady::now() + patience;
  while (answers.size() < transport.size() && Steady::now() < deadline) {
    if (const auto message = transport.receive()) {
      answers.push_back(answer_from_json(message->bytes));
    } else {
      transport.wait(doctor_look);
    }
  }
  std::ranges::sort(answers, {}, &RankAnswer::rank);
  return answers;
}

void dismiss_ranks(transport::Transport& transport) {
  for (std::uint32_t rank = 1; rank < transport.size(); ++rank) transport.send(RankId(rank), "heard");
  transport.close(doctor_close);
}

bool wait_for_dismissal(transport::Transport& transport, std::chrono::seconds patience) {
  const auto deadline = Steady::now() + patience + dismissal_longest;
  while (Steady::now() < deadline) {
    if (transport.receive()) return true;
    transport.wait(doctor_look);
  }
  return false;
}

ExitCode print_checks(const std::vector<Check>& checks, const DoctorOptions& options) {
  const Output output(options.json);
  nlohmann::ordered_json json;
  for (const Check& check : checks) {
    output.line(fmt::format("{:<6} {:<9} {}", check.good ? "ok" : "FAILED", check.name, check.what));
    json["checks"].push_back({{"name", check.name}, {"good", check.good}, {"what", check.what}});
  }
  const bool good = std::ranges::all_of(checks, [](const Check& check) { return check.good; });
  json["good"] = good;
  output.object(json);
  return good ? ExitCode::done : ExitCode::failed;
}

}  // namespace

ExitCode doctor_command(const DoctorOptions& options, World& world) {
  const auto [rank, ranks] = world.place;
  const std::chrono::seconds patience{options.patience};
  if (ranks < 2) {
    const std::vector<RankAnswer> answers{examine_rank(0, 1, 1, options.folder, options.data)};
    return print_checks(merge_answers(answers, 1, options.oversubscribed), options);
  }
  const std::unique_ptr<transport::Transport> transport = transport::make_mpi(*world.argc, *world.argv);
  world.mpi_started = true;
  RankAnswer own = examine_rank(rank, ranks, transport::ranks_on_this_host(), options.folder, options.data);
  if (rank != 0) {
    transport->send(RankId(0), to_json(own));
    world.everybody_leaves = wait_for_dismissal(*transport, patience);
    transport->close(doctor_close);
    return ExitCode::done;  // what is wrong is for rank 0 to say
  }
  const std::vector<RankAnswer> answers = collect_answers(*transport, std::move(own), patience);
  dismiss_ranks(*transport);
  world.everybody_leaves = answers.size() == ranks;
  return print_checks(merge_answers(answers, ranks, options.oversubscribed), options);
}

}  // namespace rondo::cli
