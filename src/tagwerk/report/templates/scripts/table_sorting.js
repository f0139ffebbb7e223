// Tables that sort by any column, by click or keyboard, unless they are in an order; values that are missing come last.

function makeSortable(table) {
  const heads = [...table.querySelectorAll("thead tr:last-child th")];
  if (table.classList.contains("in-order") || table.tBodies[0].rows.length < 2 || heads.some((head) => head.colSpan > 1)) return;
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sortBy(table, heads, column));
    head.replaceChildren(button);
  });
}

// Numbers descend at first, texts ascend; another click reverses the order.
function sortBy(table, heads, column) {
  const body = table.tBodies[0], rows = [...body.rows];
  const keys = new Map(rows.map((row) => [row, sortKey(row.cells[column])]));
  const isText = [...keys.values()].every((key) => Number.isNaN(key.number));
  const previous = heads[column].getAttribute("aria-sort");
  const descending = previous ? previous === "ascending" : !isText;
  rows.sort((one, other) => compareKeys(keys.get(one), keys.get(other), isText, descending ? -1 : 1));
  heads.forEach((head) => head.removeAttribute("aria-sort"));
  heads[column].setAttribute("aria-sort", descending ? "descending" : "ascending");
  body.append(...rows);
}

function compareKeys(one, other, isText, sign) {
  if (isText) return sign * one.text.localeCompare(other.text);
  const missing = Number.isNaN(one.number) - Number.isNaN(other.number);
  return missing || sign * (one.number - other.number) || 0;
}

function sortKey(cell) {
  const shown = cell.cloneNode(true);
  shown.querySelectorAll("small, .ends, .few, .mark").forEach((each) => each.remove());
  const text = shown.textContent.trim();
  const isHead = cell.tagName === "TH";
  return { text, number: isHead ? NaN : cell.dataset.order ? Number(cell.dataset.order) : leadingNumber(text) };
}
