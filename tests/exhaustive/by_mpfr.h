// A correctly rounded float function by MPFR, which rounds the exact value once, denormal results included.
#pragma once

#include <mpfr.h>

namespace rondo::exhaustive {

template <int (*Function)(mpfr_t, const mpfr_t, mpfr_rnd_t)>
float by_mpfr(float x) {
  mpfr_set_emin(-148);  // the exponents of float: mpfr_subnormalize needs them
  mpfr_set_emax(128);
  mpfr_t result;
  mpfr_t given;
  mpfr_init2(result, 24);
  mpfr_init2(given, 24);
  mpfr_set_flt(given, x, MPFR_RNDN);
  const int inexact = Function(result, given, MPFR_RNDN);
  mpfr_subnormalize(result, inexact, MPFR_RNDN);
  const float y = mpfr_get_flt(result, MPFR_RNDN);
  mpfr_clear(result);
  mpfr_clear(given);
  return y;
}

}  // namespace rondo::exhaustive
