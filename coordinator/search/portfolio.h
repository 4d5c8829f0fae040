// Several samplers that share one history; which one proposes a trial is a fixed rule of its id. README.md
// has the rule.
#pragma once

#include <memory>
#include <optional>

#include "coordinator/search/proposer.h"

namespace rondo::search {

class Portfolio final : public Proposer {
 public:
  // All of them read the history.
  Portfolio(std::unique_ptr<Proposer> model, std::unique_ptr<Proposer> density,
            std::unique_ptr<Proposer> mutation);

  [[nodiscard]] bool reads_history() const override { return true; }
  // A member's proposal with the same arguments.
  [[nodiscard]] std::optional<Proposal> propose(TrialId id, std::uint32_t attempt,
                                                const History& history) const override;

 private:
  std::unique_ptr<Proposer> model_;
  std::unique_ptr<Proposer> density_;
  std::unique_ptr<Proposer> mutation_;
};

}  // namespace rondo::search
