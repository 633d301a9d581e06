/** JSON in which 64-bit integers are text: a JSON number would lose digits. */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, textOfBigint, indent);
}

function textOfBigint(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
