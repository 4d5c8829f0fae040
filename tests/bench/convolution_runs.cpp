#include "convolution_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#include "worker/kernels/table.h"

namespace rondo::bench {

namespace {
using dnnl::memory;
using Tag = memory::format_tag;

memory::desc described(const memory::dims& dims, Tag tag) {
  return {dims, memory::data_type::f32, tag};
}

struct Pass {
  dnnl::primitive primitive;
  std::unordered_map<int, memory> arguments;
  std::string kernel;
  int output = 0;
};
}  // namespace

kernels::ImageExtent ConvolutionShape::extent() const {
  return {images, size, size, channels, {3, 3, 1, 1, 1, 1}, size, size};
}

double ConvolutionShape::operations() const {
  return 2.0 * 9.0 * static_cast<double>(images * size * size * channels * filters);
}

std::string name_of(const ConvolutionShape& shape) {
  return fmt::format("{0}x{0}x{1}->{2}", shape.size, shape.channels, shape.filters);
}

const char* name_of(Peer peer) {
  return peer == Peer::same_images ? "onednn_nhwc" : "onednn_any";
}

// The three primitives for each way that the images lie, with their operands where they want them.
struct ConvolutionRuns::Primitives {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  Pass passes[std::size(peers)][std::size(layouts)];
  memory::dims x, w, y, b;

  explicit Primitives(ConvolutionRuns& runs) {
    const auto extent = [](std::size_t value) { return static_cast<memory::dim>(value); };
    const ConvolutionShape& s = runs.shape_;
    x = {extent(s.images), extent(s.channels), extent(s.size), extent(s.size)};
    w = {extent(s.filters), extent(s.channels), 3, 3};
    y = {extent(s.images), extent(s.filters), extent(s.size), extent(s.size)};
    b = {extent(s.filters)};
    for (const Peer peer : peers) make(runs, peer);
  }

  memory plain(const memory::dims& dims, Tag tag, Buffer& buffer) {
    return {described(dims, tag), engine, buffer.data()};
  }
  // In the layout that a primitive wants.
  memory turned(memory from, const memory::desc& wanted) {
    memory to(wanted, engine);
    dnnl::reorder(from, to).execute(stream, from, to);
    stream.wait();
    return to;
  }

  void make(ConvolutionRuns& runs, Peer peer) {
    const Tag images = peer == Peer::same_images ? Tag::nhwc : Tag::any;
    const memory::desc x_wanted = described(x, images);
    const memory::desc w_wanted = described(w, Tag::any);
    const memory::desc y_wanted = described(y, images);
    const memory::desc b_wanted = described(b, Tag::x);
    const memory::dims one{1, 1};
    const auto algorithm = dnnl::algorithm::convolution_direct;
    const memory mine_x = plain(x, Tag::nhwc, runs.x_);
    const memory mine_w = plain(w, Tag::hwio, runs.weights_);
    const memory mine_dy = plain(y, Tag::nhwc, runs.dy_);
    Pass* const of = passes[static_cast<int>(peer)];

    const dnnl::convolution_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, algorithm, x_wanted, w_wanted, b_wanted, y_wanted, one, one, one},
        engine);
    of[0] = {dnnl::convolution_forward(forward),
             {{DNNL_ARG_SRC, turned(mine_x, forward.src_desc())},
              {DNNL_ARG_WEIGHTS, turned(mine_w, forward.weights_desc())},
              {DNNL_ARG_BIAS, plain(b, Tag::x, runs.bias_)},
              {DNNL_ARG_DST, memory(forward.dst_desc(), engine)}},
             forward.impl_info_str(),
             DNNL_ARG_DST};

    const dnnl::convolution_backward_weights::primitive_desc weights(
        {algorithm, x_wanted, w_wanted, b_wanted, y_wanted, one, one, one}, engine, forward);
    of[1] = {dnnl::convolution_backward_weights(weights),
             {{DNNL_ARG_SRC, turned(mine_x, weights.src_desc())},
              {DNNL_ARG_DIFF_DST, turned(mine_dy, weights.diff_dst_desc())},
              {DNNL_ARG_DIFF_WEIGHTS, memory(weights.diff_weights_desc(), engine)},
              {DNNL_ARG_DIFF_BIAS, memory(b_wanted, engine)}},
             weights.impl_info_str(),
             DNNL_ARG_DIFF_WEIGHTS};

