"use strict";
const D = JSON.parse(document.getElementById("data").textContent), $ = query => document.querySelector(query);
const S = { m: "", y: "", l: "", g: document.documentElement.lang, p: "" }; // measure, year, level, language, place
let measure, view, level, rows, notes;

function unpack() { // what follows from the rest is not in the file: shares, reasons, orders, counts as texts
  const langs = Object.keys(D.words), swap = text => text.replace(/[.,]/g, mark => mark === "." ? "," : ".").replace(/\u00a0%/g, "%");
  const write = (number, lang) => String(number).replace(/\B(?=(\d{3})+$)/g, lang === "vi" ? "." : ",");
  for (const measure of D.measures) {
    for (const cells of Object.values(measure.values)) for (const [id, [of, ...counts]] of Object.entries(cells))
      cells[id] = counts.map((count, at) => count < 0 ? -1 - count : [count, D.of[of][at]]);
    for (const { rows, texts, period } of measure.views) for (const id in rows) {
      const row = rows[id], cells = measure.values[period][id], isKnown = cells.map(Array.isArray);
      row.value ??= cells.map(cell => Array.isArray(cell) ? +(cell[0] / cell[1]).toPrecision(9) : null);
      row.why ??= cells.map((why, at) => isKnown[at] ? null : why);
      const [first, ...others] = langs.map(lang => texts[lang].rows[id]);
      for (const key of ["text", "since", "similar", "rank"]) for (const one of others) if (first[key]) one[key] ??= first[key].map(swap);
      for (const lang of langs) {
        const one = texts[lang].rows[id], { counted } = one;
        one.counted = counted?.map ? counted : cells.map((cell, at) => !counted || !isKnown[at] ? "" : counted.replace("{a}", write(cell[0], lang)).replace("{b}", write(cell[1], lang)));
      }
      const group = row.value.map((value, at) => value == null ? 2 : +first.text[at].endsWith("*"));
      row.order ??= row.value.map((_, at) => at).sort((a, b) => group[a] - group[b] || row.value[b] - row.value[a]);
    }
  }
  delete D.of;
}
unpack();

const say = key => D.words[S.g][key];
const esc = text => String(text).replace(/[&<>"']/g, one => `&#${one.charCodeAt()};`);
const fold = text => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase();
const short = why => say({ 1: "hidden", 3: "no_sum" }[why] || "none" + why);
const reason = row => say("none" + row.why) + (row.why === 2 && view.id !== "change" && row.counted ? `: ${row.counted}` : "");
const named = code => document.querySelectorAll(`[data-code="${CSS.escape(code)}"]`);
const area = code => $(`#areas [data-code="${CSS.escape(code)}"]`);
const isDark = fill => { const [r, g, b] = fill.match(/\w\w/g).map(part => parseInt(part, 16)); return 0.3 * r + 0.6 * g + 0.1 * b < 128; };
const save = file => Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: file.name }).click();
const home = place => D.levels[0].places[place.in]?.[S.g] || "";

function look(place, at, id = level.id) { // what the view says of a place; Python wrote every number
  const { value, class_number, why } = view.rows[id], texts = view.texts[S.g].rows[id];
  const [count, of] = [measure.values[view.period][id][at]].flat();
  const row = { at, place, value: value[at], class_number: class_number[at], why: why[at], count: of && count, of };
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
  if ($("#home")) $("#home").ariaLabel = $("#home").title = say("home");
  $("#answers").hidden = !D.answers;
  $("#answers").innerHTML = (D.answers || []).map(one => `<li><span>${esc(one[S.g][0])}</span> ` +
    (one.view ? `<a href="#${esc(one.view)}">${esc(one[S.g][1])}</a>` : `<b>${esc(one[S.g][1])}</b>`)).join("");
  $("#parts").innerHTML = D.back ? `<a href="${esc(D.back)}">${say("whole")}</a>` : !D.parts ? "" : `<details><summary>${say("parts")}</summary>` +
    D.parts.map(one => `<a href="${esc(one.file)}">${esc(one.name[S.g])}</a>`).join(" ") + "</details>";
  $("#find").placeholder = $("#find").ariaLabel = say("find");
  for (const id of ["picture", "csv", "print"]) $("#" + id).textContent = say(id);
  for (const id of ["vi", "en"]) $("#" + id).ariaPressed = S.g === id;
}

