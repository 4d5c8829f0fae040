#include "coordinator/cli/launch_processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

#include "common/base/error.h"
#include "common/base/text.h"

namespace rondo::cli {

namespace {

// Between fork and exec only what is safe there; an error's number goes back through the pipe.
[[noreturn]] void become(char* const* arguments, char* const* environment, int report) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // Reading from the terminal would stop a process group that is not in the foreground.
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0) dup2(nothing, STDIN_FILENO);
  execvpe(arguments[0], arguments, environment);
  const int error = errno;
  [[maybe_unused]] const ssize_t written = write(report, &error, sizeof error);
  _exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment_with(const Environment& additional) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    bool replaced = false;
    for (const auto& [name, value] : additional) replaced = replaced || text.starts_with(name + "=");
    if (!replaced) result.push_back(text);
  }
  for (const auto& [name, value] : additional) result.push_back(name + "=" + value);
  return result;
}

bool is_marked(const std::string& process, const std::string& mark) {
  std::ifstream file("/proc/" + process + "/environ", std::ios::binary);
  const std::string environment{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return (std::string(1, '\0') + environment).find(std::string(1, '\0') + mark + '\0') != std::string::npos;
}

}  // namespace

pid_t start_program(const std::vector<std::string>& arguments, const Environment& additional) {
  std::vector<std::string> argument_texts = arguments;
  std::vector<std::string> environment_texts = environment_with(additional);
  const std::vector<char*> argument_pointers = pointers(argument_texts);
  const std::vector<char*> environment_pointers = pointers(environment_texts);
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0)
    throw_environment("cannot make a pipe: {}", std::strerror(errno));
  const pid_t child = fork();
  if (child == 0) become(argument_pointers.data(), environment_pointers.data(), pipe_ends[1]);
  close(pipe_ends[1]);
  int error = child < 0 ? errno : 0;
  // Ends without a byte when exec has closed the pipe.
  if (child > 0 && read(pipe_ends[0], &error, sizeof error) != static_cast<ssize_t>(sizeof error)) error = 0;
  close(pipe_ends[0]);
  if (error == 0) return child;
  if (child > 0) waitpid(child, nullptr, 0);
  throw_environment("cannot start {}: {}", arguments.front(), std::strerror(error));
}

std::optional<int> collect(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, WNOHANG) != child) return std::nullopt;
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  constexpr int signal_base = 128;
  return signal_base + WTERMSIG(status);
}

std::vector<pid_t> marked_processes(const std::string& variable, const std::string& value) {
  const std::string mark = variable + "=" + value;
  std::vector<pid_t> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc"), closedir);
  if (folder == nullptr) return found;
  while (const dirent* const entry = readdir(folder.get())) {
    const auto process = parse_u64(entry->d_name);
    if (!process || static_cast<pid_t>(*process) == getpid()) continue;
    if (is_marked(entry->d_name, mark)) found.push_back(static_cast<pid_t>(*process));
  }
  return found;
}

void end_marked_processes(const std::string& variable, const std::string& value,
                          std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (const pid_t process : marked_processes(variable, value)) kill(process, SIGTERM);
  while (!marked_processes(variable, value).empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  for (const pid_t process : marked_processes(variable, value)) kill(process, SIGKILL);
}

}  // namespace rondo::cli
