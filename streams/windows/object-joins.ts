import type { Metadata } from '../../core/index.ts';
import { metadataFrom } from '../../core/index.ts';

/** What can be joined to an object; in a store each has its number, and none is given twice. */
export const JOIN_KINDS = ['spectrum', 'metadata'] as const;
export type JoinKind = (typeof JOIN_KINDS)[number];

/** A spectrum, by its id, or a metadata record with what it says. */
export type Joinable =
  | { readonly kind: 'spectrum'; readonly id: string }
  | { readonly kind: 'metadata'; readonly id: string; readonly metadata: Metadata };

/**
 * What was joined to an object, seen from a revision on until another of its kind is joined. The metadata are
 * those of all records up to it together, so that earlier ones may be forgotten.
 */
export type ObjectJoin = Joinable & { readonly revision: number };

const NO_METADATA: Metadata = {};

/** Joins with one more, seen from a revision on. @param joins ascending by revision */
export function joinsWith(
  joins: readonly ObjectJoin[],
  joined: Joinable,
  revision: number,
): readonly ObjectJoin[] {
  if (joined.kind === 'spectrum') return [...joins, { ...joined, revision }];
  const metadata = metadataFrom({ ...joinedMetadataAt(joins, Infinity), ...joined.metadata });
  return [...joins, { ...joined, metadata, revision }];
}

/** The spectrum of the view at a revision; `null` without one. */
export function spectrumIdAt(joins: readonly ObjectJoin[], revision: number): string | null {
  return joins.findLast((join) => join.kind === 'spectrum' && join.revision <= revision)?.id ?? null;
}

/** What metadata records say together in the view at a revision. */
export function joinedMetadataAt(joins: readonly ObjectJoin[], revision: number): Metadata {
  const join = joins.findLast((known) => known.kind === 'metadata' && known.revision <= revision);
  return join?.kind === 'metadata' ? join.metadata : NO_METADATA;
}

export function findJoin(
  joins: readonly ObjectJoin[],
  { kind, id }: Pick<Joinable, 'kind' | 'id'>,
): ObjectJoin | undefined {
  return joins.find((join) => join.kind === kind && join.id === id);
}

/** Joins without those that no view from `reproducibleFrom` on shows. */
export function trimmedJoins(joins: readonly ObjectJoin[], reproducibleFrom: number): readonly ObjectJoin[] {
  if (joins.length === 0) return joins;
  const seen = JOIN_KINDS.map((kind) =>
    joins.findLast((join) => join.kind === kind && join.revision <= reproducibleFrom),
  );
  return joins.filter((join) => join.revision > reproducibleFrom || seen.includes(join));
}
