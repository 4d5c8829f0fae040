// Included inside a target's namespace: float functions, each the exact value rounded once (nearest even).
//
// All are evaluated in double and demoted once. A core's error is 2^-51 (tanh) to 2^-55 (log) of its result,
// enough for every one of the 2^32 inputs (tests/exhaustive shows it). No branch, no table and no integer
// from a double, so that loops over them become vectors on every CPU. There are two sets of operations, with
// fma and without, each the same on all its targets. Where a value is clamped or chosen, NaN fails the
// comparison and passes. Coefficients: sollya/.

// Compilers give up on a loop that calls, and these are long.
#define RONDO_INLINE [[gnu::always_inline]] inline

// a · b + c, rounded once where that is one instruction: a core then comes nearer to the exact value.
RONDO_INLINE double mul_add(double a, double b, double c) {
#if defined(__FMA__) || defined(__aarch64__)
  return __builtin_fma(a, b, c);
#else
  return a * b + c;
#endif
}

RONDO_INLINE std::uint64_t bits_of(double x) {
  return __builtin_bit_cast(std::uint64_t, x);
}

RONDO_INLINE double from_bits(std::uint64_t x) {
  return __builtin_bit_cast(double, x);
}

// `sum` + `error`, where sum is their sum in double, rounded to odd: an inexact value gets an odd last bit,
// so rounding it again to float rounds the exact value (Boldo and Melquiond, 2008). Infinities and NaN stay.
RONDO_INLINE double to_odd(double sum, double error) {
  const std::uint64_t toward_zero = (bits_of(sum) ^ bits_of(error)) >> 63;
  const double odd = from_bits((bits_of(sum) - toward_zero) | 1);
  return error < 0.0 || error > 0.0 ? odd : sum;
}

// high + low to odd, where |high| ≥ |low| or high is 0 (Dekker's Fast2Sum).
RONDO_INLINE double odd_sum(double high, double low) {
  const double sum = high + low;
  return to_odd(sum, low - (sum - high));
}

// a · b + c rounded once. Without the instruction: the product is exact in double, the sum goes to odd
// (TwoSum).
RONDO_INLINE float fma_float(float a, float b, float c) {
#if defined(__FMA__) || defined(__aarch64__)
  return __builtin_fmaf(a, b, c);
#else
  const double product = static_cast<double>(a) * static_cast<double>(b);
  const double addend = static_cast<double>(c);
  const double sum = product + addend;
  const double back = sum - product;
  return static_cast<float>(to_odd(sum, (product - (sum - back)) + (addend - back)));
#endif
}

// Log 2 in 38 bits, so that an exponent times it is exact, and the rest.
constexpr double log2_high = 0x1.62e42fefap-1;
constexpr double log2_low = 0x1.cf79abc9e3b3ap-40;

constexpr double log2_inverse = 0x1.71547652b82fep0;

// Of exp's polynomial, from the highest power down.
constexpr double exp_odd[] = {0x1.af85944d2a2e6p-26, 0x1.71dddfc5dfd79p-19, 0x1.a01a01bae3c82p-13,
                              0x1.111111110d63ap-7, 0x1.5555555555561p-3};
constexpr double exp_even[] = {0x1.28b11052fc445p-22, 0x1.a01995a28bb97p-16, 0x1.6c16c1860e3dfp-10,
                               0x1.555555554fdf1p-5, 0x1.000000000000cp-1};

// exp(x) = scale · (1 + rest), scale a power of two, |rest| < 0.42. |x| < 1000.
struct Exponential {
  double scale;
  double rest;
};

RONDO_INLINE Exponential exponential(double x) {
  constexpr double round = 0x1.8p52;  // adding it leaves the nearest integer in the low bits
  const double shifted = mul_add(x, log2_inverse, round);
  const double n = shifted - round;
  const double r = mul_add(n, -log2_low, mul_add(n, -log2_high, x));
  const double rr = r * r;
  double odd = exp_odd[0];
  odd = mul_add(odd, rr, exp_odd[1]);
  odd = mul_add(odd, rr, exp_odd[2]);
  odd = mul_add(odd, rr, exp_odd[3]);
  odd = mul_add(odd, rr, exp_odd[4]);
  double even = exp_even[0];
  even = mul_add(even, rr, exp_even[1]);
  even = mul_add(even, rr, exp_even[2]);
  even = mul_add(even, rr, exp_even[3]);
  even = mul_add(even, rr, exp_even[4]);
  return {from_bits((bits_of(shifted) + 1023) << 52), mul_add(rr, mul_add(odd, r, even), r)};
}

