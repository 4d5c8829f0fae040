// Included inside a target's namespace: erf_float and tanh_float of many values. On AVX-512 they are
// evaluated in floats, by a polynomial for each of 32 pieces, whose coefficients stand in registers, with the
// test of the rounding that exp_in_floats.inc.h has: what is computed is below the true value, by at most
// `doubt` of it. Every float was tried (tests/exhaustive).

#if defined(__AVX512F__)

// The entry that the low five bits of each lane name.
inline Floats look_up(Words place, const float (&table)[32]) {
  return _mm512_permutex2var_ps(_mm512_load_ps(table), __builtin_bit_cast(__m512i, place),
                                _mm512_load_ps(table + 16));
}

// A piece's place in the tables, and its center.
struct Piece {
  Words place;
  Floats center;
};

// sollya/by_pieces.py tells what the constants are.
struct ErfByPieces {
  alignas(64) static constexpr float doubt[32] = {
      0x1.333334p-31F, 0x1.4p-30F,      0x1.733334p-31F, 0x1.666666p-31F, 0x1.266666p-31F, 0x1p-31F,
      0x1.ccccccp-32F, 0x1.99999ap-32F, 0x1.666666p-32F, 0x1.333334p-32F, 0x1.19999ap-32F, 0x1.99999ap-33F,
      0x1.333334p-33F, 0x1.333334p-33F, 0x1.333334p-33F, 0x1.333334p-33F, 0x1.333334p-33F, 0x1.333334p-33F,
      0x1.333334p-33F, 0x1.333334p-33F, 0x1.333334p-33F, 0x1.333334p-33F, 0x1.333334p-33F, 0x1.333334p-33F,
      0x1.333334p-33F, 0x1.333334p-33F, 0x1.333334p-33F, 0x1.333334p-33F, 0x1.333334p-33F, 0x1.333334p-33F,
      0x1.333334p-33F, 0x1.333334p-33F};
  alignas(64) static constexpr float high[32] = {
      0x0p+0F,        0x1.1f5e1ap-3F, 0x1.1af54ep-2F, 0x1.9dd0d2p-2F, 0x1.0a7ef6p-1F, 0x1.3f196ep-1F,
      0x1.6c1c98p-1F, 0x1.91724ap-1F, 0x1.af767ap-1F, 0x1.c6dad2p-1F, 0x1.d8865ep-1F, 0x1.e5768cp-1F,
      0x1.eea556p-1F, 0x1.f4f694p-1F, 0x1.f92d08p-1F, 0x1.fbe61ep-1F, 0x1.fd9ae2p-1F, 0x1.fea422p-1F,
      0x1.ff4048p-1F, 0x1.ff996p-1F,  0x1.ffcaa8p-1F, 0x1.ffe514p-1F, 0x1.fff2dp-1F,  0x1.fff9bap-1F,
      0x1.fffd1ap-1F, 0x1.fffeb4p-1F, 0x1.ffff7p-1F,  0x1.ffffc4p-1F, 0x1.ffffe8p-1F, 0x1.fffff6p-1F,
      0x1.fffffcp-1F, 0x1.fffffep-1F};
  alignas(64) static constexpr float low[32] = {
      0x0p+0F,          0x1.97aa6ap-30F,  0x1.0c98b4p-29F,  0x1.69bd38p-27F,  -0x1.fd1cdap-28F,
      -0x1.a18032p-28F, -0x1.4eed9ap-26F, -0x1.5f1058p-26F, 0x1.cb8a0ap-27F,  0x1.031bb8p-26F,
      -0x1.a1600ep-27F, 0x1.d44082p-28F,  -0x1.1eb96ep-26F, -0x1.2869cap-27F, -0x1.02146ep-26F,
      0x1.dd693p-26F,   -0x1.7c3f06p-26F, -0x1.ccce72p-27F, -0x1.40cf8ap-26F, 0x1.e6a37p-26F,
      0x1.e8606ap-26F,  0x1.76851p-26F,   -0x1.41516p-27F,  0x1.05d3aep-27F,  0x1.86f38ep-26F,
      -0x1.4e7318p-29F, -0x1.84c6dp-27F,  -0x1.d37f5ap-26F, -0x1.df8868p-26F, 0x1.82a40cp-29F,
      0x1.73ec24p-28F,  0x1.246a8p-26F};
  alignas(64) static constexpr float slope[32] = {
      0x1.20dd76p+0F,  0x1.1c62fap+0F,  0x1.0f5d16p+0F,  0x1.f5f0cep-1F,  0x1.c1efcap-1F,  0x1.86e96ap-1F,
      0x1.492e42p-1F,  0x1.0cab62p-1F,  0x1.a911fp-2F,   0x1.45e99cp-2F,  0x1.e4653p-3F,   0x1.5ce596p-3F,
      0x1.e72372p-4F,  0x1.499d48p-4F,  0x1.b0553p-5F,   0x1.12ceb4p-5F,  0x1.529b9ep-6F,  0x1.94624ep-7F,
      0x1.d4143ap-8F,  0x1.06918cp-8F,  0x1.1d8318p-9F,  0x1.2ce898p-10F, 0x1.3360ccp-11F, 0x1.30539p-12F,
      0x1.2408eap-13F, 0x1.0f9e1cp-14F, 0x1.e9b5e8p-16F, 0x1.abe09ep-17F, 0x1.6a5972p-18F, 0x1.296a7p-19F,
      0x1.d9371ep-21F, 0x1.6ce1aap-22F};
  alignas(64) static constexpr float slope_low[32] = {
      -0x1.fa61dap-25F, 0x1.bbfa4p-28F,   0x1.6e69ep-32F,   -0x1.4ea61ap-27F, 0x1.1e7e4ep-27F,
      -0x1.80a46p-26F,  0x1.acc9d2p-26F,  -0x1.052364p-29F, 0x1.2ba46cp-27F,  -0x1.a85fd6p-29F,
      -0x1.4cfbfep-29F, -0x1.e1aef4p-30F, 0x1.abc09ap-30F,  -0x1.d261bcp-30F, 0x1.8cfa72p-32F,
      -0x1.00b16ap-30F, 0x1.19281ap-31F,  0x1.e19ea8p-33F,  0x1.3ae454p-33F,  -0x1.39f2c6p-33F,
      -0x1.e12c7p-34F,  0x1.006ffep-35F,  0x1.a3c2fap-36F,  -0x1.138d7ep-38F, -0x1.1891d2p-39F,
      -0x1.64fc1cp-39F, 0x1.9ef3fcp-41F,  0x1.2188b2p-42F,  0x1.93c892p-46F,  0x1.e77598p-44F,
      0x1.7b4e64p-48F,  0x1.fb5238p-49F};
  alignas(64) static constexpr float p3[32] = {
      -0x1.812742p-2F, -0x1.6f5522p-2F, -0x1.3c973cp-2F, -0x1.e106c2p-3F, -0x1.2bf534p-3F, -0x1.c8107p-5F,
      0x1.b6e7e8p-6F,  0x1.7c9d62p-4F,  0x1.1b6144p-3F,  0x1.4cb3ccp-3F,  0x1.571dp-3F,    0x1.4374dap-3F,
      0x1.1c2a06p-3F,  0x1.d66328p-4F,  0x1.7148cep-4F,  0x1.143d24p-4F,  0x1.8b0aecp-5F,  0x1.0ea47ap-5F,
      0x1.63ef64p-6F,  0x1.c1ec1p-7F,   0x1.119d9cp-7F,  0x1.407fa6p-8F,  0x1.69cf22p-9F,  0x1.89e13cp-10F,
      0x1.9db6e8p-11F, 0x1.a372f4p-12F, 0x1.9aa3dap-13F, 0x1.845156p-14F, 0x1.62cbf2p-15F, 0x1.394a12p-16F,
      0x1.0b6964p-17F, 0x1.b95df6p-19F};
  alignas(64) static constexpr float p4[32] = {
      -0x1.d00c3cp-18F, 0x1.196b1p-4F,    0x1.040e5p-3F,    0x1.55282ep-3F,   0x1.76f0fcp-3F,
      0x1.696606p-3F,   0x1.349a3p-3F,    0x1.cc66a2p-4F,   0x1.1b5b56p-4F,   0x1.ca72ap-6F,
      -0x1.9384d4p-8F,  -0x1.f3b738p-6F,  -0x1.6d58bep-5F,  -0x1.974d3ap-5F,  -0x1.8a0e74p-5F,
      -0x1.5a32c2p-5F,  -0x1.1a2db6p-5F,  -0x1.afe90cp-6F,  -0x1.38ac62p-6F,  -0x1.ae57fep-7F,
      -0x1.1a884p-7F,   -0x1.62d4f6p-8F,  -0x1.ab0e06p-9F,  -0x1.ed4912p-10F, -0x1.11c772p-10F,
      -0x1.24535ep-11F, -0x1.2c7dcap-12F, -0x1.298ef8p-13F, -0x1.1c06cp-14F,  -0x1.0575b4p-15F,
      -0x1.d06decp-17F, -0x1.8e22dap-18F};
  alignas(64) static constexpr float p5[32] = {
      0x1.cf4f08p-4F,  0x1.aa2f72p-4F,  0x1.478628p-4F,  0x1.745332p-5F,  0x1.e16d1p-8F,   -0x1.c00e96p-6F,
      -0x1.b360acp-5F, -0x1.12f534p-4F, -0x1.1b194cp-4F, -0x1.f607c8p-5F, -0x1.826068p-5F, -0x1.f58f9cp-6F,
      -0x1.e7ebd6p-7F, -0x1.1c2fdp-9F,  0x1.aff0cep-8F,  0x1.76c23ep-7F,  0x1.ac58b4p-7F,  0x1.992d96p-7F,
      0x1.5d242ap-7F,  0x1.11def2p-7F,  0x1.91124ap-8F,  0x1.14adc8p-8F,  0x1.69aaa6p-9F,  0x1.c1e6p-10F,
      0x1.0b103cp-10F, 0x1.2f4b5ap-11F, 0x1.4a0fa4p-12F, 0x1.58b374p-13F, 0x1.59d5a2p-14F, 0x1.4da7f6p-15F,
      0x1.35cc48p-16F, 0x1.14e082p-17F};
  alignas(64) static constexpr float p6[32] = {
      -0x1.29d08cp-8F,  -0x1.6d331p-6F,   -0x1.4acadp-5F,   -0x1.962a32p-5F,  -0x1.95dc1ap-5F,
      -0x1.57f2dcp-5F,  -0x1.b2d39p-6F,   -0x1.72da5cp-7F,  0x1.66b64ap-8F,   0x1.cf86a4p-7F,
      0x1.56acd8p-6F,   0x1.69ca9p-6F,    0x1.3a4c1ap-6F,   0x1.db098ap-7F,   0x1.27ac3ap-7F,
      0x1.13d0cap-8F,   0x1.27f9dap-11F,  -0x1.b68bp-10F,   -0x1.6cf96cp-9F,  -0x1.9b85e2p-9F,
      -0x1.72363p-9F,   -0x1.2642dp-9F,   -0x1.b06e5ap-10F, -0x1.2c04a6p-10F, -0x1.84584cp-11F,
      -0x1.dbf5a6p-12F, -0x1.148a24p-12F, -0x1.33fdap-13F,  -0x1.4741ap-14F,  -0x1.4cacb4p-15F,
      -0x1.44c368p-16F, -0x1.2e7a0ep-17F};

