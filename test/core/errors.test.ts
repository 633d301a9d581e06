import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outputFailure, PipelineError } from '../../core/index.ts';

test('outputFailure() tells a full disk or quota from a refusal, and leaves faults of the program alone', () => {
  const systemError = (code: string): Error => Object.assign(new Error('write'), { code });
  const codeOf = (error: unknown): unknown => (error instanceof PipelineError ? error.code : error);
  assert.equal(codeOf(outputFailure(systemError('ENOSPC'), 'f')), 'OUTPUT_NO_SPACE');
  assert.equal(codeOf(outputFailure(systemError('EDQUOT'), 'f')), 'OUTPUT_NO_SPACE');
  assert.equal(codeOf(outputFailure(systemError('EACCES'), 'f')), 'OUTPUT_UNUSABLE');
  const fault = new TypeError('a fault of the program');
  assert.equal(outputFailure(fault, 'f'), fault);
});
