#include "coordinator/search/space.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/text.h"
#include "common/experiment/values.h"

namespace rondo::search {

namespace {

// Layers of one kind: what the ranges of genes have room for.
constexpr std::uint32_t most_of_a_kind = 64;

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

std::string text_of(float value) {
  return shortest(value);
}
std::string text_of(bool value) {
  return value ? "true" : "false";
}
std::string text_of(std::uint32_t value) {
  return fmt::format("{}", value);
}
// Of an enum: by its name in YAML.
std::string text_of(proto::Activation value) {
  return enum_text(*proto::Activation_descriptor()->FindValueByNumber(value));
}
std::string text_of(proto::OptimizerKind value) {
  return enum_text(*proto::OptimizerKind_descriptor()->FindValueByNumber(value));
}
std::string text_of(proto::Initialization value) {
  return enum_text(*proto::Initialization_descriptor()->FindValueByNumber(value));
}

template <class List, class Value>
std::uint32_t index_in(const List& list, Value value, const char* name) {
  const auto found = std::find(list.begin(), list.end(), value);
  if (found == list.end()) throw_bad_input("space.{} has no {}", name, text_of(value));
  return static_cast<std::uint32_t>(found - list.begin());
}

template <class Element>
Element element(const google::protobuf::RepeatedField<Element>& list, std::uint32_t index) {
  return list.Get(static_cast<int>(index));
}

}  // namespace

Space::Space(proto::SearchSpace lists) : lists_(std::move(lists)) {
  check_list(lists_.convolution_layers(), "convolution_layers");
  check_list(lists_.filters(), "filters");
  check_list(lists_.kernel_size(), "kernel_size");
  check_list(lists_.separable(), "separable");
  check_list(lists_.pool(), "pool");
  check_list(lists_.global_average(), "global_average");
  check_list(lists_.dense_layers(), "dense_layers");
  check_list(lists_.units(), "units");
  check_list(lists_.activation(), "activation");
  check_list(lists_.batch_norm(), "batch_norm");
  check_list(lists_.layer_norm(), "layer_norm");
  check_list(lists_.dropout(), "dropout");
  check_list(lists_.optimizer(), "optimizer");
  check_list(lists_.learning_rate(), "learning_rate");
  check_list(lists_.weight_decay(), "weight_decay");
  check_list(lists_.momentum(), "momentum");
  check_list(lists_.batch_size(), "batch_size");
  check_list(lists_.initialization(), "initialization");
  for (const std::uint32_t size : lists_.kernel_size()) {
    if (size % 2 == 0) throw_bad_input("space.kernel_size: {} is even; a window needs a middle", size);
  }
  most_layers_ = *std::max_element(lists_.dense_layers().begin(), lists_.dense_layers().end());
  most_convolutions_ =
      *std::max_element(lists_.convolution_layers().begin(), lists_.convolution_layers().end());
  RONDO_CHECK(most_layers_ <= most_of_a_kind && most_convolutions_ <= most_of_a_kind);
}

std::uint32_t Space::choices(std::uint32_t gene) const {
  const auto size = [&] {
    switch (gene) {
      case gene_convolution_layers:
        return lists_.convolution_layers_size();
      case gene_kernel_size:
        return lists_.kernel_size_size();
      case gene_separable:
        return lists_.separable_size();
      case gene_pool:
        return lists_.pool_size();
      case gene_global_average:
        return lists_.global_average_size();
      case gene_dense_layers:
        return lists_.dense_layers_size();
      case gene_activation:
        return lists_.activation_size();
      case gene_batch_norm:
        return lists_.batch_norm_size();
      case gene_layer_norm:
        return lists_.layer_norm_size();
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
        if (gene >= first_filters && gene < first_filters + most_convolutions_) return lists_.filters_size();
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
    case gene_convolution_layers:
      return monotone(lists_.convolution_layers());
    case gene_kernel_size:
      return monotone(lists_.kernel_size());
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
      if (gene >= first_filters) return monotone(lists_.filters());
      return gene >= first_width && monotone(lists_.units());
  }
}

Genome Space::empty_genome() const {
  return Genome(most_convolutions_ > 0 ? first_filters + most_convolutions_ : first_width + most_layers_);
}

std::uint32_t Space::convolutions(const Genome& genome) const {
  return element(lists_.convolution_layers(), genome[gene_convolution_layers]);
}

std::uint32_t Space::hidden_layers(const Genome& genome) const {
  return element(lists_.dense_layers(), genome[gene_dense_layers]);
}

proto::OptimizerKind Space::optimizer_kind(const Genome& genome) const {
  return lists_.optimizer(static_cast<int>(genome[gene_optimizer]));
}

std::vector<std::uint32_t> Space::convolution_genes(const Genome& genome) const {
  std::vector<std::uint32_t> genes;
  if (convolutions(genome) == 0) return genes;
  for (std::uint32_t layer = 0; layer < convolutions(genome); ++layer) genes.push_back(first_filters + layer);
  genes.insert(genes.end(), {gene_kernel_size, gene_separable, gene_pool, gene_global_average});
  return genes;
}

std::vector<std::uint32_t> Space::width_genes(const Genome& genome) const {
  std::vector<std::uint32_t> genes;
  for (std::uint32_t layer = 0; layer < hidden_layers(genome); ++layer) genes.push_back(first_width + layer);
  return genes;
}

bool Space::has_norms(const Genome& genome) const {
  return convolutions(genome) + hidden_layers(genome) > 0;
}

std::vector<std::uint32_t> Space::layer_norm_genes(const Genome& genome) const {
  const bool applies = hidden_layers(genome) > 0 && !element(lists_.batch_norm(), genome[gene_batch_norm]);
  return applies ? std::vector<std::uint32_t>{gene_layer_norm} : std::vector<std::uint32_t>{};
}

std::vector<std::uint32_t> Space::training_genes(const Genome& genome) const {
  const proto::OptimizerKind kind = optimizer_kind(genome);
  std::vector<std::uint32_t> genes = {gene_learning_rate};
  if (kind == proto::OPTIMIZER_KIND_ADAMW) genes.push_back(gene_weight_decay);
  if (kind == proto::OPTIMIZER_KIND_SGD) genes.push_back(gene_momentum);
  genes.insert(genes.end(), {gene_batch_size, gene_initialization});
  return genes;
}

std::vector<std::uint32_t> Space::genes(const Genome& genome) const {
  std::vector<std::uint32_t> genes = {gene_convolution_layers};
  const auto append = [&](const std::vector<std::uint32_t>& more) {
    genes.insert(genes.end(), more.begin(), more.end());
  };
  append(convolution_genes(genome));
  append({gene_dense_layers});
  append(width_genes(genome));
  if (has_norms(genome)) {
    append({gene_activation, gene_batch_norm});
    append(layer_norm_genes(genome));
    append({gene_dropout});
  }
  append({gene_optimizer});
  append(training_genes(genome));
  return genes;
}

Genome Space::draw(const random::Draws& draws) const {
  const auto drawn = [&](std::uint32_t gene) {
    return static_cast<std::uint32_t>(draws.bounded(gene, choices(gene)));
  };
  Genome genome = empty_genome();
  // Which genes apply depends on these four.
  for (const std::uint32_t gene :
       {gene_convolution_layers, gene_dense_layers, gene_batch_norm, gene_optimizer})
    genome[gene] = drawn(gene);
  Genome applying = empty_genome();
  for (const std::uint32_t gene : genes(genome)) applying[gene] = drawn(gene);
  return applying;
}

proto::Architecture Space::architecture(const Genome& genome) const {
  proto::Architecture network;
  for (std::uint32_t layer = 0; layer < convolutions(genome); ++layer) {
    proto::ConvolutionBlock& block = *network.add_convolutions();
    block.set_filters(element(lists_.filters(), genome[first_filters + layer]));
    block.set_kernel(element(lists_.kernel_size(), genome[gene_kernel_size]));
    block.set_separable(element(lists_.separable(), genome[gene_separable]));
    block.set_batch_norm(element(lists_.batch_norm(), genome[gene_batch_norm]));
    block.set_activation(lists_.activation(static_cast<int>(genome[gene_activation])));
    block.set_pool(element(lists_.pool(), genome[gene_pool]));
    block.set_dropout(element(lists_.dropout(), genome[gene_dropout]));
    network.set_global_average(element(lists_.global_average(), genome[gene_global_average]));
  }
  for (std::uint32_t layer = 0; layer < hidden_layers(genome); ++layer) {
    proto::DenseBlock& block = *network.add_blocks();
    block.set_units(element(lists_.units(), genome[first_width + layer]));
    block.set_activation(lists_.activation(static_cast<int>(genome[gene_activation])));
    block.set_batch_norm(element(lists_.batch_norm(), genome[gene_batch_norm]));
    if (!block.batch_norm()) block.set_layer_norm(element(lists_.layer_norm(), genome[gene_layer_norm]));
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
  Genome genome = empty_genome();
  const auto convolution_layers = static_cast<std::uint32_t>(architecture.convolutions_size());
  genome[gene_convolution_layers] =
      index_in(lists_.convolution_layers(), convolution_layers, "convolution_layers");
  for (std::uint32_t layer = 0; layer < convolution_layers; ++layer) {
    const proto::ConvolutionBlock& block = architecture.convolutions(static_cast<int>(layer));
    genome[first_filters + layer] = index_in(lists_.filters(), block.filters(), "filters");
    genome[gene_kernel_size] = index_in(lists_.kernel_size(), block.kernel(), "kernel_size");
    genome[gene_separable] = index_in(lists_.separable(), block.separable(), "separable");
    genome[gene_pool] = index_in(lists_.pool(), block.pool(), "pool");
    genome[gene_activation] = index_in(lists_.activation(), block.activation(), "activation");
    genome[gene_batch_norm] = index_in(lists_.batch_norm(), block.batch_norm(), "batch_norm");
    genome[gene_dropout] = index_in(lists_.dropout(), block.dropout(), "dropout");
    genome[gene_global_average] =
        index_in(lists_.global_average(), architecture.global_average(), "global_average");
  }
  const auto layers = static_cast<std::uint32_t>(architecture.blocks_size());
  genome[gene_dense_layers] = index_in(lists_.dense_layers(), layers, "dense_layers");
  for (std::uint32_t layer = 0; layer < layers; ++layer) {
    const proto::DenseBlock& block = architecture.blocks(static_cast<int>(layer));
    genome[first_width + layer] = index_in(lists_.units(), block.units(), "units");
    genome[gene_activation] = index_in(lists_.activation(), block.activation(), "activation");
    genome[gene_batch_norm] = index_in(lists_.batch_norm(), block.batch_norm(), "batch_norm");
    if (!block.batch_norm()) {
      genome[gene_layer_norm] = index_in(lists_.layer_norm(), block.layer_norm(), "layer_norm");
    }
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

}  // namespace rondo::search