function draw() {
  measure = D.measures.find(one => one.id === S.m) || D.measures[0];
  view = measure.views.find(one => one.id === S.y) || measure.views.filter(one => one.id !== "change").at(-1);
  level = D.levels.find(one => one.id === S.l) || D.levels[0];
  Object.assign(S, { m: measure.id, y: view.id, l: level.id });
  rows = view.rows[level.id].order.map(at => look(level.places[at], at));
  const texts = view.texts[S.g], all = look(D.place, 0, "whole"), none = all.why === 3 ? texts.no_sum : reason(all);
  const alike = D.measures.filter(one => one === measure || one.whole && one.whole === measure.whole); // a measure and its groups
  const most = Math.max(...alike.flatMap(one => one.views.filter(other => other.id === view.id).flatMap(other => other.rows[level.id].value.map(Math.abs)))) || 1;
  const colour = row => row.value == null ? "#d0d0d0" : view.colours[row.class_number];
  const since = texts.since || "", moved = row => since && `<td>${row.since || "–"}</td>`;
  const line = measure.line && overTime(), drawn = (at, id) => line ? `<td>${line(at, id)}</td>` : "";
  const whys = [...new Set(rows.map(row => row.why).filter(why => why != null))];
  around();
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
  $(".base").innerHTML = level === D.levels[0] || level.tiled ? "" : D.levels[0].places.map(one => `<path d="${one.d}"/>`).join("");
  // in the order of places: small circles lie over large ones
  const colours = Object.fromEntries(rows.map(row => [row.place.code, colour(row)]));
  $("#areas").innerHTML = level.places.map(one => `<path d="${one.d}" fill="${colours[one.code]}" class="${isDark(colours[one.code]) ? "dark" : ""}" data-code="${esc(one.code)}"/>`).join("");
  const ranked = rows.some(row => row.rank);
  const stamp = measure.fake ? `<b class="banner">${esc(D.fake[S.g])}</b> ` : ""; // on each page of paper
  $("thead").innerHTML = `<tr class="paper"><th colspan="6">${stamp}${esc($("h2").textContent)}</th></tr><tr><th scope="col">${ranked ? say("rank") : ""}</th><th scope="col">${say("place")}</th><td></td><th scope="col">${say("value")}</th>` +
    (line ? `<th scope="col">${measure.line.head[S.g]}</th>` : "") + (since && `<th scope="col">${since}</th>`) + "</tr>";
  $("tbody").innerHTML = rows.map((row, at) => `<tr tabindex="${at ? -1 : 0}" data-code="${esc(row.place.code)}">` +
    `<td>${row.rank || ""}</td><th scope="row">${esc(row.place[S.g])}<small>${esc(home(row.place))}</small></th>` +
    `<td><i style="width:${100 * Math.abs(row.value ?? 0) / most}%;background:${colour(row)}"></i></td>` +
    `<td>${row.value == null ? `<span class="quiet">${row.why === 2 ? reason(row) : short(row.why)}</span>` : row.text}</td>${drawn(row.at)}${moved(row)}</tr>`).join("");
  $("tfoot").innerHTML = `<tr><td></td><th scope="row">${esc(D.place[S.g])}</th><td></td><td>${all.text || "–"}</td>${drawn(0, "whole")}${moved(all)}</tr>`;
  const hidden = say("hidden");
  notes = [texts.gaps[level.id], texts.star?.[level.id], measure.source[S.g],
    level.note[S.g].trim(), texts.note, whys.includes(1) && hidden[0].toUpperCase() + say("none1").slice(1) + "."].filter(Boolean).join(" ");
  $("footer").textContent = [notes, measure.line?.note[S.g]].filter(Boolean).join(" ");
  label(), mark(), seek();
}

