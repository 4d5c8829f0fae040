#include "worker/nn/optimizer.h"

#include <algorithm>

#include "common/base/check.h"
#include "worker/kernels/kernels.h"
#include "worker/kernels/parallel.h"

namespace rondo::nn {

Optimizer::Optimizer(const proto::Optimizer& settings)
    : kind_(settings.kind()),
      learning_rate_(settings.learning_rate()),
      weight_decay_(settings.kind() == proto::OPTIMIZER_KIND_ADAMW ? settings.weight_decay() : 0.0F),
      momentum_(settings.momentum()) {}

std::size_t Optimizer::slots(const proto::Optimizer& settings) {
  return settings.kind() == proto::OPTIMIZER_KIND_SGD ? 1 : 2;
}

kernels::Step Optimizer::next() {
  if (kind_ != proto::OPTIMIZER_KIND_SGD) kernels::adam_advance(products_);
  return {kind_ != proto::OPTIMIZER_KIND_SGD,
          learning_rate_,
          momentum_,
          weight_decay_,
          products_[0],
          products_[1]};
}

// Along the gradients that the network holds, the tensors that are wanted.
template <class Wanted>
void Optimizer::move(Network& network, const Wanted& wanted) {
  // What is not trainable has no gradient.
  const auto size_of = [&](std::size_t id) {
    return wanted(network.tensors()[id]) ? network.gradient(id).size() : 0;
  };
  const auto update = [&](std::size_t id, std::size_t first, std::size_t last) {
    const auto part = [&](auto values) { return values.subspan(first, last - first); };
    if (kind_ == proto::OPTIMIZER_KIND_SGD) {
      kernels::sgd(learning_rate_, momentum_, part(network.gradient(id)), part(network.slot(0, id)),
                   part(network.tensor(id)));
    } else {
      kernels::adam(learning_rate_, decays(network.tensors()[id].kind) ? weight_decay_ : 0.0F, products_,
                    part(network.gradient(id)), part(network.slot(0, id)), part(network.slot(1, id)),
                    part(network.tensor(id)));
    }
  };
  kernels::update_tensors(network.threads(), network.tensors().size(), size_of, update);
}

void Optimizer::step(Network& network) {
  static_cast<void>(next());
  move(network, [](const TensorSpec&) { return true; });
}

float Optimizer::train(Network& network, const Targets& targets, std::size_t rows, random::Key key,
                       std::uint32_t step) {
  const float loss = network.train_forward(targets, rows, key, step);
  if (!kernels::all_finite({&loss, 1})) return loss;
  const kernels::Step moving = next();
  network.train_backward(rows, key, step, &moving);
  move(network, [](const TensorSpec& spec) { return !is_dense_weights(spec); });
  return loss;
}

std::span<const float> Optimizer::products() const {
  return std::span(products_).first(kind_ == proto::OPTIMIZER_KIND_SGD ? 0 : products_.size());
}

void Optimizer::restore_products(std::span<const float> products) {
  RONDO_CHECK(products.size() == this->products().size(), "{} products", products.size());
  std::ranges::copy(products, products_.begin());
}

}  // namespace rondo::nn
