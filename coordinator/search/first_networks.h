// Networks that the user wants to see tried first, in front of whatever a sampler proposes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "coordinator/search/appraiser.h"
#include "coordinator/search/proposer.h"
#include "coordinator/search/space.h"

namespace rondo::search {

class FirstNetworks final : public Proposer {
 public:
  // `lines` as `describe` prints networks. Throws Error(bad_input) when one cannot be read, is not of the
  // space, or stands there twice.
  FirstNetworks(const std::vector<std::string>& lines, const Space& space, const Appraiser& appraiser,
                std::unique_ptr<Proposer> others);

  [[nodiscard]] bool reads_history() const override { return others_->reads_history(); }
  // Trial i is the list's network i; behind the list, and when a network is drawn again, what the sampler
  // proposes for the id.
  [[nodiscard]] std::optional<Proposal> propose(TrialId id, std::uint32_t attempt,
                                                const History& history) const override;

 private:
  std::vector<Proposal> first_;
  std::unique_ptr<Proposer> others_;
};

// The network of a line as `describe` prints them. Throws Error(bad_input) when it is not one of the space.
[[nodiscard]] proto::Architecture network_of(const std::string& line, const Space& space);

}  // namespace rondo::search
