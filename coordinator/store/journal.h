// journal.rondo: the only source of truth of a run. Append-only, hash-chained, fsynced in groups; FORMAT.md
// beside this file has its bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/digest.h"
#include "coordinator/schedule/record.h"
#include "coordinator/store/file_system.h"
#include "rondo/journal.pb.h"

namespace rondo::store {

// How the bytes of a journal end. Three different things: a file that ends with a whole record, one whose
// last append was interrupted (the rest is whole, and the tail is cut before the next append), and damage.
enum class JournalEnd { clean, torn, corrupt };

// A journal read from its start, as far as it is whole.
struct JournalContents {
  proto::JournalHeader header;
  std::vector<schedule::Record> records;  // record n of the file is records[n - 1]; record 0 is the header
  Digest head{};                          // chain hash of the last whole record
  std::uint64_t whole_bytes = 0;          // up to the end of the last whole record
  std::uint64_t file_bytes = 0;
  JournalEnd end = JournalEnd::clean;
  std::uint64_t broken_record =
      0;             // torn and corrupt: number of the record that is not whole; it starts at whole_bytes
  std::string what;  // torn and corrupt: record, byte offset and what is wrong
};

// Reads and verifies framing, checksums, sequence, canonical bytes and chain. Damage is reported in `end`,
// not thrown; `name` stands in its message. Throws nothing but std::bad_alloc on any bytes.
[[nodiscard]] JournalContents read_journal_bytes(std::string_view bytes, const std::string& name);
// The same of a file. Throws Error(environment) when it cannot be read.
[[nodiscard]] JournalContents verify_journal(FileSystem& files, const std::string& path);
// The same, for those who need it sound: throws Error(corrupt) on damage. A torn tail is no damage.
[[nodiscard]] JournalContents read_journal(FileSystem& files, const std::string& path);

// Only the header, without a look at what follows. Throws Error(corrupt) when it is damaged.
[[nodiscard]] proto::JournalHeader read_journal_header(FileSystem& files, const std::string& path);

// The one writer of a journal.
//
// A search that continues is run again from its start: the first records that it commits are those on disk.
// They are compared byte for byte as they are given to append(); what comes after them is appended.
class Journal {
 public:
  // A new journal with its header, durable on return. Never overwrites: Error(environment) when the file
  // exists.
  [[nodiscard]] static Journal create(FileSystem& files, const std::string& path,
                                      const proto::JournalHeader& header);
  // An existing one. Throws Error(corrupt) on damage, naming record, byte offset and what is wrong. A torn
  // tail is cut by the first sync() that writes.
  [[nodiscard]] static Journal open(FileSystem& files, const std::string& path);

  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;
  ~Journal();  // what was not synced is dropped

  [[nodiscard]] const proto::JournalHeader& header() const;
  // The records that were on disk when it was opened.
  [[nodiscard]] std::span<const schedule::Record> stored() const;
  // Of these, how many append() has not compared yet.
  [[nodiscard]] std::uint64_t expected() const;
  // What was wrong with the tail, if it was torn.
  [[nodiscard]] std::optional<std::string> torn_tail() const;

  // Takes the next records, to be written by the next sync(). While expected() > 0 they are compared with
  // those on disk; a difference throws Error(differs) that names the record and both sides, or
  // Error(bad_input) when only another budget explains it.
  void append(std::span<const schedule::Record> records);
  // All records taken so far are durable on return. Throws Error(environment); after that the object refuses
  // further work, because what the disk holds is unknown until the journal is opened again.
  void sync();

  // Records without the header: those compared and those appended, synced or not.
  [[nodiscard]] std::uint64_t count() const;
  // Chain hash H_count: of the records compared and appended so far.
  [[nodiscard]] const Digest& head() const;

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rondo::store
