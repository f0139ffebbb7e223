// The answer as a figure: how far each tagger is behind the best, and how sure that is.

function drawAnswer(data) {
  const others = data.taggers.filter((tagger) => tagger.difference);
  const rows = others.length ? others : data.taggers;
  const titles = rows.map((tagger) => wrapped(tagger.title, 22));
  const bars = rows.map((tagger) => tagger.difference ?? { auc: tagger.auc.value, uncertainty: tagger.auc.uncertainty, training: null });
  const total = bars.map((bar) => Math.hypot(bar.uncertainty, bar.training ?? 0));
  const point = (errors, more) => ({
    type: "scatter", mode: "markers", x: bars.map((bar) => bar.auc), y: titles,
    error_x: { array: errors, color: "#16191d", ...more },
    marker: { color: rows.map((tagger) => tagger.color), size: 11, line: { color: "#16191d", width: 1 } },
    customdata: rows.map((tagger) => [answerText(tagger)]), hovertemplate: "%{customdata[0]}<extra></extra>",
  });
  const lines = titles.reduce((sum, title) => sum + title.split("<br>").length, 0);
  drawPlot("answer-plot", [point(total, { thickness: 1, width: 0 }), point(bars.map((bar) => bar.uncertainty), { thickness: 2.5, width: 5 })], {
    height: 110 + 26 * rows.length + 14 * lines,
    xaxis: axis(others.length ? `AUC ${MINUS} AUC of the best` : "AUC", others.length ? { zeroline: true, zerolinecolor: "#16191d", rangemode: "tozero", nticks: 5, tickangle: 0 } : { nticks: 5, tickangle: 0 }),
    yaxis: axis("", { autorange: "reversed", ticks: "", showgrid: false }),
    dragmode: false,
  }, { displayModeBar: false });
}

function answerText(tagger) {
  const title = `<b>${plainText(tagger.title)}</b><br>AUC ${measurement(tagger.auc.value, tagger.auc.uncertainty)}`;
  if (!tagger.difference) return title;
  const { auc, uncertainty, training, significance } = tagger.difference;
  const trainings = training === null ? "" : ` ± ${rounded(training, decimals(uncertainty))} (trainings)`;
  const sigma = significance > 10 ? "more than 10" : significance.toFixed(1);
  return `${title}<br>difference ${measurement(auc, uncertainty)}${trainings}<br>${sigma} standard deviations`;
}
