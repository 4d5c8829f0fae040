#define RONDO_KERNEL_TARGET scalar
#define RONDO_KERNEL_NAME "scalar"
#include "worker/kernels/kernels.inc.h"
