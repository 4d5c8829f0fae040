#include "common/transport/in_process.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "common/base/check.h"

namespace rondo::transport {

namespace {

struct Mailbox {
  std::mutex mutex;
  std::condition_variable arrived;
  std::deque<Message> messages;
  bool gone = false;
};

struct Exchange {
  explicit Exchange(std::uint32_t size) : mailboxes(size) {}
  std::vector<Mailbox> mailboxes;
};

class InProcess final : public Transport {
 public:
  InProcess(std::shared_ptr<Exchange> exchange, RankId rank)
      : exchange_(std::move(exchange)), rank_(rank), given_up_(exchange_->mailboxes.size(), false) {}

  ~InProcess() override { leave(); }

  [[nodiscard]] RankId rank() const override { return rank_; }
  [[nodiscard]] std::uint32_t size() const override { return static_cast<std::uint32_t>(given_up_.size()); }

  void send(RankId to, std::string bytes) override {
    RONDO_CHECK(to.value() < size(), "rank {} of {}", to.value(), size());
    if (left_ || given_up_[to.value()]) return;
    Mailbox& mailbox = exchange_->mailboxes[to.value()];
    {
      const std::lock_guard lock(mailbox.mutex);
      if (mailbox.gone) return;
      mailbox.messages.push_back({rank_, std::move(bytes)});
    }
    mailbox.arrived.notify_one();
  }

  [[nodiscard]] std::optional<Message> receive() override {
    Mailbox& mailbox = own();
    const std::lock_guard lock(mailbox.mutex);
    while (!mailbox.messages.empty()) {
      Message message = std::move(mailbox.messages.front());
      mailbox.messages.pop_front();
      if (!given_up_[message.from.value()]) return message;
    }
    return std::nullopt;
  }

  void wait(std::chrono::microseconds longest) override {
    Mailbox& mailbox = own();
    std::unique_lock lock(mailbox.mutex);
    mailbox.arrived.wait_for(lock, longest, [&] { return !mailbox.messages.empty(); });
  }

  void give_up(RankId rank) override {
    RONDO_CHECK(rank.value() < size(), "rank {} of {}", rank.value(), size());
    given_up_[rank.value()] = true;
  }

  void close(std::chrono::milliseconds /*longest*/) override { leave(); }

 private:
  Mailbox& own() { return exchange_->mailboxes[rank_.value()]; }

  // What was sent before stays with its receivers.
  void leave() {
    left_ = true;
    const std::lock_guard lock(own().mutex);
    own().gone = true;
    own().messages.clear();
  }

  std::shared_ptr<Exchange> exchange_;
  RankId rank_;
  std::vector<bool> given_up_;
  bool left_ = false;
};

}  // namespace

std::vector<std::unique_ptr<Transport>> make_in_process(std::uint32_t size) {
  const auto exchange = std::make_shared<Exchange>(size);
  std::vector<std::unique_ptr<Transport>> endpoints;
  endpoints.reserve(size);
  for (std::uint32_t rank = 0; rank < size; ++rank) {
    endpoints.push_back(std::make_unique<InProcess>(exchange, RankId(rank)));
  }
  return endpoints;
}

}  // namespace rondo::transport
