#include "tests/unit/worker/kernels/image_reference.h"

#include <cmath>
#include <cstddef>

#include "common/random/draws.h"

namespace rondo::kernels::test {

namespace {
using Index = std::ptrdiff_t;

Index of(std::size_t value) {
  return static_cast<Index>(value);
}

// An extent in numbers that may be negative.
struct Image {
  Index images, height, width, channels, filters, kh, kw, sh, sw, top, left, oh, ow;

  explicit Image(const Convolution& c)
      : images(of(c.extent.images)),
        height(of(c.extent.height)),
        width(of(c.extent.width)),
        channels(of(c.extent.channels)),
        filters(of(c.filters)),
        kh(of(c.extent.window.height)),
        kw(of(c.extent.window.width)),
        sh(of(c.extent.window.stride_height)),
        sw(of(c.extent.window.stride_width)),
        top(of(c.extent.window.padding_top)),
        left(of(c.extent.window.padding_left)),
        oh(of(c.extent.output_height)),
        ow(of(c.extent.output_width)) {}

  [[nodiscard]] bool inside(Index iy, Index ix) const {
    return 0 <= iy && iy < height && 0 <= ix && ix < width;
  }
  [[nodiscard]] std::size_t place(Index n, Index iy, Index ix) const {
    return static_cast<std::size_t>(((n * height + iy) * width + ix) * channels);
  }
  [[nodiscard]] float x(const Floats& from, Index n, Index iy, Index ix, Index c) const {
    return inside(iy, ix) ? from[place(n, iy, ix) + static_cast<std::size_t>(c)] : 0.0F;
  }
  [[nodiscard]] float dy(const Floats& from, Index n, Index oy, Index ox, Index f, Index depth) const {
    const bool there = 0 <= oy && oy < oh && 0 <= ox && ox < ow;
    return there ? from[static_cast<std::size_t>(((n * oh + oy) * ow + ox) * depth + f)] : 0.0F;
  }

