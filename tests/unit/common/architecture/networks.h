// Networks and their bytes, for the tests of this folder.
#pragma once

#include <string>
#include <string_view>

#include "rondo/architecture.pb.h"

namespace rondo::testing {

// One block of 8 units, adam 0.01, batches of 32. Its canonical bytes by hand: block (0a, 2 bytes: units 8),
// optimizer (12, 5 bytes: learning rate 0x3c23d70a), batch size 32.
inline constexpr std::string_view small_network_hex = "0a020808 1205150ad7233c 1820";

inline proto::Architecture small_network() {
  proto::Architecture network;
  network.add_blocks()->set_units(8);
  network.mutable_optimizer()->set_learning_rate(0.01F);
  network.set_batch_size(32);
  return network;
}

// Every field has a value that takes bytes.
inline proto::Architecture large_network(proto::OptimizerKind kind) {
  proto::Architecture network;
  for (const std::uint32_t units : {300U, 5U}) {
    proto::DenseBlock& block = *network.add_blocks();
    block.set_units(units);
    block.set_activation(proto::ACTIVATION_GELU);
    block.set_batch_norm(true);
    block.set_dropout(0.5F);
  }
  proto::Optimizer& optimizer = *network.mutable_optimizer();
  optimizer.set_kind(kind);
  optimizer.set_learning_rate(0.25F);
  optimizer.set_weight_decay(kind == proto::OPTIMIZER_KIND_ADAMW ? 0.125F : 0);
  optimizer.set_momentum(kind == proto::OPTIMIZER_KIND_SGD ? 0.75F : 0);
  network.set_batch_size(128);
  network.set_initialization(proto::INITIALIZATION_HE_NORMAL);
  return network;
}

// A separable convolution of 16 filters with everything, a plain one of 4, the average, 8 units with layer
// norm.
inline proto::Architecture image_network() {
  proto::Architecture network = small_network();
  network.mutable_blocks(0)->set_layer_norm(true);
  proto::ConvolutionBlock& first = *network.add_convolutions();
  first.set_filters(16);
  first.set_kernel(3);
  first.set_separable(true);
  first.set_batch_norm(true);
  first.set_activation(proto::ACTIVATION_GELU_TANH);
  first.set_pool(2);
  first.set_dropout(0.5F);
  proto::ConvolutionBlock& second = *network.add_convolutions();
  second.set_filters(4);
  second.set_kernel(5);
  second.set_pool(1);
  network.set_global_average(true);
  return network;
}

// Bytes of hexadecimal digits; blanks between them are for the reader.
inline std::string from_hex(std::string_view text) {
  const auto digit = [](char letter) {
    return static_cast<unsigned>(letter <= '9' ? letter - '0' : letter - 'a' + 10);
  };
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') continue;
    bytes += static_cast<char>(16 * digit(text[i]) + digit(text[i + 1]));
    ++i;
  }
  return bytes;
}

}  // namespace rondo::testing
