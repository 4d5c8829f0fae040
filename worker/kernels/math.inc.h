// Included inside a target's namespace: float functions, each rounded once (nearest even) from the exact
// value.
//
// All are evaluated in double and demoted once. A core's error is below 2^-54 of its result, which is enough
// for every one of the 2^32 inputs (tests/exhaustive shows it). No branch, no table and no integer from a
// double, so that loops over them become vectors on every CPU. Plain + - * / only: all targets do the very
// same operations. Where a value is clamped or chosen, NaN fails the comparison and passes. Coefficients:
// sollya/.

inline std::uint64_t bits_of(double x) {
  return __builtin_bit_cast(std::uint64_t, x);
}

inline double from_bits(std::uint64_t x) {
  return __builtin_bit_cast(double, x);
}

// `sum` + `error`, where sum is their sum in double, rounded to odd: an inexact value gets an odd last bit,
// so rounding it again to float rounds the exact value (Boldo and Melquiond, 2008). Infinities and NaN stay.
inline double to_odd(double sum, double error) {
  const std::uint64_t toward_zero = (bits_of(sum) ^ bits_of(error)) >> 63;
  const double odd = from_bits((bits_of(sum) - toward_zero) | 1);
  return error < 0.0 || error > 0.0 ? odd : sum;
}

// high + low to odd, where |high| ≥ |low| or high is 0 (Dekker's Fast2Sum).
inline double odd_sum(double high, double low) {
  const double sum = high + low;
  return to_odd(sum, low - (sum - high));
}