// Below -105 the result is +0, above 90 infinite.
RONDO_INLINE float exp_float(float x) {
  float t = x > 90.0F ? 90.0F : x;
  t = t < -105.0F ? -105.0F : t;
  const Exponential e = exponential(static_cast<double>(t));
  return static_cast<float>(mul_add(e.scale, e.rest, e.scale));
}

// Of |x|: E / (E + 2) with E = exp(2 |x|) - 1. From 10 on it rounds to 1.
RONDO_INLINE float tanh_float(float x) {
  float t = __builtin_fabsf(x);
  t = t > 10.0F ? 10.0F : t;
  const Exponential e = exponential(static_cast<double>(t + t));
  const double less_one = mul_add(e.scale, e.rest, e.scale - 1.0);
  return __builtin_copysignf(static_cast<float>(less_one / (less_one + 2.0)), x);
}

// Log(2^k (1 + f)) with sqrt(1/2) ≤ 1 + f < sqrt(2) (Tang's and fdlibm's form): f - f²/2 + s (f²/2 + R(s²)),
// s = f / (f + 2). half + half_low is f²/2, half without error. What is added up last goes to odd.
RONDO_INLINE double log_core(double k, double f, double half, double half_low) {
  const double s = f / (f + 2.0);
  const double z = s * s;
  double r = 0x1.2f02bc1e5f33ep-3;
  r = mul_add(r, z, 0x1.39a2024cdf70ap-3);
  r = mul_add(r, z, 0x1.74663bf27f228p-3);
  r = mul_add(r, z, 0x1.c71c5218e11ccp-3);
  r = mul_add(r, z, 0x1.24924941dc60dp-2);
  r = mul_add(r, z, 0x1.999999997ff58p-2);
  r = mul_add(r, z, 0x1.5555555555592p-1);
  r = r * z;
  const double a = f - half;
  const double a_low = (f - a) - half;
  const double whole = k * log2_high;
  const double b = whole + a;
  const double b_low = a - (b - whole);
  const double low = mul_add(k, log2_low, mul_add(s, (half + half_low) + r, -half_low));
  return odd_sum(b, low + (a_low + b_low));
}

// x = 2^k m with m in [sqrt(1/2), sqrt(2)), for a normal x > 0.
struct Split {
  double k;
  double m;
};

RONDO_INLINE Split split(double x) {
  constexpr std::uint64_t one = 0x3ff0000000000000;
  constexpr std::uint64_t root_half = 0x3fe6a09e667f3bcd;
  const std::uint64_t shifted = bits_of(x) + (one - root_half);
  const double k = from_bits(0x4330000000000000 | (shifted >> 52)) - (0x1p52 + 1023.0);
  return {k, from_bits((shifted & 0x000fffffffffffff) + root_half)};
}

constexpr double infinity = __builtin_inf();

// The square of f is exact: f has 24 bits.
RONDO_INLINE float log_float(float x) {
  const double t = static_cast<double>(x);
  const Split u = split(t);
  const double f = u.m - 1.0;
  const double value = log_core(u.k, f, 0.5 * (f * f), 0.0);
  const double special = t < 0.0 ? __builtin_nan("") : (t > 0.0 ? t : t - infinity);
  return static_cast<float>(t > 0.0 && t < infinity ? value : special);
}

// Where k is 0 f is x itself, else 1 + x - 1 is exact but for x ≥ 2^53, and wider than 26 bits: its square is
// taken in two parts.
RONDO_INLINE float log1p_float(float x) {
  const double t = static_cast<double>(x);
  const Split u = split(1.0 + t);
  const double f = u.k == 0.0 ? t : u.m - 1.0;
  const double top = from_bits(bits_of(f) & 0xfffffffff8000000);
  const double value = log_core(u.k, f, 0.5 * (top * top), 0.5 * ((f + top) * (f - top)));
  const double special = t < -1.0 ? __builtin_nan("") : (t == -1.0 ? -infinity : t);
  return static_cast<float>(t > -1.0 && t < infinity && t != 0.0 ? value : special);
}

