// What a stopper or a sampler keeps of one history to save time. It must change nothing: an answer is a
// function of the history, whether something was kept of it or not.
#pragma once

#include <memory>
#include <utility>

#include "coordinator/search/history.h"

namespace rondo::search {

template <class Board>
class Kept {
 public:
  // What is kept of this history; `make` gives a new Board when that is another one than the last time. The
  // caller brings it up to date with what was committed since.
  template <class Make>
  [[nodiscard]] Board& of(const History& history, Make make) {
    if (!board_ || token_ != history.token()) {
      board_ = std::make_unique<Board>(make());
      token_ = history.token();
    }
    return *board_;
  }

 private:
  std::unique_ptr<Board> board_;
  std::shared_ptr<const int> token_;  // held, so that no later history can have the same
};

}  // namespace rondo::search