  static constexpr float end = 3.9374F;
  // Beyond it the value is 1. Of two the second is returned where one is a NaN: it stays.
  static Floats within(Floats size) { return smaller(Lanes::all(end).v, size); }
  static Piece piece(Floats size) {
    const Floats round = Lanes::all(0x1.8p20F).v;  // adding it leaves the nearest eighth in the low bits
    const Floats shifted = size + round;
    return {__builtin_bit_cast(Words, shifted), shifted - round};
  }
  // The second derivative, times -1/2.
  static Floats second(Floats center, Floats, Floats steep) { return center * steep; }
  static constexpr auto in_doubles = erf_float;
};

struct TanhByPieces {
  alignas(64) static constexpr float doubt[32] = {
      0x1.666666p-32F, 0x1.333334p-32F, 0x1.19999ap-32F, 0x1.99999ap-33F, 0x1p-32F,        0x1p-32F,
      0x1p-32F,        0x1p-32F,        0x1p-32F,        0x1p-32F,        0x1p-32F,        0x1p-32F,
      0x1p-32F,        0x1p-32F,        0x1p-32F,        0x1p-32F,        0x1p-32F,        0x1p-32F,
      0x1p-32F,        0x1p-32F,        0x1p-32F,        0x1p-32F,        0x1p-32F,        0x1p-32F,
      0x1.333334p-31F, 0x1.4cccccp-30F, 0x1.733334p-31F, 0x1.733334p-31F, 0x1.266666p-31F, 0x1p-31F,
      0x1.ccccccp-32F, 0x1.99999ap-32F};
  alignas(64) static constexpr float high[32] = {
      0x1.85efacp-1F, 0x1.9e5cb6p-1F, 0x1.b2523cp-1F, 0x1.c278a6p-1F, 0x1.cf6f98p-1F, 0x1.d9c6fap-1F,
      0x1.e1fbfap-1F, 0x1.e8789ep-1F, 0x1.efb63cp-1F, 0x1.f60efcp-1F, 0x1.f9f272p-1F, 0x1.fc51f6p-1F,
      0x1.fdc3dp-1F,  0x1.fea4a8p-1F, 0x1.ff2d36p-1F, 0x1.ff801cp-1F, 0x1.ffc392p-1F, 0x1.ffe9c4p-1F,
      0x1.fff7d2p-1F, 0x1.fffcfep-1F, 0x1.fffee4p-1F, 0x1.ffff98p-1F, 0x1.ffffdap-1F, 0x1.fffff2p-1F,
      0x0p+0F,        0x1.fd5992p-4F, 0x1.f597eap-3F, 0x1.6ef53ep-2F, 0x1.d9353ep-2F, 0x1.1bf47ep-1F,
      0x1.45323ep-1F, 0x1.68665p-1F};
  alignas(64) static constexpr float low[32] = {
      -0x1.5f8376p-26F, -0x1.1acf1ep-27F, -0x1.28f006p-27F, -0x1.accbd2p-26F, -0x1.e82182p-27F,
      0x1.fae9c8p-26F,  -0x1.057b58p-26F, 0x1.9b9942p-26F,  0x1.e3bbe6p-29F,  -0x1.a9d106p-26F,
      0x1.c2a5dcp-26F,  -0x1.2e7b56p-26F, 0x1.8007cp-27F,   -0x1.8194f6p-26F, 0x1.67a12ep-26F,
      0x1.d5cdecp-27F,  0x1.e75758p-26F,  0x1.b1978ep-27F,  0x1.23e784p-29F,  -0x1.52f06ep-27F,
      0x1.368c36p-26F,  -0x1.078d84p-27F, -0x1.6d363p-27F,  -0x1.cf3fep-29F,  0x0p+0F,
      0x1.6e3e68p-29F,  0x1.9b29e4p-29F,  -0x1.94b1bcp-30F, -0x1.196f02p-27F, 0x1.553a0ap-26F,
      0x1.5029d6p-27F,  0x1.6f435ep-26F};
  alignas(64) static constexpr float slope[32] = {
      0x1.ae0dcp-2F,  0x1.615002p-2F,  0x1.1f2514p-2F,  0x1.cea744p-3F,  0x1.721652p-3F,  0x1.265e34p-3F,
      0x1.d22ca2p-4F, 0x1.6fcfa6p-4F,  0x1.007708p-4F,  0x1.3b09fp-5F,   0x1.811912p-6F,  0x1.d553f8p-7F,
      0x1.1d77f2p-7F, 0x1.5ae2eep-8F,  0x1.a53bcep-9F,  0x1.ff4e42p-10F, 0x1.e34bd4p-11F, 0x1.63b17p-12F,
      0x1.05bb8p-13F, 0x1.8128bcp-15F, 0x1.1b636cp-16F, 0x1.a10364p-18F, 0x1.32d26p-19F,  0x1.c37e7ap-21F,
      0x1p+0F,        0x1.f81526p-1F,  0x1.e149ap-1F,   0x1.be3fbap-1F,  0x1.92a946p-1F,  0x1.6284c4p-1F,
      0x1.3173b2p-1F, 0x1.02500ap-1F};
  alignas(64) static constexpr float slope_low[32] = {
      0x1.f0c776p-27F,  0x1.4b2cf6p-27F,  -0x1.c4c6c4p-27F, 0x1.ee983p-28F,   0x1.041bd8p-28F,
      -0x1.4c34p-29F,   -0x1.f4f816p-31F, 0x1.b27302p-29F,  -0x1.d2a0b4p-29F, 0x1.d48dc2p-31F,
      0x1.ad4d56p-34F,  0x1.c32218p-32F,  0x1.c83882p-32F,  -0x1.46641ap-33F, 0x1.e002d6p-34F,
      0x1.4abb6ap-35F,  0x1.63e8eep-40F,  0x1.d635ccp-38F,  0x1.f1591ep-38F,  0x1.38f97ap-41F,
      -0x1.10049ap-41F, -0x1.e1c552p-43F, 0x1.c4481ap-44F,  -0x1.daa864p-47F, -0x1.333334p-32F,
      -0x1.4d9db8p-26F, 0x1.401e38p-27F,  0x1.fda692p-26F,  0x1.f0ca54p-26F,  -0x1.942606p-26F,
      -0x1.16bf8ep-29F, 0x1.25460ep-30F};
  alignas(64) static constexpr float p3[32] = {
      0x1.a85d22p-4F,  0x1.c68cf4p-4F,  0x1.bba40ep-4F,  0x1.97d704p-4F,  0x1.67b1fap-4F,  0x1.33de7cp-4F,
      0x1.01ba08p-4F,  0x1.a85b94p-5F,  0x1.35d654p-5F,  0x1.8bd22ap-6F,  0x1.ef5c52p-7F,  0x1.3229b2p-7F,
      0x1.77a676p-8F,  0x1.cad7a4p-9F,  0x1.1777dcp-9F,  0x1.53df5ep-10F, 0x1.41bd78p-11F, 0x1.d9ff9ap-13F,
      0x1.5ce5ecp-14F, 0x1.00bed2p-15F, 0x1.79d3ccp-17F, 0x1.15fee2p-18F, 0x1.99142ep-20F, 0x1.2cfbf6p-21F,
      -0x1.55554ep-2F, -0x1.407702p-2F, -0x1.071e3cp-2F, -0x1.6dc502p-3F, -0x1.81d998p-4F, -0x1.2427a2p-6F,
      0x1.568006p-5F,  0x1.4f1526p-4F};
  alignas(64) static constexpr float p4[32] = {
      0x1.c5f482p-6F,   0x1.ac4372p-9F,   -0x1.9bf1bp-7F,   -0x1.5dd6b8p-6F,  -0x1.991cacp-6F,
      -0x1.9d1d64p-6F,  -0x1.8157f8p-6F,  -0x1.55ec46p-6F,  -0x1.0cdffep-6F,  -0x1.6c61cap-7F,
      -0x1.d7a1bcp-8F,  -0x1.29499cp-8F,  -0x1.710fbcp-9F,  -0x1.c5f31ep-10F, -0x1.15acf2p-10F,
      -0x1.528d34p-11F, -0x1.412656p-12F, -0x1.d9ae9ap-14F, -0x1.5cd0bcp-15F, -0x1.00b996p-16F,
      -0x1.79d1bcp-18F, -0x1.15fe1cp-19F, -0x1.99149p-21F,  -0x1.2cfc4ap-22F, -0x1.d01ddp-17F,
      0x1.468dfep-4F,   0x1.1e0b08p-3F,   0x1.584bb8p-3F,   0x1.513d1p-3F,    0x1.1a69aep-3F,
      0x1.9896eap-4F,   0x1.f1e17cp-5F};
  alignas(64) static constexpr float p5[32] = {
      -0x1.7b47bp-5F,  -0x1.05fb3p-5F,  -0x1.3abc66p-6F, -0x1.345accp-7F, -0x1.5eb204p-9F, 0x1.7f75dep-10F,
      0x1.e2f63cp-9F,  0x1.2f5c9p-8F,   0x1.31ad12p-8F,  0x1.e59f92p-9F,  0x1.544a5ap-9F,  0x1.c03a84p-10F,
      0x1.1d41bep-10F, 0x1.6405e8p-11F, 0x1.b756f8p-12F, 0x1.0d3fc6p-12F, 0x1.02307cp-13F, 0x1.7dc1c6p-15F,
      0x1.19601cp-16F, 0x1.9e5146p-18F, 0x1.30e8f4p-19F, 0x1.c0bc38p-21F, 0x1.4a2a2cp-22F, 0x1.e5d9ecp-24F,
      0x1.12313ep-3F,  0x1.db5dfcp-4F,  0x1.27f85cp-4F,  0x1.32cad2p-6F,  -0x1.bbddeap-6F, -0x1.c2673p-5F,
      -0x1.05cbdep-4F, -0x1.e1c57ep-5F};
  alignas(64) static constexpr float p6[32] = {
      0x1.436894p-6F,   0x1.2e27cap-6F,   0x1.935e4ap-7F,   0x1.6890bep-7F,   0x1.0869eap-7F,
      0x1.d844e6p-9F,   0x1.047844p-9F,   0x1.a325f6p-10F,  -0x1.b6f2ep-12F,  -0x1.8b3d16p-11F,
      -0x1.5fdf0ap-11F, -0x1.0635f4p-11F, -0x1.5f9ap-12F,   -0x1.ca3154p-13F, -0x1.1abd5ep-13F,
      -0x1.5f4388p-14F, -0x1.5555cep-15F, -0x1.fb161ap-17F, -0x1.765f1cp-18F, -0x1.13ce1ap-19F,
      -0x1.9609b4p-21F, -0x1.2b06bcp-22F, -0x1.b7d846p-24F, -0x1.43ad8cp-25F, -0x1.2a760cp-7F,
      -0x1.619c38p-5F,  -0x1.18367ep-4F,  -0x1.1c3542p-4F,  -0x1.920692p-5F,  -0x1.8e4b8ap-6F,
      -0x1.4e310cp-10F, 0x1.06224cp-6F};
  alignas(64) static constexpr float centers[32] = {
      0x1p+0F,    0x1.2p+0F,  0x1.4p+0F,  0x1.6p+0F,  0x1.8p+0F,  0x1.ap+0F,  0x1.cp+0F,  0x1.ep+0F,
      0x1.08p+1F, 0x1.28p+1F, 0x1.48p+1F, 0x1.68p+1F, 0x1.88p+1F, 0x1.a8p+1F, 0x1.c8p+1F, 0x1.e8p+1F,
      0x1.0cp+2F, 0x1.2cp+2F, 0x1.4cp+2F, 0x1.6cp+2F, 0x1.8cp+2F, 0x1.acp+2F, 0x1.ccp+2F, 0x1.ecp+2F,
      0x0p+0F,    0x1p-3F,    0x1p-2F,    0x1.8p-2F,  0x1p-1F,    0x1.4p-1F,  0x1.8p-1F,  0x1.cp-1F};

