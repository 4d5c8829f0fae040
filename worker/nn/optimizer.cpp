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

void Optimizer::step(Network& network) {
  if (kind_ != proto::OPTIMIZER_KIND_SGD) kernels::adam_advance(products_);
  for (std::size_t id = 0; id < network.tensors().size(); ++id) {
    const TensorKind tensor = network.tensors()[id].kind;
    if (!trainable(tensor)) continue;
    if (kind_ == proto::OPTIMIZER_KIND_SGD) {
      kernels::sgd(network.threads(), learning_rate_, momentum_, network.gradient(id), network.slot(0, id),
                   network.tensor(id));
    } else {
      kernels::adam(network.threads(), learning_rate_, decays(tensor) ? weight_decay_ : 0.0F, products_,
                    network.gradient(id), network.slot(0, id), network.slot(1, id), network.tensor(id));
    }
  }
}

std::span<const float> Optimizer::products() const {
  return std::span(products_).first(kind_ == proto::OPTIMIZER_KIND_SGD ? 0 : products_.size());
}

void Optimizer::restore_products(std::span<const float> products) {
  RONDO_CHECK(products.size() == this->products().size(), "{} products", products.size());
  std::ranges::copy(products, products_.begin());
}

}  // namespace rondo::nn