  // visit(n, oy, ox) for every window in order
  template <class Visit>
  void windows(Visit visit) const {
    for (Index n = 0; n < images; ++n) {
      for (Index oy = 0; oy < oh; ++oy) {
        for (Index ox = 0; ox < ow; ++ox) visit(n, oy, ox);
      }
    }
  }
  // visit(tap, row, column of the window) ascending
  template <class Visit>
  void taps(Visit visit) const {
    for (Index ky = 0; ky < kh; ++ky) {
      for (Index kx = 0; kx < kw; ++kx) visit(ky * kw + kx, ky, kx);
    }
  }
  // visit(tap, oy, ox) for every window that may look at the input, ascending
  template <class Visit>
  void outputs(Index iy, Index ix, Visit visit) const {
    for (Index ky = kh - 1; ky >= 0; --ky) {
      for (Index kx = kw - 1; kx >= 0; --kx) {
        if ((iy + top - ky) % sh != 0 || (ix + left - kx) % sw != 0) continue;
        visit(ky * kw + kx, (iy + top - ky) / sh, (ix + left - kx) / sw);
      }
    }
  }
  // visit(n, iy, ix) for every place of the images in order
  template <class Visit>
  void places(Visit visit) const {
    for (Index n = 0; n < images; ++n) {
      for (Index iy = 0; iy < height; ++iy) {
        for (Index ix = 0; ix < width; ++ix) visit(n, iy, ix);
      }
    }
  }
  // visit(place) for every one of a window that exists, ascending; places are those of channel 0
  template <class Visit>
  void existing(Index n, Index oy, Index ox, Visit visit) const {
    taps([&](Index, Index ky, Index kx) {
      const Index iy = oy * sh + ky - top;
      const Index ix = ox * sw + kx - left;
      if (inside(iy, ix)) visit(place(n, iy, ix));
    });
  }
};

std::size_t at(Index value) {
  return static_cast<std::size_t>(value);
}
}  // namespace

std::size_t Convolution::inputs() const {
  return extent.images * extent.height * extent.width * extent.channels;
}

std::size_t Convolution::positions() const {
  return extent.images * extent.output_height * extent.output_width;
}

std::size_t Convolution::taps() const {
  return extent.window.height * extent.window.width;
}

std::string name_of(const Convolution& c) {
  const ImageExtent& e = c.extent;
  const auto join = [](std::initializer_list<std::size_t> values) {
    std::string text;
    for (const std::size_t value : values) text += (text.empty() ? "" : "x") + std::to_string(value);
    return text;
  };
  return join({e.images, e.height, e.width, e.channels}) + "_window_" +
         join({e.window.height, e.window.width}) + "_by_" +
         join({e.window.stride_height, e.window.stride_width}) + "_at_" +
         join({e.window.padding_top, e.window.padding_left}) + "_to_" +
         join({e.output_height, e.output_width, c.filters});
}

Floats convolve(const Convolution& c, const Floats& x, const Floats& weights, const Floats& bias) {
  const Image i(c);
  Floats y;
  i.windows([&](Index n, Index oy, Index ox) {
    for (Index f = 0; f < i.filters; ++f) {
      float a = 0.0F;
      i.taps([&](Index tap, Index ky, Index kx) {
        for (Index k = 0; k < i.channels; ++k) {
          const float weight = weights[at((tap * i.channels + k) * i.filters + f)];
          a = std::fma(i.x(x, n, oy * i.sh + ky - i.top, ox * i.sw + kx - i.left, k), weight, a);
        }
      });
      y.push_back(a + bias[at(f)]);
    }
  });
  return y;
}

Floats convolution_weights(const Convolution& c, const Floats& x, const Floats& dy) {
  const Image i(c);
  Floats d;
  i.taps([&](Index, Index ky, Index kx) {
    for (Index k = 0; k < i.channels; ++k) {
      for (Index f = 0; f < i.filters; ++f) {
        float a = 0.0F;
        i.windows([&](Index n, Index oy, Index ox) {
          const float value = i.x(x, n, oy * i.sh + ky - i.top, ox * i.sw + kx - i.left, k);
          a = std::fma(value, i.dy(dy, n, oy, ox, f, i.filters), a);
        });
        d.push_back(a);
      }
    }
  });
  return d;
}

Floats convolution_inputs(const Convolution& c, const Floats& dy, const Floats& weights) {
  const Image i(c);
  Floats d;
  i.places([&](Index n, Index iy, Index ix) {
    for (Index k = 0; k < i.channels; ++k) {
      float a = 0.0F;
      i.outputs(iy, ix, [&](Index tap, Index oy, Index ox) {
        for (Index f = 0; f < i.filters; ++f) {
          const float weight = weights[at((tap * i.channels + k) * i.filters + f)];
          a = std::fma(i.dy(dy, n, oy, ox, f, i.filters), weight, a);
        }
      });
      d.push_back(a);
    }
  });
  return d;
}

Floats convolve_depthwise(const Convolution& c, const Floats& x, const Floats& weights, const Floats& bias) {
  const Image i(c);
  Floats y;
  i.windows([&](Index n, Index oy, Index ox) {
    for (Index k = 0; k < i.channels; ++k) {
      float a = 0.0F;
      i.taps([&](Index tap, Index ky, Index kx) {
        a = std::fma(i.x(x, n, oy * i.sh + ky - i.top, ox * i.sw + kx - i.left, k),
                     weights[at(tap * i.channels + k)], a);
      });
      y.push_back(a + bias[at(k)]);
    }
  });
  return y;
}

Floats depthwise_weights(const Convolution& c, const Floats& x, const Floats& dy) {
  const Image i(c);
  Floats d;
  i.taps([&](Index, Index ky, Index kx) {
    for (Index k = 0; k < i.channels; ++k) {
      float a = 0.0F;
      i.windows([&](Index n, Index oy, Index ox) {
        a = std::fma(i.x(x, n, oy * i.sh + ky - i.top, ox * i.sw + kx - i.left, k),
                     i.dy(dy, n, oy, ox, k, i.channels), a);
      });
      d.push_back(a);
    }
  });
  return d;
}

Floats depthwise_inputs(const Convolution& c, const Floats& dy, const Floats& weights) {
  const Image i(c);
  Floats d;
  i.places([&](Index n, Index iy, Index ix) {
    for (Index k = 0; k < i.channels; ++k) {
      float a = 0.0F;
      i.outputs(iy, ix, [&](Index tap, Index oy, Index ox) {
        a = std::fma(i.dy(dy, n, oy, ox, k, i.channels), weights[at(tap * i.channels + k)], a);
      });
      d.push_back(a);
    }
  });
  return d;
}

Floats largest(const Convolution& c, const Floats& x) {
  const Image i(c);
  Floats y;
  i.windows([&](Index n, Index oy, Index ox) {
    for (std::size_t k = 0; k < c.extent.channels; ++k) {
      Floats values;
      i.existing(n, oy, ox, [&](std::size_t place) { values.push_back(x[place + k]); });
      float m = values.at(0);
      for (const float value : values) m = value > m ? value : m;
      y.push_back(m);
    }
  });
  return y;
}

Floats largest_back(const Convolution& c, const Floats& x, const Floats& dy) {
  const Image i(c);
  Floats dx(c.inputs(), 0.0F);
  std::size_t next = 0;
  i.windows([&](Index n, Index oy, Index ox) {
    for (std::size_t k = 0; k < c.extent.channels; ++k) {
      std::vector<std::size_t> places;
      i.existing(n, oy, ox, [&](std::size_t place) { places.push_back(place + k); });
      std::size_t taken = places.at(0);
      for (const std::size_t place : places) taken = x[place] > x[taken] ? place : taken;
      dx[taken] = dx[taken] + dy[next++];
    }
  });
  return dx;
}

Floats mean(const Convolution& c, const Floats& x) {
  const Image i(c);
  Floats y;
  i.windows([&](Index n, Index oy, Index ox) {
    for (std::size_t k = 0; k < c.extent.channels; ++k) {
      float a = 0.0F;
      int count = 0;
      i.existing(n, oy, ox, [&](std::size_t place) {
        a = a + x[place + k];
        ++count;
      });
      y.push_back(a / static_cast<float>(count));
    }
  });
  return y;
}

Floats mean_back(const Convolution& c, const Floats& dy) {
  const Image i(c);
  Floats dx(c.inputs(), 0.0F);
  std::size_t next = 0;
  i.windows([&](Index n, Index oy, Index ox) {
    for (std::size_t k = 0; k < c.extent.channels; ++k, ++next) {
      int count = 0;
      i.existing(n, oy, ox, [&](std::size_t) { ++count; });
      i.existing(n, oy, ox, [&](std::size_t place) {
        dx[place + k] = dx[place + k] + dy[next] / static_cast<float>(count);
      });
    }
  });
  return dx;
}

Convolution random_convolution(std::uint32_t seed, bool pools) {
  const random::Draws draws(random::Key(0x696d6167), random::Stream::split, seed, 0);
  std::size_t next = 0;
  const auto below = [&](std::uint32_t limit) -> std::size_t { return draws.word(next++) % limit; };
  Convolution c;
  ImageExtent& e = c.extent;
  Window& w = e.window;
  e.images = below(4);
  const bool series = below(4) == 0;
  e.height = series ? 1 : 1 + below(11);
  e.width = 1 + below(14);
  const std::size_t channels[] = {1, 2, 3, 5, 8, 15, 16, 17, 33};
  e.channels = channels[below(9)];
  w.height = series ? 1 : 1 + below(5);
  w.width = 1 + below(5);
  w.stride_height = 1 + below(3);
  w.stride_width = 1 + below(3);
  w.padding_top = below(static_cast<std::uint32_t>(w.height));
  w.padding_left = below(static_cast<std::uint32_t>(w.width));
  // From no output at all to one beyond the image, where that is allowed.
  const auto outputs = [&](std::size_t size, std::size_t padding, std::size_t stride) {
    const std::size_t touching = (size + padding - 1) / stride + 1;
    return below(static_cast<std::uint32_t>(touching + (pools ? 1 : 3)));
  };
  e.output_height = outputs(e.height, w.padding_top, w.stride_height);
  e.output_width = outputs(e.width, w.padding_left, w.stride_width);
  c.filters = 1 + below(40);
  return c;
}

}  // namespace rondo::kernels::test