  static constexpr float end = 7.9374F;
  static Floats within(Floats size) { return size; }
  // Below 15/16 the first of the two is the larger one, within 1 and 2. A piece begins a little behind 1/16,
  // where size - 1/8 has no more bits than size.
  static Piece piece(Floats size) {
    const Floats large = fma_lanes({size}, Lanes::all(2.0F), Lanes::all(0.125F)).v;
    const auto place = __builtin_bit_cast(Words, larger(size + Lanes::all(0x1.0ffffp+0F).v, large)) >> 20;
    return {place, look_up(place, centers)};
  }
  static Floats second(Floats, Floats value, Floats steep) { return value * steep; }
  static constexpr auto in_doubles = tanh_float;
};

// Of `size` within 0 and F::end; `doubt` gets bits where it may be another float.
template <class F>
[[gnu::always_inline]] inline Floats by_pieces(Floats size, Words& doubt) {
  const auto fma = [](Floats a, Floats b, Floats c) { return fma_lanes({a}, {b}, {c}).v; };
  const auto [place, center] = F::piece(size);
  const Floats d = size - center;  // without error
  const Floats square = d * d;
  const Floats high = look_up(place, F::high);
  const Floats slope = look_up(place, F::slope);
  Floats p = look_up(place, F::p6);
  p = fma(p, d, look_up(place, F::p5));
  p = fma(p, d, look_up(place, F::p4));
  p = fma(p, d, look_up(place, F::p3));
  const Floats large = fma(slope, d, high);
  const Floats lost = fma(slope, d, high - large);
  const Floats behind = fma(square * d, p, fma(d, look_up(place, F::slope_low), look_up(place, F::low)));
  const Floats small = fma(square, -F::second(center, high, slope), behind + lost);
  const Floats value = large + small;
  const Floats rounded = small - (value - large);  // without error (Dekker's Fast2Sum)
  const Floats above = value + fma(value, look_up(place, F::doubt), rounded);
  doubt = __builtin_bit_cast(Words, value) ^ __builtin_bit_cast(Words, above);
  return value;
}

