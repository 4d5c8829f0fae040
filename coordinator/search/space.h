// The search space as a list of choices. A network is a genome: for each gene, an index into the list of its
// setting. Samplers draw, count and change genomes; which setting means what is known here alone.
#pragma once

#include <cstdint>
#include <vector>

#include "common/architecture/shape.h"
#include "common/random/draws.h"
#include "rondo/architecture.pb.h"
#include "rondo/experiment.pb.h"

namespace rondo::search {

// Numbers of genes. They address draws: a new gene takes a number below first_width that was never used.
// Genes of layers, of which there are at most 64, have ranges of their own.
enum Gene : std::uint32_t {
  gene_dense_layers = 0,
  gene_activation = 1,
  gene_batch_norm = 2,
  gene_dropout = 3,
  gene_optimizer = 4,
  gene_learning_rate = 5,
  gene_weight_decay = 6,
  gene_momentum = 7,
  gene_batch_size = 8,
  gene_initialization = 9,
  gene_convolution_layers = 10,
  gene_kernel_size = 11,
  gene_separable = 12,
  gene_pool = 13,
  gene_global_average = 14,
  gene_layer_norm = 15,
  first_width = 32,     // the width of hidden layer k, from 0, is gene first_width + k
  first_filters = 128,  // the filters of convolution k, from 0, are gene first_filters + k
};

// By gene number; 0 where a gene does not apply. Equal genomes are equal networks and the other way round.
using Genome = std::vector<std::uint32_t>;

class Space {
 public:
  // Throws Error(bad_input) when a list is empty or holds a value twice, or a kernel's size is even.
  explicit Space(proto::SearchSpace lists);

  // Length of the list that `gene` chooses from, at least 1.
  [[nodiscard]] std::uint32_t choices(std::uint32_t gene) const;
  // Whether neighbours in its list resemble each other: a list of numbers that ascends or descends.
  [[nodiscard]] bool ordered(std::uint32_t gene) const;
  // The genes that apply to a genome, given its numbers of layers, its batch norm and its optimizer, in the
  // order of the grid: convolutions; their filters from the first on, kernel size, separable, pool, global
  // average, if there are convolutions; hidden layers and their widths from the first on; activation, batch
  // norm, layer norm (hidden layers without batch norm), dropout, if there are any of both; optimizer,
  // learning rate, weight decay (adamw) or momentum (sgd), batch size, initialization.
  [[nodiscard]] std::vector<std::uint32_t> genes(const Genome& genome) const;

  // Those that apply to some network and have a choice, by number.
  [[nodiscard]] std::vector<std::uint32_t> varied_genes() const;

  // Every gene that applies is uniform over its list: gene g is draws.bounded(g, choices(g)).
  [[nodiscard]] Genome draw(const random::Draws& draws) const;

  // Number of different networks; 2^64 - 1 when there are as many or more.
  [[nodiscard]] std::uint64_t size() const;
  // The network at `index` < size() when loops over the genes are nested in the order of genes(), the last
  // one innermost, each list in its own order.
  [[nodiscard]] Genome at(std::uint64_t index) const;

  [[nodiscard]] proto::Architecture architecture(const Genome& genome) const;
  // The inverse. Throws Error(bad_input) that names a list without the value that `architecture` needs. What
  // the networks of a space have alike in all layers is taken of the last one.
  [[nodiscard]] Genome genome_of(const proto::Architecture& architecture) const;

  // Multiply-adds of a row (common/architecture) in the largest network; 2^64 - 1 when that does not fit.
  [[nodiscard]] std::uint64_t most_multiply_adds(const ProblemShape& shape) const;
  // Whether any network has convolutions: only then is a weight used at more than one place.
  [[nodiscard]] bool has_convolutions() const { return most_convolutions_ > 0; }

 private:
  [[nodiscard]] Genome empty_genome() const;
  [[nodiscard]] std::uint32_t convolutions(const Genome& genome) const;
  [[nodiscard]] std::uint32_t hidden_layers(const Genome& genome) const;
  [[nodiscard]] proto::OptimizerKind optimizer_kind(const Genome& genome) const;
  // The genes between those that say which others apply.
  [[nodiscard]] std::vector<std::uint32_t> convolution_genes(const Genome& genome) const;
  [[nodiscard]] std::vector<std::uint32_t> width_genes(const Genome& genome) const;
  [[nodiscard]] bool has_norms(const Genome& genome) const;
  [[nodiscard]] std::vector<std::uint32_t> layer_norm_genes(const Genome& genome) const;
  [[nodiscard]] std::vector<std::uint32_t> training_genes(const Genome& genome) const;

  // Numbers of ways to choose a group of genes and all behind it, given those before it; at most 2^64 - 1.
  [[nodiscard]] std::uint64_t combinations(const std::vector<std::uint32_t>& genes) const;
  [[nodiscard]] std::uint64_t from_optimizer(Genome genome) const;
  [[nodiscard]] std::uint64_t from_layer_norm(const Genome& genome) const;
  [[nodiscard]] std::uint64_t from_batch_norm(Genome genome) const;
  [[nodiscard]] std::uint64_t from_activation(const Genome& genome) const;
  [[nodiscard]] std::uint64_t from_dense_layers(Genome genome) const;

  proto::SearchSpace lists_;
  std::uint32_t most_layers_ = 0;
  std::uint32_t most_convolutions_ = 0;
};

}  // namespace rondo::search
