import { AGN } from './agn.ts';
import { ECLIPSING_CONTACT, ECLIPSING_DETACHED, ECLIPSING_SEMI_DETACHED } from './eclipsing.ts';
import { FAST_BLUE_TRANSIENT, KILONOVA, TIDAL_DISRUPTION } from './hot-transients.ts';
import { MIRA, SEMIREGULAR } from './long-period.ts';
import { MICROLENSING } from './microlensing.ts';
import { BOGUS, CHANGING_ECLIPSE, VANISHING_STAR } from './oddities.ts';
import { DWARF_NOVA, M_DWARF_FLARE } from './outbursts.ts';
import { CEPHEID, DELTA_SCUTI, RR_LYRAE_AB, RR_LYRAE_C } from './pulsators.ts';
import type { ClassDefinition } from './source.ts';
import { SUPERNOVA_IA } from './supernova-ia.ts';
import { PAIR_INSTABILITY, SUPERLUMINOUS, SUPERNOVA_IBC, SUPERNOVA_II } from './supernovae.ts';

/** Every class that the simulated sky holds, by its label in truth tables, in this order. */
export const CLASSES = {
  RRab: RR_LYRAE_AB,
  RRc: RR_LYRAE_C,
  Cepheid: CEPHEID,
  DSct: DELTA_SCUTI,
  EA: ECLIPSING_DETACHED,
  EB: ECLIPSING_SEMI_DETACHED,
  EW: ECLIPSING_CONTACT,
  Mira: MIRA,
  SR: SEMIREGULAR,
  AGN,
  SNIa: SUPERNOVA_IA,
  SNII: SUPERNOVA_II,
  SNIbc: SUPERNOVA_IBC,
  SLSN: SUPERLUMINOUS,
  TDE: TIDAL_DISRUPTION,
  CV: DWARF_NOVA,
  Flare: M_DWARF_FLARE,
  Microlensing: MICROLENSING,
  PISN: PAIR_INSTABILITY,
  FBOT: FAST_BLUE_TRANSIENT,
  Kilonova: KILONOVA,
  VanishingStar: VANISHING_STAR,
  ChangingEclipse: CHANGING_ECLIPSE,
  Bogus: BOGUS,
} as const satisfies Readonly<Record<string, ClassDefinition>>;

export type ClassName = keyof typeof CLASSES;
export const CLASS_NAMES = Object.keys(CLASSES) as readonly ClassName[];

/** Classes that no reference bank should know: what a novelty search is to find. */
export const ODDITY_CLASS_NAMES: readonly ClassName[] = CLASS_NAMES.filter((name) => CLASSES[name].isOddity);
