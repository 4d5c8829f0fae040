// Included inside a target's namespace: depthwise convolutions, a register of channels at a time. NUMERICS.md
// has the chains.

// The places of one extent (rows or columns) of a window that exist; before `begin` and from `end` on it
// looks at nothing but padding.
struct Places {
  std::size_t begin;
  std::size_t end;

  bool has(std::size_t place) const { return begin <= place && place < end; }
};

// Of `window` places from `first` - `padding` on, those in an image of `size`.
static inline Places places(std::size_t first, std::size_t padding, std::size_t window, std::size_t size) {
  const std::size_t begin = first < padding ? padding - first : 0;
  const std::size_t end = first < padding + size ? padding + size - first : 0;
  return {begin < window ? begin : window, end < window ? end : window};
}

// One extent of windows that slide: window i looks at the `window` places from first + i · stride - padding
// on.
struct Slide {
  std::size_t windows;
  std::size_t window;
  std::size_t first;
  std::size_t stride;
  std::size_t padding;
  std::size_t size;  // of what is looked at

  std::size_t begin(std::size_t i) const { return first + i * stride; }
  Places places_of(std::size_t i) const { return places(begin(i), padding, window, size); }
  bool whole(std::size_t i) const { return begin(i) >= padding && begin(i) - padding + window <= size; }
};

// Outputs that are chains over the places of their windows.
struct DepthwiseProduct {
  std::size_t images;
  std::size_t channels;
  Slide rows;
  Slide columns;
  const float* x;        // images × rows.size × columns.size × channels
  const float* weights;  // of place (0, 0)
  std::ptrdiff_t weight_row;
  std::ptrdiff_t weight_column;
  const float* bias;  // null: none
  float* y;
  std::size_t image_pitch;  // of y
  std::size_t row_pitch;
  std::size_t column_pitch;
};

// Where windows stand: `at` is the first place of the first in x. It wraps around where that is padding.
struct Standing {
  std::size_t at;
  Places rows;
  Places columns;
};

// `Count` windows side by side for one register of channels, from channel c on.
template <std::size_t Count, class Load, class Store>
[[gnu::always_inline]] inline void depthwise_windows(const DepthwiseProduct& p, const Standing& s,
                                                     std::size_t c, float* y, Load load, Store store) {
  const std::size_t step = p.columns.stride * p.channels;
  Lanes acc[Count];
#pragma GCC unroll 16
  for (std::size_t i = 0; i < Count; ++i) acc[i] = Lanes::zero();
  for (std::size_t ky = 0; ky < p.rows.window; ++ky) {
    const float* weight = p.weights + c + static_cast<std::ptrdiff_t>(ky) * p.weight_row;
    for (std::size_t kx = 0; kx < p.columns.window; ++kx) {
      const Lanes factor = load(weight);
      if (kx + 1 < p.columns.window) weight += p.weight_column;
      if (s.rows.has(ky) && s.columns.has(kx)) {
        const float* from = p.x + (s.at + (ky * p.columns.size + kx) * p.channels + c);
#pragma GCC unroll 16
        for (std::size_t i = 0; i < Count; ++i) acc[i] = fma_lanes(load(from + i * step), factor, acc[i]);
      } else {
#pragma GCC unroll 16
        for (std::size_t i = 0; i < Count; ++i) acc[i] = fma_lanes(Lanes::zero(), factor, acc[i]);
      }
    }
  }
#pragma GCC unroll 16
  for (std::size_t i = 0; i < Count; ++i) {
    store(y + i * p.column_pitch + c, p.bias == nullptr ? acc[i] : add_lanes(acc[i], load(p.bias + c)));
  }
}

// Windows side by side that are computed together, so that their chains hide each other's latency.
constexpr std::size_t windows_together = 8;

void depthwise_product(const DepthwiseProduct& p) {
  const std::size_t row_floats = p.columns.size * p.channels;
  for (std::size_t n = 0; n < p.images; ++n) {
    for (std::size_t oy = 0; oy < p.rows.windows; ++oy) {
      float* const y = p.y + n * p.image_pitch + oy * p.row_pitch;
      const std::size_t row = (n * p.rows.size + p.rows.begin(oy) - p.rows.padding) * row_floats;
      const Places rows = p.rows.places_of(oy);
      each_register(p.channels, [&](std::size_t c, auto load, auto store) {
        for (std::size_t ox = 0; ox < p.columns.windows;) {
          const std::size_t at = row + (p.columns.begin(ox) - p.columns.padding) * p.channels;
          const Standing standing{at, rows, p.columns.places_of(ox)};
          float* const to = y + ox * p.column_pitch;
          const std::size_t end = ox + windows_together;
          if (end <= p.columns.windows && p.columns.whole(ox) && p.columns.whole(end - 1)) {
            depthwise_windows<windows_together>(p, standing, c, to, load, store);
            ox = end;
          } else {
            depthwise_windows<1>(p, standing, c, to, load, store);
            ++ox;
          }
        }
      });
    }
  }
}

void depthwise_forward(const ImageExtent& e, const float* x, const float* weights, const float* bias,
                       float* y) {
  const Window& w = e.window;
  const std::size_t row = e.output_width * e.channels;
  depthwise_product(
      {e.images, e.channels, Slide{e.output_height, w.height, 0, w.stride_height, w.padding_top, e.height},
       Slide{e.output_width, w.width, 0, w.stride_width, w.padding_left, e.width}, x, weights,
       static_cast<std::ptrdiff_t>(w.width * e.channels), static_cast<std::ptrdiff_t>(e.channels), bias, y,
       e.output_height * row, row, e.channels});
}

