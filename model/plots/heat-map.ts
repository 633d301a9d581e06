import { escapedText, NEUTRAL, rounded, shortName, svgHead, svgText, textWidth } from './svg-text.ts';
import { PLOT_COLOURS } from './plot-colours.ts';

export interface HeatMapOptions {
  readonly title: string;
  /** Of the rows and of the columns. */
  readonly names: readonly string[];
  /** [row][column] ≥ 0 */
  readonly counts: readonly (readonly number[])[];
  /** What rows and columns are. */
  readonly rowsAre: string;
  readonly columnsAre: string;
}

const CELL = { least: 25, most: 46, whole: 640 } as const;
const MARGIN = 16;
const TITLE_HEIGHT = 40;
/** Beyond this share a cell is dark enough for white text. */
const WHITE_TEXT_SHARE = 0.55;

/**
 * A confusion matrix as an SVG picture: each cell is the share of its row in percent, so that small classes show as large
 * ones do. Cells of less than half a percent stay without a number.
 */
export function heatMap({ title, names, counts, rowsAre, columnsAre }: HeatMapOptions): string {
  const cell = Math.max(CELL.least, Math.min(CELL.most, Math.floor(CELL.whole / Math.max(1, names.length))));
  const sums = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const rowNames = names.map((name, row) => `${shortName(name)} (${sums[row]!})`);
  const labelWidth = Math.max(0, ...rowNames.map((name) => textWidth(name))) + 8;
  const columnHeight = Math.max(0, ...names.map((name) => textWidth(shortName(name)))) * Math.SQRT1_2 + 20;
  const left = MARGIN + 24 + labelWidth;
  const top = TITLE_HEIGHT + 22 + columnHeight;
  const side = cell * names.length;
  const width = Math.max(left + side + columnHeight, MARGIN * 2 + textWidth(title, 15));
  const frame = { left, top, cell };
  return [
    svgHead(title, { width, height: top + side + MARGIN }),
    svgText({ x: MARGIN, y: 26 }, title, 'font-size="15"'),
    svgText({ x: left + side / 2, y: TITLE_HEIGHT + 12 }, columnsAre, 'text-anchor="middle"'),
    `<text transform="translate(${MARGIN + 10} ${rounded(top + side / 2)}) rotate(-90)" text-anchor="middle">${escapedText(rowsAre)}</text>`,
    ...rowNames.map((name, row) =>
      svgText({ x: left - 8, y: top + (row + 0.5) * cell + 4.5 }, name, 'text-anchor="end"'),
    ),
    ...names.map((name, column) => {
      const [x, y] = [rounded(left + (column + 0.5) * cell + 3), rounded(top - 8)];
      return `<text transform="translate(${x} ${y}) rotate(-45)">${escapedText(shortName(name))}</text>`;
    }),
    ...counts.flatMap((row, i) =>
      row.flatMap((count, j) =>
        cellOf({ row: i, column: j, share: sums[i] === 0 ? 0 : count / sums[i]! }, frame),
      ),
    ),
    `<rect x="${rounded(left)}" y="${rounded(top)}" width="${side}" height="${side}" fill="none" stroke="${NEUTRAL}"/>`,
    '</svg>',
    '',
  ].join('\n');
}

function cellOf(
  { row, column, share }: { readonly row: number; readonly column: number; readonly share: number },
  { left, top, cell }: { readonly left: number; readonly top: number; readonly cell: number },
): string[] {
  const [x, y] = [left + column * cell, top + row * cell];
  const percent = Math.round(share * 100);
  const opacity = Math.round((share === 0 ? 0.04 : 0.12 + 0.88 * share) * 1000) / 1000;
  const square = `<rect x="${rounded(x + 0.5)}" y="${rounded(y + 0.5)}" width="${cell - 1}" height="${cell - 1}" fill="${PLOT_COLOURS[0]}" fill-opacity="${opacity}"/>`;
  if (percent === 0) return [square];
  const colour = share > WHITE_TEXT_SHARE ? ' fill="#ffffff"' : '';
  const size = Math.min(13, Math.round(cell * 0.42));
  return [
    square,
    svgText(
      { x: x + cell / 2, y: y + cell / 2 + size * 0.36 },
      String(percent),
      `text-anchor="middle" font-size="${size}"${colour}`,
    ),
  ];
}
