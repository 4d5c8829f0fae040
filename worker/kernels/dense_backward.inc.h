// Included inside a target's namespace: the way back of a dense layer with the step of its weights. A large
// layer's weights, gradients and what the optimiser keeps of them do not fit into the caches; so some inputs
// are taken at a time: the gradient by them, that by their weights, which is not kept, and the step of these.

// For speed alone: floats of weights that are taken together.
constexpr std::size_t joined_floats = 16384;

// Of `count` weights from `first` on.
inline void take_step(const DenseBackward& d, const Step& step, std::size_t first, std::size_t count,
                      const float* gradient) {
  if (step.is_adam) {
    adam(count, step.learning_rate, step.weight_decay, step.product1, step.product2, gradient,
         d.slots[0] + first, d.slots[1] + first, d.weights + first);
  } else {
    sgd(count, step.learning_rate, step.momentum, gradient, d.slots[0] + first, d.weights + first);
  }
}

// The gradient by some inputs at a time, from the first one on, where few rows make that as good as all at
// once: dy is turned round for all of them.
class InputsInStrips {
 public:
  explicit InputsInStrips(const DenseBackward& d) : d_(d) {
    if (d.dx == nullptr) return;
    in_strips_ = d.rows > 0 && d.rows <= turned_rows && goes_sideways(d.rows, d.inputs, d.units);
    if (in_strips_) {
      turn_all<true>(d.dy, d.units, d.rows, d.units, turned_, whole_registers(d.rows));
    } else {
      dense_gradient_inputs_part(d.rows, d.inputs, d.units, d.dy, d.weights, d.dx, d.all_inputs);
    }
  }

  // Those before `inputs`, which is not less than the last time. Their weights may be changed then.
  void up_to(std::size_t inputs) {
    if (!in_strips_) return;
    while (done_ < inputs) {
      const std::size_t most = d_.inputs - done_ < strip_ ? d_.inputs - done_ : strip_;
      gradient_of_strip(d_.rows, most, d_.units, turned_, d_.weights + done_ * d_.units, d_.dx + done_,
                        d_.all_inputs);
      done_ += most;
    }
  }

 private:
  // Two tiles high, so that the weights are still near when their turn comes.
  static constexpr std::size_t strip_ = 24;
  static_assert(strip_ <= strip_inputs);
  const DenseBackward& d_;
  bool in_strips_ = false;
  std::size_t done_ = 0;
  alignas(64) float turned_[turned_units * turned_rows];
};

inline std::size_t inputs_of_block(const DenseBackward& d) {
  const std::size_t most = joined_floats / (d.units + 1) / tile_rows * tile_rows;
  return most < tile_rows ? tile_rows : most;
}

void in_blocks_of_inputs(const DenseBackward& d, const Step& step) {
  InputsInStrips gradient_of_inputs(d);
  const std::size_t block = inputs_of_block(d);
  for (std::size_t k = 0; k < d.inputs; k += block) {
    const std::size_t inputs = d.inputs - k < block ? d.inputs - k : block;
    gradient_of_inputs.up_to(k + inputs);
    dense_gradient_weights_part(d.rows, inputs, d.all_inputs, d.units, d.x + k, d.dy, d.room,
                                k == 0 ? d.d_bias : nullptr);
    take_step(d, step, k * d.units, inputs * d.units, d.room);
  }
}

#if defined(__AVX512F__)

// Where the parts of `room` lie, in floats: the gradients of two groups of inputs in turns, a group of x
// where its rows are too far apart to be read again and again, and the columns of dy that do not fill a
// panel.
struct RoomBeside {
  bool packs;
  std::size_t rest;
  std::size_t gradient;
  std::size_t x;
  std::size_t dy;
  std::size_t size;

  explicit RoomBeside(const DenseBackward& d)
      : packs(d.all_inputs >= packs_from_step),
        rest(d.units % Lanes::width == 0 ? 0 : d.units % panel_units),
        gradient(beside_rows * d.units),
        x(2 * gradient),
        dy(x + (packs ? d.rows * beside_rows + Lanes::width : 0)),
        size(dy + d.rows * whole_registers(rest)) {}
};

// The step of the weights whose gradients are there, a share of it beside each tile.
class WaitingStep {
 public:
  WaitingStep(const DenseBackward& d, const Step& step)
      : d_(d),
        step_(step),
        rate_(step.is_adam ? alpha_of(step.learning_rate, step.product1, step.product2) : step.learning_rate),
        around_denormals_(step.is_adam ? adam_is_usual(rate_)
                                       : sgd_is_usual(step.learning_rate, step.momentum)) {}

  // The gradients of the next so many weights, for so many tiles.
  void wait(const float* gradient, std::size_t weights, std::size_t tiles) {
    gradient_ = gradient;
    waiting_ = weights;
    share_ = (weights / Lanes::width + tiles - 1) / tiles * Lanes::width;
  }

  void beside(std::size_t vectors, std::size_t height, const Left& left, const Right& right,
              const Outputs& outputs) {
    const std::size_t there = waiting_ / Lanes::width * Lanes::width;
    const std::size_t floats = there < share_ ? there : share_;
    const StepOfRegisters step{
        gradient_,           d_.slots[0] + moved_,      step_.is_adam ? d_.slots[1] + moved_ : nullptr,
        d_.weights + moved_, floats / Lanes::width,     rate_,
        step_.momentum,      step_.weight_decay > 0.0F, step_.learning_rate * step_.weight_decay,
        around_denormals_};
    const TileBeside tile = step_.is_adam ? tiles_beside<true>.of[vectors - 1][height - 1]
                                          : tiles_beside<false>.of[vectors - 1][height - 1];
    tile(left, right, d_.rows, outputs, step);
    advance(floats);
  }

