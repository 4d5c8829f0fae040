#include "coordinator/search/sobol_sampler.h"

#include <utility>

#include "coordinator/search/fill.h"

namespace rondo::search {

namespace {

// The tensor of these draws, whose key has no trial, is the gene; words 0 … 31 are its matrix.
constexpr std::uint64_t shift_word = sobol_bits;

}  // namespace

SobolSampler::SobolSampler(Space space, Appraiser appraiser, MasterSeed seed)
    : space_(std::move(space)),
      appraiser_(std::move(appraiser)),
      key_(random::derive_key(seed, random::Domain::sampler)) {
  const std::size_t genes = space_.at(0).size();
  for (std::uint32_t gene = 0; gene < genes; ++gene) {
    columns_.push_back(scrambled(sobol_columns(gene), {key_, random::Stream::sampler, gene, 0}));
  }
}

std::optional<Proposal> SobolSampler::propose(TrialId id, std::uint32_t attempt,
                                              const History& /*history*/) const {
  const auto index = static_cast<std::uint32_t>(id.value());
  const Genome genome = filled(space_, [&](std::uint32_t gene) {
    const random::Draws draws(key_, random::Stream::sampler, gene, attempt);
    const std::uint64_t point = sobol_point(columns_[gene], index) ^ draws.word(shift_word);
    return static_cast<std::uint32_t>(point * space_.choices(gene) >> sobol_bits);
  });
  return appraiser_.appraise(space_.architecture(genome));
}

}  // namespace rondo::search
