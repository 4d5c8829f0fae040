// Included inside a target's namespace: convolutions as gathered products. NUMERICS.md has the chains.
//
// Some images at a time are copied into `scratch` with their padding around them, so that a window's places
// stand at the same distances from its first place, wherever it is.

// Rows or steps of the products that a group of images has about.
constexpr std::size_t group_positions = 512;

// Images (of x or of dy) with padding around them: element (row, column) of the image is at (row + top,
// column
// + left). Extents that are smaller than the image leave the rest of it out.
struct Frame {
  std::size_t height;
  std::size_t width;
  std::size_t top;
  std::size_t left;

  std::size_t area() const { return height * width; }
};

// Calls of memset and memcpy cost more than the few registers of a small image's row.
constexpr std::size_t few_floats = 256;
static inline void clear_floats(float* to, std::size_t count) {
  if (count > few_floats) {
    __builtin_memset(to, 0, count * sizeof(float));
  } else {
    each_register(count, [&](std::size_t i, auto, auto store) { store(to + i, Lanes::zero()); });
  }
}
static inline void copy_floats(const float* from, std::size_t count, float* to) {
  if (count > few_floats) {
    __builtin_memcpy(to, from, count * sizeof(float));
  } else {
    each_register(count, [&](std::size_t i, auto load, auto store) { store(to + i, load(from + i)); });
  }
}

// Copies `images` images of height × width × depth into frames.
void frame_images(const float* from, std::size_t images, std::size_t height, std::size_t width,
                  std::size_t depth, const Frame& f, float* to) {
  const std::size_t there = (f.width - f.left < width ? f.width - f.left : width) * depth;
  const std::size_t rows = f.height - f.top < height ? f.height - f.top : height;
  const std::size_t pitch = f.width * depth;
  // And left of the first row; or the whole frame.
  const std::size_t above = rows > 0 ? f.top * pitch + f.left * depth : f.area() * depth;
  const std::size_t below = f.area() * depth - above - rows * pitch + pitch - there;
  for (std::size_t n = 0; n < images; ++n) {
    const float* row = from + n * height * width * depth;
    clear_floats(to, above);
    to += above;
    for (std::size_t r = 0; r < rows; ++r) {
      copy_floats(row, there, to);
      row += width * depth;
      // What is right of this row and left of the next one.
      const std::size_t gap = r + 1 < rows ? pitch - there : below;
      clear_floats(to + there, gap);
      to += there + gap;
    }
  }
}

// x as the windows see it.
static inline Frame frame_of(const ImageExtent& e) {
  const Window& w = e.window;
  return {(e.output_height - 1) * w.stride_height + w.height, (e.output_width - 1) * w.stride_width + w.width,
          w.padding_top, w.padding_left};
}

// dy as the inputs see it: from the first output that may look at an input to the last.
static inline Frame gradient_frame_of(const ImageExtent& e) {
  const Window& w = e.window;
  const std::size_t top = (w.height - 1 - w.padding_top) / w.stride_height;
  const std::size_t left = (w.width - 1 - w.padding_left) / w.stride_width;
  return {top + (e.height - 1 + w.padding_top) / w.stride_height + 1,
          left + (e.width - 1 + w.padding_left) / w.stride_width + 1, top, left};
}

// The images of a call, group by group. `scratch` has room for a group.
struct Groups {
  const float* images;
  std::size_t count;   // of images
  std::size_t height;  // of an image, as it is stored
  std::size_t width;
  std::size_t depth;
  Frame frame;       // the image itself where it needs no padding
  std::size_t size;  // images of a group
  bool framed;

  // `positions`: the products' rows or steps of an image.
  Groups(const float* data, const ImageExtent& e, std::size_t filters, bool gradient, std::size_t positions)
      : images(data),
        count(e.images),
        height(gradient ? e.output_height : e.height),
        width(gradient ? e.output_width : e.width),
        depth(gradient ? filters : e.channels),
        frame(gradient ? gradient_frame_of(e) : frame_of(e)),
        size(group_positions / positions + 1),
        framed(frame.top + frame.left > 0 || frame.height > height || frame.width > width) {
    if (!framed) {
      frame = {height, width, 0, 0};
    } else if (depth > 0) {
      const std::size_t room = convolution_scratch(e, filters) / (frame.area() * depth);
      if (room < size) size = room;
    }
  }
  std::size_t image_floats() const { return frame.area() * depth; }
  // Images n … n + those_from(n) - 1.
  std::size_t those_from(std::size_t n) const { return count - n < size ? count - n : size; }
  const float* at(std::size_t n, float* scratch) const {
    const float* first = images + n * height * width * depth;
    if (!framed) return first;
    frame_images(first, those_from(n), height, width, depth, frame, scratch);
    return scratch;
  }
};

// Where the windows begin in framed images, and the places of one; a row of it is one run of floats.
static inline Grid windows_of(const ImageExtent& e, const Groups& g) {
  return {e.output_height, e.output_width, g.image_floats(),
          e.window.stride_height * g.frame.width * e.channels, e.window.stride_width * e.channels};
}
static inline Grid window_of(std::size_t columns, const Groups& g) {
  return {1, columns * g.depth, g.frame.width * g.depth, 0, 1};
}

