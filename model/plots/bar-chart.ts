import { legend } from './legend.ts';
import { seriesColour } from './plot-colours.ts';
import { NEUTRAL, rounded, shortName, svgHead, svgText, textWidth, tickLabel } from './svg-text.ts';

export interface Bar {
  /** 0 to 1 */
  readonly value: number;
  /** Half the length of a whisker. */
  readonly error?: number | null;
}

export interface BarGroup {
  readonly name: string;
  /** One for each series; `null` where there is none. */
  readonly bars: readonly (Bar | null)[];
  /** What chance would give: a mark across the group. */
  readonly chance?: number | null;
}

export interface BarChartOptions {
  readonly title: string;
  /** What the axis counts. */
  readonly valuesAre: string;
  readonly series: readonly string[];
  readonly groups: readonly BarGroup[];
}

const WIDTH = 800;
const MARGIN = 20;
const TITLE_HEIGHT = 38;
/** Room for a number behind a bar. */
const VALUE_WIDTH = 52;
const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1] as const;

/** Horizontal bars in groups, on an axis from 0 to 1, with whiskers and marks of chance, as an SVG picture. */
export function barChart({ title, valuesAre, series, groups }: BarChartOptions): string {
  const left = MARGIN + Math.max(0, ...groups.map(({ name }) => textWidth(shortName(name)))) + 10;
  const hasChance = groups.some(({ chance }) => typeof chance === 'number');
  const entries = [
    ...(series.length > 1 ? series.map((name, i) => ({ name, colour: seriesColour(i) })) : []),
    ...(hasChance ? [{ name: 'chance', colour: NEUTRAL, isDashed: true }] : []),
  ];
  const head = legend(entries, { left: MARGIN, right: WIDTH - MARGIN, top: TITLE_HEIGHT });
  const top = TITLE_HEIGHT + head.height + 10;
  const barHeight = series.length > 1 ? 13 : 17;
  const groupHeight = barHeight * series.length + 11;
  const bottom = top + groupHeight * groups.length;
  const right = WIDTH - MARGIN - VALUE_WIDTH;
  const place = (value: number): number => left + (right - left) * Math.max(0, Math.min(1, value));
  return [
    svgHead(title, { width: WIDTH, height: bottom + 52 }),
    svgText({ x: MARGIN, y: 26 }, title, 'font-size="15"'),
    ...head.svg,
    ...TICKS.flatMap((tick) => [
      `<path d="M${rounded(place(tick))} ${top}V${bottom}" stroke="${NEUTRAL}" stroke-opacity="0.25"/>`,
      svgText({ x: place(tick), y: bottom + 18 }, tickLabel(tick), 'text-anchor="middle"'),
    ]),
    svgText({ x: (left + right) / 2, y: bottom + 40 }, valuesAre, 'text-anchor="middle"'),
    ...groups.flatMap((group, i) =>
      groupSvg(group, { top: top + i * groupHeight, groupHeight, barHeight, left, place }),
    ),
    `<path d="M${rounded(left)} ${top}V${bottom}" stroke="${NEUTRAL}"/>`,
    '</svg>',
    '',
  ].join('\n');
}

interface GroupFrame {
  readonly top: number;
  readonly groupHeight: number;
  readonly barHeight: number;
  readonly left: number;
  readonly place: (value: number) => number;
}

function groupSvg({ name, bars, chance }: BarGroup, frame: GroupFrame): string[] {
  const { top, groupHeight, barHeight, left, place } = frame;
  return [
    svgText({ x: left - 8, y: top + groupHeight / 2 + 4.5 }, shortName(name), 'text-anchor="end"'),
    ...bars.flatMap((bar, i) =>
      bar === null
        ? []
        : barSvg(bar, {
            ...frame,
            chance: chance ?? null,
            y: top + 5.5 + i * barHeight,
            colour: seriesColour(i),
          }),
    ),
    ...(typeof chance === 'number'
      ? [
          `<path d="M${rounded(place(chance))} ${rounded(top + 2)}v${rounded(groupHeight - 4)}" stroke="${NEUTRAL}" stroke-width="1.5" stroke-dasharray="4 3"/>`,
        ]
      : []),
  ];
}

function barSvg(
  { value, error }: Bar,
  frame: GroupFrame & { readonly y: number; readonly colour: string; readonly chance: number | null },
): string[] {
  const { barHeight, left, place, y, colour, chance } = frame;
  const end = place(value);
  const middle = rounded(y + barHeight / 2);
  const [low, high] = [place(value - (error ?? 0)), place(value + (error ?? 0))];
  const number = value.toFixed(3);
  // A number that the mark of chance would cross stands behind it.
  const numberPlace = (x: number): number => {
    const mark = chance === null ? NaN : place(chance);
    return mark > x - 3 && mark < x + textWidth(number, 11) + 3 ? mark + 5 : x;
  };
  const whisker =
    typeof error === 'number' && error > 0
      ? [
          `<path d="M${rounded(low)} ${middle}H${rounded(high)}M${rounded(low)} ${middle - 3}v6M${rounded(high)} ${middle - 3}v6" stroke="${NEUTRAL}" stroke-width="1.5" fill="none"/>`,
        ]
      : [];
  return [
    `<rect x="${rounded(left)}" y="${rounded(y + 1)}" width="${rounded(Math.max(0, end - left))}" height="${barHeight - 2}" fill="${colour}"/>`,
    ...whisker,
    svgText({ x: numberPlace(Math.max(end, high) + 5), y: middle + 4 }, number, 'font-size="11"'),
  ];
}
