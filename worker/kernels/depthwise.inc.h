// Included inside a target's namespace: depthwise convolutions, channel by channel. NUMERICS.md has the
// chains.

void depthwise_forward(const ImageExtent& e, const float* x, const float* weights, const float* bias,
                       float* y) {
  const Window& w = e.window;
  const std::size_t channels = e.channels;
  for (std::size_t n = 0; n < e.images; ++n) {
    for (std::size_t oy = 0; oy < e.output_height; ++oy) {
      const std::size_t top = oy * w.stride_height;
      const Places rows = places(top, w.padding_top, w.height, e.height);
      for (std::size_t ox = 0; ox < e.output_width; ++ox) {
        const std::size_t left = ox * w.stride_width;
        const Places columns = places(left, w.padding_left, w.width, e.width);
        for (std::size_t c = 0; c < channels; ++c) y[c] = 0.0F;
        const float* factor = weights;
        for (std::size_t ky = 0; ky < w.height; ++ky) {
          for (std::size_t kx = 0; kx < w.width; ++kx) {
            const bool there = rows.begin <= ky && ky < rows.end && columns.begin <= kx && kx < columns.end;
            const std::size_t place =
                (n * e.height + top + ky - w.padding_top) * e.width + left + kx - w.padding_left;
            for (std::size_t c = 0; c < channels; ++c)
              y[c] = fma_float(there ? x[place * channels + c] : 0.0F, factor[c], y[c]);
            factor += channels;
          }
        }
        for (std::size_t c = 0; c < channels; ++c) y[c] = y[c] + bias[c];
        y += channels;
      }
    }
  }
}

void depthwise_gradient_weights(const ImageExtent& e, const float* x, const float* dy, float* d_weights,
                                float* d_bias) {
  const Window& w = e.window;
  const std::size_t channels = e.channels;
  for (std::size_t i = 0; i < w.height * w.width * channels; ++i) d_weights[i] = 0.0F;
  column_sums(dy, channels, e.images * e.output_height * e.output_width, channels, false, d_bias);
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
            for (std::size_t c = 0; c < channels; ++c)
              sum[c] = fma_float(there ? x[place * channels + c] : 0.0F, dy[c], sum[c]);
            sum += channels;
          }
        }
        dy += channels;
      }
    }
  }
}

void depthwise_gradient_inputs(const ImageExtent& e, const float* dy, const float* weights, float* dx) {
  const Window& w = e.window;
  const std::size_t channels = e.channels;
  for (std::size_t n = 0; n < e.images; ++n) {
    for (std::size_t iy = 0; iy < e.height; ++iy) {
      for (std::size_t ix = 0; ix < e.width; ++ix) {
        for (std::size_t c = 0; c < channels; ++c) dx[c] = 0.0F;
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
            const float* factor = weights + (ky * w.width + kx) * channels;
            for (std::size_t c = 0; c < channels; ++c)
              dx[c] = fma_float(there ? dy[place * channels + c] : 0.0F, factor[c], dx[c]);
          }
        }
        dx += channels;
      }
    }
  }
}
