/** One line a figure: what was measured, the limit, whether it holds. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: 's' | 'ms' | 'MiB' | 'x' | 'rounds' | 'rows/s' | 'mails/s';
  /** Largest value that is still good, of a rate the smallest; null for a baseline. */
  readonly limit: number | null;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

export function printFigures(figures: readonly Figure[]): void {
  for (const figure of figures) {
    const { name, unit, limit } = figure;
    const verdict =
      limit === null ? '' : `  (limit ${limit}: ${holds(figure, limit) ? 'holds' : 'MISSED'})`;
    console.log(`${name.padEnd(58)} ${digits(figure).padStart(9)} ${unit}${verdict}`);
  }
}

const holds = ({ value, unit }: Figure, limit: number): boolean =>
  isRate(unit) ? value >= limit : value <= limit;

const isRate = (unit: Figure['unit']): boolean => unit === 'rows/s' || unit === 'mails/s';

const digits = ({ value, unit }: Figure): string => {
  const isWhole = isRate(unit) || (unit === 'ms' && value >= 10);
  return value.toFixed(isWhole ? 0 : 2);
};
