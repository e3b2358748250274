/**
 * A sine of which every engine makes the same bits: `Math.sin` is only required to be good, and V8's own versions differ in its last
 * bit. Tables made with it let a stream be replayed bit-exactly elsewhere.
 *
 * Source   the series of the sine
 */

/** Coefficients from x^21 down to x^3, each of the next one up: 1 / (n (n - 1)), n = 21, 19 … 3. */
const STEPS = [21, 19, 17, 15, 13, 11, 9, 7, 5, 3].map((n) => 1 / (n * (n - 1)))

/**
 * sin(πx), good to 4e-16, and exactly 0 at whole numbers.
 * Thread: any      Realtime: no
 */
export const sinePi = (x: number): number => {
  const whole = Math.round(x)
  const angle = Math.PI * (x - whole)
  const square = angle * angle
  let sum = 1
  for (const step of STEPS) sum = 1 - square * step * sum
  return whole % 2 === 0 ? angle * sum : -angle * sum
}
