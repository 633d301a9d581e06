import Table from 'cli-table3';

/** Rows as a table on a terminal: the first column to the left, the others to the right. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
  });
  for (const row of rows) table.push([...row]);
  return table.toString();
}

/** A number with three significant digits and no exponent, thousands apart: 0.0123, 4.56, 12,300. */
export function figureText(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 }).format(value);
}
