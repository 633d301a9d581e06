import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { smallTraining, trainSmall } from './small-training.ts';

// A program: trains the smallest model until it kills itself. Arguments: data file, folder, and when to end, as JSON.

/** After a step, or around the n-th file or folder that gets its name. */
export type KillPoint =
  { readonly step: number } | { readonly rename: number; readonly when: 'before' | 'after' } | null;

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

const [dataFile = '', outFolder = '', pointText = 'null'] = process.argv.slice(2);
const point = JSON.parse(pointText) as KillPoint;
if (point !== null && 'rename' in point) {
  const original = fs.promises.rename;
  let calls = 0;
  fs.promises.rename = async (...args) => {
    calls++;
    if (calls === point.rename && point.when === 'before') die();
    await original(...args);
    if (calls === point.rename) die();
  };
  syncBuiltinESMExports();
}
await trainSmall({
  dataFile,
  outFolder,
  config: smallTraining({ checkpoint: { everySteps: 3 }, augmentation: { droppedPointsRatio: 0.2 } }),
  onProgress: ({ step }) => {
    if (point !== null && 'step' in point && step === point.step) die();
  },
});
