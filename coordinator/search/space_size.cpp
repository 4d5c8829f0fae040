// The space as a list: how many networks it has, the one at an index, and the largest of them.
#include <algorithm>
#include <limits>
#include <set>

#include "common/architecture/architecture.h"
#include "common/base/check.h"
#include "common/base/error.h"
#include "coordinator/search/space.h"

namespace rondo::search {

namespace {

constexpr std::uint64_t too_many = std::numeric_limits<std::uint64_t>::max();

std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? too_many : sum;
}
std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? too_many : product;
}

// Over the values of a gene: count(genome with that value).
template <class Count>
std::uint64_t sum_over(std::uint32_t gene, std::uint32_t choices, Genome& genome, Count count) {
  std::uint64_t sum = 0;
  for (genome[gene] = 0; genome[gene] < choices; ++genome[gene]) sum = saturating_sum(sum, count());
  return sum;
}

}  // namespace

std::uint64_t Space::combinations(const std::vector<std::uint32_t>& genes) const {
  std::uint64_t product = 1;
  for (const std::uint32_t gene : genes) product = saturating_product(product, choices(gene));
  return product;
}

std::uint64_t Space::from_optimizer(Genome genome) const {
  return sum_over(gene_optimizer, choices(gene_optimizer), genome,
                  [&] { return combinations(training_genes(genome)); });
}

std::uint64_t Space::from_layer_norm(const Genome& genome) const {
  const std::uint64_t norms = combinations(layer_norm_genes(genome));
  return saturating_product(saturating_product(norms, choices(gene_dropout)), from_optimizer(genome));
}

std::uint64_t Space::from_batch_norm(Genome genome) const {
  return sum_over(gene_batch_norm, choices(gene_batch_norm), genome, [&] { return from_layer_norm(genome); });
}

std::uint64_t Space::from_activation(const Genome& genome) const {
  if (!has_norms(genome)) return from_optimizer(genome);
  return saturating_product(choices(gene_activation), from_batch_norm(genome));
}

std::uint64_t Space::from_dense_layers(Genome genome) const {
  return sum_over(gene_dense_layers, choices(gene_dense_layers), genome, [&] {
    return saturating_product(combinations(width_genes(genome)), from_activation(genome));
  });
}

std::uint64_t Space::size() const {
  Genome genome = empty_genome();
  return sum_over(gene_convolution_layers, choices(gene_convolution_layers), genome, [&] {
    return saturating_product(combinations(convolution_genes(genome)), from_dense_layers(genome));
  });
}

// Counts that 64 bits do not hold stand as 2^64 - 1: an index is smaller, so it falls into the right loop.
Genome Space::at(std::uint64_t index) const {
  RONDO_CHECK(index < size(), "network {} of {}", index, size());
  Genome genome = empty_genome();
  std::uint64_t left = index;
  // A gene that says which others apply: the value into whose networks the index falls.
  const auto enter = [&](std::uint32_t gene, auto count) {
    for (;; ++genome[gene]) {
      RONDO_CHECK(genome[gene] < choices(gene));
      const std::uint64_t networks = count();
      if (left < networks) break;
      left -= networks;
    }
  };
  // Genes that apply by now, the last one innermost, in front of `inner` ways to go on.
  const auto choose = [&](const std::vector<std::uint32_t>& genes, std::uint64_t inner) {
    std::uint64_t outer = left / inner;
    left %= inner;
    for (auto gene = genes.rbegin(); gene != genes.rend(); ++gene) {
      genome[*gene] = static_cast<std::uint32_t>(outer % choices(*gene));
      outer /= choices(*gene);
    }
  };
  enter(gene_convolution_layers, [&] {
    return saturating_product(combinations(convolution_genes(genome)), from_dense_layers(genome));
  });
  choose(convolution_genes(genome), from_dense_layers(genome));
  enter(gene_dense_layers,
        [&] { return saturating_product(combinations(width_genes(genome)), from_activation(genome)); });
  choose(width_genes(genome), from_activation(genome));
  if (has_norms(genome)) {
    choose({gene_activation}, from_batch_norm(genome));
    enter(gene_batch_norm, [&] { return from_layer_norm(genome); });
    choose(layer_norm_genes(genome), saturating_product(choices(gene_dropout), from_optimizer(genome)));
    choose({gene_dropout}, from_optimizer(genome));
  }
  enter(gene_optimizer, [&] { return combinations(training_genes(genome)); });
  choose(training_genes(genome), 1);
  return genome;
}

// With more layers, wider ones, larger windows and smaller pools there is more to multiply. What a separable
// convolution takes, compared with a plain one, is the same question for all layers.
std::uint64_t Space::most_multiply_adds(const ProblemShape& shape) const {
  const auto most = [](const auto& list) { return *std::max_element(list.begin(), list.end()); };
  const auto least = [](const auto& list) { return *std::min_element(list.begin(), list.end()); };
  std::uint64_t work = 0;
  const auto consider = [&](std::uint32_t convolution_layers, std::uint32_t layers, bool separable) {
    proto::Architecture network;
    for (std::uint32_t layer = 0; layer < convolution_layers; ++layer) {
      proto::ConvolutionBlock& block = *network.add_convolutions();
      block.set_filters(most(lists_.filters()));
      block.set_kernel(most(lists_.kernel_size()));
      block.set_separable(separable);
      block.set_pool(least(lists_.pool()));
    }
    network.set_global_average(convolution_layers > 0 && least(lists_.global_average()));
    for (std::uint32_t layer = 0; layer < layers; ++layer)
      network.add_blocks()->set_units(most(lists_.units()));
    try {
      work = std::max(work, multiply_adds_per_row(network, shape));
    } catch (const Error&) {
      work = too_many;
    }
  };
  for (const std::uint32_t convolution_layers : lists_.convolution_layers()) {
    for (const std::uint32_t layers : lists_.dense_layers()) {
      for (const bool separable : lists_.separable()) consider(convolution_layers, layers, separable);
    }
  }
  return work;
}

std::vector<std::uint32_t> Space::varied_genes() const {
  std::set<std::uint32_t> varied;
  Genome genome = at(0);
  const auto each = [&](std::uint32_t gene, auto&& then) {
    for (genome[gene] = 0; genome[gene] < choices(gene); ++genome[gene]) then();
    genome[gene] = 0;
  };
  each(gene_convolution_layers, [&] {
    each(gene_dense_layers, [&] {
      each(gene_batch_norm, [&] {
        each(gene_optimizer, [&] {
          for (const std::uint32_t gene : genes(genome)) {
            if (choices(gene) > 1) varied.insert(gene);
          }
        });
      });
    });
  });
  return {varied.begin(), varied.end()};
}

}  // namespace rondo::search
