// The middle of some figures, and how far they are from it.
#pragma once

#include <vector>

namespace rondo::plan {

struct Spread {
  double median = 0;
  double typical_error = 0;  // half of them are off the median by no more than this, as a share of it
  double large_error = 0;    // nine in ten
};
// Of at least one figure above 0.
[[nodiscard]] Spread spread_of(std::vector<double> figures);

}  // namespace rondo::plan
