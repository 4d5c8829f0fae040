// Included inside a target's namespace: pooling, a register of channels at a time. NUMERICS.md has the order.

// The places of a window, which are all within the image, from the one at `first` on; in floats.
struct PooledWindow {
  std::size_t first;
  std::size_t rows;
  std::size_t columns;
  std::size_t row_step;
  std::size_t column_step;

  // visit(offset) for each, in order; without loops for the most usual window.
  template <class Visit>
  [[gnu::always_inline]] void each(Visit visit) const {
    if (rows == 2 && columns == 2) {
      visit(first);
      visit(first + column_step);
      visit(first + row_step);
      visit(first + row_step + column_step);
      return;
    }
    for (std::size_t ky = 0; ky < rows; ++ky) {
      for (std::size_t kx = 0; kx < columns; ++kx) visit(first + ky * row_step + kx * column_step);
    }
  }
  Lanes count() const { return Lanes::all(static_cast<float>(rows * columns)); }
};

// Calls visit(window, first float of the output) for every window in order.
template <class Visit>
static inline void each_window(const ImageExtent& e, Visit visit) {
  const Window& w = e.window;
  std::size_t to = 0;
  for (std::size_t n = 0; n < e.images; ++n) {
    for (std::size_t oy = 0; oy < e.output_height; ++oy) {
      const std::size_t top = oy * w.stride_height;
      const Places rows = places(top, w.padding_top, w.height, e.height);
      const std::size_t row = n * e.height + top + rows.begin - w.padding_top;
      for (std::size_t ox = 0; ox < e.output_width; ++ox) {
        const std::size_t left = ox * w.stride_width;
        const Places columns = places(left, w.padding_left, w.width, e.width);
        const std::size_t first = row * e.width + left + columns.begin - w.padding_left;
        visit(PooledWindow{first * e.channels, rows.end - rows.begin, columns.end - columns.begin,
                           e.width * e.channels, e.channels},
              to);
        to += e.channels;
      }
    }
  }
}

void max_pool_forward(const ImageExtent& e, const float* x, float* y) {
  each_window(e, [&](const PooledWindow& window, std::size_t to) {
    each_register(e.channels, [&](std::size_t c, auto load, auto store) {
      Lanes most = load(x + window.first + c);
      window.each([&](std::size_t place) {
        const Lanes value = load(x + place + c);
        most = where_greater(value, most, value, most);
      });
      store(y + to + c, most);
    });
  });
}

// Every place belongs to one window: what it gets is the sum of +0 and its one term.
static inline bool tiled(const ImageExtent& e) {
  const Window& w = e.window;
  return w.stride_height == w.height && w.stride_width == w.width && w.padding_top + w.padding_left == 0 &&
         e.output_height * w.height >= e.height && e.output_width * w.width >= e.width;
}

// Adds to dx what add(window, to, c, load, give) gives: give(place, term) once for every place of a window.
// Terms of +0 change nothing, since no sum is -0.
template <class Add>
static inline void add_to_places(const ImageExtent& e, float* dx, Add add) {
  const bool once = tiled(e);
  if (!once) __builtin_memset(dx, 0, e.images * e.height * e.width * e.channels * sizeof(float));
  each_window(e, [&](const PooledWindow& window, std::size_t to) {
    each_register(e.channels, [&](std::size_t c, auto load, auto store) {
      if (once) {
        add(window, to, c, load, [&](std::size_t place, const Lanes& term) {
          store(dx + place + c, add_lanes(Lanes::zero(), term));
        });
      } else {
        add(window, to, c, load, [&](std::size_t place, const Lanes& term) {
          store(dx + place + c, add_lanes(load(dx + place + c), term));
        });
      }
    });
  });
}

void max_pool_backward(const ImageExtent& e, const float* x, const float* dy, float* dx) {
  add_to_places(e, dx, [&](const PooledWindow& window, std::size_t to, std::size_t c, auto load, auto give) {
    Lanes most = load(x + window.first + c);
    Lanes taken = Lanes::zero();
    float number = 0.0F;
    window.each([&](std::size_t place) {
      const Lanes value = load(x + place + c);
      taken = where_greater(value, most, Lanes::all(number), taken);
      most = where_greater(value, most, value, most);
      number += 1.0F;
    });
    const Lanes gradient = load(dy + to + c);
    number = 0.0F;
    window.each([&](std::size_t place) {
      give(place, where_equal(taken, Lanes::all(number), gradient, Lanes::zero()));
      number += 1.0F;
    });
  });
}

// relu is +0 where it is not positive, and never a NaN: so the largest begins at +0, and where nothing
// exceeds that, no place takes the gradient. `places` says who does: 0 for none, else the place's number in
// the window and 1.
void relu_max_pool_forward(const ImageExtent& e, const float* x, float* y, float* places) {
  each_window(e, [&](const PooledWindow& window, std::size_t to) {
    each_register(e.channels, [&](std::size_t c, auto load, auto store) {
      Lanes most = Lanes::zero();
      Lanes taken = Lanes::zero();
      float number = 1.0F;
      window.each([&](std::size_t place) {
        const Lanes value = load(x + place + c);
        taken = where_greater(value, most, Lanes::all(number), taken);
        most = where_greater(value, most, value, most);
        number += 1.0F;
      });
      store(y + to + c, most);
      if (places != nullptr) store(places + to + c, taken);
    });
  });
}

void relu_max_pool_backward(const ImageExtent& e, const float* places, const float* dy, float* dx) {
  add_to_places(e, dx, [&](const PooledWindow& window, std::size_t to, std::size_t c, auto load, auto give) {
    const Lanes taken = load(places + to + c);
    const Lanes gradient = load(dy + to + c);
    float number = 1.0F;
    window.each([&](std::size_t place) {
      give(place, where_equal(taken, Lanes::all(number), gradient, Lanes::zero()));
      number += 1.0F;
    });
  });
}

void average_pool_forward(const ImageExtent& e, const float* x, float* y) {
  each_window(e, [&](const PooledWindow& window, std::size_t to) {
    each_register(e.channels, [&](std::size_t c, auto load, auto store) {
      Lanes sum = Lanes::zero();
      window.each([&](std::size_t place) { sum = add_lanes(sum, load(x + place + c)); });
      store(y + to + c, divide_lanes(sum, window.count()));
    });
  });
}

void average_pool_backward(const ImageExtent& e, const float* dy, float* dx) {
  add_to_places(e, dx, [&](const PooledWindow& window, std::size_t to, std::size_t c, auto load, auto give) {
    const Lanes term = divide_lanes(load(dy + to + c), window.count());
    window.each([&](std::size_t place) { give(place, term); });
  });
}
