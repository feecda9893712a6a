/** One line a figure: what was measured, the limit, whether it holds. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: 's' | 'ms' | 'MiB' | 'x' | 'rounds';
  /** Largest value that is still good; null for a baseline. */
  readonly limit: number | null;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

export function printFigures(figures: readonly Figure[]): void {
  for (const { name, value, unit, limit } of figures) {
    const verdict =
      limit === null
        ? ''
        : value <= limit
          ? `  (limit ${limit}: holds)`
          : `  (limit ${limit}: MISSED)`;
    console.log(
      `${name.padEnd(58)} ${value.toFixed(unit === 'ms' ? 0 : 2).padStart(9)} ${unit}${verdict}`,
    );
  }
}
