// One allocation for everything that training touches. First the layout collects the buffers, then the arena
// holds them all, zeroed, each on a 64-byte boundary.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace rondo::nn {

// Where a buffer of floats lies in its arena.
struct Slot {
  std::size_t offset = 0;
  std::size_t size = 0;
};

class ArenaLayout {
 public:
  Slot add(std::size_t floats);
  [[nodiscard]] std::size_t floats() const { return floats_; }

 private:
  std::size_t floats_ = 0;
};

class Arena {
 public:
  explicit Arena(const ArenaLayout& layout);
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::span<float> operator[](Slot slot) { return {data_.get() + slot.offset, slot.size}; }
  [[nodiscard]] std::span<const float> operator[](Slot slot) const {
    return {data_.get() + slot.offset, slot.size};
  }

 private:
  struct Free {
    void operator()(float* data) const;
  };
  std::size_t bytes_;
  std::unique_ptr<float[], Free> data_;
};

}  // namespace rondo::nn
