#define RONDO_KERNEL_TARGET neon
#define RONDO_KERNEL_NAME "neon"
#include "worker/kernels/kernels.inc.h"
