#include "coordinator/cli/pause_signals.h"

#include <unistd.h>

#include <csignal>

namespace rondo::cli {

namespace {

// A signal handler can reach nothing else.
std::atomic<bool> asked{false};
static_assert(std::atomic<bool>::is_always_lock_free);

// Seconds that a worker waits for the coordinator's word: longer than a coordinator's farewell takes.
constexpr unsigned grace_seconds = 15;

extern "C" void ask(int /*signal*/) {
  asked.store(true, std::memory_order_relaxed);
}

// A batch system kills within seconds of its SIGTERM; elsewhere a process that hangs must go as well.
constexpr unsigned farewell_seconds = 30;

// The end that SIGTERM set; a second one does not put it off.
volatile std::sig_atomic_t leaving = 0;

void leave_within(unsigned seconds) {
  if (leaving == 0) alarm(seconds);
  leaving = 1;
}

extern "C" void ask_and_leave(int signal) {
  ask(signal);
  leave_within(farewell_seconds);
}

extern "C" void leave_later(int /*signal*/) {
  leave_within(grace_seconds);
}

void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction before {};
  sigaction(signal, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags | SA_RESTART;
  sigaction(signal, &action, nullptr);
}

}  // namespace

const std::atomic<bool>& pause_on_signals() {
  handle(SIGINT, ask, static_cast<int>(SA_RESETHAND));
  handle(SIGTERM, ask_and_leave, 0);
  handle(SIGHUP, ask, 0);
  handle(SIGUSR1, ask, 0);
  return asked;
}

void leave_signals_to_coordinator() {
  handle(SIGTERM, leave_later, 0);
  for (const int signal : {SIGINT, SIGHUP, SIGUSR1}) handle(signal, SIG_IGN, 0);
}

}  // namespace rondo::cli
