import { existsSync } from 'node:fs';
import path from 'node:path';

/** The repository's folder: sources and compiled files lie at different depths below it. */
export const REPOSITORY = repositoryAbove(import.meta.dirname);

function repositoryAbove(folder: string): string {
  if (existsSync(path.join(folder, 'package.json'))) return folder;
  const above = path.dirname(folder);
  if (above === folder)
    throw new Error(`Cannot find the repository: no package.json above "${import.meta.dirname}"`);
  return repositoryAbove(above);
}

/** A module that lies beside the caller's, with its extension: compiled and source files lie side by side. */
export function moduleBeside(metaUrl: string, name: string): string {
  const extension = metaUrl.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./${name}.${extension}`, metaUrl).pathname;
}
