/**
 * Numbers out of numbers.
 *
 * @module
 */

/** The median; of an even number of values the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The least of them: of times, the one that other processes have disturbed least. */
export function fastest(values: readonly number[]): number {
  return Math.min(...values);
}

/** The geometric mean, which is the mean for ratios. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
