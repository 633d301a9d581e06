import type { LossPoint } from './loss-series.ts';
import { axisFor, positionOn, ticksOf } from './plot-ticks.ts';
import type { Axis } from './plot-ticks.ts';

export interface LossPlotOptions {
  /** Stands above the picture. */
  readonly title: string;
  readonly training: readonly LossPoint[];
  readonly validation: readonly LossPoint[];
}

const WIDTH = 800;
const HEIGHT = 450;
const FRAME = { left: 72, right: 24, top: 52, bottom: 56 } as const;
const TICKS = 6;

/** Told apart by those who do not see colours well, on white and on black (Okabe & Ito 2008: blue and vermilion, lighter). */
const COLOURS = { training: '#4c9be8', validation: '#e8743b' } as const;
const NEUTRAL = '#808080';

/**
 * Training and validation loss over steps as an SVG picture, readable on a light and on a dark page. The axis of the loss
 * is logarithmic where losses differ by more than a factor of 20. The same points give the same text.
 */
export function lossPlot({ title, training, validation }: LossPlotOptions): string {
  const all = [...training, ...validation];
  const steps: Axis = { low: 0, high: Math.max(1, ...all.map(({ step }) => step)), isLogarithmic: false };
  const losses = axisFor(all.map(({ loss }) => loss).filter(Number.isFinite));
  const place = placing(steps, losses);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="13" fill="${NEUTRAL}">`,
    `<title>${escaped(title)}</title>`,
    text({ x: FRAME.left, y: 24 }, title, 'font-size="15"'),
    ...axes(steps, losses, place),
    curve(training, place, COLOURS.training),
    curve(validation, place, COLOURS.validation),
    ...validation.map((point) => dot(place(point), COLOURS.validation)),
    ...legend(validation.length > 0),
    '</svg>',
    '',
  ].join('\n');
}

interface Spot {
  readonly x: number;
  readonly y: number;
}
type Place = (point: Pick<LossPoint, 'step' | 'loss'>) => Spot;

function placing(steps: Axis, losses: Axis): Place {
  const [width, height] = [WIDTH - FRAME.left - FRAME.right, HEIGHT - FRAME.top - FRAME.bottom];
  return ({ step, loss }) => ({
    x: FRAME.left + width * positionOn(steps, step),
    y: HEIGHT - FRAME.bottom - height * positionOn(losses, loss),
  });
}

function axes(steps: Axis, losses: Axis, place: Place): string[] {
  const bottom = HEIGHT - FRAME.bottom;
  const scale = losses.isLogarithmic ? 'loss (logarithmic)' : 'loss';
  return [
    ...ticksOf(losses, TICKS).flatMap((loss) => {
      const { y } = place({ step: 0, loss });
      return [
        `<path d="M${FRAME.left} ${round(y)}H${WIDTH - FRAME.right}" stroke="${NEUTRAL}" stroke-opacity="0.25"/>`,
        text({ x: FRAME.left - 8, y: y + 4 }, label(loss), 'text-anchor="end"'),
      ];
    }),
    ...ticksOf(steps, TICKS)
      .filter(Number.isInteger)
      .flatMap((step) => {
        const { x } = place({ step, loss: losses.low });
        return [
          `<path d="M${round(x)} ${bottom}v5" stroke="${NEUTRAL}"/>`,
          text({ x, y: bottom + 20 }, label(step), 'text-anchor="middle"'),
        ];
      }),
    `<path d="M${FRAME.left} ${FRAME.top}V${bottom}H${WIDTH - FRAME.right}" fill="none" stroke="${NEUTRAL}"/>`,
    text({ x: (WIDTH + FRAME.left - FRAME.right) / 2, y: HEIGHT - 14 }, 'step', 'text-anchor="middle"'),
    `<text transform="translate(18 ${(HEIGHT + FRAME.top - FRAME.bottom) / 2}) rotate(-90)" text-anchor="middle">${scale}</text>`,
  ];
}

function curve(points: readonly LossPoint[], place: Place, colour: string): string {
  const spots = points.filter(({ loss }) => Number.isFinite(loss)).map(place);
  const path = spots.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('');
  return path === ''
    ? ''
    : `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"/>`;
}

function dot({ x, y }: Spot, colour: string): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="3" fill="${colour}"/>`;
}

function legend(hasValidation: boolean): string[] {
  const entries = [
    ['training', COLOURS.training],
    ...(hasValidation ? ([['validation', COLOURS.validation]] as const) : []),
  ] as const;
  return entries.flatMap(([name, colour], i) => {
    const x = WIDTH - FRAME.right - 110 * (entries.length - i);
    return [
      `<path d="M${x} 20h22" stroke="${colour}" stroke-width="3"/>`,
      text({ x: x + 28, y: 24 }, name, ''),
    ];
  });
}

function text({ x, y }: Spot, content: string, attributes: string): string {
  const space = attributes === '' ? '' : ` ${attributes}`;
  return `<text x="${round(x)}" y="${round(y)}"${space}>${escaped(content)}</text>`;
}

/** 12,000 and 0.002: short, with as many digits as a tick needs. */
function label(value: number): string {
  const isShort = value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e7);
  return isShort ? value.toLocaleString('en-US', { maximumSignificantDigits: 6 }) : value.toExponential();
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
