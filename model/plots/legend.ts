import { rounded, svgText, textWidth } from './svg-text.ts';

export interface LegendEntry {
  readonly name: string;
  readonly colour: string;
  readonly isDashed?: boolean;
}

export interface Legend {
  readonly svg: readonly string[];
  readonly height: number;
}

const LINE_HEIGHT = 20;
const SWATCH = 22;
const GAP = 18;

/** Names with their colours in as many lines as they need. @param top of the first line */
export function legend(
  entries: readonly LegendEntry[],
  { left, right, top }: { readonly left: number; readonly right: number; readonly top: number },
): Legend {
  const svg: string[] = [];
  let [x, line] = [left, 0];
  for (const { name, colour, isDashed = false } of entries) {
    const width = SWATCH + 6 + textWidth(name);
    if (x > left && x + width > right) [x, line] = [left, line + 1];
    const y = top + line * LINE_HEIGHT + LINE_HEIGHT / 2;
    const dashes = isDashed ? ' stroke-dasharray="4 3"' : '';
    svg.push(
      `<path d="M${rounded(x)} ${rounded(y)}h${SWATCH}" stroke="${colour}" stroke-width="${isDashed ? 1.5 : 4}"${dashes}/>`,
      svgText({ x: x + SWATCH + 6, y: y + 4.5 }, name),
    );
    x += width + GAP;
  }
  return { svg, height: entries.length === 0 ? 0 : (line + 1) * LINE_HEIGHT };
}
