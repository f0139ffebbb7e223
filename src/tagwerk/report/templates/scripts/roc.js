// ROC curves with switches for classes, slice in pT and taggers, and a range of signal efficiencies.

function setUpRoc(data) {
  const controls = Object.fromEntries(["pair", "slice", "from", "to", "taggers"].map((name) => [name, document.getElementById(`roc-${name}`)]));
  if (!data.interactive || !controls.pair) return;
  fillPairs(data, controls.pair);
  fillSlices(data, controls);
  fillTaggers(data, controls.taggers, () => drawRoc(data, controls));
  controls.pair.addEventListener("change", () => { fillSlices(data, controls); drawRoc(data, controls); });
  for (const name of ["slice", "from", "to"]) controls[name].addEventListener("change", () => drawRoc(data, controls));
  drawRoc(data, controls);
}

function pairOf(selection) {
  return `${selection.signal} ${selection.background}`;
}

function fillPairs(data, select) {
  const pairs = new Map(data.interactive.selections.map((each) => [pairOf(each), each]));
  const text = (each) => `${data.labels[each.signal]} against ${data.labels[each.background]}`;
  select.replaceChildren(...[...pairs].map(([key, each]) => new Option(text(each), key)));
}

function fillSlices(data, { pair, slice }) {
  const chosen = data.interactive.selections.map((each, index) => [each, index]).filter(([each]) => pairOf(each) === pair.value);
  slice.replaceChildren(...chosen.map(([each, index]) => new Option(sliceText(each), index)));
}

function sliceText({ pt_low: low, pt_high: high }) {
  if (low === null && high === null) return "all";
  if (low === null) return `below ${high} GeV`;
  return high === null ? `from ${low} GeV` : `${low} to ${high} GeV`;
}

// The taggers, and the best possible one where it is known, with their lines.
function drawnInRoc(data) {
  const taggers = data.taggers.map((tagger, rank) => ({ ...tagger, line: lineStyle(data.taggers, rank) }));
  return data.optimum ? [...taggers, { ...data.optimum, limit: true, line: { color: data.optimum.color, width: 2, dash: "longdash" } }] : taggers;
}

