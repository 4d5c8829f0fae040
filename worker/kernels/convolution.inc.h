// Included inside a target's namespace: convolutions. NUMERICS.md has the chains.

// Where a window stands that looks at nothing but padding before `begin` and from `end` on: the places of one
// extent (rows or columns) that exist.
struct Places {
  std::size_t begin;
  std::size_t end;
};

// Of `window` places from `first` - `padding` on, those in an image of `size`.
static inline Places places(std::size_t first, std::size_t padding, std::size_t window, std::size_t size) {
  const std::size_t begin = first < padding ? padding - first : 0;
  const std::size_t end = first < padding + size ? padding + size - first : 0;
  return {begin < window ? begin : window, end < window ? end : window};
}

void convolution_forward(const ImageExtent& e, std::size_t filters, const float* x, const float* weights,
                         const float* bias, float* y, float*) {
  const Window& w = e.window;
  for (std::size_t n = 0; n < e.images; ++n) {
    for (std::size_t oy = 0; oy < e.output_height; ++oy) {
      const std::size_t top = oy * w.stride_height;
      const Places rows = places(top, w.padding_top, w.height, e.height);
      for (std::size_t ox = 0; ox < e.output_width; ++ox) {
        const std::size_t left = ox * w.stride_width;
        const Places columns = places(left, w.padding_left, w.width, e.width);
        for (std::size_t f = 0; f < filters; ++f) y[f] = 0.0F;
        const float* factor = weights;
        for (std::size_t ky = 0; ky < w.height; ++ky) {
          for (std::size_t kx = 0; kx < w.width; ++kx) {
            const bool there = rows.begin <= ky && ky < rows.end && columns.begin <= kx && kx < columns.end;
            const std::size_t place =
                (n * e.height + top + ky - w.padding_top) * e.width + left + kx - w.padding_left;
            for (std::size_t c = 0; c < e.channels; ++c) {
              const float value = there ? x[place * e.channels + c] : 0.0F;
              for (std::size_t f = 0; f < filters; ++f) y[f] = fma_float(value, factor[f], y[f]);
              factor += filters;
            }
          }
        }
        for (std::size_t f = 0; f < filters; ++f) y[f] = y[f] + bias[f];
        y += filters;
      }
    }
  }
}

void convolution_gradient_weights(const ImageExtent& e, std::size_t filters, const float* x, const float* dy,
                                  float* d_weights, float* d_bias, float*) {
  const Window& w = e.window;
  const std::size_t size = w.height * w.width * e.channels * filters;
  for (std::size_t i = 0; i < size; ++i) d_weights[i] = 0.0F;
  column_sums(dy, filters, e.images * e.output_height * e.output_width, filters, false, d_bias);
  for (std::size_t n = 0; n < e.images; ++n) {
    for (std::size_t oy = 0; oy < e.output_height; ++oy) {
      const std::size_t top = oy * w.stride_height;
      const Places rows = places(top, w.padding_top, w.height, e.height);
      for (std::size_t ox = 0; ox < e.output_width; ++ox) {
        const std::size_t left = ox * w.stride_width;
        const Places columns = places(left, w.padding_left, w.width, e.width);
        float* sum = d_weights;
        for (std::size_t ky = 0; ky < w.height; ++ky) {
          for (std::size_t kx = 0; kx < w.width; ++kx) {
            const bool there = rows.begin <= ky && ky < rows.end && columns.begin <= kx && kx < columns.end;
            const std::size_t place =
                (n * e.height + top + ky - w.padding_top) * e.width + left + kx - w.padding_left;
            for (std::size_t c = 0; c < e.channels; ++c) {
              const float value = there ? x[place * e.channels + c] : 0.0F;
              for (std::size_t f = 0; f < filters; ++f) sum[f] = fma_float(value, dy[f], sum[f]);
              sum += filters;
            }
          }
        }
        dy += filters;
      }
    }
  }
}

void convolution_gradient_inputs(const ImageExtent& e, std::size_t filters, const float* dy,
                                 const float* weights, float* dx, float*) {
  const Window& w = e.window;
  for (std::size_t n = 0; n < e.images; ++n) {
    for (std::size_t iy = 0; iy < e.height; ++iy) {
      for (std::size_t ix = 0; ix < e.width; ++ix) {
        for (std::size_t c = 0; c < e.channels; ++c) dx[c] = 0.0F;
        for (std::size_t ky = w.height; ky-- > 0;) {
          const std::size_t y = iy + w.padding_top - ky;
          if ((iy + w.padding_top + (w.stride_height - 1) * ky) % w.stride_height != 0) continue;
          const bool row = iy + w.padding_top >= ky && y / w.stride_height < e.output_height;
          for (std::size_t kx = w.width; kx-- > 0;) {
            const std::size_t column = ix + w.padding_left - kx;
            if ((ix + w.padding_left + (w.stride_width - 1) * kx) % w.stride_width != 0) continue;
            const bool there = row && ix + w.padding_left >= kx && column / w.stride_width < e.output_width;
            const std::size_t place =
                (n * e.output_height + y / w.stride_height) * e.output_width + column / w.stride_width;
            const float* factor = weights + (ky * w.width + kx) * e.channels * filters;
            for (std::size_t f = 0; f < filters; ++f) {
              const float value = there ? dy[place * filters + f] : 0.0F;
              for (std::size_t c = 0; c < e.channels; ++c)
                dx[c] = fma_float(value, factor[c * filters + f], dx[c]);
            }
          }
        }
        dx += e.channels;
      }
    }
  }
}
