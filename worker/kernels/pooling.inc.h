// Included inside a target's namespace: pooling, channel by channel. NUMERICS.md has the order.

// Calls visit(rows, columns, first place) for every window in order; the places are within the image, the
// first one is that of the window's upper left corner, which may be outside.
template <class Visit>
static inline void each_window(const ImageExtent& e, Visit visit) {
  const Window& w = e.window;
  for (std::size_t n = 0; n < e.images; ++n) {
    for (std::size_t oy = 0; oy < e.output_height; ++oy) {
      const std::size_t top = oy * w.stride_height;
      const Places rows = places(top, w.padding_top, w.height, e.height);
      for (std::size_t ox = 0; ox < e.output_width; ++ox) {
        const std::size_t left = ox * w.stride_width;
        const Places columns = places(left, w.padding_left, w.width, e.width);
        visit(rows, columns, (n * e.height + top - w.padding_top) * e.width + left - w.padding_left);
      }
    }
  }
}

void max_pool_forward(const ImageExtent& e, const float* x, float* y) {
  const std::size_t channels = e.channels;
  each_window(e, [&](const Places& rows, const Places& columns, std::size_t corner) {
    const float* first = x + (corner + rows.begin * e.width + columns.begin) * channels;
    for (std::size_t c = 0; c < channels; ++c) y[c] = first[c];
    for (std::size_t ky = rows.begin; ky < rows.end; ++ky) {
      for (std::size_t kx = columns.begin; kx < columns.end; ++kx) {
        const float* from = x + (corner + ky * e.width + kx) * channels;
        for (std::size_t c = 0; c < channels; ++c) y[c] = from[c] > y[c] ? from[c] : y[c];
      }
    }
    y += channels;
  });
}

void max_pool_backward(const ImageExtent& e, const float* x, const float* dy, float* dx) {
  const std::size_t channels = e.channels;
  for (std::size_t i = 0; i < e.images * e.height * e.width * channels; ++i) dx[i] = 0.0F;
  each_window(e, [&](const Places& rows, const Places& columns, std::size_t corner) {
    for (std::size_t c = 0; c < channels; ++c) {
      std::size_t taken = (corner + rows.begin * e.width + columns.begin) * channels + c;
      for (std::size_t ky = rows.begin; ky < rows.end; ++ky) {
        for (std::size_t kx = columns.begin; kx < columns.end; ++kx) {
          const std::size_t place = (corner + ky * e.width + kx) * channels + c;
          if (x[place] > x[taken]) taken = place;
        }
      }
      dx[taken] = dx[taken] + dy[c];
    }
    dy += channels;
  });
}

static inline float count_of(const Places& rows, const Places& columns) {
  return static_cast<float>((rows.end - rows.begin) * (columns.end - columns.begin));
}

void average_pool_forward(const ImageExtent& e, const float* x, float* y) {
  const std::size_t channels = e.channels;
  each_window(e, [&](const Places& rows, const Places& columns, std::size_t corner) {
    for (std::size_t c = 0; c < channels; ++c) y[c] = 0.0F;
    for (std::size_t ky = rows.begin; ky < rows.end; ++ky) {
      for (std::size_t kx = columns.begin; kx < columns.end; ++kx) {
        const float* from = x + (corner + ky * e.width + kx) * channels;
        for (std::size_t c = 0; c < channels; ++c) y[c] = y[c] + from[c];
      }
    }
    const float count = count_of(rows, columns);
    for (std::size_t c = 0; c < channels; ++c) y[c] = y[c] / count;
    y += channels;
  });
}

void average_pool_backward(const ImageExtent& e, const float* dy, float* dx) {
  const std::size_t channels = e.channels;
  for (std::size_t i = 0; i < e.images * e.height * e.width * channels; ++i) dx[i] = 0.0F;
  each_window(e, [&](const Places& rows, const Places& columns, std::size_t corner) {
    const float count = count_of(rows, columns);
    for (std::size_t ky = rows.begin; ky < rows.end; ++ky) {
      for (std::size_t kx = columns.begin; kx < columns.end; ++kx) {
        float* to = dx + (corner + ky * e.width + kx) * channels;
        for (std::size_t c = 0; c < channels; ++c) to[c] = to[c] + dy[c] / count;
      }
    }
    dy += channels;
  });
}
