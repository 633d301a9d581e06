import type { Rejection } from '../../core/index.ts';
import type { SchemaDocument } from '../avro/schema-nodes.ts';

/** What one place says about a schema id. */
export type SchemaLookup =
  | { readonly kind: 'found'; readonly document: SchemaDocument }
  /** Where was looked, and what came of it: `"/schemas" has no folder 12.3`. */
  | { readonly kind: 'absent'; readonly where: string }
  /** It could not be asked, and may have it: the same two in words. */
  | { readonly kind: 'unreachable'; readonly where: string }
  | { readonly kind: 'invalid'; readonly rejection: Rejection };

/** A place where writers' schemas are kept by their id. */
export interface SchemaLayer {
  find(wireId: number): Promise<SchemaLookup>;
}
