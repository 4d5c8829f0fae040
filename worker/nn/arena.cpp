#include "worker/nn/arena.h"

#include <algorithm>
#include <new>

namespace rondo::nn {

namespace {
constexpr std::size_t alignment = 64;  // bytes: a cache line, and the widest vector of any target
constexpr std::size_t granule = alignment / sizeof(float);
}  // namespace

Slot ArenaLayout::add(std::size_t floats) {
  const Slot slot{floats_, floats};
  floats_ += (floats + granule - 1) / granule * granule;
  return slot;
}

Arena::Arena(const ArenaLayout& layout)
    : bytes_(std::max<std::size_t>(layout.floats(), 1) * sizeof(float)),
      data_(static_cast<float*>(::operator new (bytes_, std::align_val_t{alignment}))) {
  std::fill_n(data_.get(), layout.floats(), 0.0F);
}

void Arena::Free::operator()(float* data) const {
  ::operator delete (data, std::align_val_t{alignment});
}

}  // namespace rondo::nn