// Values that floats do not suffice for, to be computed together: one costs as much as a register of them.
template <class F>
struct Remainder {
  static constexpr std::size_t most = 64;
  float x[most + Lanes::width];
  std::uint32_t place[most + Lanes::width];
  std::size_t count = 0;

  // Those of a register at `first` that `lanes` names.
  [[gnu::noinline]] void add(std::uint32_t lanes, Floats t, std::size_t first, float* y) {
    const __m512i ahead = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i places = _mm512_add_epi32(_mm512_set1_epi32(static_cast<int>(first)), ahead);
    const auto mask = static_cast<__mmask16>(lanes);
    _mm512_storeu_ps(x + count, _mm512_maskz_compress_ps(mask, t));
    _mm512_storeu_si512(place + count, _mm512_maskz_compress_epi32(mask, places));
    count += static_cast<std::size_t>(__builtin_popcount(lanes));
    if (count >= most) finish(y);
  }

  void finish(float* y) {
    of_each<F::in_doubles>(count, x, x);
    for (std::size_t i = 0; i < count; ++i) y[place[i]] = x[i];
    count = 0;
  }
};

// Of one register; tells the lanes that are left to doubles. Below 2^-80 the parts would be denormal, but for
// zeros, which are frequent.
template <class F>
[[gnu::always_inline]] inline std::uint32_t by_pieces_to(Floats t, Floats& y) {
  constexpr std::uint32_t sign = 0x80000000;
  constexpr std::uint32_t least = 0x17800000;  // 2^-80
  constexpr std::uint32_t most = __builtin_bit_cast(std::uint32_t, F::end);
  const auto bits = __builtin_bit_cast(Words, t);
  const Floats size = F::within(__builtin_bit_cast(Floats, bits & ~sign));
  Words doubt;
  const auto value = __builtin_bit_cast(Words, by_pieces<F>(size, doubt));
  y = __builtin_bit_cast(Floats, value | (bits & sign));
  const auto whole = __builtin_bit_cast(__m512i, size);
  const auto different = __builtin_bit_cast(__m512i, doubt);
  const __mmask16 some = _mm512_test_epi32_mask(whole, whole);
  const __m512i behind = _mm512_sub_epi32(whole, _mm512_set1_epi32(least));
  const __mmask16 outside =
      _mm512_mask_cmp_epu32_mask(some, behind, _mm512_set1_epi32(most - least), _MM_CMPINT_NLE);
  return _mm512_test_epi32_mask(different, different) | static_cast<std::uint32_t>(outside);
}

