#include "coordinator/store/status_file.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"

namespace rondo::store {

namespace {

constexpr std::array<std::pair<RunState, const char*>, 4> state_names = {{{RunState::running, "running"},
                                                                          {RunState::paused, "paused"},
                                                                          {RunState::done, "done"},
                                                                          {RunState::failed, "failed"}}};

const char* name_of(RunState state) {
  for (const auto& [value, name] : state_names) {
    if (value == state) return name;
  }
  RONDO_CHECK(false, "state {}", static_cast<int>(state));
}

}  // namespace

void write_status_file(FileSystem& files, const std::string& path, const StatusFile& file) {
  nlohmann::ordered_json json;
  json["state"] = name_of(file.status.state);
  json["exit_code"] = file.status.exit_code;
  json["message"] = file.status.message;
  json["trials"] = file.budget.trials;
  json["ticks"] = file.budget.ticks;
  const std::string text = json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  try {
    write_atomically(files, path, text);
  } catch (const Error&) {
    files.remove(path + ".tmp");
    const std::unique_ptr<File> in_place = files.create(path);
    in_place->write(text);
  }
}

std::optional<StatusFile> read_status_file(FileSystem& files, const std::string& path) {
  try {
    if (files.kind(path) != PathKind::file) return std::nullopt;
    const auto json = nlohmann::json::parse(files.read(path));
    StatusFile file;
    const std::string state = json.at("state").get<std::string>();
    bool known = false;
    for (const auto& [value, name] : state_names) {
      if (state != name) continue;
      file.status.state = value;
      known = true;
    }
    file.status.exit_code = json.at("exit_code").get<int>();
    file.status.message = json.at("message").get<std::string>();
    file.budget.trials = json.at("trials").get<std::uint64_t>();
    file.budget.ticks = json.at("ticks").get<std::uint64_t>();
    return known ? std::optional(file) : std::nullopt;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace rondo::store
