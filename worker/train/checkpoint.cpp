#include "worker/train/checkpoint.h"

#include <array>
#include <boost/archive/archive_exception.hpp>
#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>
#include <new>
#include <span>
#include <stdexcept>
#include <streambuf>

#include "common/base/digest.h"
#include "common/base/error.h"

namespace rondo::train {

namespace {

constexpr std::string_view magic = "RNDOCKPT";
constexpr std::uint32_t layout_version = 1;
constexpr std::size_t checked_prefix = 8 + 4 + 8;
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
  [[nodiscard]] bool at_end() const { return gptr() == egptr(); }
};

template <class Archive, class Data>
void visit(Archive& archive, Data& data) {
  archive& data.identity& data.epochs_done& data.steps_done;
  archive& data.best_epoch& data.best_loss& data.best_score& data.waited;
  archive& data.end& data.network& data.best_network& data.optimizer;
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
    boost::archive::binary_oarchive archive(writer);
    visit(archive, data);
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
    boost::archive::binary_iarchive archive(reader);
    visit(archive, data);
    if (!reader.at_end())
      throw_corrupt("checkpoint: bytes are left behind its content; the trial starts again");
  } catch (const boost::archive::archive_exception& failure) {
    throw_corrupt(
        "checkpoint: written by another version of Boost or on another kind of machine ({}); the trial "
        "starts again",
        failure.what());
  } catch (const std::length_error&) {
    throw_corrupt("checkpoint: a length in it is impossible; the trial starts again");
  } catch (const std::bad_alloc&) {
    throw_corrupt("checkpoint: a length in it is impossible; the trial starts again");
  }
  return data;
}

}  // namespace rondo::train
