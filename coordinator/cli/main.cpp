#include "coordinator/cli/app.h"

int main(int argc, char** argv) {
  return rondo::cli::run(argc, argv);
}
