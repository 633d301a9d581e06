const SPEED_OF_LIGHT_KM_PER_S = 299_792.458;
const HUBBLE_KM_PER_S_PER_MPC = 70;
const OMEGA_MATTER = 0.3;
const REDSHIFT_MAX = 8;
const STEPS = 4000;

/** Comoving distance at z = 0, Δ, 2Δ, …, Mpc: the integral of c/H by the trapezium rule. */
const COMOVING_MPC = ((): Float64Array => {
  const step = REDSHIFT_MAX / STEPS;
  const inverseHubble = (z: number): number =>
    SPEED_OF_LIGHT_KM_PER_S /
    (HUBBLE_KM_PER_S_PER_MPC * Math.sqrt(OMEGA_MATTER * (1 + z) ** 3 + 1 - OMEGA_MATTER));
  const table = new Float64Array(STEPS + 1);
  let sum = 0;
  for (let i = 1; i <= STEPS; i++) {
    sum += (inverseHubble((i - 1) * step) + inverseHubble(i * step)) * (step / 2);
    table[i] = sum;
  }
  return table;
})();

/**
 * Distance modulus in a flat universe with H₀ = 70 km/s/Mpc and Ω_m = 0.3.
 *
 * @param redshift (0, 8]
 * @returns magnitudes
 * @source Hogg 1999, arXiv:astro-ph/9905116, eq. 25
 */
export function distanceModulusMag(redshift: number): number {
  const position = (Math.min(redshift, REDSHIFT_MAX) / REDSHIFT_MAX) * STEPS;
  const i = Math.min(STEPS - 1, Math.floor(position));
  const [below, above] = [COMOVING_MPC[i] ?? 0, COMOVING_MPC[i + 1] ?? 0];
  const comovingMpc = below + (above - below) * (position - i);
  return 5 * Math.log10(comovingMpc * (1 + redshift)) + 25;
}

/** Redshift at which a distance modulus, together with the bandwidth term −2.5 log₁₀(1 + z), is reached; ≤ 8. */
export function redshiftAtModulus(modulusMag: number): number {
  let [low, high] = [1e-6, REDSHIFT_MAX];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (distanceModulusMag(middle) - 2.5 * Math.log10(1 + middle) < modulusMag) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
