#include "coordinator/search/space.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"

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

template <class List>
void check_list(const List& list, const char* name) {
  if (list.empty()) throw_bad_input("space.{}: the list is empty", name);
  std::vector<typename List::value_type> values(list.begin(), list.end());
  std::sort(values.begin(), values.end());
  const auto twice = std::adjacent_find(values.begin(), values.end());
  if (twice != values.end()) throw_bad_input("space.{}: a value stands there twice", name);
}

template <class List>
bool monotone(const List& list) {
  return std::is_sorted(list.begin(), list.end()) || std::is_sorted(list.rbegin(), list.rend());
}

template <class List, class Value>
std::uint32_t index_in(const List& list, Value value, const char* name) {
  const auto found = std::find(list.begin(), list.end(), value);
  RONDO_CHECK(found != list.end(), "a network whose {} is not in the space", name);
  return static_cast<std::uint32_t>(found - list.begin());
}

template <class Element>
Element element(const google::protobuf::RepeatedField<Element>& list, std::uint32_t index) {
  return list.Get(static_cast<int>(index));
}

}  // namespace

Space::Space(proto::SearchSpace lists) : lists_(std::move(lists)) {
  check_list(lists_.dense_layers(), "dense_layers");
  check_list(lists_.units(), "units");
  check_list(lists_.activation(), "activation");
  check_list(lists_.batch_norm(), "batch_norm");
  check_list(lists_.dropout(), "dropout");
  check_list(lists_.optimizer(), "optimizer");
  check_list(lists_.learning_rate(), "learning_rate");
  check_list(lists_.weight_decay(), "weight_decay");
  check_list(lists_.momentum(), "momentum");
  check_list(lists_.batch_size(), "batch_size");
  check_list(lists_.initialization(), "initialization");
  most_layers_ = *std::max_element(lists_.dense_layers().begin(), lists_.dense_layers().end());
}

std::uint32_t Space::choices(std::uint32_t gene) const {
  const auto size = [&] {
    switch (gene) {
      case gene_dense_layers:
        return lists_.dense_layers_size();
      case gene_activation:
        return lists_.activation_size();
      case gene_batch_norm:
        return lists_.batch_norm_size();
      case gene_dropout:
        return lists_.dropout_size();
      case gene_optimizer:
        return lists_.optimizer_size();
      case gene_learning_rate:
        return lists_.learning_rate_size();
      case gene_weight_decay:
        return lists_.weight_decay_size();
      case gene_momentum:
        return lists_.momentum_size();
      case gene_batch_size:
        return lists_.batch_size_size();
      case gene_initialization:
        return lists_.initialization_size();
      default:
        RONDO_CHECK(gene >= first_width && gene < first_width + most_layers_, "gene {}", gene);
        return lists_.units_size();
    }
  };
  return static_cast<std::uint32_t>(size());
}

bool Space::ordered(std::uint32_t gene) const {
  switch (gene) {
    case gene_dense_layers:
      return monotone(lists_.dense_layers());
    case gene_dropout:
      return monotone(lists_.dropout());
    case gene_learning_rate:
      return monotone(lists_.learning_rate());
    case gene_weight_decay:
      return monotone(lists_.weight_decay());
    case gene_momentum:
      return monotone(lists_.momentum());
    case gene_batch_size:
      return monotone(lists_.batch_size());
    default:
      return gene >= first_width && monotone(lists_.units());
  }
}

std::uint32_t Space::hidden_layers(const Genome& genome) const {
  return element(lists_.dense_layers(), genome[gene_dense_layers]);
}

proto::OptimizerKind Space::optimizer_kind(const Genome& genome) const {
  return lists_.optimizer(static_cast<int>(genome[gene_optimizer]));
}

std::vector<std::uint32_t> Space::block_genes(std::uint32_t layers) const {
  std::vector<std::uint32_t> genes;
  if (layers == 0) return genes;
  for (std::uint32_t layer = 0; layer < layers; ++layer) genes.push_back(first_width + layer);
  genes.insert(genes.end(), {gene_activation, gene_batch_norm, gene_dropout});
  return genes;
}

std::vector<std::uint32_t> Space::training_genes(proto::OptimizerKind kind) const {
  std::vector<std::uint32_t> genes = {gene_learning_rate};
  if (kind == proto::OPTIMIZER_KIND_ADAMW) genes.push_back(gene_weight_decay);
  if (kind == proto::OPTIMIZER_KIND_SGD) genes.push_back(gene_momentum);
  genes.insert(genes.end(), {gene_batch_size, gene_initialization});
  return genes;
}

std::vector<std::uint32_t> Space::genes(const Genome& genome) const {
  std::vector<std::uint32_t> genes = {gene_dense_layers};
  const std::vector<std::uint32_t> blocks = block_genes(hidden_layers(genome));
  genes.insert(genes.end(), blocks.begin(), blocks.end());
  genes.push_back(gene_optimizer);
  const std::vector<std::uint32_t> training = training_genes(optimizer_kind(genome));
  genes.insert(genes.end(), training.begin(), training.end());
  return genes;
}

Genome Space::draw(const random::Draws& draws) const {
  const auto drawn = [&](std::uint32_t gene) {
    return static_cast<std::uint32_t>(draws.bounded(gene, choices(gene)));
  };
  Genome genome(first_width + most_layers_);
  // Which genes apply depends on these two.
  genome[gene_dense_layers] = drawn(gene_dense_layers);
  genome[gene_optimizer] = drawn(gene_optimizer);
  for (const std::uint32_t gene : genes(genome)) genome[gene] = drawn(gene);
  return genome;
}

std::uint64_t Space::combinations(const std::vector<std::uint32_t>& genes) const {
  std::uint64_t product = 1;
  for (const std::uint32_t gene : genes) product = saturating_product(product, choices(gene));
  return product;
}

