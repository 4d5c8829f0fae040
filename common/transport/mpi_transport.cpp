#include "common/transport/mpi_transport.h"

// The C interface only: the C++ one is no longer part of MPI, and has a library of its own.
#define OMPI_SKIP_MPICXX 1
#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <limits>
#include <list>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/transport/backoff.h"
#include "common/transport/cores.h"

namespace rondo::transport {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

constexpr int message_tag = 1;
// Open MPI looks first and fetches from the line then: what a probe fetched only the next one sees.
constexpr int probes_in_vain = 2;
// While a message is on its way.
constexpr microseconds piece_sleep{30};
// A peer that dies within MPI_Finalize must not keep the others there. Rank 0 leaves last; the first of the
// others may have to wait for all of its farewell, while a large checkpoint is still on its way.
constexpr std::chrono::seconds finalize_longest{5};
constexpr std::chrono::seconds finalize_longest_of_workers{20};

[[noreturn]] void throw_mpi(const char* call, int code) {
  std::string text(MPI_MAX_ERROR_STRING, '\0');
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  text.resize(static_cast<std::size_t>(std::max(length, 0)));
  throw_environment("{} failed: {}", call, text);
}

void must(const char* call, int code) {
  if (code != MPI_SUCCESS) throw_mpi(call, code);
}

// One message under way. MPI keeps the address of `bytes`, so it never moves while the request is active.
struct Transfer {
  std::string bytes;
  MPI_Request request = MPI_REQUEST_NULL;
  bool done = false;
};

struct Peer {
  std::list<Transfer> sending;
  std::list<Transfer> receiving;
  bool given_up = false;
};

class Mpi final : public Transport {
 public:
  Mpi() {
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    int rank = 0;
    int size = 0;
    must("MPI_Comm_rank", MPI_Comm_rank(MPI_COMM_WORLD, &rank));
    must("MPI_Comm_size", MPI_Comm_size(MPI_COMM_WORLD, &size));
    rank_ = RankId(static_cast<std::uint32_t>(rank));
    peers_.resize(static_cast<std::size_t>(size));
  }

  // MPI may still write into the buffers of what is under way: they outlive this object. The process ends
  // soon.
  ~Mpi() override {
    for (Peer& peer : peers_) abandon(peer);
    if (!graveyard_.empty()) new std::list<Transfer>(std::move(graveyard_));
  }

  [[nodiscard]] RankId rank() const override { return rank_; }
  [[nodiscard]] std::uint32_t size() const override { return static_cast<std::uint32_t>(peers_.size()); }

  void send(RankId to, std::string bytes) override {
    RONDO_CHECK(to.value() < size(), "rank {} of {}", to.value(), size());
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
      throw_environment(
          "a message of {} bytes to rank {} is above MPI's limit of 2 GiB: use smaller networks",
          bytes.size(), to.value());
    }
    Peer& peer = peers_[to.value()];
    if (peer.given_up || closed_) return;
    backoff_.sent();
    Transfer& transfer = peer.sending.emplace_back();
    transfer.bytes = std::move(bytes);
    const int code = MPI_Isend(transfer.bytes.data(), static_cast<int>(transfer.bytes.size()), MPI_BYTE,
                               static_cast<int>(to.value()), message_tag, MPI_COMM_WORLD, &transfer.request);
    // A connection that is gone is a silent rank: whoever measures the silence gives it up.
    // A small message is mostly gone by now.
    if (code != MPI_SUCCESS || test(transfer)) peer.sending.pop_back();
  }

  [[nodiscard]] std::optional<Message> receive() override {
    // MPI is asked again only when everything that it gave is handed out: each question costs as much as a
    // small message.
    if (arrived_.empty()) {
      progress_sends();
      take_arrivals();
      collect_arrived();
    }
    if (arrived_.empty()) return std::nullopt;
    Message message = std::move(arrived_.front());
    arrived_.pop_front();
    return message;
  }

