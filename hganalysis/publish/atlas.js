"use strict";
const D = JSON.parse(document.getElementById("data").textContent), $ = query => document.querySelector(query);
const S = { m: "", y: "", l: "", g: document.documentElement.lang, p: "" }; // measure, year, level, language, place
let measure, view, level, rows;

const say = key => D.words[S.g][key];
const esc = text => String(text).replace(/[&<>"']/g, one => `&#${one.charCodeAt()};`);
const fold = text => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase();
const short = why => say({ 1: "hidden", 3: "no_sum" }[why] || "none" + why);
const named = code => document.querySelectorAll(`[data-code="${CSS.escape(code)}"]`);
const area = code => $(`#areas [data-code="${CSS.escape(code)}"]`);
const home = place => D.levels[0].places[place.in]?.[S.g] || "";

function look(place, at, id = level.id) { // what the view says of a place; Python wrote every number
  const { value, kind, why } = view.rows[id], texts = view.texts[S.g].rows[id];
  const [count, of] = [measure.values[view.period][id][at]].flat();
  const row = { at, place, value: value[at], kind: kind[at], why: why[at], count: of && count, of };
  for (const key in texts) row[key] = texts[key][at];
  return row;
}

function choose(id, list, now) {
  $(id).replaceChildren(...list.map(one => new Option(one.label ? one.label[S.g] : one.texts[S.g].label, one.id, false, one === now)));
  $(id).hidden = list.length < 2;
  $(id).ariaLabel = say(id.slice(1));
}

function periods() { // several lie side by side; very many are a list to choose from
  const row = $("#periods"), had = row.contains(document.activeElement), many = measure.views.length;
  const beside = many > 3 && many < 26;
  choose("#period", beside ? [] : measure.views, view);
  row.ariaLabel = say("period");
  row.innerHTML = !beside ? "" : measure.views.map(one => `<label><input type="radio" name="period" value="${esc(one.id)}"` +
    `${one === view ? " checked" : ""}>${esc(one.texts[S.g].label)}</label>`).join("");
  const now = row.querySelector(":checked");
  if (now) row.scrollLeft = now.parentElement.offsetLeft - row.clientWidth / 2;
  if (had) now?.focus();
}

function overTime() { // gives what draws a place over time: all lines on one scale, each around its own middle, with gaps
  const { steps } = measure.line, views = measure.views.slice(0, steps.length);
  const shown = views.includes(view) ? views.indexOf(view) : steps.length - 1;
  const values = (at, id) => views.map(one => one.rows[id].value[at]), known = (at, id) => values(at, id).filter(one => one != null);
  const span = (at, id) => Math.max(...known(at, id)) - Math.min(...known(at, id));
  const most = Math.max(span(0, "whole"), ...level.places.map((_, at) => span(at, level.id))) || 1;
  return (at, id = level.id) => {
    const all = values(at, id), some = known(at, id), middle = (Math.max(...some) + Math.min(...some)) / 2;
    const point = k => `${3 + 66 * steps[k] / steps.at(-1)} ${12 - 18 * (all[k] - middle) / most}`;
    const ends = [all.findIndex(one => one != null), all.findLastIndex(one => one != null)];
    const told = ends.map(k => k < 0 ? "" : `${views[k].texts[S.g].label} ${views[k].texts[S.g].rows[id].text[at]}`);
    return some.length ? `<svg viewBox="0 0 72 24" role="img" aria-label="${esc(told.join(", "))}"><path d="` +
      all.map((one, k) => one == null ? "" : all[k - 1] == null ? `M${point(k)}h0` : `L${point(k)}`).join("") +
      `"/>${all[shown] == null ? "" : `<path class="now" d="M${point(shown)}h0"/>`}</svg>` : "";
  };
}

function around() { // what does not change with the view
  document.documentElement.lang = S.g;
  document.title = $("h1").textContent = D.title[S.g];
  $("#banner").hidden = !D.fake && !D.internal;
  $("#banner b").textContent = [D.fake?.[S.g], D.internal?.[S.g]].filter(Boolean).join(". ");
  $("#banner span").textContent = D.fake ? D.nothing_real[S.g] : "";
  $("#language").ariaLabel = say("language"), $("#answers").ariaLabel = say("answers");
  $("#answers").hidden = !D.answers;
  $("#answers").innerHTML = (D.answers || []).map(one => `<li><span>${esc(one[S.g][0])}</span> ` +
    (one.view ? `<a href="#${esc(one.view)}">${esc(one[S.g][1])}</a>` : `<b>${esc(one[S.g][1])}</b>`)).join("");
  $("#parts").innerHTML = D.back ? `<a href="${esc(D.back)}">${say("whole")}</a>` : !D.parts ? "" : `<details><summary>${say("parts")}</summary>` +
    D.parts.map(one => `<a href="${esc(one.file)}">${esc(one.name[S.g])}</a>`).join(" ") + "</details>";
  $("#find").placeholder = $("#find").ariaLabel = say("find");
  $("#csv").textContent = say("csv"), $("#print").textContent = say("print");
  for (const id of ["vi", "en"]) $("#" + id).ariaPressed = S.g === id;
}

function draw() {
  measure = D.measures.find(one => one.id === S.m) || D.measures[0];
  view = measure.views.find(one => one.id === S.y) || measure.views.filter(one => one.id !== "change").at(-1);
  level = D.levels.find(one => one.id === S.l) || D.levels[0];
  Object.assign(S, { m: measure.id, y: view.id, l: level.id });
  rows = view.rows[level.id].order.map(at => look(level.places[at], at));
  const texts = view.texts[S.g], all = look(D.place, 0, "whole"), none = all.why === 3 ? texts.no_sum : say("none" + all.why);
  const most = Math.max(...rows.map(row => Math.abs(row.value ?? 0))) || 1;
  const colour = row => row.value == null ? "#d0d0d0" : view.colours[row.kind];
  const since = texts.since || "", moved = row => since && `<td>${row.since || "–"}</td>`;
  const line = measure.line && overTime(), drawn = (at, id) => line ? `<td>${line(at, id)}</td>` : "";
  const whys = [...new Set(rows.map(row => row.why).filter(why => why != null))];
  around();
  $(".list").dataset.fake = measure.fake ? D.fake[S.g] : "";
  $("main").className = (rows.length > 25 ? "long " : "") + (line ? "lines" : "");
  choose("#measure", D.measures, measure), periods(), choose("#level", D.levels, level);
  $("h2").textContent = $("svg").ariaLabel = measure.label[S.g] + ", " + texts.when;
  $("#what").textContent = texts.what;
  $("#whole").innerHTML = `${esc(D.place[S.g])} <b>${all.text || "–"}</b> ` + [
    all.why != null ? none : view.id === "change" ? "" : all.counted,
    all.since && `${all.since} ${since[0].toLowerCase() + since.slice(1)}`].filter(Boolean).join(" · ");
  const { colours: strip, shares, edges } = view.legend, end = edges[S.g][strip.length];
  $("#legend").innerHTML = strip.map((fill, at) => `<span style="flex-grow:${shares[at]}"><i style="background:${fill}"></i><b>${edges[S.g][at]}</b></span>`).join("") +
    (end && `<span class="end"><i></i><b>${end}</b></span>`) +
    (whys.length ? `<span class="none"><i></i>${whys.map(short).join(" / ")}</span>` : "");
  $("svg").setAttribute("viewBox", `-4 -4 ${level.size[0] + 8} ${level.size[1] + 8}`);
  $(".base").innerHTML = level === D.levels[0] || !level.ground ? "" : D.levels[0].places.map(one => `<path d="${one.d}"/>`).join("");
  // in the order of places: small circles lie over large ones
  const colours = Object.fromEntries(rows.map(row => [row.place.code, colour(row)]));
  $("#areas").innerHTML = level.places.map(one => `<path d="${one.d}" fill="${colours[one.code]}" data-code="${esc(one.code)}"/>`).join("");
  const ranked = rows.some(row => row.rank);
  $("thead").innerHTML = `<tr><th scope="col">${ranked ? say("rank") : ""}</th><th scope="col">${say("place")}</th><td></td><th scope="col">${say("value")}</th>` +
    (line ? `<th scope="col">${measure.line.head[S.g]}</th>` : "") + (since && `<th scope="col">${since}</th>`) + "</tr>";
  $("tbody").innerHTML = rows.map((row, at) => `<tr tabindex="${at ? -1 : 0}" data-code="${esc(row.place.code)}">` +
    `<td>${row.rank || ""}</td><th scope="row">${esc(row.place[S.g])}<small>${esc(home(row.place))}</small></th>` +
    `<td><i style="width:${100 * Math.abs(row.value ?? 0) / most}%;background:${colour(row)}"></i></td>` +
    `<td>${row.value == null ? `<span class="quiet">${short(row.why)}</span>` : row.text}</td>${drawn(row.at)}${moved(row)}</tr>`).join("");
  $("tfoot").innerHTML = `<tr><td></td><th scope="row">${esc(D.place[S.g])}</th><td></td><td>${all.text || "–"}</td>${drawn(0, "whole")}${moved(all)}</tr>`;
  const hidden = say("hidden"), notes = [texts.gaps[level.id], rows.some(row => row.text.endsWith("*")) && texts.star, measure.source[S.g],
    level.note[S.g], texts.note, measure.line?.note[S.g], whys.includes(1) && hidden[0].toUpperCase() + say("none1").slice(1) + "."];
  $("footer").textContent = notes.filter(Boolean).join(" ");
  label(), mark(), seek();
}

function label() { // name (of many places, folded) and value where they fit inside, else the value, else nothing: the table has it
  const size = 14 / $("svg").getScreenCTM().a, at = $("svg").createSVGPoint();
  const many = rows.length > 25, placed = [], beside = (a, b) => a.x > b.x + b.width || b.x > a.x + a.width || a.y > b.y + b.height || b.y > a.y + a.height;
  $("#names").replaceChildren();
  for (const row of rows.filter(row => row.value != null && row.place.at)) {
    const shape = area(row.place.code), [x, y] = row.place.at;
    const [r, g, b] = shape.getAttribute("fill").match(/\w\w/g).map(one => parseInt(one, 16));
    const name = row.place[S.g], half = Math.ceil(name.length / 2) + 2;
    const folded = name.match(new RegExp(`.{1,${half}}(?: |$)|[^ ]+`, "g")).map(one => one.trim());
    const tried = [[name, row.text], ...many ? [[...folded, row.text]] : [], ...level.tiled ? [folded] : [], [row.text]];
    for (const lines of tried) { // nobody knows a square by its shape: its name says more than its value
      $("#names").insertAdjacentHTML("beforeend", `<text font-size="${size}" class="${0.3 * r + 0.6 * g + 0.1 * b < 128 ? "light" : ""}">` +
        lines.map((line, k) => `<tspan x="${x}" y="${y + size * (1.15 * (k - lines.length / 2) + 0.9)}">${esc(line)}</tspan>`).join("") + "</text>");
      const text = $("#names").lastChild, box = text.getBBox();
      const inside = (u, v) => shape.isPointInFill(Object.assign(at, { x: box.x + u * box.width, y: box.y + v * box.height }));
      if ([0, 0.25, 0.5, 0.75, 1].every(u => inside(u, 0) && inside(u, 1)) && placed.every(one => beside(one, box)) && placed.push(box)) break;
      text.remove();
    }
  }
}

function mark(event) { // one place is chosen, on the map and in the table alike; told where it was pointed at
  const row = rows.find(one => one.place.code === S.p), tip = $("#tip");
  document.querySelectorAll(".on").forEach(one => one.classList.remove("on"));
  history.replaceState(null, "", "#" + new URLSearchParams(S));
  tip.hidden = !row || !event;
  $("#ring").setAttribute("d", "");
  if (!row) return;
  named(S.p).forEach(one => one.classList.add("on"));
  const shape = area(S.p);
  $("#ring").setAttribute("d", shape.getAttribute("d"));
  if (!event) return;
  const told = row.value == null ? [say("none" + row.why)] : [`<big>${row.text}</big>`, row.counted,
    row.similar && `${view.texts[S.g].again} ${row.similar}`, row.text.endsWith("*") && view.texts[S.g].star];
  tip.innerHTML = [`<b>${esc(row.place[S.g])}</b>` + esc(home(row.place)), ...told].filter(Boolean).join("<br>");
  const { right, bottom } = event.clientX ? { right: event.clientX, bottom: event.clientY } : shape.getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(right + 12, innerWidth - tip.offsetWidth - 8)) + "px";
  tip.style.top = Math.max(4, Math.min(bottom + 12, innerHeight - tip.offsetHeight - 8)) + "px";
  if (event.type !== "focusin" && innerWidth > 900) $(`tr[data-code="${CSS.escape(S.p)}"]`).scrollIntoView({ block: "nearest" });
}

function seek() {
  const wanted = fold($("#find").value.trim());
  for (const row of rows) for (const one of named(row.place.code)) {
    one.classList.toggle("off", !fold(row.place[S.g] + " " + home(row.place)).includes(wanted));
  }
}

function open() { // the state that the address keeps
  Object.assign(S, Object.fromEntries(new URLSearchParams(location.hash.slice(1))));
  if (!D.words[S.g]) S.g = document.documentElement.lang;
  draw();
}

for (const [id, key] of [["measure", "m"], ["period", "y"], ["periods", "y"], ["level", "l"]]) {
  $("#" + id).onchange = event => { S[key] = event.target.value; draw(); };
}
for (const id of ["vi", "en"]) $("#" + id).onclick = () => { S.g = id; draw(); };
for (const name of ["pointermove", "click", "focusin"]) document.addEventListener(name, event => {
  const now = event.target.closest?.("[data-code]")?.dataset.code;
  if (!now && (name === "focusin" || $("#tip").hidden)) return;
  S.p = now || (name === "click" ? "" : S.p);
  mark(now && event);
});
$("#find").oninput = seek;
$("#print").onclick = () => print();
$("#csv").onclick = () => {
  const cell = text => `"${String(text ?? "").replace(/^(?=\s*[=+\-@＝＋－＠])/, typeof text === "number" ? "" : "'").replace(/"/g, '""')}"`;
  const lines = rows.map(row => [row.place.code, row.place[S.g], row.value, row.count, row.of,
    row.why == null ? "" : short(row.why), measure.fake ? "simulated" : ""].map(cell).join(","));
  const file = new Blob(["\ufeff" + ["code,name,value,count,out_of,why_not,origin", ...lines].join("\r\n")], { type: "text/csv" });
  Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: `${S.m}-${S.y}-${S.l}.csv` }).click();
};
addEventListener("keydown", event => {
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  let line = event.target.closest?.("tbody tr");
  if (event.key === "/" && event.target !== $("#find")) event.preventDefault(), $("#find").focus();
  if (event.key === "Escape") $("#find").value = S.p = "", seek(), mark();
  if (!step || !line) return;
  event.preventDefault();
  do line = line[step]; while (line?.classList.contains("off"));
  line?.focus();
});
addEventListener("resize", label);
addEventListener("hashchange", open);
open();
