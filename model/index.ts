export * from './alerts/architecture.ts';
export * from './alerts/graphs.ts';
export * from './alerts/initialise-model.ts';
export * from './alerts/modality-encoders.ts';
export * from './alerts/preparation-settings.ts';
export { embedPrepared } from './alerts/embed-prepared.ts';
export { loadEncoders } from './alerts/load-encoders.ts';
export type { AlertsModel } from './alerts/load-encoders.ts';
export * from './alerts/prepare-data.ts';
export * from './alerts/training-subject.ts';
export * from './alerts/resample-curve.ts';
export * from './training/data/object-index.ts';
export { isResampled, resampledFileOf, resampledModalities } from './training/data/resampled-curves.ts';
export { prepareObject, tabulatedObject } from './alerts/prepare.ts';
export type { PreparedObject } from './alerts/prepare.ts';
export * from './alerts/release.ts';
export * from './alerts/release-with-bank.ts';
export { directPeriodogram } from './alerts/periods/direct-periodogram.ts';
export { periodogram } from './alerts/periods/periodogram.ts';
export { embeddingOf, preparationOf } from './alerts/release-schema.ts';
export * from './class-head.ts';
export * from './embed-data.ts';
export * from './embedder.ts';
export * from './embed-tensors.ts';
export { EVALUATION_DEFAULTS, evaluate, peakRssMiB } from './evaluation/evaluate.ts';
export type { EvaluateOptions, EvaluationResult, EvaluationResultOf } from './evaluation/evaluate.ts';
export { EVALUATION_TASKS } from './evaluation/evaluation-tasks.ts';
export type { EvaluationTask, TaskFigures } from './evaluation/evaluation-tasks.ts';
export { classificationReport } from './evaluation/classification-report.ts';
export type { ClassificationReport } from './evaluation/classification-report.ts';
export * from './evaluation/embed-data-sets.ts';
export { combinedQuantiles, frozenQuantiles } from './evaluation/frozen-quantiles.ts';
export { fitLinearProbe, predictedClasses, probeLogits } from './evaluation/linear-probe.ts';
export { meanAndError } from './evaluation/mean-and-error.ts';
export { noveltyReport } from './evaluation/novelty-report.ts';
export {
  cosineDistances,
  energies,
  entropies,
  featureDistances,
  leaveOneOut,
  neighbourDoubts,
  uncertainties,
} from './evaluation/novelty-scores.ts';
export { partnerRanks, recallAt } from './evaluation/rank-in-gallery.ts';
export { pickRows, unitRows } from './evaluation/rows.ts';
export type { Rows } from './evaluation/rows.ts';
export * from './evaluation/embedded-objects.ts';
export { evaluationReport } from './evaluation/report/evaluation-report.ts';
export { picturesOf } from './evaluation/report/task-pictures.ts';
export type { Picture } from './evaluation/report/task-pictures.ts';
export * from './ir/builder.ts';
export * from './ir/layers.ts';
export * from './ir/print.ts';
export type * from './ir/types.ts';
export * from './ir/verify.ts';
export * from './training/step/write-loop.ts';
export { PRODUCT_DTYPES } from './onnx/graph-writer.ts';
export type { ProductDType } from './onnx/graph-writer.ts';
export * from './object-encoder.ts';
export * from './onnx/write-onnx.ts';
export * from './paper/architecture.ts';
export * from './paper/encode.ts';
export * from './paper/graphs.ts';
export * from './paper/import-astrom3.ts';
export * from './paper/prepare-data.ts';
export * from './paper/preprocess-metadata.ts';
export * from './paper/preprocess-photometry.ts';
export * from './paper/preprocess-spectrum.ts';
export * from './releases/manifest.ts';
export * from './releases/release.ts';
export * from './releases/write-release.ts';
export type { TensorInfo } from './safetensors/header.ts';
export * from './safetensors/reader.ts';
export * from './safetensors/writer.ts';
export * from './sessions/choose-device.ts';
export * from './sessions/probe-device.ts';
export * from './sessions/session-pool.ts';
export type { TaskContext, TaskResult, WorkerTask } from './sessions/protocol.ts';
export type { NamedTensors } from './sessions/runtime.ts';
export * from './tensor.ts';
export { paperTrainingSubject } from './paper/training-subject.ts';
export type { PaperPart } from './paper/release-part.ts';
export { trainingSchema } from './training/config.ts';
export type { TrainingConfig } from './training/config.ts';
export type { TrainingProgress } from './training/run/trainer.ts';
export * from './training/train.ts';
export type { TrainingSubject } from './training/training-subject.ts';
