#define RONDO_KERNEL_TARGET sse4
#define RONDO_KERNEL_NAME "sse4"
#include "worker/kernels/kernels.inc.h"
