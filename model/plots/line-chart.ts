import { legend } from './legend.ts';
import { positionOn, ticksOf, type Axis } from './plot-ticks.ts';
import { NEUTRAL, rounded, svgHead, svgText, tickLabel } from './svg-text.ts';

export interface LineSeries {
  readonly name: string;
  readonly colour: string;
  readonly isDashed?: boolean;
  /** In order of x, which is > 0; y from 0 to 1. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface LineChartOptions {
  readonly title: string;
  readonly xIs: string;
  readonly yIs: string;
  readonly series: readonly LineSeries[];
}

const WIDTH = 800;
const HEIGHT = 420;
const MARGIN = 20;
const LEFT = 72;
const RIGHT = 24;
const TITLE_HEIGHT = 38;

/** Lines over a logarithmic axis, on a scale from 0 to 1, as an SVG picture. */
export function lineChart({ title, xIs, yIs, series }: LineChartOptions): string {
  const xs = series.flatMap(({ points }) => points.map(({ x }) => x));
  const xAxis: Axis = { low: Math.min(1, ...xs), high: Math.max(2, ...xs), isLogarithmic: true };
  const yAxis: Axis = { low: 0, high: 1, isLogarithmic: false };
  const head = legend(series, { left: MARGIN, right: WIDTH - MARGIN, top: TITLE_HEIGHT });
  const top = TITLE_HEIGHT + head.height + 14;
  const bottom = top + HEIGHT - 120;
  const xOf = (x: number): number => LEFT + (WIDTH - LEFT - RIGHT) * positionOn(xAxis, x);
  const yOf = (y: number): number => bottom - (bottom - top) * positionOn(yAxis, y);
  return [
    svgHead(title, { width: WIDTH, height: bottom + 56 }),
    svgText({ x: MARGIN, y: 26 }, title, 'font-size="15"'),
    ...head.svg,
    ...ticksOf(yAxis, 5).flatMap((y) => [
      `<path d="M${LEFT} ${rounded(yOf(y))}H${WIDTH - RIGHT}" stroke="${NEUTRAL}" stroke-opacity="0.25"/>`,
      svgText({ x: LEFT - 8, y: yOf(y) + 4.5 }, tickLabel(y), 'text-anchor="end"'),
    ]),
    ...ticksOf(xAxis, 8).flatMap((x) => [
      `<path d="M${rounded(xOf(x))} ${bottom}v5" stroke="${NEUTRAL}"/>`,
      svgText({ x: xOf(x), y: bottom + 20 }, tickLabel(x), 'text-anchor="middle"'),
    ]),
    `<path d="M${LEFT} ${top}V${bottom}H${WIDTH - RIGHT}" fill="none" stroke="${NEUTRAL}"/>`,
    svgText({ x: (WIDTH + LEFT - RIGHT) / 2, y: bottom + 44 }, xIs, 'text-anchor="middle"'),
    `<text transform="translate(24 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${yIs}</text>`,
    ...series.map(({ points, colour, isDashed = false }) => {
      const path = points
        .map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${rounded(xOf(x))} ${rounded(yOf(y))}`)
        .join('');
      const style = isDashed ? 'stroke-width="1.5" stroke-dasharray="4 3"' : 'stroke-width="2"';
      return `<path d="${path}" fill="none" stroke="${colour}" ${style} stroke-linejoin="round"/>`;
    }),
    '</svg>',
    '',
  ].join('\n');
}
