// The kernels of one target. A target's .cpp is compiled with its own flags and defines RONDO_KERNEL_TARGET,
// the namespace, and RONDO_KERNEL_NAME. Everything has internal linkage but the table, and nothing of the
// standard library is instantiated: an inline function compiled here for AVX-512 must not become everybody's.
#include <stddef.h>
#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "worker/kernels/table.h"

namespace rondo::kernels::RONDO_KERNEL_TARGET {
namespace {

// As in kernels.h, which is not included because of what it includes.
constexpr double epsilon = 0.001;
constexpr double momentum = 0.1;
constexpr float beta1 = 0.9F;
constexpr float beta2 = 0.999F;
constexpr float adam_epsilon = 1e-7F;

// Each needs those before it.
// clang-format off
#include "worker/kernels/math.inc.h"
#include "worker/kernels/vector.inc.h"
#include "worker/kernels/tiles.inc.h"
#include "worker/kernels/turn.inc.h"
#include "worker/kernels/products.inc.h"
#include "worker/kernels/gather.inc.h"
#include "worker/kernels/convolution.inc.h"
#include "worker/kernels/depthwise.inc.h"
#include "worker/kernels/pooling.inc.h"
#include "worker/kernels/exp_in_floats.inc.h"
#include "worker/kernels/by_pieces.inc.h"
#include "worker/kernels/elements.inc.h"
#include "worker/kernels/dropout.inc.h"
#include "worker/kernels/narrow.inc.h"
#include "worker/kernels/norms.inc.h"
#include "worker/kernels/exponentials.inc.h"
#include "worker/kernels/losses.inc.h"
#include "worker/kernels/optimizers.inc.h"
#include "worker/kernels/beside.inc.h"
#include "worker/kernels/faint.inc.h"
#include "worker/kernels/dense_backward.inc.h"
// clang-format on

}  // namespace

extern const KernelTable table;
const KernelTable table = {
    RONDO_KERNEL_NAME,
    dense_forward,
    dense_gradient_weights,
    dense_gradient_weights_part,
    dense_gradient_inputs,
    dense_backward,
    convolution_forward,
    convolution_gradient_weights,
    convolution_gradient_weights_part,
    convolution_gradient_inputs,
    depthwise_forward,
    depthwise_gradient_weights,
    depthwise_gradient_weights_part,
    depthwise_gradient_inputs,
    max_pool_forward,
    max_pool_backward,
    relu_max_pool_forward,
    relu_max_pool_backward,
    average_pool_forward,
    average_pool_backward,
    relu,
    tanh,
    sigmoid,
    gelu,
    gelu_tanh,
    softplus,
    relu_backward,
    tanh_with_slope,
    sigmoid_with_slope,
    gelu_with_slope,
    gelu_tanh_with_slope,
    softplus_with_slope,
    multiply,
    batch_norm_training,
    batch_norm_inference,
    batch_norm_backward,
    layer_norm_forward,
    layer_norm_backward,
    layer_norm_backward_columns,
    layer_norm_backward_rows,
    softmax,
    log_softmax,
    softmax_cross_entropy,
    binary_cross_entropy,
    squared_error,
    sgd,
    adam,
    dropout,
    sum,
    dot,
    axpy,
    all_finite,
    exp,
    log,
    log1p,
    erf,
    fma,
};

}  // namespace rondo::kernels::RONDO_KERNEL_TARGET
