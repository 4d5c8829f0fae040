#include "worker/runtime/link.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace rondo::runtime {

namespace {

constexpr RankId coordinator{0};
// Signs of life in a rank timeout: one may be late by five intervals.
constexpr int beats_per_timeout = 6;
constexpr int gaps_per_timeout = 8;
constexpr std::chrono::milliseconds look_interval{250};
constexpr std::chrono::microseconds poll_interval{500};
constexpr std::chrono::milliseconds longest_goodbye{2'000};
constexpr std::chrono::milliseconds longest_linger{2'000};
constexpr std::chrono::milliseconds linger_step{20};

}  // namespace

Link::Link(transport::Transport& transport, std::chrono::milliseconds silence)
    : transport_(transport),
      silence_(silence),
      beat_every_(silence / beats_per_timeout),
      clock_(Clock::now(), silence / gaps_per_timeout) {}

void Link::set_rank_timeout(std::chrono::milliseconds timeout) {
  silence_ = timeout;
  beat_every_ = std::max(timeout / beats_per_timeout, std::chrono::milliseconds(1));
  clock_.set_longest_gap(timeout / gaps_per_timeout);
}

void Link::watch(const std::string& host, std::uint32_t process) {
  process_ = transport::ProcessWatch::of(host, process);
  one_process_ = host == transport::host_name() && process == transport::own_process();
}

void Link::send(const proto::ToCoordinator& message) {
  transport_.send(coordinator, message.SerializeAsString());
  said_ = Clock::now();
}

void Link::beat(Clock::time_point now) {
  if (now - said_ < beat_every_) return;
  proto::ToCoordinator message;
  message.mutable_heartbeat();
  send(message);
}

std::optional<proto::ToWorker> Link::poll() {
  const auto now = Clock::now();
  polled_ = now;
  clock_.listen(now);
  beat(now);
  while (auto arrived = transport_.receive()) {
    // Workers don't talk to each other.
    if (arrived->from != coordinator) continue;
    heard_ = clock_.listened();
    proto::ToWorker message;
    // What cannot be read comes from a coordinator of another version, which refuses this worker anyway.
    if (!message.ParseFromString(arrived->bytes)) continue;
    message.DiscardUnknownFields();  // they have no canonical form, and parts of messages are hashed
    if (message.body_case() == proto::ToWorker::kHeartbeat ||
        message.body_case() == proto::ToWorker::BODY_NOT_SET) {
      continue;
    }
    return message;
  }
  look_after_coordinator(now);
  return std::nullopt;
}

void Link::look_after_coordinator(Clock::time_point now) {
  if (clock_.listened() - heard_ > silence_) lost_ = true;
  if (!process_ || now - looked_ < look_interval) return;
  looked_ = now;
  if (process_->ended()) lost_ = true;
}

std::optional<proto::ToWorker> Link::poll_sometimes() {
  if (Clock::now() - polled_ < poll_interval) return std::nullopt;
  return poll();
}

void Link::wait(std::chrono::microseconds longest) {
  transport_.wait(std::min<std::chrono::microseconds>(
      longest, std::max(beat_every_ / 2, {std::chrono::milliseconds(1)})));
}

void Link::leave(bool everybody_leaves) {
  if (lost_) {
    transport_.give_up(coordinator);
    transport_.close(std::chrono::milliseconds(0));
    return;
  }
  proto::ToCoordinator message;
  message.mutable_goodbye();
  send(message);
  transport_.close(longest_goodbye);
  if (everybody_leaves || one_process_) return;
  const auto deadline = Clock::now() + longest_linger;
  while (Clock::now() < deadline && !(process_ && process_->ended()))
    std::this_thread::sleep_for(linger_step);
}

}  // namespace rondo::runtime
