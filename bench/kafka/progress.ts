/** How far the service had come at a time. */
export interface ProgressSample {
  readonly elapsedMs: number;
  /** Committed since the start. */
  readonly packets: number;
  /** Used by its process since the start. */
  readonly cpuSeconds: number;
}

export interface SustainedFigures {
  readonly packetsPerSecond: number;
  readonly cpuMsPerPacket: number;
}

/** Share of the packets that are not counted: while caches and compiled code are cold. */
const WARM_UP_RATIO = 0.1;

/** Rate and cost from the last look at which at most a tenth was done, to the end. */
export function sustained(samples: readonly ProgressSample[]): SustainedFigures {
  const last = samples.at(-1);
  const first = samples.findLast(({ packets }) => packets <= WARM_UP_RATIO * (last?.packets ?? 0));
  if (last === undefined || first === undefined) return { packetsPerSecond: NaN, cpuMsPerPacket: NaN };
  const packets = last.packets - first.packets;
  return {
    packetsPerSecond: (1000 * packets) / (last.elapsedMs - first.elapsedMs),
    cpuMsPerPacket: (1000 * (last.cpuSeconds - first.cpuSeconds)) / packets,
  };
}
