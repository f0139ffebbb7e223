// The order of search results: titles, then texts; shipped cards and the history after what explains them.
var Scorer = {
  score: ([page, title, anchor, descr, score]) =>
    /^(benchmarks|changelog|contributing|shipped_\w+)$/.test(page) ? score - 20 : score,
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