// Of one extent: what the inputs first, first + stride, … look at, each with the same taps, from the last one
// down. dy slides by.
static inline Slide slide_back(std::size_t first, std::size_t size, std::size_t stride, std::size_t padding,
                               std::size_t window, std::size_t outputs, std::size_t* last_tap) {
  const std::size_t inputs = (size - first + stride - 1) / stride;
  const std::size_t tap = (first + padding) % stride;
  *last_tap = 0;
  if (tap >= window) return {inputs, 0, 0, 1, 0, outputs};
  const std::size_t before = (window - 1 - tap) / stride;  // the last tap
  *last_tap = tap + before * stride;
  return {inputs, before + 1, (first + padding) / stride, 1, before, outputs};
}

void depthwise_gradient_inputs(const ImageExtent& e, const float* dy, const float* weights, float* dx) {
  if (e.images == 0) return;  // dx may be null then, and no pointer into it may be made
  const Window& w = e.window;
  const std::size_t channels = e.channels;
  const std::size_t row = e.width * channels;
  for (std::size_t iy = 0; iy < w.stride_height && iy < e.height; ++iy) {
    std::size_t ky = 0;
    const Slide rows =
        slide_back(iy, e.height, w.stride_height, w.padding_top, w.height, e.output_height, &ky);
    for (std::size_t ix = 0; ix < w.stride_width && ix < e.width; ++ix) {
      std::size_t kx = 0;
      const Slide columns =
          slide_back(ix, e.width, w.stride_width, w.padding_left, w.width, e.output_width, &kx);
      depthwise_product({e.images, channels, rows, columns, dy, weights + (ky * w.width + kx) * channels,
                         -static_cast<std::ptrdiff_t>(w.stride_height * w.width * channels),
                         -static_cast<std::ptrdiff_t>(w.stride_width * channels), nullptr,
                         dx + (iy * e.width + ix) * channels, e.height * row, w.stride_height * row,
                         w.stride_width * channels});
    }
  }
}

// The taps first_tap … first_tap + Count - 1 of one register of channels, whose chains stay in registers
// while all windows pass.
template <std::size_t Count, class Load, class Store>
[[gnu::always_inline]] inline void depthwise_taps(const ImageExtent& e, std::size_t first_tap, const float* x,
                                                  const float* dy, float* d_weights, Load load, Store store) {
  const Window& w = e.window;
  std::size_t ky[Count];
  std::size_t kx[Count];
  std::size_t offset[Count];
  Lanes acc[Count];
  for (std::size_t i = 0; i < Count; ++i) {
    ky[i] = (first_tap + i) / w.width;
    kx[i] = (first_tap + i) % w.width;
    offset[i] = (ky[i] * e.width + kx[i]) * e.channels;
    acc[i] = Lanes::zero();
  }
  for (std::size_t n = 0; n < e.images; ++n) {
    for (std::size_t oy = 0; oy < e.output_height; ++oy) {
      const std::size_t top = oy * w.stride_height;
      const Places rows = places(top, w.padding_top, w.height, e.height);
      for (std::size_t ox = 0; ox < e.output_width; ++ox) {
        const std::size_t left = ox * w.stride_width;
        const Places columns = places(left, w.padding_left, w.width, e.width);
        // It wraps around where that is padding.
        const std::size_t at =
            ((n * e.height + top - w.padding_top) * e.width + left - w.padding_left) * e.channels;
        const Lanes gradient = load(dy);
        dy += e.channels;
        if (rows.end - rows.begin == w.height && columns.end - columns.begin == w.width) {
#pragma GCC unroll 16
          for (std::size_t i = 0; i < Count; ++i)
            acc[i] = fma_lanes(load(x + (at + offset[i])), gradient, acc[i]);
        } else {
#pragma GCC unroll 16
          for (std::size_t i = 0; i < Count; ++i) {
            const bool there = rows.has(ky[i]) && columns.has(kx[i]);
            acc[i] = fma_lanes(there ? load(x + (at + offset[i])) : Lanes::zero(), gradient, acc[i]);
          }
        }
      }
    }
  }
  for (std::size_t i = 0; i < Count; ++i) store(d_weights + i * e.channels, acc[i]);
}

constexpr std::size_t taps_together = 9;

// That many taps, which are at most Most.
template <std::size_t Most, class Load, class Store>
void depthwise_some_taps(std::size_t count, const ImageExtent& e, std::size_t first_tap, const float* x,
                         const float* dy, float* d_weights, Load load, Store store) {
  if constexpr (Most > 1) {
    if (count < Most)
      return depthwise_some_taps<Most - 1>(count, e, first_tap, x, dy, d_weights, load, store);
  }
  depthwise_taps<Most>(e, first_tap, x, dy, d_weights, load, store);
}

void depthwise_gradient_weights_part(const ImageExtent& e, std::size_t channels, const float* x,
                                     const float* dy, float* d_weights, float* d_bias) {
  const Parts taps(e.window.height * e.window.width, taps_together);
  // Without images there is nothing to point into.
  const auto from = [](const float* all, std::size_t c) { return all == nullptr ? all : all + c; };
  column_sums(dy, e.channels, e.images * e.output_height * e.output_width, channels, false, d_bias);
  each_register(channels, [&](std::size_t c, auto load, auto store) {
    for (std::size_t t = 0; t < taps.count; ++t) {
      const std::size_t tap = taps.begin(t);
      depthwise_some_taps<taps_together>(taps.size(t), e, tap, from(x, c), from(dy, c),
                                         d_weights + tap * e.channels + c, load, store);
    }
  });
}

void depthwise_gradient_weights(const ImageExtent& e, const float* x, const float* dy, float* d_weights,
                                float* d_bias) {
  depthwise_gradient_weights_part(e, e.channels, x, dy, d_weights, d_bias);
}
