import { Metrics, loadConfig } from '../../../core/index.ts';
import { openScoringModel } from '../../../pipeline/index.ts';
import { replayOnce } from '../../helpers/replays.ts';
import type { ReplayCall } from '../../helpers/replays.ts';
import { breakAt } from './break-points.ts';
import type { BreakPoint } from './break-points.ts';

/** Run by a test as a process of its own: a replay that kills itself at a point. */
const [text = ''] = process.argv.slice(2);
const { call, point } = JSON.parse(text) as { readonly call: ReplayCall; readonly point: BreakPoint };
const model = await openScoringModel(loadConfig(null), new Metrics());
breakAt(point, () => process.kill(process.pid, 'SIGKILL'));
await replayOnce(model, call);
await model.close();
