// A tagger's threshold: what passes, the purity for a chosen signal fraction, and the background's mass.

function setUpThreshold(data) {
  const controls = Object.fromEntries(["tagger", "points", "slider", "fraction"].map((name) => [name, document.getElementById(`threshold-${name}`)]));
  if (!data.interactive || !controls.slider) return;
  controls.tagger.replaceChildren(...data.taggers.map((tagger) => new Option(tagger.title, tagger.name)));
  controls.slider.max = data.interactive.signal_efficiency.length - 1;
  const show = () => showThreshold(data, controls);
  for (const efficiency of data.working_points) controls.points.append(workingPoint(data, controls, efficiency, show));
  setPoint(data, controls, data.working_points[Math.floor(data.working_points.length / 2)]);
  controls.tagger.addEventListener("change", show);
  controls.slider.addEventListener("input", show);
  controls.fraction.addEventListener("input", show);
  show();
}

function workingPoint(data, controls, efficiency, show) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = efficiency;
  button.addEventListener("click", () => { setPoint(data, controls, efficiency); show(); });
  return button;
}

// The slider's right end is the highest threshold.
function setPoint(data, { slider }, efficiency) {
  const all = data.interactive.signal_efficiency;
  const distance = (index) => Math.abs(all[index] - efficiency);
  const nearest = all.reduce((best, _, index) => (distance(index) < distance(best) ? index : best), 0);
  slider.value = all.length - 1 - nearest;
}

function showThreshold(data, controls) {
  const point = data.interactive.signal_efficiency.length - 1 - Number(controls.slider.value);
  const tagger = data.taggers.find((each) => each.name === controls.tagger.value), scan = data.interactive.scans[tagger.name];
  const thresholds = scan.thresholds.map((seed) => seed[point]);
  const rejection = rejectionOf(scan, point), jets = scan.background_jets[point];
  const signal = intervalText(scan.signal_efficiency[point], scan.signal_low[point], scan.signal_high[point]);
  const texts = {
    threshold: thresholds.join(", "),
    signal,
    background: intervalText(scan.background_efficiency[point], scan.low[point], scan.high[point]),
    rejection: intervalText(rejection.value, rejection.low, rejection.high),
    jets: jetsText(jets) + (jets < data.few_jets ? `: fewer than ${data.few_jets}, an order of magnitude only` : ""),
    purity: purityText(scan, point, controls.fraction),
  };
  for (const [name, text] of Object.entries(texts)) document.getElementById(`value-${name}`).textContent = text;
  controls.slider.setAttribute("aria-valuetext", `score at least ${texts.threshold}, signal efficiency ${signal}`);
  if (data.interactive.mass) drawMass(data, tagger, scan, point);
}

function purityText(scan, point, input) {
  const fraction = input.valueAsNumber;
  if (!(fraction >= 0 && fraction <= 1)) return "give a signal fraction from 0 to 1";
  const purity = (background) => {
    const signal = fraction * scan.signal_efficiency[point], all = signal + (1 - fraction) * Math.max(background, 0);
    return all > 0 ? signal / all : NaN;
  };
  const [value, low, high] = [scan.background_efficiency[point], scan.high[point], scan.low[point]].map(purity);
  if (fraction === 0 || fraction === 1) return significant(value);
  return scan.low[point] > 0 ? intervalText(value, low, high) : `> ${significant(low, 3)}`;
}

// The mass is stored at fewer points: the nearest is shown, and named.
function drawMass(data, tagger, scan, point) {
  const { edges, points, mass, mass_error: massError } = data.interactive.mass;
  const nearest = points.reduce((best, each, index) => (Math.abs(each - point) < Math.abs(points[best] - point) ? index : best), 0);
  const before = normalised(mass, massError), after = normalised(scan.mass[nearest], scan.mass_error[nearest]);
  const centres = edges.slice(1).map((edge, index) => (edge + edges[index]) / 2);
  const efficiency = data.interactive.signal_efficiency[points[nearest]];
  const stairs = (heights, more) => ({ type: "scatter", mode: "lines", x: edges, y: [...heights, heights[heights.length - 1]], hoverinfo: "skip", ...more, line: { shape: "hv", ...more.line } });
  const title = `after, ε<sub>S</sub> = ${efficiency}`;
  const text = after.heights.map((height, bin) => `${edges[bin]} to ${edges[bin + 1]} GeV<br>before ${significant(before.heights[bin], 3)}<br>after ${measurement(height, after.errors[bin])}`);
  const bars = {
    type: "scatter", mode: "markers", x: centres, y: after.heights.map((height) => height || null), marker: { color: tagger.color, size: 5 }, showlegend: false,
    error_y: { array: after.errors, color: tagger.color, thickness: 1.5, width: 0 }, text, hovertemplate: "%{text}<extra></extra>",
  };
  drawPlot("mass-plot", [
    stairs(before.heights, { name: "before the cut", fill: "tozeroy", fillcolor: "#e3e6ea", line: { color: "#6b7280", width: 1.5 } }),
    stairs(after.heights, { name: title, line: { color: tagger.color, width: 2 } }),
    bars,
  ], {
    height: 360, margin: { l: 60, r: 12, t: 62, b: 50 }, showlegend: true, legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 }, hovermode: "closest",
    xaxis: axis(`Mass of ${plainText(data.background)} [GeV]`, { range: [edges[0], edges[edges.length - 1]] }),
    yaxis: axis("Fraction of jets per bin", { rangemode: "tozero" }),
  });
  const rows = centres.map((_, bin) => [edges[bin], edges[bin + 1], before.heights[bin], before.errors[bin], after.heights[bin], after.errors[bin]]);
  offerDownload(document.getElementById("mass-numbers"), "mass_shown.csv", csvText(["low", "high", "before", "before_error", "after", "after_error"], rows));
}

function normalised(mass, errors) {
  const total = mass.reduce((sum, each) => sum + each, 0);
  const scale = total > 0 ? 1 / total : 0;
  return { heights: mass.map((each) => each * scale), errors: errors.map((each) => each * scale) };
}
