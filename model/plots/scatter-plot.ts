import { markOf, type MarkShape } from './plot-colours.ts';
import { NEUTRAL, rounded, shortName, svgHead, svgText, textWidth, type Spot } from './svg-text.ts';

export interface ScatterPlotOptions {
  readonly title: string;
  /** Kinds of points, in order of the legend. */
  readonly names: readonly string[];
  /** [n] place in `names`; −1 for points without a kind, which are grey */
  readonly kinds: ArrayLike<number>;
  /** [n × 2] finite */
  readonly places: ArrayLike<number>;
}

const SIDE = 640;
const MARGIN = 20;
const TITLE_HEIGHT = 40;
const LEGEND_LINE = 21;
const UNKNOWN = 'no class';

/** A plane whose sides are in proportion, its points between 0 and its width and height. */
export interface ScaledPlane {
  /** The longer one is 1, the shorter one at least `SIDE_MIN`. */
  readonly width: number;
  readonly height: number;
  readonly spot: (i: number) => Spot;
}

const SIDE_MIN = 0.5;

/** @param places [n × 2] finite */
export function scaledPlane(places: ArrayLike<number>): ScaledPlane {
  const [x, y] = [rangeOf(places, 0), rangeOf(places, 1)];
  const span = Math.max(x.span, y.span) || 1;
  const [width, height] = [Math.max(SIDE_MIN, x.span / span), Math.max(SIDE_MIN, y.span / span)];
  return {
    width,
    height,
    spot: (i) => ({
      x: width / 2 + (places[2 * i]! - x.middle) / span,
      y: height / 2 - (places[2 * i + 1]! - y.middle) / span,
    }),
  };
}

function rangeOf(
  places: ArrayLike<number>,
  offset: number,
): { readonly span: number; readonly middle: number } {
  let [low, high] = [Infinity, -Infinity];
  for (let i = offset; i < places.length; i += 2) {
    low = Math.min(low, places[i]!);
    high = Math.max(high, places[i]!);
  }
  return low > high ? { span: 0, middle: 0 } : { span: high - low, middle: (low + high) / 2 };
}

/** Points of kinds on a plane without axes, as an SVG picture; the legend says how many there are of each. */
export function scatterPlot({ title, names, kinds, places }: ScatterPlotOptions): string {
  const counts = new Map<number, number>();
  for (let i = 0; i < kinds.length; i++) counts.set(kinds[i]!, (counts.get(kinds[i]!) ?? 0) + 1);
  const shown = [...names.keys(), -1].filter((kind) => (counts.get(kind) ?? 0) > 0);
  const entry = (kind: number): string =>
    `${kind < 0 ? UNKNOWN : shortName(names[kind]!)} (${counts.get(kind)!})`;
  const legendWidth = Math.max(0, ...shown.map((kind) => textWidth(entry(kind)))) + 26;
  const size = kinds.length > 1500 ? 2.4 : 3.2;
  const plane = scaledPlane(places);
  const [right, bottom] = [MARGIN + plane.width * SIDE, TITLE_HEIGHT + plane.height * SIDE];
  const spot = (i: number): Spot => {
    const { x, y } = plane.spot(i);
    return { x: MARGIN + x * SIDE, y: TITLE_HEIGHT + y * SIDE };
  };
  // Points without a kind lie below the others.
  const order = Array.from({ length: kinds.length }, (_, i) => i).sort(
    (a, b) => Number(kinds[a]! >= 0) - Number(kinds[b]! >= 0),
  );
  const legendX = MARGIN + right;
  return [
    svgHead(title, {
      width: legendX + legendWidth + MARGIN,
      height: Math.max(bottom, TITLE_HEIGHT + shown.length * LEGEND_LINE) + MARGIN,
    }),
    svgText({ x: MARGIN, y: 26 }, title, 'font-size="15"'),
    '<g fill-opacity="0.75">',
    ...order.map((i) => mark(kinds[i]!, spot(i), size)),
    '</g>',
    ...shown.flatMap((kind, line) => {
      const y = TITLE_HEIGHT + line * LEGEND_LINE + 10;
      return [mark(kind, { x: legendX + 6, y }, 5), svgText({ x: legendX + 20, y: y + 4.5 }, entry(kind))];
    }),
    '</svg>',
    '',
  ].join('\n');
}

const SHAPES: { readonly [S in MarkShape]: (spot: Spot, size: number) => string } = {
  circle: ({ x, y }, size) => `<circle cx="${rounded(x)}" cy="${rounded(y)}" r="${size}"`,
  triangle: ({ x, y }, size) =>
    `<path d="M${rounded(x)} ${rounded(y - 1.2 * size)}l${rounded(1.1 * size)} ${rounded(2 * size)}h${rounded(-2.2 * size)}z"`,
  square: ({ x, y }, size) =>
    `<rect x="${rounded(x - size * 0.9)}" y="${rounded(y - size * 0.9)}" width="${rounded(1.8 * size)}" height="${rounded(1.8 * size)}"`,
};

function mark(kind: number, spot: Spot, size: number): string {
  if (kind < 0) return `${SHAPES.circle(spot, size)} fill="${NEUTRAL}" fill-opacity="0.5"/>`;
  const { colour, shape } = markOf(kind);
  return `${SHAPES[shape](spot, size)} fill="${colour}"/>`;
}
