const SEXAGESIMAL = /^([-+−]?)(\d{1,3})[:\sh°d]+(\d{1,2})(?:[:\sm'′]+(\d{1,2}(?:\.\d*)?)[s"″]?)?$/i;

/**
 * Degrees of an angle as text: `12:34:56.7`, `12 34 56.7`, or degrees as a number.
 *
 * @param degPerUnit 15 where the text counts hours, else 1; a plain number is degrees in either case
 * @returns NaN for anything else
 * @example degreesFromText('06:30', 15) // 97.5
 */
export function degreesFromText(text: string, degPerUnit: 1 | 15): number {
  const plain = text.trim();
  const match = SEXAGESIMAL.exec(plain);
  if (match === null) return plain === '' ? NaN : Number(plain);
  const [, sign, whole, minutes, seconds] = match;
  const size = Number(whole) + Number(minutes) / 60 + Number(seconds ?? 0) / 3600;
  return (sign === '' || sign === '+' ? size : -size) * degPerUnit;
}