// a · b + c rounded once. Without the instruction: the product is exact in double, the sum goes to odd
// (TwoSum).
inline float fma_float(float a, float b, float c) {
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

// exp(x) = scale · (1 + rest), scale a power of two, |rest| < 0.42. |x| < 1000.
struct Exponential {
  double scale;
  double rest;
};

inline Exponential exponential(double x) {
  constexpr double round = 0x1.8p52;  // adding it leaves the nearest integer in the low bits
  const double shifted = x * 0x1.71547652b82fep0 + round;
  const double n = shifted - round;
  const double r = (x - n * log2_high) - n * log2_low;
  double q = 0x1.af85944d2a2e6p-26;
  q = q * r + 0x1.28b11052fc445p-22;
  q = q * r + 0x1.71dddfc5dfd79p-19;
  q = q * r + 0x1.a01995a28bb97p-16;
  q = q * r + 0x1.a01a01bae3c82p-13;
  q = q * r + 0x1.6c16c1860e3dfp-10;
  q = q * r + 0x1.111111110d63ap-7;
  q = q * r + 0x1.555555554fdf1p-5;
  q = q * r + 0x1.5555555555561p-3;
  q = q * r + 0x1.000000000000cp-1;
  return {from_bits((bits_of(shifted) + 1023) << 52), r + (r * r) * q};
}

// Below -105 the result is +0, above 90 infinite.
inline float exp_float(float x) {
  double t = static_cast<double>(x);
  t = t > 90.0 ? 90.0 : t;
  t = t < -105.0 ? -105.0 : t;
  const Exponential e = exponential(t);
  return static_cast<float>(e.scale * odd_sum(1.0, e.rest));
}

// Of |x|: E / (E + 2) with E = exp(2 |x|) - 1. From 10 on it rounds to 1.
inline float tanh_float(float x) {
  const double given = static_cast<double>(x);
  double t = __builtin_fabs(given);
  t = t > 10.0 ? 10.0 : t;
  const Exponential e = exponential(t + t);
  const double less_one = e.scale * e.rest + (e.scale - 1.0);
  return static_cast<float>(__builtin_copysign(less_one / (less_one + 2.0), given));
}

// Log(2^k (1 + f)) with sqrt(1/2) ≤ 1 + f < sqrt(2) (Tang's and fdlibm's form): f - f²/2 + s (f²/2 + R(s²)),
// s = f / (f + 2). half + half_low is f²/2, half without error. What is added up last goes to odd.
inline double log_core(double k, double f, double half, double half_low) {
  const double s = f / (f + 2.0);
  const double z = s * s;
  double r = 0x1.2f02bc1e5f33ep-3;
  r = r * z + 0x1.39a2024cdf70ap-3;
  r = r * z + 0x1.74663bf27f228p-3;
  r = r * z + 0x1.c71c5218e11ccp-3;
  r = r * z + 0x1.24924941dc60dp-2;
  r = r * z + 0x1.999999997ff58p-2;
  r = r * z + 0x1.5555555555592p-1;
  r = r * z;
  const double a = f - half;
  const double a_low = (f - a) - half;
  const double whole = k * log2_high;
  const double b = whole + a;
  const double b_low = a - (b - whole);
  const double low = (s * (half + r) - half_low) + k * log2_low;
  return odd_sum(b, low + (a_low + b_low));
}

// x = 2^k m with m in [sqrt(1/2), sqrt(2)), for a normal x > 0.
struct Split {
  double k;
  double m;
};

inline Split split(double x) {
  constexpr std::uint64_t one = 0x3ff0000000000000;
  constexpr std::uint64_t root_half = 0x3fe6a09e667f3bcd;
  const std::uint64_t shifted = bits_of(x) + (one - root_half);
  const double k = from_bits(0x4330000000000000 | (shifted >> 52)) - (0x1p52 + 1023.0);
  return {k, from_bits((shifted & 0x000fffffffffffff) + root_half)};
}

constexpr double infinity = __builtin_inf();

// The square of f is exact: f has 24 bits.
inline float log_float(float x) {
  const double t = static_cast<double>(x);
  const Split u = split(t);
  const double f = u.m - 1.0;
  const double value = log_core(u.k, f, 0.5 * (f * f), 0.0);
  const double special = t < 0.0 ? __builtin_nan("") : (t > 0.0 ? t : t - infinity);
  return static_cast<float>(t > 0.0 && t < infinity ? value : special);
}

// Where k is 0 f is x itself, else 1 + x - 1 is exact but for x ≥ 2^53, and wider than 26 bits: its square is
// taken in two parts.
inline float log1p_float(float x) {
  const double t = static_cast<double>(x);
  const Split u = split(1.0 + t);
  const double f = u.k == 0.0 ? t : u.m - 1.0;
  const double top = from_bits(bits_of(f) & 0xfffffffff8000000);
  const double value = log_core(u.k, f, 0.5 * (top * top), 0.5 * ((f + top) * (f - top)));
  const double special = t < -1.0 ? __builtin_nan("") : (t == -1.0 ? -infinity : t);
  return static_cast<float>(t > -1.0 && t < infinity && t != 0.0 ? value : special);
}

// One of four by the segment of erf in which a lies.
inline double pick(double a, double s0, double s1, double s2, double s3) {
  return a < 1.0 ? s0 : (a < 1.875 ? s1 : (a < 2.8125 ? s2 : s3));
}

// Of a = |x|, from 3.9375 on 1: below 1 a · (29 bits of 2/√π) + a · P(a²), else erf(c) + d · P(d) with d = a
// - c, where erf(c) is a double but for 2^-62. The sum goes to odd.
inline float erf_float(float x) {
  const double given = static_cast<double>(x);
  double a = __builtin_fabs(given);
  a = a > 3.9375 ? 3.9375 : a;
  const double d = a - pick(a, 0.0, 0x1.63ap0, 0x1.260cp1, 0x1.ae84p1);
  const double v = a < 1.0 ? a * a : d;
  double p = pick(a, 0.0, 0x1.c166a54ebde79p-20, 0x1.b514aa90dc83fp-29, -0x1.3292c3ef3797cp-26);
  p = p * v + pick(a, 0.0, -0x1.5261f75385accp-19, -0x1.cf0235a0466f6p-21, 0x1.fe21d80c0a574p-26);
  p = p * v + pick(a, 0.0, -0x1.a26b671068d2bp-17, 0x1.6e2625bcdfbebp-19, 0x1.4955989939c86p-24);
  p = p * v +
      pick(a, 0x1.01765b6f67909p-34, 0x1.49b4b7e7b8755p-15, 0x1.77c3607964208p-21, -0x1.002f4b3b87543p-21);
  p = p * v +
      pick(a, -0x1.36d7271e0443bp-30, 0x1.2f08cc3d33066p-15, -0x1.7f2c4abe35522p-16, 0x1.312ff626d0d98p-20);
  p = p * v +
      pick(a, 0x1.f71874fbb84a3p-27, -0x1.5dc9a7a79ef7p-12, 0x1.b5a08d9b50e8dp-15, -0x1.b1591149ac53ap-21);
  p = p * v +
      pick(a, -0x1.5f0f3c269a7f9p-23, 0x1.1c5c743ecaa7bp-12, 0x1.3efc1e55b2decp-16, -0x1.2eb136b5d4b89p-18);
  p = p * v +
      pick(a, 0x1.b9dd26c616201p-20, 0x1.a8ad1e51c431fp-10, -0x1.812cede1b231bp-12, 0x1.6da311ba0a81bp-16);
  p = p * v +
      pick(a, -0x1.f4d1b7e24d654p-17, -0x1.09e43341fdb38p-8, 0x1.b9a4e87f06434p-11, -0x1.deef1b8c787a8p-15);
  p = p * v +
      pick(a, 0x1.f9a31f57b45aep-14, -0x1.ef8552eefb069p-10, -0x1.52197611c1274p-12, 0x1.c26091b0af249p-14);
  p = p * v +
      pick(a, -0x1.c02db3c2063cap-11, 0x1.68663de4f4f37p-6, -0x1.91fbb556bee03p-9, -0x1.44e079673b80dp-13);
  p = p * v +
      pick(a, 0x1.565bcd0d1a171p-8, -0x1.d6b5702af2d15p-6, 0x1.41694a55e6213p-7, 0x1.6d702dcfd1c64p-13);
  p = p * v +
      pick(a, -0x1.b82ce3127fd7p-6, -0x1.0b1154933a6d8p-5, -0x1.110b7e6b39d13p-6, -0x1.3e1b5cb632225p-13);
  p = p * v +
      pick(a, 0x1.ce2f21a0429c5p-4, 0x1.3fcb951b75869p-3, 0x1.2ca5d8b3c2f24p-6, 0x1.a0deb7d4da537p-14);
  p = p * v +
      pick(a, -0x1.812746b0379e3p-2, -0x1.d211c714fea55p-3, -0x1.b1b66157e6998p-7, -0x1.8505ed107eap-15);
  p = p * v +
      pick(a, 0x1.0a6db43ebc161p-30, 0x1.4f81250ab440fp-3, 0x1.79981a4ef2a68p-8, 0x1.cea77820a5fe6p-17);
  const double high =
      pick(a, a * 0x1.20dd75p0, 0x1.e6aca34cb8a53p-1, 0x1.ff68175fc773ep-1, 0x1.ffffbded9c6fp-1);
  return static_cast<float>(__builtin_copysign(odd_sum(high, d * p), given));
}
