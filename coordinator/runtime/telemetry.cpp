#include "coordinator/runtime/telemetry.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "common/base/error.h"

namespace rondo::runtime {

namespace {

nlohmann::ordered_json line(const char* event) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const double seconds =
      std::chrono::duration_cast<std::chrono::duration<double, std::milli>>(now).count() / 1000;
  return {{"time", seconds}, {"event", event}};
}

// Which epochs this rank has trained of its assignment: an epoch that stands in two lines was trained twice.
void add_epochs(nlohmann::ordered_json& json, const WorkerRank& worker) {
  if (worker.trained) json["epochs"] = {worker.trained->first.value(), worker.trained->second.value()};
}

void write(store::RunFolder& folder, const nlohmann::ordered_json& json) {
  try {
    // A host's name or a message may hold bytes that are no UTF-8.
    folder.append_telemetry(json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  } catch (const Error&) {
    // A disk that refuses this refuses the journal, too, and that is where the search stops for it.
  }
}

}  // namespace

void Telemetry::started(std::uint32_t ranks) {
  auto json = line("started");
  json["ranks"] = ranks;
  json["host"] = transport::host_name();
  json["process"] = transport::own_process();
  write(folder_, json);
}

void Telemetry::ended(int exit_code, const std::string& message) {
  auto json = line("ended");
  json["exit_code"] = exit_code;
  if (!message.empty()) json["message"] = message;
  write(folder_, json);
}

void Telemetry::rank(const char* event, RankId rank, const WorkerRank& worker, const std::string& why) {
  auto json = line(event);
  json["rank"] = rank.value();
  json["host"] = worker.host;
  json["process"] = worker.process;
  if (worker.threads > 0) json["threads"] = worker.threads;
  if (worker.assignment) {
    json["trial"] = worker.trial.value();
    add_epochs(json, worker);
  }
  if (!why.empty()) json["why"] = why;
  write(folder_, json);
}

void Telemetry::assignment(const char* event, RankId rank, const WorkerRank& worker, double seconds,
                           const std::string& why) {
  auto json = line(event);
  json["rank"] = rank.value();
  json["trial"] = worker.trial.value();
  if (worker.assignment) json["assignment"] = worker.assignment->value();
  add_epochs(json, worker);
  if (seconds > 0) json["seconds"] = seconds;
  if (!why.empty()) json["why"] = why;
  write(folder_, json);
}

void Telemetry::warning(const std::string& text) {
  auto json = line("warning");
  json["message"] = text;
  write(folder_, json);
}

}  // namespace rondo::runtime
