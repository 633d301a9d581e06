import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from './temporary-folder.ts';

/** A configuration file that is removed after the test. */
export async function configFile(context: TestContext, content: string | Uint8Array): Promise<string> {
  const file = path.join(await temporaryFolder(context), 'nightjar.yaml');
  writeFileSync(file, content);
  return file;
}
