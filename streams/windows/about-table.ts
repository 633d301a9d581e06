import type { z } from 'zod';
import { PipelineError } from '../../core/index.ts';
import type { Tables } from './tables.ts';

/** What a store says of itself, one JSON value per name. */
export type AboutName = 'limits' | 'metadata' | 'metadataWaiting' | 'spectra' | 'spectrumWaiting' | 'surveys';

/** @throws PipelineError STORE_UNREADABLE if what is there is not of the schema */
export function readAbout<T>(tables: Tables, name: AboutName, schema: z.ZodType<T>): T | null {
  const text = tables.get('about', Buffer.from(name))?.toString();
  if (text === undefined) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new PipelineError(
      'STORE_UNREADABLE',
      `Cannot read "${name}" of the store as it is damaged: current value is "${text.slice(0, 80)}"`,
      { cause },
    );
  }
}

export function writeAbout(tables: Tables, name: AboutName, value: unknown): void {
  tables.put('about', Buffer.from(name), Buffer.from(JSON.stringify(value)));
}
