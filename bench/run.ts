import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** `npm run bench -- NAME [options]`: each benchmark is a module that runs when it is imported. */
const name = process.argv[2] ?? '';
const file = path.join(import.meta.dirname, `${name}.bench.js`);
if (!existsSync(file)) {
  const names = readdirSync(import.meta.dirname)
    .filter((entry) => entry.endsWith('.bench.js'))
    .map((entry) => entry.replace('.bench.js', ''));
  process.stderr.write(`Cannot run "${name}" as there is no such benchmark: there are ${names.join(', ')}\n`);
  process.exit(2);
}
await import(pathToFileURL(file).href);
