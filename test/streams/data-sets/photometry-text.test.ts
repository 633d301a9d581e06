import assert from 'node:assert/strict';
import { test } from 'node:test';
import { photometryFromText } from '../../../streams/data-sets/photometry-text.ts';

function read(text: string): readonly unknown[] {
  const result = photometryFromText(text, 'v');
  if (!result.ok) return [result.rejection.reason];
  const { time, value, err, band, unit } = result.value;
  return [Array.from(time), Array.from(value), Array.from(err), band, unit];
}

test('photometryFromText() reads ASAS-SN files by their header', () => {
  const dat = '# ASASSN-V J1\n# HJD MAG MAG_ERR FLUX FLUX_ERR\n2457000.5 13.1 0.02 20.5 0.4\n';
  assert.deepEqual(read(dat), [[2457000.5], [20.5], [0.4], 'v', 'mjy']);
  const sky =
    'HJD,UT Date,Camera,FWHM,Limit,mag,mag_err,flux(mJy),flux_err,Filter\n' +
    '2457000.5,2014-12-09.1,ba,1.5,16.9,13.1,0.02,20.5,0.4,V\n' +
    '2457001.5,2014-12-10.1,ba,1.5,16.9,>16.9,99.99,0.1,0.4,g\n';
  assert.deepEqual(read(sky), [[2457000.5, 2457001.5], [20.5, 0.1], [0.4, 0.4], ['V', 'g'], 'mjy']);
  assert.deepEqual(read('hjd,mag,mag_err\n2457000.5,>15.3,99.9\n'), [[2457000.5], [NaN], [99.9], 'v', 'mag']);
});

test('photometryFromText() reads three or five columns without header', () => {
  assert.deepEqual(read('2457000.5 20.5 0.4\r\n'), [[2457000.5], [20.5], [0.4], 'v', 'mjy']);
  assert.deepEqual(read('2457000.5 13.1 0.02 20.5 0.4'), [[2457000.5], [20.5], [0.4], 'v', 'mjy']);
});

test('photometryFromText() says what it needs', () => {
  assert.match(String(read('')[0]), /needs lines of numbers: current value is none/);
  assert.match(String(read('phase,mag_rel,mag_err,x\n0.1,2,3,4\n')[0]), /current value is 4 columns/);
});
