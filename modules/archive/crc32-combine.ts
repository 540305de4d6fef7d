/** The CRC-32 polynomial, bits reversed. Source: RFC 1952 section 8. */
const POLYNOMIAL = 0xedb88320;

/** Product of two polynomials over GF(2), modulo the CRC polynomial; bit 31 is the constant term. */
function multiply(a: number, b: number): number {
  let product = 0;
  let power = b;
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= power;
    power = power & 1 ? (power >>> 1) ^ POLYNOMIAL : power >>> 1;
  }
  return product >>> 0;
}

/** x^(2^n) modulo the polynomial, for n of 0 to 31. */
const SQUARES: readonly number[] = Array.from({ length: 31 }).reduce<number[]>(
  (powers) => [...powers, multiply(powers.at(-1)!, powers.at(-1)!)],
  [0x40000000],
);

/** CRC-32 of A followed by B: A's CRC is multiplied by x^(8 * length of B), which may be beyond 2^32. */
export function combineCrc32(crcA: number, crcB: number, byteLengthB: number): number {
  let shift = 0x80000000;
  let exponent = 3; // 2^3 bits a byte
  for (let rest = byteLengthB; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) shift = multiply(SQUARES[exponent % 32]!, shift);
    exponent++;
  }
  return (multiply(shift, crcA) ^ crcB) >>> 0;
}
