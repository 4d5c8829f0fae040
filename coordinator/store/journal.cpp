#include "coordinator/store/journal.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/versions.h"
#include "common/experiment/canonical.h"
#include "coordinator/store/format.h"
#include "coordinator/store/record_codec.h"
#include "rondo/experiment.pb.h"

namespace rondo::store {

namespace {

// Where the payloads lie in the file, for the comparison of a search that continues.
struct Extent {
  std::size_t offset = 0;
  std::size_t size = 0;
};

struct Parsed {
  JournalContents contents;
  std::vector<Extent> payloads;  // of record 1 and after
};

void broken(JournalContents& contents, JournalEnd end, const std::string& name, const std::string& what) {
  contents.end = end;
  contents.what =
      fmt::format("'{}': record {} at byte {}: {}", name, contents.broken_record, contents.whole_bytes, what);
}

// Throws Error(corrupt) with what is wrong in the header's payload.
proto::JournalHeader parse_header(std::string_view payload) {
  proto::JournalHeader header;
  parse_canonical(payload, header);
  if (header.versions().journal() != journal_version) {
    throw_corrupt("it is a journal of version {}; this release ({}) reads version {}",
                  header.versions().journal(), release_version, journal_version);
  }
  static_cast<void>(digest_from_bytes(header.dataset_digest()));
  if (digest_from_bytes(header.identity()) != sha256(header.experiment())) {
    throw_corrupt("the identity is not the hash of the experiment beside it");
  }
  proto::Experiment experiment;
  parse_canonical(header.experiment(), experiment);
  if (experiment.search().seed() != header.master_seed()) {
    throw_corrupt("the master seed is not the experiment's");
  }
  return header;
}

// Reads one record into `parsed`. False when it is not whole: then `contents` says why.
bool parse_record(std::string_view bytes, const std::string& name, Parsed& parsed) {
  JournalContents& contents = parsed.contents;
  const std::uint64_t number = contents.broken_record;
  const auto offset = static_cast<std::size_t>(contents.whole_bytes);
  const Frame frame =
      read_frame(bytes, offset, number, number == 0 ? std::nullopt : std::optional<Digest>(contents.head));
  // A journal comes into being with its header, in one step: a header that is not whole is never a torn
  // append.
  const bool is_header = number == 0;
  if (frame.status == FrameStatus::end && !is_header) return false;
  if (frame.status != FrameStatus::whole) {
    const bool torn = frame.status == FrameStatus::torn && !is_header;
    broken(contents, torn ? JournalEnd::torn : JournalEnd::corrupt, name,
           frame.status == FrameStatus::end ? "the header is missing" : frame.what);
    return false;
  }
  try {
    if (is_header) {
      contents.header = parse_header(frame.payload);
    } else {
      contents.records.push_back(decode(frame.payload));
      parsed.payloads.push_back({offset + frame_header_size, frame.payload.size()});
    }
  } catch (const Error& error) {
    broken(contents, JournalEnd::corrupt, name, error.what());
    return false;
  }
  contents.head = frame.chain;
  contents.whole_bytes += frame.size;
  ++contents.broken_record;
  return true;
}

// At most `most` records.
Parsed parse(std::string_view bytes, const std::string& name,
             std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) {
  Parsed parsed;
  JournalContents& contents = parsed.contents;
  contents.file_bytes = bytes.size();
  if (bytes.substr(0, magic_size) != journal_magic) {
    broken(contents, JournalEnd::corrupt, name, "the file does not start as a journal of Rondo does");
    return parsed;
  }
  contents.whole_bytes = magic_size;
  while (contents.broken_record < most && parse_record(bytes, name, parsed)) {
  }
  if (contents.end == JournalEnd::clean) contents.broken_record = 0;
  return parsed;
}

[[noreturn]] void throw_damaged(const JournalContents& contents) {
  throw_corrupt(
      "the journal is damaged: {}; put back a copy of the file, or repeat the search with --overwrite",
      contents.what);
}

// Whether a record says that the search's budget was used up.
bool ends_budget(const schedule::Record& record) {
  if (const auto* idle = std::get_if<schedule::Idled>(&record.event)) {
    return idle->reason == schedule::IdleReason::budget;
  }
  const auto* ended = std::get_if<schedule::Ended>(&record.event);
  return ended != nullptr && ended->end.outcome == schedule::Outcome::cut;
}

}  // namespace

JournalContents read_journal_bytes(std::string_view bytes, const std::string& name) {
  return parse(bytes, name).contents;
}

JournalContents verify_journal(FileSystem& files, const std::string& path) {
  return read_journal_bytes(files.read(path), path);
}

JournalContents read_journal(FileSystem& files, const std::string& path) {
  JournalContents contents = verify_journal(files, path);
  if (contents.end == JournalEnd::corrupt) throw_damaged(contents);
  return contents;
}

proto::JournalHeader read_journal_header(FileSystem& files, const std::string& path) {
  JournalContents contents = parse(files.read(path), path, 1).contents;
  if (contents.end == JournalEnd::corrupt) throw_damaged(contents);
  return std::move(contents.header);
}

struct Journal::State {
  FileSystem* files = nullptr;
  std::string path;
  JournalContents contents;      // of the file when it was opened
  std::string bytes;             // the file's bytes while records are still expected
  std::vector<Extent> payloads;  // in `bytes`
  std::unique_ptr<File> file;    // opened by the first sync()
  std::string pending;           // frames that the next sync() writes
  std::uint64_t count = 0;
  Digest head{};
  bool failed = false;

