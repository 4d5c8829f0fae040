#define RONDO_KERNEL_TARGET avx512
#define RONDO_KERNEL_NAME "avx512"
#include "worker/kernels/kernels.inc.h"
