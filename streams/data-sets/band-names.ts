/**
 * Letters of bands that names with more than one letter mean, in lower case and without survey, dashes and primes.
 * Cousins and Johnson bands go by their letter, as those of SDSS do. Gaia's blue and red photometers go as b and r, and
 * ASAS-SN's merged V and g (`Vg`) as v.
 */
const LETTER_OF_NAME: ReadonlyMap<string, string> = new Map([
  ['vg', 'v'],
  ['bp', 'b'],
  ['gbp', 'b'],
  ['rp', 'r'],
  ['grp', 'r'],
  ['bc', 'b'],
  ['vc', 'v'],
  ['rc', 'r'],
  ['ic', 'i'],
  ['bj', 'b'],
  ['vj', 'v'],
  ['ks', 'k'],
  ['zg', 'g'],
  ['zr', 'r'],
  ['zi', 'i'],
  ['gp1', 'g'],
  ['rp1', 'r'],
  ['ip1', 'i'],
  ['zp1', 'z'],
  ['yp1', 'y'],
  ['gp', 'g'],
  ['ip', 'i'],
  ['zp', 'z'],
  ['up', 'u'],
  ['cyan', 'c'],
  ['orange', 'o'],
]);

/** What surveys and systems put before a band's own name. */
const SYSTEM =
  /^(?:sdss|ps1|panstarrs|pan-starrs|lsst|ztf|des|decam|desi|atlas|asassn|asas-sn|gaia|hsc|skymapper|2mass|johnson|cousins|bessell|landolt|stromgren)(?:[\s_.:-]+|(?=[a-z]$))/;

/**
 * The letter by which a light curve knows a band: one letter is lower-cased, `g'` is g, `sdss_r`, `R_C` and `Rc` are r,
 * `Ks` is k. Two filters of one letter (R and r) are one band: training standardises each object by band.
 *
 * @returns one lower-case letter; `null` for a band that is not known (`NUV`, `UVW1`, `clear`, `?`)
 * @example bandLetter('sdss_r') // 'r'
 */
export function bandLetter(name: string): string | null {
  const plain = name.trim();
  if (/^[a-z]['′’*]?$/i.test(plain)) return plain.charAt(0).toLowerCase();
  const own = plain
    .toLowerCase()
    .replace(SYSTEM, '')
    .replace(/['′’*]/g, '')
    .replace(/[\s_.-]/g, '');
  if (/^[a-z]$/.test(own)) return own;
  return LETTER_OF_NAME.get(own) ?? null;
}