std::uint64_t Space::trainings() const {
  std::uint64_t sum = 0;
  for (const int kind : lists_.optimizer()) {
    sum = saturating_sum(sum, combinations(training_genes(static_cast<proto::OptimizerKind>(kind))));
  }
  return sum;
}

std::uint64_t Space::size() const {
  std::uint64_t blocks = 0;
  for (const std::uint32_t layers : lists_.dense_layers()) {
    blocks = saturating_sum(blocks, combinations(block_genes(layers)));
  }
  return saturating_product(blocks, trainings());
}

void Space::set_digits(std::uint64_t index, const std::vector<std::uint32_t>& genes, Genome& genome) const {
  for (auto gene = genes.rbegin(); gene != genes.rend(); ++gene) {
    genome[*gene] = static_cast<std::uint32_t>(index % choices(*gene));
    index /= choices(*gene);
  }
}

// Counts that 64 bits do not hold stand as 2^64 - 1: an index is smaller, so it falls into the right loop.
Genome Space::at(std::uint64_t index) const {
  RONDO_CHECK(index < size(), "network {} of {}", index, size());
  Genome genome(first_width + most_layers_);
  std::uint64_t blocks = index / trainings();
  std::uint64_t training = index % trainings();
  const auto enter = [&](std::uint32_t gene, std::uint64_t& left, auto inner) {
    for (;; ++genome[gene]) {
      RONDO_CHECK(genome[gene] < choices(gene));
      const std::uint64_t count = combinations(inner());
      if (left < count) break;
      left -= count;
    }
    set_digits(left, inner(), genome);
  };
  enter(gene_dense_layers, blocks, [&] { return block_genes(hidden_layers(genome)); });
  enter(gene_optimizer, training, [&] { return training_genes(optimizer_kind(genome)); });
  return genome;
}

proto::Architecture Space::architecture(const Genome& genome) const {
  proto::Architecture network;
  for (std::uint32_t layer = 0; layer < hidden_layers(genome); ++layer) {
    proto::DenseBlock& block = *network.add_blocks();
    block.set_units(element(lists_.units(), genome[first_width + layer]));
    block.set_activation(lists_.activation(static_cast<int>(genome[gene_activation])));
    block.set_batch_norm(element(lists_.batch_norm(), genome[gene_batch_norm]));
    block.set_dropout(element(lists_.dropout(), genome[gene_dropout]));
  }
  proto::Optimizer& optimizer = *network.mutable_optimizer();
  optimizer.set_kind(optimizer_kind(genome));
  optimizer.set_learning_rate(element(lists_.learning_rate(), genome[gene_learning_rate]));
  if (optimizer.kind() == proto::OPTIMIZER_KIND_ADAMW) {
    optimizer.set_weight_decay(element(lists_.weight_decay(), genome[gene_weight_decay]));
  }
  if (optimizer.kind() == proto::OPTIMIZER_KIND_SGD) {
    optimizer.set_momentum(element(lists_.momentum(), genome[gene_momentum]));
  }
  network.set_batch_size(element(lists_.batch_size(), genome[gene_batch_size]));
  network.set_initialization(lists_.initialization(static_cast<int>(genome[gene_initialization])));
  return network;
}

Genome Space::genome_of(const proto::Architecture& architecture) const {
  Genome genome(first_width + most_layers_);
  const auto layers = static_cast<std::uint32_t>(architecture.blocks_size());
  genome[gene_dense_layers] = index_in(lists_.dense_layers(), layers, "dense_layers");
  for (std::uint32_t layer = 0; layer < layers; ++layer) {
    const proto::DenseBlock& block = architecture.blocks(static_cast<int>(layer));
    genome[first_width + layer] = index_in(lists_.units(), block.units(), "units");
    genome[gene_activation] = index_in(lists_.activation(), block.activation(), "activation");
    genome[gene_batch_norm] = index_in(lists_.batch_norm(), block.batch_norm(), "batch_norm");
    genome[gene_dropout] = index_in(lists_.dropout(), block.dropout(), "dropout");
  }
  const proto::Optimizer& optimizer = architecture.optimizer();
  genome[gene_optimizer] = index_in(lists_.optimizer(), optimizer.kind(), "optimizer");
  genome[gene_learning_rate] = index_in(lists_.learning_rate(), optimizer.learning_rate(), "learning_rate");
  if (optimizer.kind() == proto::OPTIMIZER_KIND_ADAMW) {
    genome[gene_weight_decay] = index_in(lists_.weight_decay(), optimizer.weight_decay(), "weight_decay");
  }
  if (optimizer.kind() == proto::OPTIMIZER_KIND_SGD) {
    genome[gene_momentum] = index_in(lists_.momentum(), optimizer.momentum(), "momentum");
  }
  genome[gene_batch_size] = index_in(lists_.batch_size(), architecture.batch_size(), "batch_size");
  genome[gene_initialization] =
      index_in(lists_.initialization(), architecture.initialization(), "initialization");
  return genome;
}

std::uint64_t Space::most_weights(std::uint64_t inputs, std::uint64_t outputs) const {
  const std::uint64_t widest = *std::max_element(lists_.units().begin(), lists_.units().end());
  std::uint64_t most = 0;
  for (const std::uint32_t layers : lists_.dense_layers()) {
    const std::uint64_t between = layers == 0 ? 0 : saturating_product(layers - 1, widest * widest);
    const std::uint64_t ends = layers == 0 ? saturating_product(inputs, outputs)
                                           : saturating_product(saturating_sum(inputs, outputs), widest);
    most = std::max(most, saturating_sum(between, ends));
  }
  return most;
}

}  // namespace rondo::search