function label() { // name, folded where it must be, and value where they fit inside, else the value, else nothing: the table has it
  const size = (level.tiled && rows.length > 30 ? 10 : 14) / $("svg").getScreenCTM().a, gap = 0.08 * size, point = $("svg").createSVGPoint(), placed = [];
  const beside = (a, b) => a.x > b.x + b.width || b.x > a.x + a.width || a.y > b.y + b.height || b.y > a.y + a.height;
  const covers = (shape, box) => [0, 0.25, 0.5, 0.75, 1].every(u => [0, 1].every(v =>
    shape.isPointInFill(Object.assign(point, { x: box.x - gap + u * (box.width + 2 * gap), y: box.y + v * box.height }))));
  const folds = name => [2, 3].map(parts => name.match(new RegExp(`.{1,${Math.ceil(name.length / parts) + 2}}(?: |$)|[^ ]+`, "g")).map(line => line.trim()));
  const spots = ([x, y], { x: left, y: top, width, height }) => { // the middle, and what is around it, the nearest first
    const far = ([u, v]) => Math.hypot(u - x, v - y);
    const grid = Array.from({ length: 676 }, (_, k) => [left + width * (k % 26 + 0.5) / 26, top + height * (Math.floor(k / 26) + 0.5) / 26]);
    return [[x, y], ...grid.sort((a, b) => far(a) - far(b))];
  };
  const write = (lines, look, shape, middle) => {
    $("#names").insertAdjacentHTML("beforeend", `<text font-size="${size}" class="${look}">${lines.map(line => `<tspan x="0">${esc(line)}</tspan>`).join("")}</text>`);
    const text = $("#names").lastChild, room = shape.getBBox(), width = text.getBBox().width, height = 1.15 * size * lines.length;
    const fits = ([x, y]) => {
      const box = { x: x - width / 2, y: y - height / 2, width, height };
      return covers(shape, box) && placed.every(other => beside(other, box)) && placed.push(box);
    };
    const spot = width < room.width && height < room.height && (level.tiled ? [middle] : spots(middle, room)).find(fits);
    if (!spot) return text.remove();
    [...text.children].forEach((line, k) => { line.setAttribute("x", spot[0]), line.setAttribute("y", spot[1] - height / 2 + size * (1.15 * k + 0.9)); });
    return text;
  };
  $("#names").replaceChildren();
  for (const row of rows.filter(row => row.value != null && row.place.at)) {
    const shape = area(row.place.code), name = (row.place.short ?? row.place)[S.g], [half, third] = folds(name);
    // nobody knows a square by its shape: its name says more than its value
    const tried = [[name, row.text], [...half, row.text], [...third, row.text], ...level.tiled ? [half] : [], [row.text]];
    for (const lines of tried) if (row.label = write(lines, isDark(shape.getAttribute("fill")) ? "light" : "", shape, row.place.at)) break;
  }
}

function mark(event) { // one place is chosen, on the map and in the table alike; told where it was pointed at
  const row = rows.find(one => one.place.code === S.p), tip = $("#tip");
  document.querySelectorAll(".on").forEach(one => one.classList.remove("on"));
  history.replaceState(null, "", "#" + new URLSearchParams(S));
  tip.hidden = !row || !event;
  const outline = d => document.querySelectorAll(".ring").forEach(ring => ring.setAttribute("d", d));
  outline("");
  [...$(".base").children].forEach((ground, at) => ground.classList.toggle("home", at === row?.place.in));
  if (!row) return;
  named(S.p).forEach(one => one.classList.add("on"));
  const shape = area(S.p);
  outline(shape.getAttribute("d"));
  if (!event) return;
  const told = row.value == null ? [reason(row)] : [`<big>${row.text}</big>`, row.counted,
    row.similar && `${view.texts[S.g].again} ${row.similar}`, row.text.endsWith("*") && view.texts[S.g].star[level.id]];
  tip.innerHTML = [`<b>${esc(row.place[S.g])}</b>` + esc(home(row.place)), ...told].filter(Boolean).join("<br>");
  const line = event.target?.closest?.("tr")?.getBoundingClientRect(), pointer = { right: event.clientX, bottom: event.clientY };
  const { right, bottom } = event.clientX ? { ...pointer, ...line && { bottom: line.bottom } } : (line || shape.getBoundingClientRect());
  const lowest = innerHeight - tip.offsetHeight - 8, isAbove = line && bottom + 12 > lowest; // a row is never covered
  tip.style.left = Math.max(4, Math.min(right + 12, innerWidth - tip.offsetWidth - 8)) + "px";
  tip.style.top = Math.max(4, isAbove ? line.top - 12 - tip.offsetHeight : Math.min(bottom + 12, lowest)) + "px";
  if (event.type !== "focusin" && innerWidth > 900) $(`tr[data-code="${CSS.escape(S.p)}"]`).scrollIntoView({ block: "nearest" });
}

