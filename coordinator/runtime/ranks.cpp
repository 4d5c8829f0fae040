#include "coordinator/runtime/ranks.h"

#include <fmt/format.h>

#include <algorithm>

namespace rondo::runtime {

namespace {

// Signs of life in a rank timeout: one may be late by five intervals.
constexpr int beats_per_timeout = 6;
constexpr int gaps_per_timeout = 8;
constexpr std::chrono::milliseconds look_interval{250};

}  // namespace

Ranks::Ranks(transport::Transport& transport, std::chrono::milliseconds rank_timeout,
             std::chrono::milliseconds join_timeout)
    : transport_(transport),
      rank_timeout_(rank_timeout),
      join_timeout_(join_timeout),
      beat_every_(std::max(rank_timeout / beats_per_timeout, std::chrono::milliseconds(1))),
      clock_(Clock::now(), rank_timeout / gaps_per_timeout),
      ranks_(transport.size()) {}

bool Ranks::alive(RankState state) const {
  return state != RankState::lost && state != RankState::left;
}

std::uint32_t Ranks::count(RankState state) const {
  return static_cast<std::uint32_t>(
      std::count_if(ranks_.begin() + 1, ranks_.end(),
                    [state](const Entry& entry) { return entry.public_part.state == state; }));
}

bool Ranks::any_hope() const {
  return count(RankState::expected) + count(RankState::loading) + count(RankState::ready) > 0;
}

std::string Ranks::name(RankId rank) const {
  const WorkerRank& worker = (*this)[rank];
  if (worker.host.empty()) return fmt::format("rank {}", rank.value());
  return fmt::format("rank {} (process {} on {})", rank.value(), worker.process, worker.host);
}

void Ranks::send(RankId rank, const proto::ToWorker& message) {
  transport_.send(rank, message.SerializeAsString());
  ranks_[rank.value()].said = Clock::now();
}

std::optional<Arrival> Ranks::receive() {
  while (auto message = transport_.receive()) {
    if (message->from.value() == 0 || !alive((*this)[message->from].state)) continue;
    ranks_[message->from.value()].heard = clock_.listened();
    Arrival arrival{message->from, {}};
    if (!arrival.message.ParseFromString(message->bytes)) continue;
    // A release that says more is refused by its versions; what it says here must not go any further.
    arrival.message.DiscardUnknownFields();
    switch (arrival.message.body_case()) {
      case proto::ToCoordinator::kHeartbeat:
      case proto::ToCoordinator::BODY_NOT_SET:
        continue;
      default:
        return arrival;
    }
  }
  return std::nullopt;
}

void Ranks::watch(RankId rank) {
  Entry& entry = ranks_[rank.value()];
  entry.process = transport::ProcessWatch::of(entry.public_part.host, entry.public_part.process);
}

std::chrono::milliseconds Ranks::patience(RankState state) const {
  // One that was not set up does not know the rank timeout.
  return state == RankState::expected || state == RankState::refused ? join_timeout_ : rank_timeout_;
}

std::vector<Gone> Ranks::look_after() {
  const auto now = Clock::now();
  clock_.listen(now);
  const bool look = now - looked_ >= look_interval;
  if (look) looked_ = now;
  std::vector<Gone> gone;
  proto::ToWorker heartbeat;
  heartbeat.mutable_heartbeat();
  for (std::uint32_t index = 1; index < end(); ++index) {
    Entry& entry = ranks_[index];
    if (!alive(entry.public_part.state)) continue;
    const auto longest = patience(entry.public_part.state);
    if (look && entry.process && entry.process->ended()) {
      gone.push_back({RankId(index), "has ended without a word"});
    } else if (clock_.listened() - entry.heard > longest) {
      gone.push_back(
          {RankId(index), fmt::format("was silent for {} s", static_cast<double>(longest.count()) / 1000)});
    } else if (now - entry.said >= beat_every_) {
      send(RankId(index), heartbeat);
    }
  }
  return gone;
}

void Ranks::give_up(RankId rank) {
  (*this)[rank].state = RankState::lost;
  (*this)[rank].assignment.reset();
  transport_.give_up(rank);
}

}  // namespace rondo::runtime
