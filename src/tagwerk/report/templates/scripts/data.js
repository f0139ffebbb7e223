// The numbers behind the switches: JSON, compressed in the page itself.

async function readData(id) {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent.trim()), (each) => each.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

// The inverse of an efficiency and of the ends of its interval; null where it is infinite.
function rejectionOf(curve, index) {
  const inverse = (value) => (value > 0 ? 1 / value : null);
  return { value: inverse(curve.background_efficiency[index]), low: 1 / curve.high[index], high: inverse(curve.low[index]) };
}

function csvText(header, rows) {
  const quoted = (cell) => (/[",\n]/.test(cell) ? `"${String(cell).replaceAll('"', '""')}"` : (cell ?? ""));
  return [header, ...rows].map((row) => row.map(quoted).join(",")).join("\n") + "\n";
}

function offerDownload(link, name, text) {
  if (!link) return;
  link.href = `data:${name.endsWith(".csv") ? "text/csv" : "application/json"};charset=utf-8,${encodeURIComponent(text)}`;
  link.download = name;
}

// The links to files whose content is in the page's data.
function offerFiles(files) {
  document.querySelectorAll("a[data-file]").forEach((link) => offerDownload(link, link.dataset.file, files[link.dataset.file]));
}