// Two registers at a time, whose operations fill each other's waits.
template <class F>
inline void some_by_pieces(std::size_t count, const float* x, float* y) {
  constexpr std::size_t width = Lanes::width;
  Remainder<F> left;
  std::size_t i = 0;
  for (; i + 2 * width <= count; i += 2 * width) {
    const Floats t[2] = {Lanes::load(x + i).v, Lanes::load(x + i + width).v};
    Floats f[2];
    const std::uint32_t lanes[2] = {by_pieces_to<F>(t[0], f[0]), by_pieces_to<F>(t[1], f[1])};
    Lanes{f[0]}.store(y + i);
    Lanes{f[1]}.store(y + i + width);
    if (__builtin_expect((lanes[0] | lanes[1]) == 0, 1)) continue;
    left.add(lanes[0], t[0], i, y);
    left.add(lanes[1], t[1], i + width, y);
  }
  for (; i < count; i += width) {
    const std::size_t some = count - i < width ? count - i : width;
    const Floats t = Lanes::load_first(x + i, some).v;
    Floats f;
    const std::uint32_t lanes = by_pieces_to<F>(t, f) & ((1U << some) - 1U);
    Lanes{f}.store_first(y + i, some);
    left.add(lanes, t, i, y);
  }
  left.finish(y);
}

// In parts whose places have 32 bits.
template <class F>
inline void all_by_pieces(std::size_t count, const float* x, float* y) {
  constexpr std::size_t part = 65536;
  for (; count > part; count -= part, x += part, y += part) some_by_pieces<F>(part, x, y);
  some_by_pieces<F>(count, x, y);
}

#endif

// y may be x.
void erf_of(std::size_t count, const float* x, float* y) {
#if defined(__AVX512F__)
  all_by_pieces<ErfByPieces>(count, x, y);
#else
  of_each<erf_float>(count, x, y);
#endif
}

void tanh_of(std::size_t count, const float* x, float* y) {
#if defined(__AVX512F__)
  all_by_pieces<TanhByPieces>(count, x, y);
#else
  of_each<tanh_float>(count, x, y);
#endif
}
