#include "coordinator/store/final.h"

#include <fmt/format.h>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/experiment/canonical.h"
#include "coordinator/store/format.h"

namespace rondo::store {

namespace {

// Writes the file unless it holds these bytes already.
void write_once(FileSystem& files, const std::string& path, const std::string& bytes) {
  if (files.kind(path) == PathKind::file) {
    if (files.read(path) == bytes) return;
    throw Error(
        ErrorCode::differs,
        fmt::format(
            "'{}' and what the best trials give, trained again, differ: one of the two is wrong; run `rondo "
            "replay` on the run folder, or move the file away and run `rondo resume`",
            path));
  }
  write_atomically(files, path, bytes);
}

}  // namespace

void write_final(FileSystem& files, const RunPaths& paths, const Digest& journal_head,
                 const proto::FinalResult& result, std::string_view model) {
  RONDO_CHECK(result.model_digest() == to_bytes(sha256(model)), "the digest is not the model's");
  make_folders(files, parent_path(paths.best_model()));
  write_once(files, paths.best_model(), std::string(model));
  const std::string payload = canonical_serialize(result);
  std::string bytes(final_magic);
  append_frame(bytes, 0, payload, chain_next(journal_head, payload));
  write_once(files, paths.final_record(), bytes);
}

std::optional<proto::FinalResult> read_final(FileSystem& files, const RunPaths& paths,
                                             const Digest& journal_head, std::uint64_t journal_records) {
  const std::string path = paths.final_record();
  if (files.kind(path) == PathKind::missing) return std::nullopt;
  const std::string bytes = files.read(path);
  const auto damaged = [&](const std::string& what) {
    throw_corrupt("'{}': {}; remove the file and run `rondo resume` to make it again", path, what);
  };
  if (std::string_view(bytes).substr(0, magic_size) != final_magic) {
    damaged("the file does not start as a final.rondo does");
  }
  const Frame frame = read_frame(bytes, magic_size, 0, journal_head);
  if (frame.status == FrameStatus::end) damaged("its record is missing");
  if (frame.status != FrameStatus::whole)
    damaged(fmt::format("its record at byte {}: {}", magic_size, frame.what));
  if (magic_size + frame.size != bytes.size()) damaged("something follows its record");
  proto::FinalResult result;
  try {
    parse_canonical(frame.payload, result);
    for (const proto::Retrained& network : result.networks()) {
      static_cast<void>(digest_from_bytes(network.weights_digest()));
    }
    static_cast<void>(digest_from_bytes(result.model_digest()));
    for (const proto::Candidate& candidate : result.selection().candidates()) {
      static_cast<void>(digest_from_bytes(candidate.predictions_digest()));
    }
  } catch (const Error& error) {
    damaged(error.what());
  }
  if (result.networks_size() == 0) damaged("it names no network");
  if (result.has_selection() && result.selection().candidates_size() == 0)
    damaged("it selects from no candidates");
  if (result.journal_records() != journal_records) {
    damaged(fmt::format("it follows a journal of {} records, not of {}", result.journal_records(),
                        journal_records));
  }
  if (files.kind(paths.best_model()) != PathKind::file) {
    throw_corrupt("'{}' is missing; remove final.rondo and run `rondo resume` to make both again",
                  paths.best_model());
  }
  if (to_bytes(sha256(files.read(paths.best_model()))) != result.model_digest()) {
    throw_corrupt(
        "'{}' is not the model that final.rondo names; remove both and run `rondo resume` to make them "
        "again",
        paths.best_model());
  }
  return result;
}

std::string read_best_model(FileSystem& files, const RunPaths& paths) {
  if (files.kind(paths.best_model()) != PathKind::file) {
    throw_bad_input("the run in '{}' has no model yet; run `rondo resume` on it", paths.folder);
  }
  return files.read(paths.best_model());
}

}  // namespace rondo::store
