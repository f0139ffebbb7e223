// The common look of the interactive figures.

const DASHES = ["solid", "dash", "dashdot", "dot"];
const MANY = 8; // taggers; beyond, colours alone do not distinguish lines
const FONT = { family: 'system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif', size: 14, color: "#16191d" };
const GRID = "#e3e6ea";
const CONFIG = {
  displaylogo: false,
  responsive: true,
  modeBarButtons: [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d", "toImage"]],
};

function lineStyle(taggers, rank) {
  return { color: taggers[rank].color, width: 2, dash: taggers.length > MANY ? DASHES[rank % DASHES.length] : "solid" };
}

function axis(title, more = {}) {
  return {
    title: { text: title, standoff: 8 }, automargin: true, gridcolor: GRID, zeroline: false, linecolor: "#16191d",
    ticks: "outside", mirror: "all", ...more,
  };
}

function drawPlot(id, traces, layout, config = {}) {
  const common = {
    font: FONT, paper_bgcolor: "#fff", plot_bgcolor: "#fff", showlegend: false,
    margin: { l: 60, r: 12, t: 30, b: 50 }, hoverlabel: { bgcolor: "#fff", font: { ...FONT, size: 13 }, align: "left" },
  };
  return Plotly.react(id, traces, { ...common, ...layout }, { ...CONFIG, ...config });
}

function translucent(color, alpha) {
  const full = color.length === 4 ? color.replace(/[0-9a-f]/gi, "$&$&") : color;
  return full + Math.round(255 * alpha).toString(16).padStart(2, "0");
}

// A text in which Plotly finds no mark-up.
function plainText(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

// A long text on several lines.
function wrapped(text, width) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines[lines.length - 1];
    if (line && line.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines.map(plainText).join("<br>");
}