function seek() { // the list keeps what is meant; of the other levels, links lead there
  const wanted = fold($("#find").value.trim());
  for (const row of rows) {
    const isOff = !fold(row.place[S.g] + " " + home(row.place)).includes(wanted);
    for (const shown of [...named(row.place.code), row.label]) shown?.classList.toggle("off", isOff);
  }
  const found = wanted ? D.levels.filter(other => other !== level).flatMap(other =>
    other.places.filter(place => fold(place[S.g]).includes(wanted)).map(place => ({ ...place, l: other.id }))) : [];
  const link = place => `<a href="#${esc(new URLSearchParams({ ...S, l: place.l, p: place.code }))}">${esc(place[S.g])}</a> <small>${esc(home(place))}</small>`;
  const isNowhere = !found.length && !$("tbody tr:not(.off)");
  $("#found").innerHTML = isNowhere ? say("nowhere") : found.slice(0, 6).map(link).join(" · ") + (found.length > 6 ? " …" : "");
}

function picture() { // of the place that is chosen, else of the whole, for a telephone
  const canvas = Object.assign(document.createElement("canvas"), { width: 1080, height: 1350 }), pen = canvas.getContext("2d");
  const row = rows.find(row => row.place.code === S.p), all = look(D.place, 0, "whole"), told = row || all;
  const edge = 60, wide = 1080 - 2 * edge, ink = "#1f2328", quiet = "#5b6168";
  const paint = (fill, ...box) => { pen.fillStyle = fill, pen.fillRect(...box); };
  const wrap = (text, size, weight) => { // into lines as wide as the picture
    pen.font = `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
    return text.split(" ").reduce((lines, word) => {
      const longer = [lines.at(-1), word].filter(Boolean).join(" ");
      return pen.measureText(longer).width > wide ? [...lines, word] : [...lines.slice(0, -1), longer];
    }, [""]).filter(Boolean);
  };
  let y = 0;
  const write = (text, size, fill, weight = 400) => {
    for (const line of wrap(text, size, weight)) pen.fillStyle = fill, pen.fillText(line, edge, y += 1.25 * size, wide);
  };
  paint("#fff", 0, 0, 1080, 1350);
  const warning = [measure.fake && `${D.fake[S.g]}. ${D.nothing_real[S.g]}`, D.internal?.[S.g]].filter(Boolean).join(" ");
  if (warning) {
    paint("#b3261e", 0, 0, 1080, 30 + 37.5 * wrap(warning, 30, 700).length);
    y = 9, write(warning, 30, "#fff", 700), y += 21;
  }
  y += 20, write($("h2").textContent, 40, ink, 700), write($("#what").textContent, 28, quiet);
  y += 26, write(told.place[S.g], 64, ink, 700);
  if (row) write([home(row.place), D.place[S.g]].filter(Boolean).join(" · "), 30, quiet);
  write(told.value == null ? reason(told) : told.text, told.value == null ? 44 : 110, ink, 700), y += 14;
  const since = view.texts[S.g].since || "", amounts = [told.value != null && told.counted, told.since && `${told.since} ${since[0].toLowerCase() + since.slice(1)}`,
    told.rank && `${say("rank").toLowerCase()} ${told.rank}/${rows.length}`];
  write(amounts.filter(Boolean).join(" · "), 32, ink);
  if (row) write(`${D.place[S.g]}: ${all.text || "–"}`, 32, ink);
  // from below: source, legend; the map has what is left
  const top = y + 24, foot = wrap(notes, 22, 400);
  y = 1320 - 27.5 * foot.length, write(notes, 22, quiet);
  const { colours, shares, edges } = view.legend, sum = shares.reduce((a, b) => a + b), bottom = 1320 - 27.5 * foot.length - 90;
  let x = edge;
  pen.textAlign = "center", pen.font = pen.font.replace("22px", "24px");
  colours.forEach((fill, k) => {
    paint(fill, x, bottom, wide * shares[k] / sum, 26), paint(ink, x, bottom + 26, wide * shares[k] / sum, 1);
    pen.fillText(edges[S.g][k], x, bottom + 54), x += wide * shares[k] / sum;
  });
  const [width, height] = level.size, scale = Math.min(wide / width, (bottom - 24 - top) / height);
  pen.translate(540 - scale * width / 2, top), pen.scale(scale, scale), pen.lineJoin = "round";
  const trace = (path, fill, stroke, thick) => { // as it is on the page
    const shape = new Path2D(path.getAttribute("d"));
    pen.fillStyle = fill, pen.fill(shape), pen.strokeStyle = stroke, pen.lineWidth = thick / scale, pen.stroke(shape);
  };
  for (const path of $(".base").children) trace(path, "#eef0f2", "#80868d", 1);
  for (const path of $("#areas").children) trace(path, path.getAttribute("fill"), path.matches(".dark") ? "#fff" : ink, 1.5);
  if (row) trace(area(S.p), "#0000", "#fff", 11), trace(area(S.p), "#0000", "#000", 6);
  canvas.toBlob(blob => {
    const file = new File([blob], `${S.m}-${S.y}-${row ? S.p : "all"}.png`, { type: "image/png" });
    const isPhone = matchMedia("(pointer: coarse)").matches && navigator.canShare?.({ files: [file] });
    isPhone ? navigator.share({ files: [file] }).catch(() => {}) : save(file);
  });
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
$("#picture").onclick = picture;
$("#csv").onclick = () => {
  const cell = text => `"${String(text ?? "").replace(/^(?=\s*[=+\-@＝＋－＠])/, typeof text === "number" ? "" : "'").replace(/"/g, '""')}"`;
  const lines = rows.map(row => [row.place.code, row.place[S.g], row.value, row.count, row.of,
    row.why == null ? "" : short(row.why), measure.fake ? "simulated" : "", measure.source[S.g]].map(cell).join(","));
  const text = "\ufeff" + ["code,name,value,count,out_of,why_not,origin,source", ...lines].join("\r\n");
  save(new File([text], `${S.m}-${S.y}-${S.l}.csv`, { type: "text/csv" }));
};
addEventListener("keydown", event => {
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  let line = event.target.closest?.("tbody tr");
  if (event.key === "Enter" && event.target === $("#find")) ($("tbody tr:not(.off)") ? $("tbody tr:not(.off)").focus() : $("#found a")?.click());
  if (event.key === "/" && event.target !== $("#find")) event.preventDefault(), $("#find").focus();
  if (event.key === "Escape") $("#find").value = S.p = "", seek(), mark();
  if (!step || !line) return;
  event.preventDefault();
  do line = line[step]; while (line?.classList.contains("off"));
  line?.focus();
});
addEventListener("resize", label);
addEventListener("hashchange", () => { // a link leads to a view, and to a place in it
  $("#find").value = "";
  open();
  if (!rows.some(row => row.place.code === S.p)) return;
  $("svg").scrollIntoView({ block: "nearest" });
  mark({});
});
open();
