#include "worker/train/checkpoint.h"

#include <array>
#include <boost/archive/archive_exception.hpp>
#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <span>
#include <streambuf>

#include "common/base/digest.h"
#include "common/base/error.h"

namespace rondo::train {

namespace {

constexpr std::string_view magic = "RNDOCKPT";
constexpr std::uint32_t layout_version = 3;
constexpr std::size_t checked_prefix = 8 + 4 + 8;
constexpr std::size_t least_bytes_of_a_member = 4 + 3 * 8;  // its steps and the lengths of its sequences
constexpr std::size_t header_size = checked_prefix + sizeof(Fingerprint);

// Boost's archives want a stream buffer; these two are plain memory, without a stream and so without a
// locale's say.
class StringWriter : public std::streambuf {
 public:
  explicit StringWriter(std::string& out) : out_(out) {}

 protected:
  std::streamsize xsputn(const char* data, std::streamsize count) override {
    out_.append(data, static_cast<std::size_t>(count));
    return count;
  }
  int_type overflow(int_type character) override {
    if (!traits_type::eq_int_type(character, traits_type::eof())) {
      out_.push_back(traits_type::to_char_type(character));
    }
    return traits_type::not_eof(character);
  }

 private:
  std::string& out_;
};

class MemoryReader : public std::streambuf {
 public:
  explicit MemoryReader(std::string_view bytes) {
    char* begin = const_cast<char*>(bytes.data());  // std::streambuf's get area is never written through
    setg(begin, begin, begin + bytes.size());
  }
  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(egptr() - gptr()); }
};

// Strings and vectors go through these instead of Boost's own loaders, which take memory of any length that
// the bytes claim. Its header is left out for the same reason; our own carries the version.
struct Saver {
  boost::archive::binary_oarchive archive;

  template <class Number>
  void number(const Number& value) {
    archive << value;
  }
  template <class Structures>
  void count(const Structures& values) {
    const std::uint64_t count = values.size();
    archive << count;
  }
  template <class Sequence>
  void sequence(const Sequence& values) {
    const std::uint64_t count = values.size();
    archive << count;
    if (count > 0) archive.save_binary(values.data(), values.size() * sizeof(values[0]));
  }
};

struct Loader {
  const MemoryReader& reader;
  boost::archive::binary_iarchive archive;

  template <class Number>
  void number(Number& value) {
    archive >> value;
  }
  // Resizes to the count that stands there, of things that take at least `least_bytes` each.
  template <class Values>
  std::uint64_t count(Values& values, std::size_t least_bytes = least_bytes_of_a_member) {
    std::uint64_t count = 0;
    archive >> count;
    if (count > reader.left() / least_bytes)
      throw_corrupt("checkpoint: a length in it is impossible; the trial starts again");
    values.resize(static_cast<std::size_t>(count));
    return count;
  }
  template <class Sequence>
  void sequence(Sequence& values) {
    constexpr std::size_t size = sizeof(typename Sequence::value_type);
    const std::uint64_t count = this->count(values, size);
    if (count > 0) archive.load_binary(values.data(), values.size() * size);
  }
};

template <class Archive, class Data>
void visit(Archive& archive, Data& data) {
  archive.sequence(data.identity);
  archive.number(data.epochs_done);
  archive.number(data.best_epoch);
  archive.number(data.best_loss);
  archive.number(data.best_score);
  archive.number(data.waited);
  archive.sequence(data.end);
  archive.count(data.members);
  for (auto& member : data.members) {
    archive.number(member.steps_done);
    archive.sequence(member.network);
    archive.sequence(member.best_network);
    archive.sequence(member.optimizer);
  }
}

template <class Integer>
void put(std::string& out, Integer value) {
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(value >> (8 * i))));
  }
}

template <class Integer>
Integer take(std::string_view bytes, std::size_t offset) {
  Integer value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    value |=
        static_cast<Integer>(static_cast<Integer>(static_cast<std::uint8_t>(bytes[offset + i])) << (8 * i));
  }
  return value;
}

Fingerprint checksum(std::string_view prefix, std::string_view payload) {
  Xxh3 hash;
  hash.update(std::as_bytes(std::span(prefix)));
  hash.update(std::as_bytes(std::span(payload)));
  return hash.finish();
}

std::string_view verified_payload(std::string_view bytes) {
  if (bytes.size() < header_size || bytes.substr(0, magic.size()) != magic) {
    throw_corrupt("checkpoint of {} bytes: it does not begin as a checkpoint does; the trial starts again",
                  bytes.size());
  }
  const auto version = take<std::uint32_t>(bytes, 8);
  if (version != layout_version) {
    throw_corrupt("checkpoint: its version is {}, this program reads version {}; the trial starts again",
                  version, layout_version);
  }
  const std::string_view payload = bytes.substr(header_size);
  const auto length = take<std::uint64_t>(bytes, 12);
  if (length != payload.size()) {
    throw_corrupt("checkpoint: {} bytes of content where its header says {}; the trial starts again",
                  payload.size(), length);
  }
  const Fingerprint stored = fingerprint_from_bytes(bytes.substr(checked_prefix, sizeof(Fingerprint)));
  if (stored != checksum(bytes.substr(0, checked_prefix), payload)) {
    throw_corrupt("checkpoint: its content does not match its checksum; the trial starts again");
  }
  return payload;
}

}  // namespace

std::string encode_checkpoint(const CheckpointData& data) {
  std::string payload;
  {
    StringWriter writer(payload);
    Saver saver{boost::archive::binary_oarchive(writer, boost::archive::no_header)};
    visit(saver, data);
  }
  std::string bytes(magic);
  put(bytes, layout_version);
  put(bytes, static_cast<std::uint64_t>(payload.size()));
  bytes += to_bytes(checksum(bytes, payload));
  bytes += payload;
  return bytes;
}

CheckpointData decode_checkpoint(std::string_view bytes) {
  const std::string_view payload = verified_payload(bytes);
  CheckpointData data;
  try {
    MemoryReader reader(payload);
    Loader loader{reader, boost::archive::binary_iarchive(reader, boost::archive::no_header)};
    visit(loader, data);
    if (reader.left() > 0)
      throw_corrupt("checkpoint: bytes are left behind its content; the trial starts again");
  } catch (const boost::archive::archive_exception& failure) {
    throw_corrupt("checkpoint: its content ends too early ({}); the trial starts again", failure.what());
  }
  return data;
}

}  // namespace rondo::train