void convolution_forward(const ImageExtent& e, std::size_t filters, const float* x, const float* weights,
                         const float* bias, float* y, float* scratch) {
  const Window& w = e.window;
  const std::size_t positions = e.output_height * e.output_width;
  if (e.images * positions * filters == 0) return;
  const std::size_t taps = w.height * w.width * e.channels;
  const Groups groups(x, e, filters, false, positions);
  for (std::size_t n = 0; n < e.images; n += groups.size) {
    const std::size_t rows = groups.those_from(n) * positions;
    gathered_product({groups.at(n, scratch), windows_of(e, groups), rows, window_of(w.width, groups), taps,
                      y + n * positions * filters, in_rows(filters), filters, false, bias},
                     [&](std::size_t k, std::size_t count, std::size_t u, std::size_t width, float* buffer) {
                       return block_of(weights, filters, rows, k, count, u, width, buffer);
                     });
  }
}

void convolution_gradient_weights_part(const ImageExtent& e, std::size_t filters, std::size_t first_tap,
                                       std::size_t taps, bool more, const float* x, const float* dy,
                                       float* d_weights, float* d_bias, float* scratch) {
  const std::size_t positions = e.output_height * e.output_width;
  if (e.images * positions * taps == 0) {
    for (std::size_t i = 0; !more && i < taps * filters; ++i) d_weights[i] = 0.0F;
    if (d_bias != nullptr) column_sums(dy, filters, e.images * positions, filters, more, d_bias);
    return;
  }
  const Groups groups(x, e, filters, false, positions);
  for (std::size_t n = 0; n < e.images; n += groups.size) {
    const float* b = dy + n * positions * filters;
    const std::size_t steps = groups.those_from(n) * positions;
    if (d_bias != nullptr) column_sums(b, filters, steps, filters, more || n > 0, d_bias);
    gathered_product({groups.at(n, scratch), window_of(e.window.width, groups), taps, windows_of(e, groups),
                      steps, d_weights, in_rows(filters), filters, more || n > 0, nullptr, first_tap},
                     [&](std::size_t k, std::size_t count, std::size_t u, std::size_t width, float* buffer) {
                       return block_of(b, filters, taps, k, count, u, width, buffer);
                     });
  }
}

void convolution_gradient_weights(const ImageExtent& e, std::size_t filters, const float* x, const float* dy,
                                  float* d_weights, float* d_bias, float* scratch) {
  const std::size_t taps = e.window.height * e.window.width * e.channels;
  convolution_gradient_weights_part(e, filters, 0, taps, false, x, dy, d_weights, d_bias, scratch);
}

// Inputs stride by stride, of one extent: all that the same taps look at. The last tap of them comes first.
struct Residue {
  std::size_t inputs;  // how many there are
  std::size_t taps;    // how many look at each
  std::size_t last;
  std::size_t first_output;  // in the frame: that of the last tap at the first input

  Residue(std::size_t first, std::size_t size, std::size_t stride, std::size_t padding, std::size_t window,
          std::size_t before)
      : inputs((size - first + stride - 1) / stride), taps(0), last(0), first_output(0) {
    const std::size_t tap = (first + padding) % stride;
    if (tap >= window) return;
    taps = (window - 1 - tap) / stride + 1;
    last = tap + (taps - 1) * stride;
    first_output = (first + padding + before * stride - last) / stride;
  }
};

// A block of the weights as dx needs them: a row for each (tap, filter), the taps from the last one on, of
// channels u … u + width - 1.
static inline Right turned_weights(const ImageExtent& e, std::size_t filters, const float* weights,
                                   const Residue& row, const Residue& column, std::size_t k,
                                   std::size_t count, std::size_t u, std::size_t width, float* to) {
  const Window& w = e.window;
  const std::size_t stride = whole_registers(width);
  for (std::size_t done = 0; done < count;) {
    const std::size_t tap = (k + done) / filters;
    const std::size_t filter = (k + done) % filters;
    const std::size_t rest = count - done < filters - filter ? count - done : filters - filter;
    const std::size_t ky = row.last - tap / column.taps * w.stride_height;
    const std::size_t kx = column.last - tap % column.taps * w.stride_width;
    const float* from = weights + ((ky * w.width + kx) * e.channels + u) * filters + filter;
    turn_all<true>(from, filters, width, rest, to + done * stride, stride);
    done += rest;
  }
  return {to, stride, nullptr};
}

void convolution_gradient_inputs(const ImageExtent& e, std::size_t filters, const float* dy,
                                 const float* weights, float* dx, float* scratch) {
  const Window& w = e.window;
  const std::size_t positions = e.height * e.width;
  if (e.images * positions * e.channels == 0) return;
  const Groups groups(dy, e, filters, true, positions);
  const Frame& f = groups.frame;
  for (std::size_t n = 0; n < e.images; n += groups.size) {
    const float* images = groups.at(n, scratch);
    for (std::size_t iy = 0; iy < w.stride_height && iy < e.height; ++iy) {
      const Residue row(iy, e.height, w.stride_height, w.padding_top, w.height, f.top);
      for (std::size_t ix = 0; ix < w.stride_width && ix < e.width; ++ix) {
        const Residue column(ix, e.width, w.stride_width, w.padding_left, w.width, f.left);
        const float* left = images + (row.first_output * f.width + column.first_output) * filters;
        float* to = dx + ((n * e.height + iy) * e.width + ix) * e.channels;
        const std::size_t pitch = e.width * e.channels;
        gathered_product(
            {left, Grid{row.inputs, column.inputs, groups.image_floats(), f.width * filters, filters},
             groups.those_from(n) * row.inputs * column.inputs, window_of(column.taps, groups),
             row.taps * column.taps * filters, to,
             Grid{row.inputs, column.inputs, e.height * pitch, w.stride_height * pitch,
                  w.stride_width * e.channels},
             e.channels, false, nullptr},
            [&](std::size_t k, std::size_t count, std::size_t u, std::size_t width, float* buffer) {
              return turned_weights(e, filters, weights, row, column, k, count, u, width, buffer);
            });
      }
    }
  }
}
