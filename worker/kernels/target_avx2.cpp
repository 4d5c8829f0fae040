#define RONDO_KERNEL_TARGET avx2
#define RONDO_KERNEL_NAME "avx2"
#include "worker/kernels/kernels.inc.h"
