/** What the page of a map does, in the reader's browser. */
export const MAP_SCRIPT = `
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const canvas = document.getElementById('map');
const context = canvas.getContext('2d');
const tip = document.getElementById('tip');
const isShown = data.kinds.map(() => true);
const count = data.kinds.map(() => 0);
for (const kind of data.kindOf) count[kind]++;
// Points without a class lie below the others.
const order = data.ids.map((_, i) => i);
const last = data.kinds.length - 1;
order.sort((a, b) => (data.kindOf[a] === last ? 0 : 1) - (data.kindOf[b] === last ? 0 : 1));
const view = { zoom: 0.94, x: 0.5, y: 0.5 };

function place(i) {
  const { width, height } = canvas;
  return [
    width / 2 + (data.x[i] - view.x) * view.zoom * width,
    height / 2 + (data.y[i] - view.y) * view.zoom * height,
  ];
}

function mark(target, shape, x, y, size) {
  target.beginPath();
  if (shape === 'circle') target.arc(x, y, size, 0, 2 * Math.PI);
  else if (shape === 'square') target.rect(x - 0.9 * size, y - 0.9 * size, 1.8 * size, 1.8 * size);
  else {
    target.moveTo(x, y - 1.2 * size);
    target.lineTo(x + 1.1 * size, y + 0.8 * size);
    target.lineTo(x - 1.1 * size, y + 0.8 * size);
    target.closePath();
  }
  target.fill();
}

function radius() {
  const base = data.ids.length > 1500 ? 2.4 : 3.4;
  return base * devicePixelRatio * Math.min(2.5, Math.max(1, Math.sqrt(view.zoom)));
}

function draw(marked = -1) {
  const side = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
  if (canvas.width !== side) canvas.width = canvas.height = side;
  context.clearRect(0, 0, side, side);
  context.globalAlpha = 0.75;
  for (const i of order) {
    const kind = data.kindOf[i];
    if (!isShown[kind]) continue;
    context.fillStyle = data.kinds[kind].colour;
    mark(context, data.kinds[kind].shape, ...place(i), radius());
  }
  context.globalAlpha = 1;
  if (marked < 0) return;
  context.fillStyle = data.kinds[data.kindOf[marked]].colour;
  mark(context, data.kinds[data.kindOf[marked]].shape, ...place(marked), radius() * 1.8);
  context.strokeStyle = getComputedStyle(document.body).color;
  context.lineWidth = devicePixelRatio;
  context.stroke();
}

/** The shown point nearest to the pointer, within 12 pixels; -1 for none. */
function nearest(event) {
  const box = canvas.getBoundingClientRect();
  const x = (event.clientX - box.left) * devicePixelRatio;
  const y = (event.clientY - box.top) * devicePixelRatio;
  let best = -1;
  let least = (12 * devicePixelRatio) ** 2;
  for (let i = 0; i < data.ids.length; i++) {
    if (!isShown[data.kindOf[i]]) continue;
    const [px, py] = place(i);
    const distance = (px - x) ** 2 + (py - y) ** 2;
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

let grip = null;
canvas.addEventListener('pointerdown', (event) => {
  grip = { x: event.clientX, y: event.clientY };
  canvas.setPointerCapture(event.pointerId);
});
canvas.addEventListener('pointerup', () => (grip = null));
canvas.addEventListener('pointercancel', () => (grip = null));
canvas.addEventListener('pointermove', (event) => {
  if (grip !== null) {
    view.x -= (event.clientX - grip.x) / canvas.clientWidth / view.zoom;
    view.y -= (event.clientY - grip.y) / canvas.clientHeight / view.zoom;
    grip = { x: event.clientX, y: event.clientY };
  }
  const i = nearest(event);
  draw(i);
  tip.hidden = i < 0;
  if (i < 0) return;
  tip.textContent = data.ids[i] + ' · ' + data.kinds[data.kindOf[i]].name;
  const isRight = event.clientX > innerWidth / 2;
  tip.style.left = isRight ? 'auto' : event.clientX + 14 + 'px';
  tip.style.right = isRight ? innerWidth - event.clientX + 14 + 'px' : 'auto';
  tip.style.top = event.clientY + 14 + 'px';
});
canvas.addEventListener('pointerleave', () => {
  tip.hidden = true;
  draw();
});
canvas.addEventListener(
  'wheel',
  (event) => {
    event.preventDefault();
    const box = canvas.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width - 0.5, (event.clientY - box.top) / box.height - 0.5];
    const zoom = Math.min(60, Math.max(0.5, view.zoom * Math.exp(-event.deltaY / 400)));
    view.x += x / view.zoom - x / zoom;
    view.y += y / view.zoom - y / zoom;
    view.zoom = zoom;
    draw(nearest(event));
  },
  { passive: false },
);
canvas.addEventListener('dblclick', () => {
  Object.assign(view, { zoom: 0.94, x: 0.5, y: 0.5 });
  draw();
});

const legend = document.getElementById('legend');
data.kinds.forEach(({ name, colour, shape }, kind) => {
  if (count[kind] === 0) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.setAttribute('aria-pressed', 'true');
  const swatch = document.createElement('canvas');
  swatch.width = swatch.height = 28;
  swatch.style.cssText = 'width: 14px; min-width: 14px; height: 14px; border: 0';
  const target = swatch.getContext('2d');
  target.fillStyle = colour;
  mark(target, shape, 14, 14, 10);
  button.append(swatch, name + ' (' + count[kind] + ')');
  button.addEventListener('click', () => {
    isShown[kind] = !isShown[kind];
    button.setAttribute('aria-pressed', String(isShown[kind]));
    draw();
  });
  const item = document.createElement('li');
  item.append(button);
  legend.append(item);
});
addEventListener('resize', () => draw());
draw();
`;