  void refuse_after_failure() const {
    if (failed) {
      throw_environment("'{}' could not be written before; run `rondo resume` on the run folder", path);
    }
  }
  void compare(const schedule::Record& record, std::string_view payload);
  void open_file();
};

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;
Journal::~Journal() = default;

Journal Journal::create(FileSystem& files, const std::string& path, const proto::JournalHeader& header) {
  if (files.kind(path) != PathKind::missing) {
    throw_environment("'{}' exists and is not overwritten", path);
  }
  const std::string payload = canonical_serialize(header);
  static_cast<void>(parse_header(payload));
  auto state = std::make_unique<State>();
  state->files = &files;
  state->path = path;
  state->contents.header = header;
  state->head = chain_start(payload);
  std::string bytes(journal_magic);
  append_frame(bytes, 0, payload, state->head);
  write_atomically(files, path, bytes);
  state->contents.head = state->head;
  state->contents.whole_bytes = state->contents.file_bytes = bytes.size();
  return Journal(std::move(state));
}

Journal Journal::open(FileSystem& files, const std::string& path) {
  auto state = std::make_unique<State>();
  state->files = &files;
  state->path = path;
  state->bytes = files.read(path);
  Parsed parsed = parse(state->bytes, path);
  state->contents = std::move(parsed.contents);
  if (state->contents.end == JournalEnd::corrupt) throw_damaged(state->contents);
  state->payloads = std::move(parsed.payloads);
  state->head = chain_start(canonical_serialize(state->contents.header));
  return Journal(std::move(state));
}

const proto::JournalHeader& Journal::header() const {
  return state_->contents.header;
}

std::span<const schedule::Record> Journal::stored() const {
  return state_->contents.records;
}

std::uint64_t Journal::expected() const {
  const std::uint64_t stored = state_->contents.records.size();
  return stored > state_->count ? stored - state_->count : 0;
}

std::optional<std::string> Journal::torn_tail() const {
  if (state_->contents.end != JournalEnd::torn) return std::nullopt;
  return state_->contents.what;
}

void Journal::State::compare(const schedule::Record& record, std::string_view payload) {
  const auto index = static_cast<std::size_t>(count);
  const Extent& extent = payloads[index];
  if (std::string_view(bytes).substr(extent.offset, extent.size) == payload) return;
  failed = true;
  const schedule::Record& there = contents.records[index];
  const std::string difference =
      fmt::format("record {}: there: {}; now: {}", count + 1, describe(there), describe(record));
  if (ends_budget(there) != ends_budget(record)) {
    throw_bad_input(
        "'{}' belongs to a search with another budget ({}): give the number of trials and ticks "
        "of its experiment.yaml, or choose another --out",
        path, difference);
  }
  throw Error(
      ErrorCode::differs,
      fmt::format("'{}' and the search that continues it differ at {}; one of the two computed a wrong "
                  "result: run `rondo replay` on the run folder to see whether it is the journal",
                  path, difference));
}

void Journal::append(std::span<const schedule::Record> records) {
  State& state = *state_;
  state.refuse_after_failure();
  for (const schedule::Record& record : records) {
    const std::string payload = encode(record);
    const bool on_disk = expected() > 0;
    if (on_disk) state.compare(record, payload);
    state.head = chain_next(state.head, payload);
    ++state.count;
    if (!on_disk) append_frame(state.pending, state.count, payload, state.head);
    if (on_disk && expected() == 0) {
      RONDO_CHECK(state.head == state.contents.head);
      state.bytes = std::string();
    }
  }
}

void Journal::State::open_file() {
  file = files->open_append(path);
  if (contents.whole_bytes < contents.file_bytes) {
    // Durable before anything follows, or a crash could mix the old tail with the new record.
    file->truncate(contents.whole_bytes);
    file->sync();
  }
}

void Journal::sync() {
  State& state = *state_;
  state.refuse_after_failure();
  // The first call of a launch flushes what an earlier one wrote, too.
  if (state.file != nullptr && state.pending.empty()) return;
  state.failed = true;
  if (state.file == nullptr) state.open_file();
  state.file->write(state.pending);
  state.file->sync();
  state.pending.clear();
  state.failed = false;
}

std::uint64_t Journal::count() const {
  return state_->count;
}

const Digest& Journal::head() const {
  return state_->head;
}

}  // namespace rondo::store
