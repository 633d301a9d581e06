import { z } from 'zod';
import { counted, maskedUrl } from '../../../core/index.ts';
import type { Check, CheckContext } from './check.ts';
import { clockFinding } from './clock-check.ts';
import { found } from './finding.ts';
import type { Finding } from './finding.ts';
import { probeHttp } from './http-probe.ts';
import type { HttpProbe } from './http-probe.ts';

const subjectsAnswer = z.array(z.string());
const modeAnswer = z.object({ mode: z.string() });

/** Modes in which a registry takes new schemas. */
const WRITABLE_MODES: readonly string[] = ['READWRITE', 'READWRITE_OVERRIDE', 'FORWARD'];

/**
 * Whether the schema registry answers, lets us read, and takes schemas where records go out as Avro. Nothing is written.
 *
 * @source Confluent Schema Registry API reference: GET /subjects, GET /mode
 */
export const registryCheck: Check = { what: 'registry', find: findRegistry };

async function findRegistry(context: CheckContext): Promise<readonly Finding[]> {
  const { url } = context.config.registry;
  if (url === null) {
    const { schemasDir } = context.config.decode;
    return schemasDir === null
      ? [
          found.warn(
            'registry',
            'none is configured, and no folder of schemas',
            'LSST packets need registry.url or decode.schemasDir; ZTF packets bring their schema',
          ),
        ]
      : [found.ok('registry', `none is configured; schemas are in "${schemasDir}"`)];
  }
  const what = `registry ${maskedUrl(url)}`;
  const subjects = await asked(context, url, '/subjects');
  const reading = readingFinding(what, subjects);
  if (reading.status === 'fail') return [reading];
  return [
    reading,
    ...(context.config.outputs.format === 'avro' ? [await writingFinding(what, context, url)] : []),
    ...(subjects.kind === 'answered' && subjects.skewMs !== null
      ? [clockFinding({ with: 'registry', skewMs: subjects.skewMs, skewErrMs: subjects.skewErrMs })]
      : []),
  ];
}

function asked(context: CheckContext, base: string, resource: string): Promise<HttpProbe> {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${resource}`;
  const { timeoutMs } = context.config.registry;
  return probeHttp({ url, timeoutMs, clock: context.clock, signal: context.signal });
}

function readingFinding(what: string, probe: HttpProbe): Finding {
  if (probe.kind === 'silent')
    return found.fail(what, `does not answer: ${probe.why}`, 'is it up, and registry.url right?');
  const { status, body } = probe;
  if (status === 401 || status === 403)
    return found.fail(
      what,
      `refuses the login: it answered ${status}`,
      'user and password are part of NIGHTJAR__REGISTRY__URL',
    );
  if (status >= 300 && status < 400)
    return found.fail(
      what,
      `sends elsewhere: it answered ${status}`,
      'registry.url must be the registry’s own address',
    );
  if (status !== 200) return found.fail(what, `it answered ${status}`, null);
  const subjects = subjectsAnswer.safeParse(parsedJson(body));
  // Of a long list only the beginning was read, which is no JSON.
  if (!subjects.success && !body.startsWith('["'))
    return found.fail(
      what,
      'its answer is none of a schema registry',
      'registry.url must be the registry’s own address',
    );
  return found.ok(
    what,
    subjects.success ? `answers, ${counted(subjects.data.length, 'subject')}` : 'answers, many subjects',
  );
}

async function writingFinding(what: string, context: CheckContext, url: string): Promise<Finding> {
  const probe = await asked(context, url, '/mode');
  const mode = probe.kind === 'answered' ? modeAnswer.safeParse(parsedJson(probe.body)) : null;
  if (mode?.success !== true)
    return found.warn(
      what,
      'does not say whether it takes new schemas',
      'they are registered when the service starts',
    );
  if (WRITABLE_MODES.includes(mode.data.mode))
    return found.ok(what, `takes new schemas, mode ${mode.data.mode}`);
  return found.fail(
    what,
    `takes no new schemas: its mode is ${mode.data.mode}`,
    'outputs.format avro registers its schemas; set the mode to READWRITE, or outputs.format to json',
  );
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
