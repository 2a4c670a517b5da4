/**
 * Numbers out of numbers.
 *
 * @module
 */

/** The median; of an even number of values the mean of the middle two. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The ends of the middle half of the values. */
export function quartiles(values: readonly number[]): [low: number, high: number] {
  return [quantile(values, 0.25), quantile(values, 0.75)];
}

/** The value below which a part of the values lies; between two of them, in proportion. */
function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = part * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return low + (high - low) * (place % 1);
}

/** The geometric mean, which is the mean for ratios. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Each of some values divided by the one that was measured in the same round. */
export function ratios(values: readonly number[], by: readonly number[]): number[] {
  const rounds = Math.min(values.length, by.length);
  return Array.from({ length: rounds }, (_, round) => values[round]! / by[round]!);
}
