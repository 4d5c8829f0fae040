#include "coordinator/search/first_networks.h"

#include <algorithm>
#include <utility>

#include "common/architecture/architecture.h"
#include "common/base/error.h"

namespace rondo::search {

proto::Architecture network_of(const std::string& line, const Space& space) {
  proto::Architecture network = parse_description(line);
  if (canonical_bytes(space.architecture(space.genome_of(network))) != canonical_bytes(network)) {
    throw_bad_input(
        "all layers of a network have one activation, norm and dropout, and all convolutions one window and "
        "pool");
  }
  return network;
}

FirstNetworks::FirstNetworks(const std::vector<std::string>& lines, const Space& space,
                             const Appraiser& appraiser, std::unique_ptr<Proposer> others)
    : others_(std::move(others)) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    try {
      first_.push_back(appraiser.appraise(network_of(lines[i], space)));
    } catch (const Error& error) {
      throw_bad_input("search.first[{}], \"{}\": {}", i, lines[i], error.what());
    }
    const auto same = [&](const Proposal& other) { return other.digest == first_.back().digest; };
    if (std::find_if(first_.begin(), first_.end() - 1, same) != first_.end() - 1)
      throw_bad_input("search.first[{}], \"{}\": the network stands there twice", i, lines[i]);
  }
}

std::optional<Proposal> FirstNetworks::propose(TrialId id, std::uint32_t attempt,
                                               const History& history) const {
  if (attempt == 0 && id.value() < first_.size()) return first_[id.value()];
  return others_->propose(id, attempt, history);
}

}  // namespace rondo::search