// One check box per curve, which is the legend, too.
function fillTaggers(data, fieldset, redraw) {
  drawnInRoc(data).forEach((tagger) => {
    const label = document.createElement("label"), box = document.createElement("input"), line = document.createElement("span");
    box.type = "checkbox";
    box.checked = true;
    box.value = tagger.name;
    line.className = `line ${tagger.line.dash}`;
    line.style.borderColor = tagger.color;
    label.append(box, line, tagger.title);
    fieldset.append(label);
  });
  for (const [text, checked] of [["all", true], ["none", false]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", () => { fieldset.querySelectorAll("input").forEach((box) => { box.checked = checked; }); redraw(); });
    fieldset.append(button);
  }
  fieldset.addEventListener("change", redraw);
}

function drawRoc(data, controls) {
  const selection = data.interactive.selections[Number(controls.slice.value)];
  const isInclusive = Number(controls.slice.value) === 0;
  const shown = new Set([...controls.taggers.querySelectorAll("input:checked")].map((box) => box.value));
  const taggers = drawnInRoc(data).filter(({ name }) => shown.has(name) && name in selection.curves);
  const range = [Number(controls.from.value), Number(controls.to.value)];
  const withBands = data.taggers.length > MANY ? 3 : taggers.length;
  const curves = taggers.map((tagger) => rocPoints(data, selection, tagger, isInclusive));
  const traces = curves.flatMap((curve, index) => rocTraces(taggers[index], curve, index < withBands));
  const ratio = isInclusive && data.taggers.length > 1;
  if (ratio) traces.push(...curves.flatMap((curve, index) => ratioTraces(taggers[index], curve, index < withBands)));
  drawPlot("roc-plot", traces, rocLayout(data, curves, range, ratio, taggers.length));
  describeRoc(data, selection, taggers, curves);
}

// The points where enough background jets pass.
function rocPoints(data, selection, tagger, isInclusive) {
  const curve = selection.curves[tagger.name];
  return selection.signal_efficiency.flatMap((efficiency, index) => {
    const jets = curve.background_jets[index], rejection = rejectionOf(curve, index);
    if (jets < data.min_background_jets || rejection.value === null) return [];
    return [{ efficiency, jets, ...rejection, ratio: isInclusive ? tagger.ratio[index] : null }];
  });
}

function rocTraces(tagger, points, band) {
  const line = {
    type: "scatter", mode: "lines", name: plainText(tagger.title), meta: tagger.name,
    x: points.map((each) => each.efficiency), y: points.map((each) => each.value), line: tagger.line,
    customdata: points.map((each) => [intervalText(each.value, each.low, each.high), jetsText(each.jets)]),
    hovertemplate: `${plainText(tagger.title)}: %{customdata[0]}, %{customdata[1]}<extra></extra>`,
  };
  return band && !tagger.limit ? [bandTrace(tagger, points), line] : [line];
}

function ratioTraces(tagger, points, band) {
  const known = points.filter((each) => each.ratio.value !== null), ratios = known.map(({ efficiency, ratio }) => ({ efficiency, ...ratio }));
  const line = {
    type: "scatter", mode: "lines", x: ratios.map((each) => each.efficiency), y: ratios.map((each) => each.value), yaxis: "y2",
    line: tagger.line, hoverinfo: "skip",
  };
  return band && tagger.difference ? [{ ...bandTrace(tagger, ratios), yaxis: "y2" }, line] : [line];
}

// The area between the ends of intervals that have both.
function bandTrace(tagger, points) {
  const bounded = points.filter((each) => each.high !== null), x = bounded.map((each) => each.efficiency);
  return {
    type: "scatter", mode: "lines", line: { width: 0 }, fill: "toself", fillcolor: translucent(tagger.color, 0.2), hoverinfo: "skip",
    x: [...x, ...x.toReversed()], y: [...bounded.map((each) => each.low), ...bounded.map((each) => each.high).reverse()],
  };
}

function rocLayout(data, curves, range, ratio, count) {
  const visible = curves.flat().filter((each) => each.efficiency >= range[0] && each.efficiency <= range[1]);
  const highest = 1.15 * Math.max(10, ...visible.map((each) => each.high ?? each.value));
  const lowest = range[1] < 0.999 && visible.length ? Math.min(...visible.map((each) => each.low)) : 1;
  return {
    height: 560, hovermode: count > MANY ? "closest" : "x unified", hoversubplots: "single",
    xaxis: axis("Signal efficiency ε<sub>S</sub>", { range, anchor: ratio ? "y2" : "y", hoverformat: ".3f", unifiedhovertitle: { text: "ε<sub>S</sub> = %{x:.3f}; 1/ε<sub>B</sub>:" } }),
    yaxis: axis("Background rejection 1/ε<sub>B</sub>", { type: "log", domain: [ratio ? 0.3 : 0, 1], range: [Math.log10(lowest), Math.log10(highest)], dtick: 1, exponentformat: "none", separatethousands: true, minor: { ticks: "outside", ticklen: 3 } }),
    ...(ratio && { yaxis2: axis("Ratio to best", { domain: [0, 0.25], range: [0, ratioEnd(visible)], nticks: 4 }) }),
  };
}

function ratioEnd(points) {
  return 1.05 * Math.max(1.2, ...points.map(({ ratio }) => ratio?.value ?? 0));
}

function describeRoc(data, selection, taggers, curves) {
  const counts = [[selection.signal_jets, selection.signal], [selection.background_jets, selection.background]];
  const jets = counts.map(([count, name]) => `${count.toLocaleString("en-US")} ${data.labels[name]}`).join(", ");
  const aucs = taggers.map((tagger) => { const { value, uncertainty } = selection.curves[tagger.name].auc; return `${tagger.title} ${measurement(value, uncertainty)}`; });
  document.getElementById("roc-jets").textContent = `${jets}. AUC: ${aucs.join("; ") || "no tagger is chosen"}.`;
  const rows = curves.flatMap((curve, index) => curve.map((each) => [taggers[index].title, each.efficiency, each.value, each.low, each.high, each.jets]));
  const header = ["tagger", "signal_efficiency", "rejection", "low", "high", "background_jets"];
  offerDownload(document.getElementById("roc-numbers"), "roc_shown.csv", csvText(header, rows));
}
