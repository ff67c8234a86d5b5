let value = null;
let at = 0;

function read(raw) {
  const steps = list(raw.steps).map((one) => ({
    context: string(one.context),
    labels: list(one.labels).map(string),
    row: list(one.row).map(number),
    cumulative: list(one.cumulative).map(number),
    u: number(one.u),
    chosen: number(one.chosen),
  }));
  if (!steps.length || steps.some((one) => !(one.chosen in one.labels))) throw new RangeError('no steps');
  return { name: string(raw.name), known: raw.known === true, steps };
}

function show(fresh) {
  value = fresh;
  at = 0;
  draw();
}

function draw() {
  const { u, labels, cumulative, chosen } = value.steps[at];
  const low = chosen ? cumulative[chosen - 1] : 0;
  find('count').textContent = `step ${at + 1} of ${value.steps.length}`;
  find('readout').replaceChildren(`u = ${u.toFixed(4)} falls in the segment of `, text(glyph(labels[chosen])), ` (${low.toFixed(4)} to ${cumulative[chosen].toFixed(4)})`);
}

find('step').addEventListener('click', () => {
  at = Math.min(at + 1, value.steps.length - 1);
  draw();
});
find('again').addEventListener('click', () => {
  at = 0;
  draw();
});
twin(() => ({
  caption: value.name,
  head: ['step', 'context', 'u', 'letter'],
  body: value.steps.map((one, k) => [String(k + 1), one.context, one.u.toFixed(4), one.labels[one.chosen]]),
}));
keep(read, show);
