import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barChart } from '../../../model/plots/bar-chart.ts';
import { heatMap } from '../../../model/plots/heat-map.ts';
import { legend } from '../../../model/plots/legend.ts';
import { lineChart } from '../../../model/plots/line-chart.ts';
import { mapPage } from '../../../model/plots/map-page.ts';
import { markOf } from '../../../model/plots/plot-colours.ts';
import { scaledPlane, scatterPlot } from '../../../model/plots/scatter-plot.ts';
import { shortName } from '../../../model/plots/svg-text.ts';

/** Numbers of some attribute in a picture. */
function numbers(svg: string, attribute: string): readonly number[] {
  return [...svg.matchAll(new RegExp(` ${attribute}="(-?[\\d.]+)"`, 'g'))].map(([, value]) => Number(value));
}

function sizeOf(svg: string): { readonly width: number; readonly height: number } {
  return { width: numbers(svg, 'width')[0] ?? NaN, height: numbers(svg, 'height')[0] ?? NaN };
}

test('heatMap() shows shares of each row, within the picture, for 30 classes as for none', () => {
  const names = Array.from({ length: 30 }, (_, i) => `class of a long name ${i}`);
  const svg = heatMap({
    title: 'a < b',
    names,
    counts: names.map((_, i) => names.map((_, j) => (i === j ? 3 : j === 0 ? 1 : 0))),
    rowsAre: 'true',
    columnsAre: 'predicted',
  });
  assert.match(svg, /<title>a &lt; b<\/title>/);
  assert.equal(svg.match(/>75<\/text>/g)?.length, 29);
  assert.equal(svg.match(/>100<\/text>/g)?.length, 1);
  const { width, height } = sizeOf(svg);
  assert.ok(numbers(svg, 'x').every((x) => x >= 0 && x <= width));
  assert.ok(numbers(svg, 'y').every((y) => y >= 0 && y <= height));
  const empty = heatMap({ title: '', names: [], counts: [], rowsAre: '', columnsAre: '' });
  assert.ok(!/NaN|Infinity/.test(empty));
});

test('heatMap() leaves the row of an empty class blank', () => {
  const svg = heatMap({
    title: 't',
    names: ['a', 'b'],
    counts: [
      [0, 0],
      [0, 2],
    ],
    rowsAre: '',
    columnsAre: '',
  });
  assert.ok(!svg.includes('NaN'));
  assert.match(svg, />a \(0\)<\/text>/);
});

test('barChart() draws bars, whiskers and chance in proportion', () => {
  const svg = barChart({
    title: 't',
    valuesAre: 'v',
    series: ['one', 'two'],
    groups: [
      { name: 'g', bars: [{ value: 0.5, error: 0.1 }, { value: 1 }], chance: 0.25 },
      { name: 'h', bars: [null, { value: 0, error: null }] },
    ],
  });
  const widths = numbers(svg, 'width').slice(1);
  assert.equal(widths.length, 3);
  const [half = 0, whole = 0, none] = widths;
  // Both are rounded to tenths.
  assert.ok(Math.abs(whole - 2 * half) < 0.21);
  assert.equal(none, 0);
  assert.equal(svg.match(/stroke-dasharray/g)?.length, 2, 'the mark of chance and its entry in the legend');
  assert.ok(svg.includes('>0.500</text>') && svg.includes('>1.000</text>'));
});

test('lineChart() draws lines from 1 to the largest x, and a frame without any', () => {
  const svg = lineChart({
    title: 't',
    xIs: 'k',
    yIs: 'r',
    series: [
      {
        name: 'line',
        colour: '#123456',
        points: [
          { x: 1, y: 0 },
          { x: 100, y: 1 },
        ],
      },
    ],
  });
  assert.match(svg, /<path d="M72 [\d.]+L776 [\d.]+" fill="none" stroke="#123456"/);
  assert.ok(!/NaN|Infinity/.test(lineChart({ title: '', xIs: '', yIs: '', series: [] })));
});

test('legend() begins a line where the next name would not fit', () => {
  const entries = Array.from({ length: 5 }, (_, i) => ({
    name: `a name of some length ${i}`,
    colour: '#000',
  }));
  assert.equal(legend(entries, { left: 0, right: 440, top: 0 }).height, 60);
  assert.equal(legend([], { left: 0, right: 440, top: 0 }).height, 0);
});

test('scaledPlane() keeps proportions, with the second axis upwards', () => {
  const { width, height, spot } = scaledPlane([0, 0, 4, 3]);
  assert.deepEqual([width, height], [1, 0.75]);
  assert.deepEqual(
    [spot(0), spot(1)],
    [
      { x: 0, y: 0.75 },
      { x: 1, y: 0 },
    ],
  );
  const one = scaledPlane([5, 5]);
  assert.deepEqual([one.width, one.spot(0)], [0.5, { x: 0.25, y: 0.25 }]);
});

test('scatterPlot() marks thirty kinds differently, and counts them', () => {
  assert.equal(new Set(Array.from({ length: 30 }, (_, i) => JSON.stringify(markOf(i)))).size, 30);
  const svg = scatterPlot({
    title: 't',
    names: ['a', 'b', 'none'],
    kinds: [0, 0, 1, -1],
    places: [0, 0, 1, 1, 2, 0, 1, 2],
  });
  assert.ok(svg.includes('>a (2)</text>') && svg.includes('>no class (1)</text>') && !svg.includes('>none'));
});

test('mapPage() needs nothing else, and takes any id and name as text', () => {
  const page = mapPage({
    title: '<b> & co',
    note: 'n',
    names: ['</script><script>alert(1)</script>'],
    kinds: [0, -1],
    places: [0, 0, 1, 1],
    ids: ['x', '<!--'],
  });
  assert.ok(!/(?:src|href)=|https?:|@import|url\(/.test(page), 'no other file');
  assert.equal(page.match(/<script/g)?.length, 2);
  assert.match(page, /<title>&lt;b&gt; &amp; co<\/title>/);
  const [, json = ''] = /id="data">(.*?)<\/script>/s.exec(page) ?? [];
  const data = JSON.parse(json) as { readonly ids: readonly string[]; readonly kindOf: readonly number[] };
  assert.deepEqual(
    [data.ids, data.kindOf],
    [
      ['x', '<!--'],
      [0, 1],
    ],
  );
});

test('shortName() cuts long names', () => {
  assert.equal(shortName('RRab'), 'RRab');
  assert.equal(shortName('x'.repeat(40)).length, 28);
});