  void wait(microseconds longest) override {
    const auto deadline = Clock::now() + longest;
    for (;;) {
      progress_sends();
      take_arrivals();
      collect_arrived();
      if (!arrived_.empty()) return;
      const auto now = Clock::now();
      if (now >= deadline) return;
      // A large message comes in pieces, and no further than we look.
      const Clock::duration most = receiving() ? Clock::duration(piece_sleep) : deadline - now;
      const Clock::duration sleep = std::min({backoff_.next(now), most, deadline - now});
      if (sleep > Clock::duration::zero()) {
        std::this_thread::sleep_for(sleep);
      } else {
        std::this_thread::yield();
      }
    }
  }

  void give_up(RankId rank) override {
    RONDO_CHECK(rank.value() < size(), "rank {} of {}", rank.value(), size());
    Peer& peer = peers_[rank.value()];
    peer.given_up = true;
    abandon(peer);
    std::erase_if(arrived_, [rank](const Message& message) { return message.from == rank; });
  }

  void close(std::chrono::milliseconds longest) override {
    const auto deadline = Clock::now() + longest;
    while (progress_sends() && Clock::now() < deadline) {
      // Rendezvous with a peer that sends to us as well needs our receives, too.
      take_arrivals();
      std::this_thread::sleep_for(piece_sleep);
    }
    closed_ = true;
    for (Peer& peer : peers_) abandon(peer);
  }

 private:
  static bool test(Transfer& transfer) {
    if (transfer.done) return true;
    int done = 0;
    // An error completes the request as well: the message is lost with its rank.
    const int code = MPI_Test(&transfer.request, &done, MPI_STATUS_IGNORE);
    transfer.done = done != 0 || code != MPI_SUCCESS;
    return transfer.done;
  }

  [[nodiscard]] bool receiving() const {
    return std::ranges::any_of(peers_, [](const Peer& peer) { return !peer.receiving.empty(); });
  }

  // True while something is to be sent.
  bool progress_sends() {
    bool pending = false;
    for (Peer& peer : peers_) {
      std::erase_if(peer.sending, [](Transfer& transfer) { return test(transfer); });
      pending = pending || !peer.sending.empty();
    }
    return pending;
  }

  // Starts to receive everything that MPI knows of. Arrivals of one peer are matched in the order of sending;
  // the front of its list is handed out first, whichever transfer completes first.
  void take_arrivals() {
    if (closed_) return;
    for (int vain = 0; vain < probes_in_vain;) {
      int flag = 0;
      MPI_Status status;
      if (MPI_Iprobe(MPI_ANY_SOURCE, message_tag, MPI_COMM_WORLD, &flag, &status) != MPI_SUCCESS) return;
      if (flag == 0) {
        ++vain;
        continue;
      }
      int count = 0;
      MPI_Get_count(&status, MPI_BYTE, &count);
      Peer& peer = peers_[static_cast<std::size_t>(status.MPI_SOURCE)];
      Transfer& transfer = peer.receiving.emplace_back();
      transfer.bytes.resize(static_cast<std::size_t>(std::max(count, 0)));
      must("MPI_Irecv", MPI_Irecv(transfer.bytes.data(), count, MPI_BYTE, status.MPI_SOURCE, message_tag,
                                  MPI_COMM_WORLD, &transfer.request));
    }
  }

  // What is complete, in each peer's order, and one peer after the other.
  void collect_arrived() {
    for (std::size_t from = 0; from < peers_.size(); ++from) {
      Peer& peer = peers_[from];
      while (!peer.receiving.empty() && test(peer.receiving.front())) {
        if (!peer.given_up) {
          arrived_.push_back(
              {RankId(static_cast<std::uint32_t>(from)), std::move(peer.receiving.front().bytes)});
          backoff_.arrived(Clock::now());
        }
        peer.receiving.pop_front();
      }
    }
  }

  // Forgets what is under way. A request to a dead rank never completes and must not be waited for: it is
  // freed, and its buffer kept, for MPI may touch it at any time.
  void abandon(Peer& peer) {
    for (std::list<Transfer>* transfers : {&peer.sending, &peer.receiving}) {
      for (auto it = transfers->begin(); it != transfers->end();) {
        const auto next = std::next(it);
        if (!test(*it)) graveyard_.splice(graveyard_.end(), *transfers, it);
        it = next;
      }
      transfers->clear();
    }
  }