    const dnnl::convolution_backward_data::primitive_desc inputs(
        {algorithm, x_wanted, w_wanted, y_wanted, one, one, one}, engine, forward);
    of[2] = {dnnl::convolution_backward_data(inputs),
             {{DNNL_ARG_DIFF_DST, turned(mine_dy, inputs.diff_dst_desc())},
              {DNNL_ARG_WEIGHTS, turned(mine_w, inputs.weights_desc())},
              {DNNL_ARG_DIFF_SRC, memory(inputs.diff_src_desc(), engine)}},
             inputs.impl_info_str(),
             DNNL_ARG_DIFF_SRC};
  }

  Pass& pass(Layout layout, Peer peer) {
    return passes[static_cast<std::size_t>(peer)][static_cast<std::size_t>(layout)];
  }
};

ConvolutionRuns::ConvolutionRuns(const ConvolutionShape& shape)
    : shape_(shape),
      extent_(shape.extent()),
      x_(1, shape.images * shape.size * shape.size * shape.channels),
      weights_(2, 9 * shape.channels * shape.filters),
      bias_(3, shape.filters),
      dy_(4, shape.images * shape.size * shape.size * shape.filters),
      y_(dy_.size()),
      d_weights_(weights_.size()),
      d_bias_(shape.filters),
      dx_(x_.size()),
      scratch_(kernels::convolution_scratch(extent_, shape.filters)),
      primitives_(std::make_unique<Primitives>(*this)) {}

ConvolutionRuns::~ConvolutionRuns() = default;

void ConvolutionRuns::rondo(Layout pass) {
  const kernels::KernelTable& table = kernels::kernels();
  const std::size_t filters = shape_.filters;
  switch (pass) {
    case Layout::forward:
      return table.convolution_forward(extent_, filters, x_.data(), weights_.data(), bias_.data(), y_.data(),
                                       scratch_.data());
    case Layout::weights:
      return table.convolution_gradient_weights(extent_, filters, x_.data(), dy_.data(), d_weights_.data(),
                                                d_bias_.data(), scratch_.data());
    case Layout::inputs:
      return table.convolution_gradient_inputs(extent_, filters, dy_.data(), weights_.data(), dx_.data(),
                                               scratch_.data());
  }
}

void ConvolutionRuns::onednn(Layout pass, Peer peer) {
  Pass& of = primitives_->pass(pass, peer);
  of.primitive.execute(primitives_->stream, of.arguments);
  primitives_->stream.wait();
}

std::string ConvolutionRuns::kernel(Layout pass, Peer peer) const {
  return primitives_->pass(pass, peer).kernel;
}

Buffer& ConvolutionRuns::output(Layout pass) {
  return pass == Layout::forward ? y_ : pass == Layout::weights ? d_weights_ : dx_;
}

double ConvolutionRuns::difference(Layout pass, Peer peer) {
  Pass& of = primitives_->pass(pass, peer);
  const Buffer& mine = output(pass);
  const memory::dims& dims = pass == Layout::forward   ? primitives_->y
                             : pass == Layout::weights ? primitives_->w
                                                       : primitives_->x;
  const memory its = primitives_->turned(of.arguments.at(of.output),
                                         described(dims, pass == Layout::weights ? Tag::hwio : Tag::nhwc));
  const float* its_values = static_cast<const float*>(its.get_data_handle());
  double largest = 0;
  double difference = 0;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    const auto value = static_cast<double>(mine.data()[i]);
    difference = std::max(difference, std::fabs(value - static_cast<double>(its_values[i])));
    largest = std::max(largest, std::fabs(value));
  }
  return difference / largest;
}

}  // namespace rondo::bench
