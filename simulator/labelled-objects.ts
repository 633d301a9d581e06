import type avsc from 'avsc';
import { loadConfig } from '../core/index.ts';
import type { Alert, JoinedObject } from '../core/index.ts';
import {
  createObjectState,
  joinMetadata,
  mergeAlert,
  newestStateView,
  surveyAdapters,
} from '../streams/index.ts';
import type {
  AvroRecord,
  ObjectLimits,
  StateView,
  SurveyAdapter,
  WriterSchemaName,
} from '../streams/index.ts';
import type { ClassName } from './classes/registry.ts';
import { CATALOGUE_RATIO, drawJoins } from './joins.ts';
import { avroType } from './packets/avro.ts';
import { LSST_SCHEMA, LSST_WIRE_ID } from './packets/lsst-schema.ts';
import type { WrittenPacket } from './packets/packet-writer.ts';
import { ZTF_SCHEMA, ZTF_SCHEMA_VERSION } from './packets/ztf-schema.ts';
import { Simulation } from './simulation.ts';
import type { SimulationOptions, SimulatedTruth } from './simulation.ts';
import { sampleSpectrum } from './sky/sample-spectrum.ts';
import { catalogueOf } from './sky/surroundings.ts';
import type { SimulatedSurvey } from './surveys/survey.ts';

export interface LabelledObject {
  readonly className: ClassName;
  /** As a reader of the object's packets knows it, with its spectrum and catalogue entry where it has them. */
  readonly joined: JoinedObject;
  readonly truth: SimulatedTruth;
}

export interface LabelledObjectOptions extends Omit<SimulationOptions, 'withCutouts'> {
  readonly count: number;
  /** Share of the objects with a spectrum, as far as they are bright enough; 0.3 by default. */
  readonly spectrumRatio?: number;
  /** Share of the objects with a catalogue entry besides what the packet carries; 0.6 by default. */
  readonly catalogueRatio?: number;
}

/**
 * Labelled objects from the sky model: light curves as a reader of their packets has them after their last alert, for
 * reference banks and training.
 */
export function* simulateObjects(options: LabelledObjectOptions): Generator<LabelledObject> {
  const { count, spectrumRatio = 0.3, catalogueRatio = CATALOGUE_RATIO } = options;
  const simulation = new Simulation({ ...options, withCutouts: false });
  const reader = new PacketReader(options.survey);
  const limits = loadConfig(null).window;
  let left = count;
  if (left <= 0) return;
  for (const planned of simulation.objects()) {
    const observed = simulation.observe(planned);
    const alerts = planned.alertVisits.map((position) =>
      reader.read(simulation.packetAt(observed, position)),
    );
    const newest = alerts.at(-1);
    if (newest === undefined) continue;
    const { lightCurve, packetMetadata } = viewAfter(alerts, limits);
    const joins = { spectrumRatio, catalogueRatio };
    const { hasSpectrum, hasEntry } = drawJoins(simulation.seed, planned.index, joins);
    const spectrumOptions = {
      objectId: String(newest.objectId),
      mjdTai: newest.mjdTai,
      seed: simulation.seed,
    };
    const entry = hasEntry ? catalogueOf(observed.surroundings) : {};
    yield {
      className: planned.className,
      joined: {
        lightCurve,
        metadata: joinMetadata(packetMetadata, entry),
        spectrum: hasSpectrum ? sampleSpectrum(observed.object, spectrumOptions) : null,
      },
      truth: simulation.truthOf(observed),
    };
    left--;
    if (left === 0) return;
  }
}

/** An object as the store has it after its alerts. @param alerts in order of time, of one object, at least one */
function viewAfter(alerts: readonly Alert[], limits: ObjectLimits): StateView {
  const [first] = alerts;
  if (first === undefined) throw new RangeError('Cannot view an object without alerts: current count is 0');
  let state = createObjectState({ survey: first.survey, objectId: first.objectId });
  for (const alert of alerts) ({ state } = mergeAlert(state, alert, limits));
  return newestStateView(state, limits);
}

/** Reads packets of a survey as every reader of them does: through the writer schema and the survey's adapter. */
class PacketReader {
  readonly #type: avsc.Type;
  readonly #adapter: SurveyAdapter;
  readonly #schema: WriterSchemaName;

  constructor(survey: SimulatedSurvey) {
    const isZtf = survey === 'ztf';
    this.#type = avroType(isZtf ? ZTF_SCHEMA : LSST_SCHEMA);
    this.#schema = isZtf
      ? { fullName: 'ztf.alert', version: ZTF_SCHEMA_VERSION, wireId: null }
      : { fullName: 'lsst.v10_0.alert', version: null, wireId: LSST_WIRE_ID };
    const adapter = surveyAdapters([]).find((candidate) => candidate.recognises(this.#schema));
    if (adapter === undefined)
      throw new TypeError(`Cannot read packets without an adapter: current survey is ${survey}`);
    this.#adapter = adapter;
  }

  read({ bytes, recordOffset }: WrittenPacket): Alert {
    const record = this.#type.decode(bytes, recordOffset).value as AvroRecord;
    const result = this.#adapter.toAlert(record, {
      schema: this.#schema,
      source: { file: 'simulated', index: 0 },
      withCutouts: false,
    });
    if (!result.ok) throw new TypeError(`Cannot read a simulated packet: ${result.rejection.reason}`);
    return result.value;
  }
}