// P(a²) of erf below 1.625.
RONDO_INLINE double erf_near(double a) {
  const double v = a * a;
  const double w = v * v;
  double odd = -0x1.26f59eb5600e9p-47;
  odd = mul_add(odd, w, -0x1.a1cfd42ddb4bp-38);
  odd = mul_add(odd, w, -0x1.4fd89bb147138p-30);
  odd = mul_add(odd, w, -0x1.5f695f40202f9p-23);
  odd = mul_add(odd, w, -0x1.f4d239908866ap-17);
  odd = mul_add(odd, w, -0x1.c02db3e344b01p-11);
  odd = mul_add(odd, w, -0x1.b82ce3127fdcfp-6);
  odd = mul_add(odd, w, -0x1.812746b0379e1p-2);
  double even = 0x1.4ce743f41af14p-42;
  even = mul_add(even, w, 0x1.9228760608a0dp-34);
  even = mul_add(even, w, 0x1.fc4b5a051194cp-27);
  even = mul_add(even, w, 0x1.b9e55fa0e4f64p-20);
  even = mul_add(even, w, 0x1.f9a3249896ee8p-14);
  even = mul_add(even, w, 0x1.565bcd0d81c58p-8);
  even = mul_add(even, w, 0x1.ce2f21a04290cp-4);
  even = mul_add(even, w, 0x1.0a6db43efab53p-30);
  return mul_add(odd, v, even);
}

// P(d) of erf from there on.
RONDO_INLINE double erf_far(double d) {
  const double w = d * d;
  double odd = -0x1.e0286f01b6e94p-39;
  odd = mul_add(odd, w, 0x1.6627e68bdbc28p-34);
  odd = mul_add(odd, w, -0x1.0efc3971381a9p-30);
  odd = mul_add(odd, w, 0x1.fabef6183ec9fp-29);
  odd = mul_add(odd, w, 0x1.0a08dc08b34a5p-24);
  odd = mul_add(odd, w, -0x1.c75f9f2228293p-21);
  odd = mul_add(odd, w, 0x1.2af5686000f85p-20);
  odd = mul_add(odd, w, 0x1.5d235da032c57p-15);
  odd = mul_add(odd, w, -0x1.0565953f5cddbp-13);
  odd = mul_add(odd, w, -0x1.5c8b5eb56266bp-10);
  odd = mul_add(odd, w, -0x1.331a9620fd195p-9);
  odd = mul_add(odd, w, -0x1.1c09a96edbb3ep-10);
  double even = -0x1.63100cf018f8dp-37;
  even = mul_add(even, w, 0x1.c34c61499af5ap-36);
  even = mul_add(even, w, 0x1.2d22d779aa5cdp-29);
  even = mul_add(even, w, -0x1.14f1c2b703806p-25);
  even = mul_add(even, w, 0x1.c15fa4169dcbfp-24);
  even = mul_add(even, w, 0x1.d2548b19b5a5p-20);
  even = mul_add(even, w, -0x1.0848641a92e68p-16);
  even = mul_add(even, w, -0x1.20d424b3933eep-15);
  even = mul_add(even, w, 0x1.2fe8ecf0f696cp-11);
  even = mul_add(even, w, 0x1.0fec288a23204p-9);
  even = mul_add(even, w, 0x1.f5a8a52bf5443p-10);
  even = mul_add(even, w, 0x1.9202b4b71689fp-12);
  return mul_add(odd, d, even);
}

// Of a = |x|, from 3.9375 on 1: a · (29 bits of 2/√π) + a · P(a²), or erf(c) + d · P(d) with d = a - c, where
// erf(c) is a double but for 2^-63. The sum goes to odd.
RONDO_INLINE float erf_float(float x) {
  float size = __builtin_fabsf(x);
  size = size > 3.9375F ? 3.9375F : size;
  const double a = static_cast<double>(size);
  const double d = a - 0x1.69cp1;
  const double near = a * erf_near(a);
  const double far = d * erf_far(d);
  const double high = a < 1.625 ? a * 0x1.20dd75p0 : 0x1.fff795c03617bp-1;
  return __builtin_copysignf(static_cast<float>(odd_sum(high, a < 1.625 ? near : far)), x);
}

// One of them of many values. y may be x.
template <float (*function)(float)>
inline void of_each(std::size_t count, const float* x, float* y) {
  for (std::size_t i = 0; i < count; ++i) y[i] = function(x[i]);
}

#undef RONDO_INLINE
