// Fewer and larger pages for large blocks of memory: a page that is touched for the first time costs more
// than what is read or written there.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace rondo::data {

// A wish: nothing but the time depends on it. Does nothing for small blocks and where there is no such thing.
void prefer_large_pages(const void* begin, std::size_t bytes);

// Large blocks begin where a large page does, so that none is left out at their ends.
template <class T>
struct LargeAllocator {
  using value_type = T;
  static constexpr std::size_t large = std::size_t{4} << 20U;
  static constexpr auto page = std::align_val_t{std::size_t{2} << 20U};

  LargeAllocator() = default;
  template <class Other>
  explicit LargeAllocator(const LargeAllocator<Other>& /*other*/) {}

  [[nodiscard]] T* allocate(std::size_t count) {
    if (count > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_array_new_length();
    const std::size_t bytes = count * sizeof(T);
    if (bytes < large) return static_cast<T*>(::operator new(bytes));
    void* const block = ::operator new(bytes, page);
    prefer_large_pages(block, bytes);
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t count) {
    if (count * sizeof(T) < large) {
      ::operator delete(block);
    } else {
      ::operator delete(block, page);
    }
  }
  friend bool operator==(const LargeAllocator&, const LargeAllocator&) { return true; }
};
template <class T>
using LargeVector = std::vector<T, LargeAllocator<T>>;

// Reserves room for `count` elements of a vector or a string, in large pages where they are many.
template <class Container>
void reserve_large(Container& container, std::size_t count) {
  container.reserve(count);
  prefer_large_pages(container.data(), container.capacity() * sizeof(*container.data()));
}

}  // namespace rondo::data
