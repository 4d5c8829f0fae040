// A network as one line for people, and back.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <string_view>
#include <vector>

#include "common/architecture/architecture.h"
#include "common/base/error.h"
#include "common/base/text.h"

namespace rondo {

namespace {

// By number.
constexpr std::array<std::string_view, 6> activation_names = {"relu", "tanh",     "sigmoid",
                                                              "gelu", "softplus", "gelu_tanh"};

std::string_view activation_name(proto::Activation activation) {
  return activation_names.at(static_cast<std::size_t>(activation));
}

std::string describe_optimizer(const proto::Optimizer& optimizer) {
  const std::string rate = shortest(optimizer.learning_rate());
  switch (optimizer.kind()) {
    case proto::OPTIMIZER_KIND_ADAMW:
      return fmt::format("adamw {} decay {}", rate, shortest(optimizer.weight_decay()));
    case proto::OPTIMIZER_KIND_SGD:
      return fmt::format("sgd {} momentum {}", rate, shortest(optimizer.momentum()));
    default:
      return fmt::format("adam {}", rate);
  }
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> parts_of(std::string_view text, char between) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(between);
    parts.push_back(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// The words of one part, from left to right.
class Words {
 public:
  explicit Words(std::string_view part) : part_(part) {
    for (const std::string_view word : parts_of(part, ' ')) {
      if (!word.empty()) words_.push_back(word);
    }
  }

  // Takes the next word if it is this one.
  bool take(std::string_view word) {
    if (next_ == words_.size() || words_[next_] != word) return false;
    ++next_;
    return true;
  }
  template <class Number>
  Number number(const char* what) {
    Number value{};
    if (next_ < words_.size()) {
      const std::string_view word = words_[next_];
      const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), value);
      if (failed == std::errc() && end == word.data() + word.size()) {
        ++next_;
        return value;
      }
    }
    refuse(what);
  }
  // Where something else stands than may stand there.
  [[noreturn]] void refuse(std::string_view needed) const {
    throw_bad_input("'{}': {} is needed {}", part_, needed,
                    next_ < words_.size() ? fmt::format("where '{}' stands", words_[next_]) : "at its end");
  }
  void must_end() const {
    if (next_ < words_.size()) refuse("nothing more");
  }

 private:
  std::string_view part_;
  std::vector<std::string_view> words_;
  std::size_t next_ = 0;
};

proto::Activation take_activation(Words& words) {
  for (std::size_t i = 0; i < activation_names.size(); ++i) {
    if (words.take(activation_names[i])) return static_cast<proto::Activation>(i);
  }
  words.refuse("an activation (relu, tanh, sigmoid, gelu, softplus or gelu_tanh)");
}

void add_layer(std::string_view part, proto::Architecture& network) {
  Words words(part);
  if (words.take("average")) {
    if (network.convolutions().empty() || !network.blocks().empty() || network.global_average())
      throw_bad_input("'average' stands behind the last convolution, once");
    network.set_global_average(true);
    words.must_end();
    return;
  }
  const auto size = words.number<std::uint32_t>("a number of units or filters");
  const bool separable = words.take("sep");
  if (separable || words.take("conv")) {
    if (!network.blocks().empty() || network.global_average())
      throw_bad_input("'{}': convolutions stand in front of the other layers", part);
    proto::ConvolutionBlock& block = *network.add_convolutions();
    block.set_filters(size);
    block.set_separable(separable);
    block.set_kernel(words.number<std::uint32_t>("the extent of the window"));
    block.set_activation(take_activation(words));
    block.set_batch_norm(words.take("bn"));
    block.set_pool(words.take("pool") ? words.number<std::uint32_t>("the extent of the pool") : 1);
    if (words.take("drop")) block.set_dropout(words.number<float>("a probability"));
  } else {
    proto::DenseBlock& block = *network.add_blocks();
    block.set_units(size);
    block.set_activation(take_activation(words));
    block.set_batch_norm(words.take("bn"));
    // Beside batch norm it would be left out without a word.
    if (!block.batch_norm()) block.set_layer_norm(words.take("ln"));
    if (words.take("drop")) block.set_dropout(words.number<float>("a probability"));
  }
  words.must_end();
}

void set_optimizer(std::string_view part, proto::Optimizer& optimizer) {
  Words words(part);
  if (words.take("adamw")) {
    optimizer.set_kind(proto::OPTIMIZER_KIND_ADAMW);
    optimizer.set_learning_rate(words.number<float>("a learning rate"));
    if (!words.take("decay")) words.refuse("decay and its number");
    optimizer.set_weight_decay(words.number<float>("a weight decay"));
  } else if (words.take("sgd")) {
    optimizer.set_kind(proto::OPTIMIZER_KIND_SGD);
    optimizer.set_learning_rate(words.number<float>("a learning rate"));
    if (!words.take("momentum")) words.refuse("momentum and its number");
    optimizer.set_momentum(words.number<float>("a momentum"));
  } else if (words.take("adam")) {
    optimizer.set_learning_rate(words.number<float>("a learning rate"));
  } else {
    words.refuse("an optimizer (adam, adamw or sgd)");
  }
  words.must_end();
}

}  // namespace

std::string describe(const proto::Architecture& architecture) {
  std::string text;
  const auto next = [&] {
    if (!text.empty()) text += " > ";
  };
  const auto add_dropout = [&](float rate) {
    if (rate != 0) text += fmt::format(" drop {}", shortest(rate));
  };
  for (const proto::ConvolutionBlock& block : architecture.convolutions()) {
    next();
    text += fmt::format("{} {} {} {}", block.filters(), block.separable() ? "sep" : "conv", block.kernel(),
                        activation_name(block.activation()));
    if (block.batch_norm()) text += " bn";
    if (block.pool() != 1) text += fmt::format(" pool {}", block.pool());
    add_dropout(block.dropout());
  }
  if (architecture.global_average()) text += " > average";
  for (const proto::DenseBlock& block : architecture.blocks()) {
    next();
    text += fmt::format("{} {}", block.units(), activation_name(block.activation()));
    if (block.batch_norm()) text += " bn";
    if (block.layer_norm()) text += " ln";
    add_dropout(block.dropout());
  }
  if (text.empty()) text = "linear";
  text += fmt::format(" | {} | batch {}", describe_optimizer(architecture.optimizer()),
                      architecture.batch_size());
  if (architecture.initialization() == proto::INITIALIZATION_HE_NORMAL) text += " | he_normal";
  return text;
}

proto::Architecture parse_description(std::string_view text) {
  const std::vector<std::string_view> parts = parts_of(text, '|');
  if (parts.size() < 3 || parts.size() > 4) {
    throw_bad_input(
        "a network is LAYER > … | OPTIMIZER | batch N, as in "
        "\"64 relu > 32 relu drop 0.25 | adam 0.001 | batch 32\"");
  }
  proto::Architecture network;
  if (parts[0] != "linear") {
    for (const std::string_view layer : parts_of(parts[0], '>')) add_layer(layer, network);
  }
  set_optimizer(parts[1], *network.mutable_optimizer());
  Words batch(parts[2]);
  if (!batch.take("batch")) batch.refuse("batch and its rows");
  network.set_batch_size(batch.number<std::uint32_t>("a number of rows"));
  batch.must_end();
  if (parts.size() == 4) {
    Words initialization(parts[3]);
    if (initialization.take("he_normal")) {
      network.set_initialization(proto::INITIALIZATION_HE_NORMAL);
    } else if (!initialization.take("glorot_uniform")) {
      initialization.refuse("glorot_uniform or he_normal");
    }
    initialization.must_end();
  }
  try {
    return parse_architecture(canonical_bytes(network));
  } catch (const Error& error) {
    throw_bad_input("{}", error.what());
  }
}

}  // namespace rondo
