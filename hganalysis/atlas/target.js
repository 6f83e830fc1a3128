// A target that is set by hand: who misses it, by how many, and whether that is sure.

const aims = new Map();  // by measure, in per cent

function aimOf(view) {
  const { breaks, target } = scaleOf(view);
  if (!aims.has(view.measure)) aims.set(view.measure, Math.round(100 * breaks[target === null ? Math.floor(breaks.length / 2) : target]));
  return aims.get(view.measure);
}
const canAim = () => { const [view, other] = shown(); return !other && !view.change && scaleOf(view).share; };
const aiming = () => canAim() && $("#aim").getAttribute("aria-pressed") === "true";
const whole = (amount) => new Intl.NumberFormat(chosen.g).format(amount);

// Of a place whose count is not shown, only its share is told.
function missed(view, aim) {
  const found = [];
  for (const code of data.levels[view.level].codes) {
    const [value, high, count, outOf] = ["value", "high", "count", "out_of"].map((fact) => number(view, code, fact));
    if (value < aim / 100) found.push({ code, value, lacks: Math.ceil(aim * outOf / 100 - 1e-6) - count, sure: high < aim / 100, known: !isNaN(high) });
  }
  return found.sort((one, other) => (other.lacks - one.lacks) || (one.value - other.value));
}
function showTarget() {
  const open = aiming(), [view] = shown();
  $("#target").hidden = !open;
  root.classList.toggle("aims", open);
  for (const group of all(".misses")) empty(group);
  if (!open) return;
  const aim = aimOf(view), places = missed(view, aim), slider = $("#target input"), list = empty($("#target ul"));
  const known = data.levels[view.level].codes.filter((code) => !isNaN(number(view, code, "value"))).length;
  const total = places.reduce((sum, { lacks }) => sum + lacks, 0), unit = view.counted[chosen.g];
  const values = { target: say("words.percent", { number: aim }), missed: whole(places.length), known: whole(known), lacks: whole(total), unit };
  slider.value = aim;
  const said = say(isNaN(total) || !places.length ? "atlas.target_missed" : "atlas.target_lacks", values);
  $("#target output").textContent = said;
  slider.setAttribute("aria-valuetext", `${values.target}: ${said}`);
  $("#target b").textContent = values.target;
  $("#target .banner").hidden = !view.simulated;
  for (const { code, lacks, sure, known } of places) {
    const line = make(list, "li", { "data-code": code }), told = factsOf(view, code), kind = sure ? "sure" : "unsure";
    make(make(line, "svg", { viewBox: "0 0 30 10", "aria-hidden": "true" }), "path", { d: "M1 5H29", class: kind });
    make(make(line, "button", { type: "button" }), "span", {}, told.place.text);
    make(line, "span", {}, [told.value.text, !isNaN(lacks) && say("atlas.target_place", { lacks: whole(lacks), unit })].filter(Boolean).join(", "));
    make(line, "small", {}, known ? say(sure ? "atlas.target_sure" : "atlas.target_unsure") : "");
    outline($(".panel .misses"), code, ["halo", kind]);
  }
}
