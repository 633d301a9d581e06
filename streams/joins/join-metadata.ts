import type { Metadata, MetadataField } from '../../core/index.ts';
import { metadataFrom } from '../../core/index.ts';
import type { CatalogueMatch } from './catalogue-index.ts';

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
 * Packet and catalogue context together. Group by group, the catalogue's goes before the packet's: the user
 * chose the catalogue, and a match within the radius is surer than a packet's nearest neighbour. Groups are
 * never mixed.
 *
 * @param packet    context that the alert packets carried
 * @param match the catalogue's match; `null` without one
 */
export function joinMetadata(packet: Metadata, match: Pick<CatalogueMatch, 'metadata'> | null): Metadata {
  if (match === null) return packet;
  const catalogue = match.metadata;
  const joined: Partial<Record<MetadataField, number>> = {};
  for (const group of Object.values(METADATA_GROUPS)) {
    const winner = group.some((field) => catalogue[field] !== undefined) ? catalogue : packet;
    for (const field of group) {
      const value = winner[field];
      if (value !== undefined) joined[field] = value;
    }
  }
  return metadataFrom(joined);
}
