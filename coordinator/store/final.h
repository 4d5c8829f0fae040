// final.rondo: the winner and its retraining, chained to the journal's head.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/digest.h"
#include "coordinator/store/file_system.h"
#include "coordinator/store/run_folder.h"
#include "rondo/journal.pb.h"

namespace rondo::store {

// Writes models/best/model.rondo, then final.rondo, each atomically and durably. `model` is the canonical
// bytes of a rondo.proto.Model, whose digest must be result.model_digest. Equal files that are there already
// are left alone; other ones throw Error(differs).
void write_final(FileSystem& files, const RunPaths& paths, const Digest& journal_head,
                 const proto::FinalResult& result, std::string_view model);

// Nothing when there is no final.rondo. Throws Error(corrupt) when it is damaged, does not follow this
// journal (head and number of records), or models/best/model.rondo is missing or not the model that it names.
[[nodiscard]] std::optional<proto::FinalResult> read_final(FileSystem& files, const RunPaths& paths,
                                                           const Digest& journal_head,
                                                           std::uint64_t journal_records);

// The bytes of models/best/model.rondo. Throws Error(bad_input) when the run has none.
[[nodiscard]] std::string read_best_model(FileSystem& files, const RunPaths& paths);

}  // namespace rondo::store
