#include "common/architecture/shape.h"

#include <gtest/gtest.h>

#include "tests/unit/common/architecture/networks.h"

namespace rondo {
namespace {

TEST(ConvolutionShapes, FollowTheImageThroughItsPools) {
  const std::vector<ConvolutionShape> shapes = convolution_shapes(testing::image_network(), {5, 7, 2});
  ASSERT_EQ(shapes.size(), 2u);
  EXPECT_EQ(shapes[0].channels, 2u);
  EXPECT_EQ(shapes[0].window_height, 3u);
  EXPECT_TRUE(shapes[0].pools());
  EXPECT_EQ(shapes[0].pooled_height, 3u);  // of 5, the last window is half a one
  EXPECT_EQ(shapes[0].pooled_width, 4u);
  EXPECT_EQ(shapes[1].height, 3u);
  EXPECT_EQ(shapes[1].width, 4u);
  EXPECT_EQ(shapes[1].channels, 16u);
  EXPECT_EQ(shapes[1].window_height, 5u);
  EXPECT_FALSE(shapes[1].pools());
  EXPECT_EQ(shapes[1].pooled_width, 4u);
}

TEST(ConvolutionShapes, OfASeriesHaveFlatWindows) {
  const std::vector<ConvolutionShape> shapes = convolution_shapes(testing::image_network(), {1, 9, 1});
  EXPECT_EQ(shapes[0].window_height, 1u);
  EXPECT_EQ(shapes[0].window_width, 3u);
  EXPECT_EQ(shapes[0].pool_height, 1u);
  EXPECT_EQ(shapes[0].pooled_height, 1u);
  EXPECT_EQ(shapes[0].pooled_width, 5u);
  // An image that its pools made flat is still an image.
  EXPECT_EQ(convolution_shapes(testing::image_network(), {2, 9, 1})[1].window_height, 5u);
}

TEST(ConvolutionShapesDeathTest, OfATableAreABug) {
  EXPECT_TRUE(convolution_shapes(testing::small_network(), {}).empty());
  EXPECT_DEATH((void)convolution_shapes(testing::image_network(), {}), "no images");
}

}  // namespace
}  // namespace rondo
