// Fewer and larger pages for large blocks of memory: a page that is touched for the first time costs more
// than what is read or written there.
#pragma once

#include <cstddef>

namespace rondo::data {

// A wish: nothing but the time depends on it. Does nothing for small blocks and where there is no such thing.
void prefer_large_pages(const void* begin, std::size_t bytes);

// Reserves room for `count` elements of a vector or a string, in large pages where they are many.
template <class Container>
void reserve_large(Container& container, std::size_t count) {
  container.reserve(count);
  prefer_large_pages(container.data(), container.capacity() * sizeof(*container.data()));
}

}  // namespace rondo::data
