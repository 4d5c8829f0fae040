// check_all_inputs [--target NAME] [--part K/N] [--hard FILE] FUNCTION…: compares every float with the
// reference.
#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "reference.h"
#include "worker/kernels/table.h"

using namespace rondo;
