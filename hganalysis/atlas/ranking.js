// Chance replayed: rankings that the intervals on this page allow, one after the other.
// Each place is drawn by itself from its interval, as a normal number on the scale on which the
// interval was made: log odds of a share, log of a ratio. The same draws for a view every time.

const REPLAYS = 12, PAUSE = 500;
let replay = null;  // what is shown in place of the figures: values and texts by code, a sentence

function spread(view, code) {
  const [value, low, high] = ["value", "low", "high"].map((fact) => number(view, code, fact));
  if (isNaN(value) || isNaN(low) || isNaN(high)) return null;
  const share = scaleOf(view).share, half = 0.5 / number(view, code, "out_of");
  const to = (one) => share ? Math.log(one / (1 - one)) : Math.log(one);
  const from = (one) => share ? 1 / (1 + Math.exp(-one)) : Math.exp(one);
  // None and all have no log odds: they stand half a unit inside, as when the interval was made.
  const middle = to(share ? Math.min(1 - half, Math.max(half, value)) : Math.max(half, value));
  const reach = Math.max(...[low, high].map(to).filter(isFinite).map((end) => Math.abs(end - middle)));
  return isFinite(reach) ? { middle, error: reach / 1.96, from } : null;
}
function chance(text) {
  let state = 0;
  for (const letter of text) state = (Math.imul(state, 31) + letter.codePointAt(0)) | 0;
  const even = () => {  // Mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - even())) * Math.cos(2 * Math.PI * even());  // Box and Muller
}
function drawn(view, normal) {
  const found = new Map();
  for (const code of data.levels[view.level].codes) {
    const value = number(view, code, "value"), known = spread(view, code);
    if (!isNaN(value)) found.set(code, known ? known.from(known.middle + known.error * normal()) : value);
  }
  return found;
}
// Only where it is known what the ranks can be, and of one map at a time.
function canReplay() {
  const [view, other] = shown();
  return !other && !view.change && data.levels[view.level].codes.some((code) => !isNaN(number(view, code, "rank_low")));
}
function showReplay(values, texts, said) {
  const [view] = shown(), { rows, heads } = rowsOf(view), at = heads.findIndex(([fact]) => fact === "rank");
  replay = { ...replay, values, texts, said };
  const rowOf = (code) => rows.get(code), order = [...values.keys()].sort((one, other) => values.get(other) - values.get(one));
  if (at >= 0) for (const code of order) rowOf(code).cells[at].textContent = texts.get(code);
  for (const head of all("th[aria-sort]", rowsOf(view).table)) head.removeAttribute("aria-sort");
  const body = rowsOf(view).table.tBodies[0], rest = [...body.rows].filter((row) => !values.has(row.dataset.code));
  body.append(...order.map(rowOf), ...rest);
  paint($(".panel"), view);
  point();
}
function oneReplay(normal, number) {
  const [view] = shown(), values = drawn(view, normal);
  const order = [...values.values()].sort((one, other) => other - one);
  const texts = new Map([...values].map(([code, value]) => [code, String(order.indexOf(value) + 1)]));
  showReplay(values, texts, say("atlas.shake_one", { number, all: REPLAYS }));
}
function endReplay() {
  clearInterval(replay.timer);
  const [view] = shown(), codes = data.levels[view.level].codes.filter((code) => !isNaN(number(view, code, "value")));
  const set = (code) => [...new Set(["rank_low", "rank_high"].map((end) => number(view, code, end)))].join("–");
  replay.timer = 0;
  showReplay(new Map(codes.map((code) => [code, number(view, code, "value")])), new Map(codes.map((code) => [code, set(code)])), say("atlas.shake_end"));
  $("#live").textContent = say("atlas.shake_end");
}
function shake() {
  if (!canReplay()) return;
  if (replay && replay.timer) return endReplay();
  stopReplay();
  const [view] = shown(), normal = chance(`${view.measure}.${view.when}.${view.level}`);
  let number = 1;
  replay = { timer: 0 };
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return endReplay();
  replay.timer = setInterval(() => number < REPLAYS ? oneReplay(normal, ++number) : endReplay(), PAUSE);
  oneReplay(normal, 1);
}
// Give the figures back: before anything else is shown.
function stopReplay() {
  if (!replay) return false;
  clearInterval(replay.timer);
  replay = null;
  const { rows, texts, heads } = rowsOf(shown()[0]), at = heads.findIndex(([fact]) => fact === "rank");
  if (at >= 0) for (const [code, row] of rows) row.cells[at].textContent = texts.get(code)[at];
  return true;
}
