import { axisFor, positionOn, ticksOf } from '../../plots/plot-ticks.ts';
import type { Axis } from '../../plots/plot-ticks.ts';
import { NEUTRAL, rounded, svgHead, svgText, tickLabel } from '../../plots/svg-text.ts';
import type { Spot } from '../../plots/svg-text.ts';
import type { LossPoint } from './loss-series.ts';

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
    svgHead(title, { width: WIDTH, height: HEIGHT }),
    svgText({ x: FRAME.left, y: 24 }, title, 'font-size="15"'),
    ...axes(steps, losses, place),
    curve(training, place, COLOURS.training),
    curve(validation, place, COLOURS.validation),
    ...validation.map((point) => dot(place(point), COLOURS.validation)),
    ...legend(validation.length > 0),
    '</svg>',
    '',
  ].join('\n');
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
        `<path d="M${FRAME.left} ${rounded(y)}H${WIDTH - FRAME.right}" stroke="${NEUTRAL}" stroke-opacity="0.25"/>`,
        svgText({ x: FRAME.left - 8, y: y + 4 }, tickLabel(loss), 'text-anchor="end"'),
      ];
    }),
    ...ticksOf(steps, TICKS)
      .filter(Number.isInteger)
      .flatMap((step) => {
        const { x } = place({ step, loss: losses.low });
        return [
          `<path d="M${rounded(x)} ${bottom}v5" stroke="${NEUTRAL}"/>`,
          svgText({ x, y: bottom + 20 }, tickLabel(step), 'text-anchor="middle"'),
        ];
      }),
    `<path d="M${FRAME.left} ${FRAME.top}V${bottom}H${WIDTH - FRAME.right}" fill="none" stroke="${NEUTRAL}"/>`,
    svgText({ x: (WIDTH + FRAME.left - FRAME.right) / 2, y: HEIGHT - 14 }, 'step', 'text-anchor="middle"'),
    `<text transform="translate(18 ${(HEIGHT + FRAME.top - FRAME.bottom) / 2}) rotate(-90)" text-anchor="middle">${scale}</text>`,
  ];
}

function curve(points: readonly LossPoint[], place: Place, colour: string): string {
  const spots = points.filter(({ loss }) => Number.isFinite(loss)).map(place);
  const path = spots.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${rounded(x)} ${rounded(y)}`).join('');
  return path === ''
    ? ''
    : `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"/>`;
}

function dot({ x, y }: Spot, colour: string): string {
  return `<circle cx="${rounded(x)}" cy="${rounded(y)}" r="3" fill="${colour}"/>`;
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
      svgText({ x: x + 28, y: 24 }, name),
    ];
  });
}
