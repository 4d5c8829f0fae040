// Whether a process on this host still lives: what a rank that shares a host with another can know at once,
// where over the network only silence tells.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace rondo::transport {

[[nodiscard]] std::string host_name();
[[nodiscard]] std::uint32_t own_process();

class ProcessWatch {
 public:
  // A process that said it has number `process` on `host`. Nothing when that cannot be watched from here:
  // another host, this very process, or no such process of this program (another container may share the
  // host's name).
  [[nodiscard]] static std::optional<ProcessWatch> of(const std::string& host, std::uint32_t process);
  // The same for a process of this host, whatever its program.
  [[nodiscard]] static std::optional<ProcessWatch> of(std::uint32_t process);

  [[nodiscard]] std::uint32_t process() const { return process_; }
  // It ended, or is a zombie. A number that was given to a new process is recognised by its start time.
  [[nodiscard]] bool ended() const;

 private:
  ProcessWatch(std::uint32_t process, std::uint64_t started) : process_(process), started_(started) {}
  std::uint32_t process_;
  std::uint64_t started_;  // clock ticks since the boot
};

}  // namespace rondo::transport
