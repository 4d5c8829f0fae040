#include "tests/bench/problems.h"

#include <cmath>

namespace rondo::bench {

proto::SearchSpace single_choices() {
  proto::SearchSpace space;
  space.add_convolution_layers(0);
  space.add_filters(4);
  space.add_kernel_size(3);
  space.add_separable(false);
  space.add_pool(2);
  space.add_global_average(false);
  space.add_dense_layers(0);
  space.add_units(8);
  space.add_activation(proto::ACTIVATION_RELU);
  space.add_batch_norm(false);
  space.add_layer_norm(false);
  space.add_dropout(0);
  space.add_optimizer(proto::OPTIMIZER_KIND_ADAM);
  space.add_learning_rate(0.01F);
  space.add_weight_decay(0.1F);
  space.add_momentum(0.5F);
  space.add_batch_size(32);
  space.add_initialization(proto::INITIALIZATION_GLOROT_UNIFORM);
  return space;
}

void set_learning_rates(proto::SearchSpace& space, std::uint32_t count) {
  space.clear_learning_rate();
  for (std::uint32_t i = 1; i <= count; ++i) space.add_learning_rate(static_cast<float>(i) * 0.0009765625F);
}

void set_dropouts(proto::SearchSpace& space, std::uint32_t count) {
  space.clear_dropout();
  for (std::uint32_t i = 0; i < count; ++i) {
    space.add_dropout(0.9F * static_cast<float>(i) / static_cast<float>(count));
  }
}

void set_momenta(proto::SearchSpace& space, std::uint32_t count) {
  space.clear_momentum();
  for (std::uint32_t i = 0; i < count; ++i) {
    space.add_momentum(0.9F * static_cast<float>(i) / static_cast<float>(count));
  }
}

void set_decays(proto::SearchSpace& space, std::uint32_t count) {
  space.clear_weight_decay();
  for (std::uint32_t i = 0; i < count; ++i) space.add_weight_decay(static_cast<float>(i) * 0.0009765625F);
}

void set_batch_sizes(proto::SearchSpace& space, std::uint32_t count) {
  space.clear_batch_size();
  for (std::uint32_t i = 1; i <= count; ++i) space.add_batch_size(i);
}

void set_layers(proto::SearchSpace& space, const std::vector<std::uint32_t>& layers, std::uint32_t widths) {
  space.clear_dense_layers();
  for (const std::uint32_t count : layers) space.add_dense_layers(count);
  space.clear_units();
  for (std::uint32_t i = 1; i <= widths; ++i) space.add_units(i);
}

void set_activations(proto::SearchSpace& space, std::uint32_t count) {
  constexpr proto::Activation kinds[] = {proto::ACTIVATION_RELU,     proto::ACTIVATION_TANH,
                                         proto::ACTIVATION_SIGMOID,  proto::ACTIVATION_GELU,
                                         proto::ACTIVATION_SOFTPLUS, proto::ACTIVATION_GELU_TANH};
  space.clear_activation();
  for (std::uint32_t i = 0; i < count; ++i) space.add_activation(kinds[i]);
}

void set_optimizers(proto::SearchSpace& space) {
  space.clear_optimizer();
  space.add_optimizer(proto::OPTIMIZER_KIND_ADAM);
  space.add_optimizer(proto::OPTIMIZER_KIND_ADAMW);
  space.add_optimizer(proto::OPTIMIZER_KIND_SGD);
}

void set_initializations(proto::SearchSpace& space) {
  space.clear_initialization();
  space.add_initialization(proto::INITIALIZATION_GLOROT_UNIFORM);
  space.add_initialization(proto::INITIALIZATION_HE_NORMAL);
}

double Hartmann::value(const std::vector<double>& x) const {
  double total = 0;
  for (std::size_t i = 0; i < scales.size(); ++i) {
    double exponent = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      exponent += widths[i][j] * (x[j] - centres[i][j]) * (x[j] - centres[i][j]);
    }
    total -= scales[i] * std::exp(-exponent);
  }
  return total;
}

}  // namespace rondo::bench