  // What the tiles have left.
  void finish() {
    take_step(d_, step_, moved_, waiting_, gradient_);
    advance(waiting_);
  }

 private:
  void advance(std::size_t floats) {
    gradient_ += floats;
    moved_ += floats;
    waiting_ -= floats;
  }

  const DenseBackward& d_;
  const Step& step_;
  float rate_;
  const float* gradient_ = nullptr;
  std::size_t moved_ = 0;
  std::size_t waiting_ = 0;
  std::size_t share_ = 0;
  bool around_denormals_;
};

// The weights' gradients group by group, each with the step of the group before beside its tiles. A tile
// reads its columns of dy as they lie: no other tile of the group wants them.
void beside_tiles(const DenseBackward& d, const Step& step) {
  const RoomBeside room(d);
  InputsInStrips gradient_of_inputs(d);
  if (d.d_bias != nullptr) column_sums(d.dy, d.units, d.rows, d.units, false, d.d_bias);
  const Right rest = room.rest == 0
                         ? Right{nullptr, 0, nullptr}
                         : padded(d.dy + d.units - room.rest, d.units, d.rows, room.rest, d.room + room.dy);
  float* const packed_x = d.room + room.x;
  WaitingStep waiting(d, step);
  float* gradient = d.room;
  float* other = d.room + room.gradient;
  for (std::size_t k = 0; k < d.inputs; k += beside_rows) {
    const std::size_t height = d.inputs - k < beside_rows ? d.inputs - k : beside_rows;
    gradient_of_inputs.up_to(k + height);
    for (std::size_t r = 0; room.packs && r < d.rows; ++r) {
      Lanes::load_first(d.x + r * d.all_inputs + k, height).store(packed_x + r * height);
    }
    const Left x = room.packs ? Left{packed_x, 1, height} : Left{d.x + k, 1, d.all_inputs};
    for (std::size_t u = 0; u < d.units; u += panel_units) {
      const std::size_t width = d.units - u < panel_units ? d.units - u : panel_units;
      const Right dy = width == room.rest ? rest : Right{d.dy + u, d.units, nullptr};
      waiting.beside(whole_registers(width) / Lanes::width, height, x, dy,
                     {gradient + u, d.units, (width - 1) % Lanes::width + 1, false, nullptr});
    }
    waiting.finish();
    waiting.wait(gradient, height * d.units, (d.units + panel_units - 1) / panel_units);
    float* const next = other;
    other = gradient;
    gradient = next;
  }
  waiting.finish();
}

// The gradients by `inputs` inputs' weights from x on, to d.room: of the rows between two faint ones as ever,
// of these one by one, and of the row behind them if they are the first: it meets their denormals.
void gradient_weights_with_faint_rows(const DenseBackward& d, const FaintRows& faint, const float* x,
                                      std::size_t inputs) {
  std::size_t done = 0;
  const auto add_row = [&] {
    if (done == 0) __builtin_memset(d.room, 0, inputs * d.units * sizeof(float));
    add_faint_row(inputs, d.units, x + done * d.all_inputs, d.dy + done * d.units, d.room);
    ++done;
  };
  for (std::size_t f = 0; f <= faint.count(); ++f) {
    const std::size_t next = f < faint.count() ? faint[f] : d.rows;
    if (done == f && done > 0 && done < next) add_row();
    if (done < next) {
      product<Order::steps>({x + done * d.all_inputs, 1, d.all_inputs}, d.dy + done * d.units, inputs,
                            next - done, d.units, nullptr, nullptr, d.room, done > 0);
      done = next;
    }
    if (done < d.rows) add_row();
  }
}

// Nothing beside anything: a step that takes longer whatever is done. Where there is room for dy without the
// faint rows, theirs are products by 0 at first.
void with_faint_rows(const DenseBackward& d, const Step& step, const FaintRows& faint) {
  if (d.dx != nullptr) {
    const float* dy = d.dy;
    if (d.rows <= d.inputs) {
      __builtin_memcpy(d.room, d.dy, d.rows * d.units * sizeof(float));
      for (std::size_t f = 0; f < faint.count(); ++f)
        __builtin_memset(d.room + faint[f] * d.units, 0, d.units * sizeof(float));
      dy = d.room;
    }
    dense_gradient_inputs_part(d.rows, d.inputs, d.units, dy, d.weights, d.dx, d.all_inputs);
    for (std::size_t first = 0; dy != d.dy && first < faint.count(); first += FaintRows::side_by_side)
      gradient_inputs_of_faint_rows(d, faint, first);
  }
  if (d.d_bias != nullptr) column_sums(d.dy, d.units, d.rows, d.units, false, d.d_bias);
  const std::size_t block = inputs_of_block(d);
  for (std::size_t k = 0; k < d.inputs; k += block) {
    const std::size_t inputs = d.inputs - k < block ? d.inputs - k : block;
    gradient_weights_with_faint_rows(d, faint, d.x + k, inputs);
    take_step(d, step, k * d.units, inputs * d.units, d.room);
  }
}

// Fewer units make tiles that are too thin.
constexpr std::size_t beside_units = 2 * Lanes::width;

void dense_backward(const DenseBackward& d, const Step& step) {
  const FaintRows faint(d.dy, d.rows, d.units);
  if (faint.count() > 0) {
    with_faint_rows(d, step, faint);
  } else if (d.units >= beside_units && RoomBeside(d).size <= d.inputs * d.units) {
    beside_tiles(d, step);
  } else {
    in_blocks_of_inputs(d, step);
  }
}

#else

void dense_backward(const DenseBackward& d, const Step& step) {
  in_blocks_of_inputs(d, step);
}

#endif
