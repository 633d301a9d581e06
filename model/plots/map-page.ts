import { MAP_SCRIPT } from './map-script.ts';
import { MAP_STYLE } from './map-style.ts';
import { markOf } from './plot-colours.ts';
import { scaledPlane } from './scatter-plot.ts';
import { escapedText, NEUTRAL } from './svg-text.ts';

export interface MapPageOptions {
  readonly title: string;
  /** A sentence below the title. */
  readonly note: string;
  readonly names: readonly string[];
  /** [n] place in `names`; −1 for points without a kind */
  readonly kinds: ArrayLike<number>;
  /** [n × 2] finite */
  readonly places: ArrayLike<number>;
  /** [n] shown where the pointer is */
  readonly ids: readonly string[];
}

/**
 * A map of objects as one page that needs no other file and no network: the pointer shows id and class, the wheel
 * enlarges, dragging moves, and entries of the legend switch classes on and off. Light or dark as the reader's system is.
 */
export function mapPage({ title, note, names, kinds, places, ids }: MapPageOptions): string {
  const { width, height, spot } = scaledPlane(places);
  // The page has a square for the map.
  const spots = ids.map((_, i) => ({ x: spot(i).x + (1 - width) / 2, y: spot(i).y + (1 - height) / 2 }));
  const tenThousandth = (value: number): number => Math.round(value * 1e4) / 1e4;
  const data = {
    kinds: [
      ...names.map((name, i) => ({ name, ...markOf(i) })),
      { name: 'no class', colour: NEUTRAL, shape: 'circle' },
    ],
    ids,
    kindOf: Array.from(kinds, (kind) => (kind < 0 ? names.length : kind)),
    x: spots.map(({ x }) => tenThousandth(x)),
    y: spots.map(({ y }) => tenThousandth(y)),
  };
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapedText(title)}</title>
<style>${MAP_STYLE}</style>
<h1>${escapedText(title)}</h1>
<p>${escapedText(note)}</p>
<main>
<canvas id="map" role="img" aria-label="${escapedText(title).replaceAll('"', '&quot;')}"></canvas>
<ul id="legend" aria-label="Classes"></ul>
</main>
<output id="tip" hidden></output>
<script type="application/json" id="data">${scriptJson(data)}</script>
<script>${MAP_SCRIPT}</script>
</html>
`;
}

/** JSON that cannot end the element it stands in. */
function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
