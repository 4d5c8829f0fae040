#include "coordinator/store/cache_format.h"

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/experiment/canonical.h"
#include "coordinator/store/format.h"
#include "coordinator/store/result_codec.h"
#include "rondo/message.pb.h"

namespace rondo::store {

namespace {

constexpr std::size_t header_size = magic_size + sizeof(Digest);
constexpr std::size_t entry_overhead = 12;  // length u32 | XXH3-64 of the payload u64
constexpr std::size_t checkpoint_overhead =
    header_size + 8 + 4 + 8;  // trial u64 | epoch u32 | … | XXH3-64 u64

std::string header(std::string_view magic, const Digest& key) {
  return std::string(magic) + to_bytes(key);
}

// Empty when the file starts with the magic and this run's key.
std::string header_warning(std::string_view bytes, std::string_view magic, const Digest& key) {
  if (bytes.size() < header_size || bytes.substr(0, magic_size) != magic)
    return "not a file of this cache; ignored";
  if (bytes.substr(magic_size, sizeof(Digest)) != to_bytes(key)) return "belongs to another search; ignored";
  return {};
}

proto::TrialReport to_report(const schedule::KeptResult& result) {
  proto::TrialReport report;
  report.set_trial(result.trial.value());
  for (const schedule::EpochResult& epoch : result.epochs) *report.add_epochs() = to_proto(epoch);
  if (result.end) *report.mutable_end() = to_proto(*result.end);
  return report;
}

schedule::KeptResult decode_kept(std::string_view payload) {
  proto::TrialReport report;
  parse_canonical(payload, report);
  schedule::KeptResult result;
  result.trial = TrialId(report.trial());
  result.epochs = epochs_from_proto(report);
  if (report.has_end()) result.end = from_proto(report.end());
  // The message has fields that no entry has.
  if (canonical_serialize(to_report(result)) != payload) throw_corrupt("a result holds more than a result");
  return result;
}

}  // namespace

std::string arrived_header(const Digest& key) {
  return header(arrived_magic, key);
}

std::string arrived_entry(const schedule::KeptResult& result) {
  const std::string payload = canonical_serialize(to_report(result));
  std::string bytes;
  put_u32(bytes, static_cast<std::uint32_t>(payload.size()));
  put_u64(bytes, xxh3_64(payload));
  return bytes + payload;
}

ArrivedContents parse_arrived(std::string_view bytes, const Digest& key) {
  ArrivedContents contents;
  contents.warning = header_warning(bytes, arrived_magic, key);
  if (!contents.warning.empty()) return contents;
  contents.ours = true;
  contents.whole_bytes = header_size;
  while (contents.whole_bytes < bytes.size()) {
    const std::string_view rest = bytes.substr(static_cast<std::size_t>(contents.whole_bytes));
    const std::size_t length = rest.size() < entry_overhead ? 0 : get_u32(rest);
    if (rest.size() < entry_overhead + length || length == 0) {
      contents.warning = fmt::format("the last {} bytes are no whole result; ignored", rest.size());
      return contents;
    }
    const std::string_view payload = rest.substr(entry_overhead, length);
    try {
      if (get_u64(rest.substr(4)) != xxh3_64(payload)) throw_corrupt("a result is damaged (checksum)");
      contents.results.push_back(decode_kept(payload));
    } catch (const Error& error) {
      contents.warning =
          fmt::format("at byte {}: {}; it and what follows is ignored", contents.whole_bytes, error.what());
      return contents;
    }
    contents.whole_bytes += entry_overhead + length;
  }
  return contents;
}

std::string checkpoint_file(const Digest& key, TrialId trial, Epoch epoch, std::string_view bytes) {
  std::string file = header(checkpoint_magic, key);
  file.reserve(checkpoint_overhead + bytes.size());
  put_u64(file, trial.value());
  put_u32(file, epoch.value());
  file.append(bytes);
  put_u64(file, xxh3_64(file));
  return file;
}

CheckpointContents parse_checkpoint(std::string_view file, const Digest& key, TrialId trial) {
  CheckpointContents contents;
  contents.warning = header_warning(file, checkpoint_magic, key);
  if (!contents.warning.empty()) return contents;
  if (file.size() < checkpoint_overhead ||
      get_u64(file.substr(file.size() - 8)) != xxh3_64(file.substr(0, file.size() - 8))) {
    contents.warning = "the checkpoint is damaged (checksum); ignored";
    return contents;
  }
  const std::string_view body = file.substr(header_size);
  contents.epoch = Epoch(get_u32(body.substr(8)));
  if (get_u64(body) != trial.value() || contents.epoch == Epoch(0)) {
    contents.warning =
        fmt::format("it holds epoch {} of trial {}; ignored", contents.epoch.value(), get_u64(body));
    return contents;
  }
  contents.bytes = std::string(body.substr(12, file.size() - checkpoint_overhead));
  return contents;
}

}  // namespace rondo::store
