// Numbers that look random and follow from a seed, everywhere the same: a xorshift generator of 32
// bits (G. Marsaglia, Xorshift RNGs, Journal of Statistical Software, 2003).

/** A generator of whole numbers from 0 to 2^32 - 1, begun at a whole number. */
export function generator(seed) {
  // Near seeds are led far apart; 0 would stay 0.
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let i = 0; i < 16; i++) next();
  return next;
}

/** A number from 0 to less than 1. */
export const uniform = next => next() / 2 ** 32;

/**
 * A number of a normal distribution of mean 0 and deviation 1, as the sum of twelve uniform ones
 * less six: sums are the same in every browser, and logarithms may not be.
 */
export function normal(next) {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += uniform(next);
  return sum;
}

/** A number rounded to some decimals, so that a program that is copied is short. */
export const rounded = (number, decimals) => Number(number.toFixed(decimals));