  RankId rank_;
  std::vector<Peer> peers_;
  std::list<Transfer> graveyard_;
  std::deque<Message> arrived_;  // whole, not yet handed out
  bool closed_ = false;
  Backoff backoff_;
};

}  // namespace

std::unique_ptr<Transport> make_mpi(int& argc, char**& argv) {
  // Containers forbid to read another process's memory; Open MPI then prints errors for every large message
  // on one host. Ours are few: a copy through shared memory does. A user's own choice stays.
  setenv("OMPI_MCA_btl_vader_single_copy_mechanism", "none", 0);
  int provided = 0;
  must("MPI_Init_thread", MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided));
  if (provided < MPI_THREAD_FUNNELED) {
    throw_environment("this MPI library gives no thread support (level {}); rondo needs MPI_THREAD_FUNNELED",
                      provided);
  }
  return std::make_unique<Mpi>();
}

std::uint32_t mpi_share_of_cores() {
  int rank = 0;
  must("MPI_Comm_rank", MPI_Comm_rank(MPI_COMM_WORLD, &rank));
  MPI_Comm host = MPI_COMM_NULL;
  must("MPI_Comm_split_type",
       MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &host));
  int size = 0;
  int place = 0;
  must("MPI_Comm_size", MPI_Comm_size(host, &size));
  must("MPI_Comm_rank", MPI_Comm_rank(host, &place));
  const CoreSet own = own_cores();
  // The coordinator sleeps most of the time; an empty set shares no core.
  const CoreSet told = rank == 0 ? CoreSet() : own;
  std::vector<CoreSet> all(static_cast<std::size_t>(size));
  must("MPI_Allgather", MPI_Allgather(&told, sizeof told, MPI_BYTE, all.data(), sizeof told, MPI_BYTE, host));
  must("MPI_Comm_free", MPI_Comm_free(&host));
  all.erase(all.begin() + place);
  return share_of_cores(own, all);
}

std::uint32_t ranks_on_this_host() {
  MPI_Comm host = MPI_COMM_NULL;
  must("MPI_Comm_split_type",
       MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host));
  int size = 0;
  must("MPI_Comm_size", MPI_Comm_size(host, &size));
  must("MPI_Comm_free", MPI_Comm_free(&host));
  return static_cast<std::uint32_t>(size);
}

std::vector<std::string> mpi_gather(std::string_view text) {
  // Of one length, so that one call does it; the rest is zeros.
  std::array<char, 256> own{};
  std::copy_n(text.begin(), std::min(text.size(), own.size() - 1), own.begin());
  int rank = 0;
  int size = 0;
  must("MPI_Comm_rank", MPI_Comm_rank(MPI_COMM_WORLD, &rank));
  must("MPI_Comm_size", MPI_Comm_size(MPI_COMM_WORLD, &size));
  std::vector<std::array<char, 256>> all(rank == 0 ? static_cast<std::size_t>(size) : 0);
  must("MPI_Gather",
       MPI_Gather(own.data(), sizeof own, MPI_BYTE, all.data(), sizeof own, MPI_BYTE, 0, MPI_COMM_WORLD));
  std::vector<std::string> texts;
  texts.reserve(all.size());
  for (const std::array<char, 256>& told : all) texts.emplace_back(told.data());
  return texts;
}

std::string mpi_library() {
  std::string text(MPI_MAX_LIBRARY_VERSION_STRING, '\0');
  int length = 0;
  if (MPI_Get_library_version(text.data(), &length) != MPI_SUCCESS) return "unknown";
  // Open MPI counts the terminating zero.
  return text.c_str();
}

void leave_mpi(int exit_code, bool everybody_leaves) {
  std::fflush(nullptr);
  if (everybody_leaves) {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    const auto longest = rank == 0 ? finalize_longest : finalize_longest_of_workers;
    std::thread([exit_code, longest] {
      std::this_thread::sleep_for(longest);
      _exit(exit_code);
    }).detach();
    MPI_Finalize();
  }
  _exit(exit_code);
}

}  // namespace rondo::transport
