/** Height of a declination zone and least width of its cells, degrees: 10 arcsec. */
const CELL_DEG = 10 / 3600;
const ZONES = Math.round(180 / CELL_DEG);
/** Cells of a zone are numbered below this, so that (zone, cell) is one integer. */
const CELLS_PER_ZONE_MAX = Math.round(360 / CELL_DEG) + 1;
const RADIANS = Math.PI / 180;
const ARCSEC_PER_RADIAN = 206_264.806_247_096_36;

function zoneOf(decDeg: number): number {
  return Math.max(0, Math.min(ZONES - 1, Math.floor((decDeg + 90) / CELL_DEG)));
}

/** Cells around one zone: as many as fit at its edge nearer to a pole, so that none is narrower than `CELL_DEG`. */
function cellsInZone(zone: number): number {
  const edgeDeg = Math.max(Math.abs(zone * CELL_DEG - 90), Math.abs((zone + 1) * CELL_DEG - 90));
  return Math.max(1, Math.floor((360 * Math.cos(Math.min(90, edgeDeg) * RADIANS)) / CELL_DEG));
}

function cellInZone(raDeg: number, cells: number): number {
  return Math.min(cells - 1, Math.floor((raDeg / 360) * cells));
}

/**
 * Number of the sky cell that holds a position: a declination zone, divided in right ascension into cells of equal width.
 *
 * @param raDeg  [0, 360)
 * @param decDeg [−90, 90]
 * @source the zones algorithm, Gray et al. 2006, arXiv:cs/0408031
 */
export function skyCell(raDeg: number, decDeg: number): number {
  const zone = zoneOf(decDeg);
  return zone * CELLS_PER_ZONE_MAX + cellInZone(raDeg, cellsInZone(zone));
}

/** Every sky cell that a circle may touch, in ascending order. */
export function skyCellsWithin(raDeg: number, decDeg: number, radiusArcsec: number): readonly number[] {
  const radiusDeg = radiusArcsec / 3600;
  const sinHalfWidth = Math.sin(radiusDeg * RADIANS) / Math.cos(decDeg * RADIANS);
  const holdsPole = Math.abs(decDeg) + radiusDeg >= 90 || sinHalfWidth >= 1;
  const halfWidthDeg = holdsPole ? 180 : Math.asin(sinHalfWidth) / RADIANS;
  const found: number[] = [];
  for (let zone = zoneOf(decDeg - radiusDeg); zone <= zoneOf(decDeg + radiusDeg); zone++) {
    const cells = cellsInZone(zone);
    const first = Math.floor(((raDeg - halfWidthDeg) / 360) * cells);
    const last = Math.min(Math.floor(((raDeg + halfWidthDeg) / 360) * cells), first + cells - 1);
    const inZone = new Set<number>();
    for (let cell = first; cell <= last; cell++) inZone.add(((cell % cells) + cells) % cells);
    for (const cell of [...inZone].sort((a, b) => a - b)) found.push(zone * CELLS_PER_ZONE_MAX + cell);
  }
  return found;
}

/** Great-circle separation, arcsec: haversine, exact for small angles. */
export function separationArcsec(
  a: { readonly raDeg: number; readonly decDeg: number },
  b: { readonly raDeg: number; readonly decDeg: number },
): number {
  const sinDec = Math.sin(((b.decDeg - a.decDeg) * RADIANS) / 2);
  const sinRa = Math.sin(((b.raDeg - a.raDeg) * RADIANS) / 2);
  const h = sinDec ** 2 + Math.cos(a.decDeg * RADIANS) * Math.cos(b.decDeg * RADIANS) * sinRa ** 2;
  return 2 * Math.asin(Math.min(1, Math.sqrt(h))) * ARCSEC_PER_RADIAN;
}
