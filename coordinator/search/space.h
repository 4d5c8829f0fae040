// The search space as a list of choices. A network is a genome: for each gene, an index into the list of its
// setting. Samplers draw, count and change genomes; which setting means what is known here alone.
#pragma once

#include <cstdint>
#include <vector>

#include "common/random/draws.h"
#include "rondo/architecture.pb.h"
#include "rondo/experiment.pb.h"

namespace rondo::search {

// Numbers of genes. They address draws: a new gene takes a number below first_width that was never used.
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
  first_width = 32,  // the width of hidden layer k, from 0, is gene first_width + k
};

// By gene number; 0 where a gene does not apply. Equal genomes are equal networks and the other way round.
using Genome = std::vector<std::uint32_t>;

class Space {
 public:
  // Throws Error(bad_input) when a list is empty or holds a value twice.
  explicit Space(proto::SearchSpace lists);

  // Length of the list that `gene` chooses from, at least 1.
  [[nodiscard]] std::uint32_t choices(std::uint32_t gene) const;
  // Whether neighbours in its list resemble each other: a list of numbers that ascends or descends.
  [[nodiscard]] bool ordered(std::uint32_t gene) const;
  // The genes that apply to a genome, given its numbers of layers and its optimizer, in the order of the
  // grid: layers, widths from the first layer on, activation, batch norm, dropout, optimizer, learning rate,
  // weight decay (adamw) or momentum (sgd), batch size, initialization. Without hidden layers the four
  // between the layers and the optimizer do not apply.
  [[nodiscard]] std::vector<std::uint32_t> genes(const Genome& genome) const;

  // Every gene that applies is uniform over its list: gene g is draws.bounded(g, choices(g)).
  [[nodiscard]] Genome draw(const random::Draws& draws) const;

  // Number of different networks; 2^64 - 1 when there are as many or more.
  [[nodiscard]] std::uint64_t size() const;
  // The network at `index` < size() when loops over the genes are nested in the order of genes(), the last
  // one innermost, each list in its own order.
  [[nodiscard]] Genome at(std::uint64_t index) const;

  [[nodiscard]] proto::Architecture architecture(const Genome& genome) const;
  // The inverse. `architecture` must be one of this space.
  [[nodiscard]] Genome genome_of(const proto::Architecture& architecture) const;

  // Entries of the weight matrices of the largest network between `inputs` and `outputs`; 2^64 - 1 when that
  // does not fit.
  [[nodiscard]] std::uint64_t most_weights(std::uint64_t inputs, std::uint64_t outputs) const;

 private:
  [[nodiscard]] std::uint32_t hidden_layers(const Genome& genome) const;
  [[nodiscard]] proto::OptimizerKind optimizer_kind(const Genome& genome) const;
  [[nodiscard]] std::vector<std::uint32_t> block_genes(std::uint32_t layers) const;
  [[nodiscard]] std::vector<std::uint32_t> training_genes(proto::OptimizerKind kind) const;
  // Number of combinations of these genes, at most 2^64 - 1.
  [[nodiscard]] std::uint64_t combinations(const std::vector<std::uint32_t>& genes) const;
  // Number of ways to train one choice of blocks.
  [[nodiscard]] std::uint64_t trainings() const;
  void set_digits(std::uint64_t index, const std::vector<std::uint32_t>& genes, Genome& genome) const;

  proto::SearchSpace lists_;
  std::uint32_t most_layers_ = 0;
};

}  // namespace rondo::search
