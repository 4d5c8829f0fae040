#include "worker/train/member.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/base/check.h"
#include "common/random/draws.h"
#include "worker/train/weights.h"

namespace rondo::train {

namespace {

std::size_t rows_of_a_batch(const proto::Architecture& architecture, const data::PreparedData& data) {
  return std::min<std::size_t>(architecture.batch_size(), data.train.rows);
}

nn::Room room(std::size_t batch_rows, std::size_t slots, kernels::Threads threads) {
  nn::Room room;
  room.rows = std::max(batch_rows, evaluation_rows);
  room.training = true;
  room.slots = slots;
  room.threads = std::move(threads);
  return room;
}

constexpr double diverged = std::numeric_limits<double>::quiet_NaN();

}  // namespace

Member::Member(const data::PreparedData& data, const proto::Architecture& architecture, random::Key key,
               kernels::Threads threads)
    : data_(&data),
      key_(key),
      batch_rows_(rows_of_a_batch(architecture, data)),
      slots_(nn::Optimizer::slots(architecture.optimizer())),
      network_(architecture, data.shape, data.task, room(batch_rows_, slots_, std::move(threads))),
      optimizer_(architecture.optimizer()),
      best_(packed_size(network_.tensors())),
      judged_is_finite_(all_finite(judged().inputs)),
      order_(data.train.rows),
      batch_(data.train, data.shape.inputs, batch_rows_),
      judged_batch_(judged(), data.shape.inputs, evaluation_rows) {
  RONDO_CHECK(data.train.rows > 0 && data.train.rows <= std::numeric_limits<std::uint32_t>::max());
  make_room(data.preprocessing.target(), judged().rows, predictions_);
  network_.initialize(key);
}

std::optional<double> Member::train(std::uint32_t epoch, const std::function<bool()>& keep_going) {
  const std::size_t rows = data_->train.rows;
  random::permute(random::Draws(key_, random::Stream::shuffle, 0, epoch), order_);
  double total = 0;
  for (std::size_t first = 0; first < rows; first += batch_rows_) {
    if (!keep_going()) return std::nullopt;
    const std::size_t count = std::min(batch_rows_, rows - first);
    batch_.gather(std::span(order_).subspan(first, count), network_);
    const float loss = optimizer_.train(network_, batch_.targets(), count, key_, steps_done_);
    if (!all_finite({&loss, 1})) return diverged;
    ++steps_done_;
    total += static_cast<double>(loss) * static_cast<double>(count);
  }
  return state_is_finite() ? total / static_cast<double>(rows) : diverged;
}

std::optional<Member::Judgement> Member::judge(const std::function<bool()>& keep_going) {
  if (!judged_is_finite_) return Judgement{diverged, diverged};
  Judgement judgement;
  if (!evaluate_part(network_, judged(), judged_batch_, data_->preprocessing.target(), keep_going,
                     predictions_, &judgement.loss)) {
    return std::nullopt;
  }
  judgement.score = score_of(data_->metric, predictions_, judged());
  return judgement;
}

bool Member::state_is_finite() const {
  for (std::size_t id = 0; id < network_.tensors().size(); ++id) {
    if (!all_finite(network_.tensor(id))) return false;
    if (!nn::trainable(network_.tensors()[id].kind)) continue;
    for (std::size_t slot = 0; slot < slots_; ++slot) {
      if (!all_finite(network_.slot(slot, id))) return false;
    }
  }
  return all_finite(optimizer_.products());
}

Fingerprint Member::fingerprint() const {
  Xxh3 hash;
  for (std::size_t id = 0; id < network_.tensors().size(); ++id)
    hash.update(std::as_bytes(network_.tensor(id)));
  for (std::size_t slot = 0; slot < slots_; ++slot) {
    for (std::size_t id = 0; id < network_.tensors().size(); ++id) {
      if (nn::trainable(network_.tensors()[id].kind)) hash.update(std::as_bytes(network_.slot(slot, id)));
    }
  }
  hash.update(std::as_bytes(optimizer_.products()));
  return hash.finish();
}

void Member::keep_best() {
  pack(network_, best_);
}

Digest Member::best_digest() const {
  return weights_digest(network_.tensors(), best_);
}

void Member::to_model(proto::Network& network) const {
  train::to_model(network_.tensors(), best_, network);
}

std::uint64_t Member::steps_of_an_epoch() const {
  return (data_->train.rows - 1) / batch_rows_ + 1;
}

std::size_t Member::bytes() const {
  return network_.bytes() + best_.size() * sizeof(float);
}

std::size_t Member::optimizer_size() const {
  std::size_t size = optimizer_.products().size();
  for (const nn::TensorSpec& tensor : network_.tensors()) {
    if (nn::trainable(tensor.kind)) size += slots_ * tensor.size;
  }
  return size;
}

std::vector<float> Member::optimizer_state() const {
  std::vector<float> values;
  values.reserve(optimizer_size());
  const auto append = [&values](std::span<const float> more) {
    values.insert(values.end(), more.begin(), more.end());
  };
  for (std::size_t slot = 0; slot < slots_; ++slot) {
    for (std::size_t id = 0; id < network_.tensors().size(); ++id) {
      if (nn::trainable(network_.tensors()[id].kind)) append(network_.slot(slot, id));
    }
  }
  append(optimizer_.products());
  return values;
}

void Member::set_optimizer_state(std::span<const float> values) {
  for (std::size_t slot = 0; slot < slots_; ++slot) {
    for (std::size_t id = 0; id < network_.tensors().size(); ++id) {
      if (!nn::trainable(network_.tensors()[id].kind)) continue;
      const std::span<float> to = network_.slot(slot, id);
      std::ranges::copy(values.first(to.size()), to.begin());
      values = values.subspan(to.size());
    }
  }
  optimizer_.restore_products(values);
}

MemberCheckpoint Member::checkpoint(bool with_best) const {
  MemberCheckpoint checkpoint;
  checkpoint.steps_done = steps_done_;
  checkpoint.network.resize(best_.size());
  pack(network_, checkpoint.network);
  if (with_best) checkpoint.best_network = best_;
  checkpoint.optimizer = optimizer_state();
  return checkpoint;
}

bool Member::fits(const MemberCheckpoint& checkpoint, bool with_best) const {
  return checkpoint.network.size() == best_.size() &&
         checkpoint.best_network.size() == (with_best ? best_.size() : 0) &&
         checkpoint.optimizer.size() == optimizer_size();
}

void Member::restore(const MemberCheckpoint& checkpoint, bool with_best) {
  steps_done_ = checkpoint.steps_done;
  unpack(checkpoint.network, network_);
  if (with_best) best_ = checkpoint.best_network;
  set_optimizer_state(checkpoint.optimizer);
}

}  // namespace rondo::train
