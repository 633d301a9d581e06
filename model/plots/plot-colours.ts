/** Told apart by most people who do not see colours well, on white and on black (after Okabe & Ito 2008, lighter). */
export const PLOT_COLOURS = [
  '#4c9be8',
  '#e8743b',
  '#3aa981',
  '#c678c6',
  '#d8a21b',
  '#7d8bd8',
  '#d65f6e',
  '#5fb4c4',
  '#9aa83a',
  '#b0815c',
] as const;

/** Shapes of marks: with ten colours, thirty kinds can be told apart. */
export const MARK_SHAPES = ['circle', 'triangle', 'square'] as const;
export type MarkShape = (typeof MARK_SHAPES)[number];

/** How the i-th of many kinds is drawn; from the thirty-first on, kinds look like earlier ones. */
export function markOf(i: number): { readonly colour: string; readonly shape: MarkShape } {
  const shape = MARK_SHAPES[Math.floor(i / PLOT_COLOURS.length) % MARK_SHAPES.length]!;
  return { colour: seriesColour(i), shape };
}

/** The colour of the i-th of a few things in one picture. */
export function seriesColour(i: number): string {
  return PLOT_COLOURS[i % PLOT_COLOURS.length]!;
}
