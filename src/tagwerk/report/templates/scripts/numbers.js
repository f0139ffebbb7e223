// Numbers as text, with no more digits than the uncertainty allows: as `tagwerk.rounding` writes them in the tables.

const MINUS = "\u2212", NONE = "\u2013";

function decimals(uncertainty) {
  return uncertainty ? 1 - Math.floor(Math.log10(Number(Math.abs(uncertainty).toPrecision(2)))) : 4;
}

function rounded(value, places) {
  const digits = Math.max(places, 0), scale = 10 ** Math.max(-places, 0);
  const text = (roundHalfEven(value / scale) * scale).toLocaleString("en-US", { maximumFractionDigits: 0 });
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return (places < 0 ? text : (value + 0).toLocaleString("en-US", options)).replace("-", MINUS).replace(/^\u2212(?=[0.]+$)/, "");
}

function roundHalfEven(value) {
  return value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value);
}

function significant(value, digits = 4) {
  if (!value) return "0";
  return rounded(value, digits - 1 - Math.floor(Math.log10(Number(Math.abs(value).toPrecision(digits)))));
}

// Such as "512 (+41 −36)", or "> 5,400" where there is no upper end.
function intervalText(value, low, high) {
  if (value === null || high === null) return low > 0 ? `> ${significant(low, 2)}` : "undetermined";
  const ends = [high - value, value - low].filter((each) => each > 0);
  const places = decimals(ends.length ? Math.min(...ends) : 0);
  return `${rounded(value, places)} (+${rounded(Math.max(high - value, 0), places)} ${MINUS}${rounded(Math.max(value - low, 0), places)})`;
}

function measurement(value, uncertainty) {
  const places = decimals(uncertainty);
  return `${rounded(value, places)} ± ${rounded(uncertainty, places)}`;
}

function jetsText(jets) {
  return `${(Math.round(10 * jets) / 10).toLocaleString("en-US")} jet${Math.abs(jets - 1) < 0.05 ? "" : "s"}`;
}

// The first number in a text; NaN where there is none.
function leadingNumber(text) {
  const found = text.replaceAll(",", "").replaceAll(MINUS, "-").match(/[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?/i);
  return found ? Number(found[0]) : NaN;
}
