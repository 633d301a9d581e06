import type { ArchiveInput } from '../streams/index.ts';

/** Says on standard error which of the paths that the user named hold nothing that could be packets. */
export function noticeNothingToRead(paths: readonly string[], inputs: readonly ArchiveInput[]): void {
  const read = new Set(inputs.flatMap(({ file, folder }) => (folder === null ? [file] : [file, folder])));
  for (const path of paths) {
    if (!read.has(path)) process.stderr.write(`nightjar: there is nothing to read in "${path}"\n`);
  }
}
