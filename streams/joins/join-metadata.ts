import type { Metadata, MetadataField } from '../../core/index.ts';
import { metadataFrom } from '../../core/index.ts';

/**
 * Fields that describe one thing together, each field in one group: taken from two sources, a separation
 * would belong to one star and its magnitude to another, or an error to another value.
 */
export const METADATA_GROUPS: Readonly<Record<string, readonly MetadataField[]>> = {
  neighbour: [
    'starGalaxyRatio',
    'neighbourSeparationArcsec',
    'neighbourGMag',
    'neighbourRMag',
    'neighbourIMag',
    'neighbourZMag',
  ],
  reference: ['referenceSeparationArcsec', 'referenceMag'],
  gaia: ['gaiaSeparationArcsec', 'gaiaGMag', 'gaiaBpRpMag'],
  astrometry: ['parallaxMas', 'parallaxErrMas', 'properMotionMasPerYear'],
  nearInfrared: ['jMag', 'hMag', 'kMag'],
  midInfrared: ['w1Mag', 'w2Mag'],
  host: ['hostSeparationArcsec', 'hostMag'],
  redshift: ['hostRedshift', 'hostRedshiftErr'],
  extinction: ['milkyWayEbvMag'],
};

/**
 * What the parts say of one object together: group by group the last part that knows any of its fields. Groups are never
 * mixed.
 *
 * @param parts in order of precedence, the surest last
 */
export function joinMetadata(...parts: readonly Metadata[]): Metadata {
  const joined: Partial<Record<MetadataField, number>> = {};
  for (const group of Object.values(METADATA_GROUPS)) {
    const winner = parts.findLast((part) => group.some((field) => part[field] !== undefined));
    if (winner === undefined) continue;
    for (const field of group) {
      const value = winner[field];
      if (value !== undefined) joined[field] = value;
    }
  }
  return metadataFrom(joined);
}
