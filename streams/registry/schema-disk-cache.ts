import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { fetchedSchema, parsedJson } from './http-registry.ts';
import type { FetchedSchema } from './http-registry.ts';

/**
 * Schemas that a registry gave, kept in a folder so that they are there when it is not: `REGISTRY/ID.json`,
 * REGISTRY being a digest of its address, since another registry has other schemas by the same ids. A schema
 * by its id never changes.
 */
export class SchemaDiskCache {
  readonly #folder: string;

  /** @param folder `~` at its beginning is the home folder */
  constructor(folder: string, registryAddress: string) {
    const digest = createHash('sha256').update(registryAddress).digest('hex').slice(0, 16);
    this.#folder = path.join(folder.replace(/^~(?=\/|$)/, homedir()), digest);
  }

  /** `null` if it was not kept, or cannot be read. */
  async get(wireId: number): Promise<FetchedSchema | null> {
    const text = await readFile(this.#file(wireId), 'utf8').catch(() => '');
    const kept = fetchedSchema.safeParse(parsedJson(text));
    return kept.success ? kept.data : null;
  }

  /**
   * Keeps a schema: whole or not at all. Where the folder cannot be written, it is asked for again next time.
   */
  async put(wireId: number, schema: FetchedSchema): Promise<void> {
    const file = this.#file(wireId);
    const unfinished = `${file}.${process.pid}.part`;
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(unfinished, JSON.stringify(schema));
      await rename(unfinished, file);
    } catch {
      // A cache that cannot be written costs a request, and nothing else.
    }
  }

  #file(wireId: number): string {
    return path.join(this.#folder, `${wireId}.json`);
  }
}
