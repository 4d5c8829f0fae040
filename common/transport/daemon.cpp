#include "common/transport/daemon.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "common/transport/process.h"

namespace rondo::transport {

namespace {

constexpr const char* daemon_name = "orted";
constexpr std::chrono::milliseconds look_at_others{20};

bool is_daemon(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/comm", process));
  std::string name;
  return std::getline(file, name) && name == daemon_name;
}

// Those that have not ended.
std::vector<std::uint32_t> living_children(pid_t process) {
  std::vector<std::uint32_t> children;
  std::error_code ignored;
  const std::filesystem::directory_iterator tasks(fmt::format("/proc/{}/task", process), ignored);
  for (const auto& task : tasks) {
    std::ifstream file(task.path() / "children");
    for (std::uint32_t child = 0; file >> child;) {
      const auto watch = ProcessWatch::of(child);
      if (watch && !watch->ended()) children.push_back(child);
    }
  }
  return children;
}

}  // namespace

void end_daemon(std::chrono::milliseconds longest) {
  const pid_t daemon = getppid();
  if (!is_daemon(daemon)) return;
  const auto deadline = std::chrono::steady_clock::now() + longest;
  for (;;) {
    const std::vector<std::uint32_t> children = living_children(daemon);
    // Of those that leave at the same time the lowest one waits for the others; nobody waits for it.
    const auto lowest = std::ranges::min_element(children);
    if (lowest == children.end() || *lowest != own_process()) return;
    if (children.size() == 1) break;
    if (std::chrono::steady_clock::now() > deadline) return;
    std::this_thread::sleep_for(look_at_others);
  }
  // Its number may have gone to another process meanwhile; ours would have another parent then.
  if (getppid() == daemon) kill(daemon, SIGTERM);
}

}  // namespace rondo::transport
