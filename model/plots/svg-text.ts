/** Grey that is readable on a light and on a dark page. */
export const NEUTRAL = '#808080';

/** Mean width of a character of a sans-serif font, in units of its size. */
const CHARACTER_WIDTH = 0.58;
const LABEL_CHARACTERS_MAX = 28;

export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** The opening tag of a picture, with its title for those who do not see it. */
export function svgHead(
  title: string,
  { width, height }: { readonly width: number; readonly height: number },
): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${rounded(width)} ${rounded(height)}" ` +
    `width="${rounded(width)}" height="${rounded(height)}" font-family="sans-serif" font-size="13" fill="${NEUTRAL}">\n` +
    `<title>${escapedText(title)}</title>`
  );
}

/** A line of text. @param attributes as they stand in the tag */
export function svgText({ x, y }: Spot, content: string, attributes = ''): string {
  const space = attributes === '' ? '' : ` ${attributes}`;
  return `<text x="${rounded(x)}" y="${rounded(y)}"${space}>${escapedText(content)}</text>`;
}

/** About how wide a text is, in pixels. */
export function textWidth(content: string, fontSize = 13): number {
  return content.length * CHARACTER_WIDTH * fontSize;
}

/** A name that has its place beside an axis: long ones are cut. */
export function shortName(name: string): string {
  return name.length <= LABEL_CHARACTERS_MAX ? name : `${name.slice(0, LABEL_CHARACTERS_MAX - 1)}…`;
}

/** 12,000 and 0.002: short, with as many digits as a tick needs. */
export function tickLabel(value: number): string {
  const isShort = value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e7);
  return isShort ? value.toLocaleString('en-US', { maximumSignificantDigits: 6 }) : value.toExponential();
}

/** To a tenth of a pixel. */
export function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

export function escapedText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
