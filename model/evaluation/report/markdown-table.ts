/** A table in Markdown, an empty line before and after it; cells are text, numbers as text too. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |`;
  return ['', line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line), ''];
}

/** Text of one line that is not read as a tag, a table or a link. */
export function markdownText(text: string): string {
  return text
    .replaceAll(/[|[\]]/g, '\\$&')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\r\n]+/g, ' ');
}
