#include "common/architecture/shape.h"

#include "common/base/check.h"

namespace rondo {

std::vector<ConvolutionShape> convolution_shapes(const proto::Architecture& architecture,
                                                 const ImageShape& image) {
  RONDO_CHECK(architecture.convolutions().empty() || image.exists(),
              "convolutions of rows that are no images");
  const bool series = image.height == 1;
  std::vector<ConvolutionShape> shapes;
  ImageShape at = image;
  for (const proto::ConvolutionBlock& block : architecture.convolutions()) {
    ConvolutionShape shape;
    shape.height = at.height;
    shape.width = at.width;
    shape.channels = at.channels;
    shape.filters = block.filters();
    shape.window_height = series ? 1 : block.kernel();
    shape.window_width = block.kernel();
    shape.pool_height = series ? 1 : block.pool();
    shape.pool_width = block.pool();
    // A last, partial window counts.
    shape.pooled_height = (at.height - 1) / shape.pool_height + 1;
    shape.pooled_width = (at.width - 1) / shape.pool_width + 1;
    at = {shape.pooled_height, shape.pooled_width, shape.filters};
    shapes.push_back(shape);
  }
  return shapes;
}

}  // namespace rondo
