// What happens when somebody chooses, points, sorts, saves. After all other parts, in one script.

const data = JSON.parse($("#data").textContent), root = document.documentElement;
root.classList.add("js");

  // --- numbers, for places on an axis and the order of rows; from the file that can be saved ---

  function parse(text) {
    const rows = [[""]];
    let quoted = false;
    for (let at = 0; at < text.length; at++) {
      const row = rows[rows.length - 1], letter = text[at];
      if (letter === '"' && quoted && text[at + 1] === '"') { row[row.length - 1] += '"'; at++; }
      else if (letter === '"') quoted = !quoted;
      else if (letter === "," && !quoted) row.push("");
      else if (letter === "\n" && !quoted) rows.push([""]);
      else row[row.length - 1] += letter;
    }
    const heads = rows.shift();
    return rows.filter((row) => row.length === heads.length)
      .map((row) => Object.fromEntries(row.map((cell, at) => [heads[at], cell])));
  }
  const numbers = new Map(), WHOLE = "province";
  for (const row of parse(data.csv)) {
    const key = `${row.indicator}.${row.year}.${row.level}`;
    if (!numbers.has(key)) numbers.set(key, new Map());
    numbers.get(key).set(row.code, row);
  }
  const asNumber = (text) => text === "" || text === undefined ? NaN : Number(text);
  const CHANGED = { value: "change_pp", low: "change_low_pp", high: "change_high_pp" };
  function number(view, code, fact) {
    const rows = numbers.get(`${view.measure}.${view.year}.${code === data.whole ? WHOLE : view.level}`);
    const row = rows && rows.get(code);
    return row ? asNumber(row[view.change ? CHANGED[fact] || fact : fact]) : NaN;
  }

  // --- what is chosen; it stands in the address, so that a view can be passed on ---

  const views = Object.values(data.views), measures = [...new Set(views.map((view) => view.measure))];
  const times = (measure) => [...new Set(views.filter((view) => view.measure === measure).map((view) => view.when))];
  const years = (measure) => times(measure).filter((when) => !when.includes("-"));
  const last = (list) => list[list.length - 1];
  const levels = Object.keys(data.levels);
const scaleOf = (view) => data.scales[`${view.measure}.${view.when}`];
// How each place is drawn: the number of its class, and a letter where it is not simply known.
for (const view of views) view.look = new Map(view.looks.split(" ").map((look, at) => [
  data.levels[view.level].codes[at], { cls: parseInt(look.replace(/\D/g, ""), 10), kind: look.replace(/\d+/, "") },
]));
function lookOf(view, code) {
  const look = view.look.get(code) || { cls: NaN, kind: "" }, value = replay && replay.values.get(code);
  return value === undefined || value === null ? look : { ...look, cls: scaleOf(view).breaks.filter((edge) => value >= edge).length };
}
  const first = { m: data.first[0], w: data.first[1] };
  let chosen = { g: root.lang, l: levels[0], p: "", a: "", panels: [first] };
  let pointed = "", sort = { fact: "value", down: true };

  function read() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const one = (m, w) => measures.includes(m) ? { m, w: times(m).includes(w) ? w : last(years(m)) } : null;
    const panels = [one(asked.get("m"), asked.get("w")) || first, one(asked.get("m2"), asked.get("w2"))];
    const known = (name, list, otherwise) => list.includes(asked.get(name)) ? asked.get(name) : otherwise;
    chosen = {
      g: known("g", Object.keys(data.texts), root.lang),
      l: known("l", levels, levels[0]),
      panels: panels.filter(Boolean),
      p: "",
      a: known("a", data.answers.map((_, at) => String(at + 1)), ""),
    };
    const aim = asked.get("t"), sought = /^(100|\d\d?)$/.test(aim);
    if (sought) aims.set(chosen.panels[0].m, Number(aim));
    $("#aim").setAttribute("aria-pressed", sought);
    if (asked.get("p") && (asked.get("p") === data.whole || data.levels[chosen.l].codes.includes(asked.get("p")))) chosen.p = asked.get("p");
  }
  function keep() {
    const [a, b] = chosen.panels;
    const said = new URLSearchParams({ m: a.m, w: a.w, l: chosen.l, g: chosen.g });
    if (b) { said.set("m2", b.m); said.set("w2", b.w); }
    if (chosen.p) said.set("p", chosen.p);
    if (chosen.a) said.set("a", chosen.a);
    if (aiming()) said.set("t", aimOf(shown()[0]));
    if (location.hash.slice(1) !== String(said)) history.replaceState(null, "", `#${said}`);
  }
  // A page of another place opens with the same measure, year and language.
  const passed = (more = {}) => `#${new URLSearchParams({ m: chosen.panels[0].m, w: chosen.panels[0].w, g: chosen.g, ...more })}`;
  const viewOf = (panel) => data.views[`${panel.m}.${panel.w}.${chosen.l}`];
  const shown = () => chosen.panels.map(viewOf);

  // --- text ---

  const say = (key, values = {}) => data.texts[chosen.g][key].replace(/\{(\w+)\}/g, (blank, name) => name in values ? values[name] : blank);
  const tables = new Map();
  function rowsOf(view) {
    const id = `${chosen.g}.${view.measure}.${view.when}.${view.level}`;
    if (!tables.has(id)) {
      const table = document.getElementById(id);
      const heads = all("thead th", table).map((head) => [head.dataset.fact, head.textContent.trim()]);
      const rows = new Map(all("tbody tr", table).map((row) => [row.dataset.code, row]));
      const texts = new Map([...rows].map(([code, row]) => [code, [...row.cells].map((cell) => cell.textContent.trim())]));
      tables.set(id, { table, heads, rows, texts });
    }
    return tables.get(id);
  }
  function factsOf(view, code) {
    const { heads, texts } = rowsOf(view), cells = texts.get(code) || [];
    return Object.fromEntries(heads.map(([fact, head], at) => [fact, { head, text: cells[at] || "" }]));
  }

  // --- table ---

  function difference([one, other]) {
    // Only the package subtracts, and only years of one measure that follow each other.
    if (!other || one.measure !== other.measure || one.change || other.change) return null;
    const later = one.year > other.year ? one : other, earlier = later === one ? other : one;
    return later.before === earlier.year ? later : null;
  }
  const unlike = ([one, other]) => Boolean(other) && one.measure !== other.measure;
  function merged(pair) {
    // Two views in one table: their cells are those of the two tables, side by side.
    const wrapper = empty($("#both")), [one, other] = pair.map(rowsOf), later = difference(pair);
    const table = make(wrapper, "table", { class: "on", lang: chosen.g });
    const caption = make(make(table, "caption"), "span");
    if (pair.some((view) => view.simulated)) make(caption, "b", { class: "banner" }, say("words.simulated"));
    caption.append(` ${pair.map((view) => view.title[chosen.g]).join(" | ")}`);
    const plain = ["place", "district"].map((fact) => one.heads.find(([name]) => name === fact)).filter(Boolean);
    const columns = [...plain.map(([fact, head]) => [0, fact, head])];
    pair.forEach((view, at) => ["value", "rank"].forEach((fact) => {
      const head = rowsOf(view).heads.find(([name]) => name === fact);
      if (head) columns.push([at, fact, `${unlike(pair) ? view.gate[chosen.g][0] : view.when_text[chosen.g]}: ${head[1]}`]);
    }));
    if (later) columns.push([pair.indexOf(later), "change", rowsOf(later).heads.find(([fact]) => fact === "change")[1]]);
    const head = make(make(table, "thead"), "tr"), body = make(table, "tbody");
    for (const [at, fact, text] of columns) make(head, "th", { scope: "col", "data-fact": fact, "data-panel": at }, text);
    for (const code of one.rows.keys()) {
      const row = make(body, "tr", { "data-code": code, class: code === data.whole ? "whole" : "" });
      for (const [at, fact] of columns) make(row, fact === "place" ? "th" : "td", fact === "place" ? { scope: "row" } : {}, factsOf(pair[at], code)[fact].text);
    }
    return table;
  }
  function tabulate() {
    const pair = shown();
    for (const table of all("#table table.on")) table.classList.remove("on");
    const table = pair[1] ? merged(pair) : (empty($("#both")), rowsOf(pair[0]).table);
    table.classList.add("on");
    for (const head of all("th", table)) if (!$("button", head)) {
      const inside = [...head.childNodes];
      make(head, "button", { type: "button" }).append(...inside);
    }
    order(table, pair);
    fitColumns(table, pair);
  }
  // Beside the map no column is cut in two: the names of places take the room that it would be cut in.
  function fitColumns(table, pair) {
    const heads = all("thead th", table), place = heads[0];
    root.style.removeProperty("--place");
    if (pair[1] || !matchMedia("screen and (min-width: 1200px) and (min-height: 501px)").matches) return;
    const box = $("#table"), edge = box.getBoundingClientRect().left + box.clientWidth - box.scrollLeft;
    const ends = (head) => head.getBoundingClientRect().right - parseFloat(getComputedStyle(head).paddingRight);
    const cut = heads.find((head) => ends(head) > edge)?.getBoundingClientRect();
    if (cut && cut.left < edge) root.style.setProperty("--place", `${place.offsetWidth + edge - cut.left}px`);
  }
  function order(table, pair) {
    const heads = all("thead th", table), by = heads.findIndex((head) => head.dataset.fact === sort.fact && (head.dataset.panel || "0") === (sort.panel || "0"));
    heads.forEach((head, at) => at === by ? head.setAttribute("aria-sort", sort.down ? "descending" : "ascending") : head.removeAttribute("aria-sort"));
    if (by < 0) return;
    const fact = sort.fact, view = pair[Number(sort.panel || 0)] || pair[0], sign = sort.down ? -1 : 1;
    const numeric = { value: "value", rank: "rank", count: "count", chance: "low", change: "change_pp" }[fact];
    const compare = new Intl.Collator(chosen.g, { numeric: true }).compare;
    const keyed = [...table.tBodies[0].rows].map((row) => ({
      row, last: row.dataset.code === data.whole,
      key: numeric ? number(view, row.dataset.code, numeric) : row.cells[by].textContent,
    }));
    keyed.sort((one, other) => {
      if (one.last !== other.last) return one.last ? 1 : -1;
      if (!numeric) return sign * compare(one.key, other.key);
      if (isNaN(one.key) || isNaN(other.key)) return isNaN(one.key) - isNaN(other.key);
      return sign * (one.key - other.key);
    });
    table.tBodies[0].append(...keyed.map(({ row }) => row));
  }

  // --- pointing: one place is marked everywhere at once ---

  function facts(parent, told, skip) {
    const list = make(parent, "dl");
    for (const [fact, { head, text }] of Object.entries(told)) if (text && !skip.includes(fact)) {
      const group = make(list, "div", { "data-fact": fact });
      make(group, "dt", {}, head);
      make(group, "dd", {}, text);
    }
  }
  function tell() {
    const pair = shown(), told = empty($("#told"));
    if (replay) {
      make(told, "p", { class: "name" }, replay.said);
      make(told, "p", { class: "of" }, say("atlas.shake_note"));
      return;
    }
    const subject = pointed || chosen.p || data.whole;
    const seen = pair.map((view) => factsOf(view, subject));
    const name = make(told, "p", { class: "name" }, seen[0].place.text);
    if (seen[0].district && seen[0].district.text) make(name, "small", {}, seen[0].district.text);
    const page = subject === chosen.p && data.pages[subject];
    if (page) make(make(told, "p", { class: "of" }), "a", { href: `${page}${passed({ p: subject })}` }, say("atlas.its_page"));
    seen.forEach((known, at) => {
      const group = make(told, "div", { class: "figure" });
      const value = make(group, "p", { class: "value" }, known.value.text || "–");
      const unit = scaleOf(pair[at]).unit[chosen.g];
      if (unit && known.value.text) make(value, "small", {}, ` ${unit}`);
      if (pair[1]) make(group, "p", { class: "of" }, unlike(pair) ? pair[at].gate[chosen.g][0] : pair[at].when_text[chosen.g]);
    });
    const later = difference(pair);
    if (!pair[1]) facts(told, seen[0], ["place", "district", "value"]);
    else if (later) facts(told, { change: factsOf(later, subject).change || { head: "", text: "" } }, []);
  }
  function point() {
    const code = pointed || chosen.p, pair = shown();
    all(".panel").forEach((panel, at) => { mark(panel, code); markLegend(panel, pair[at], code); });
    for (const row of all("#table table.on tbody tr")) {
      row.classList.toggle("hot", row.dataset.code === pointed);
      row.classList.toggle("chosen", row.dataset.code === chosen.p);
      $("button", row).setAttribute("aria-pressed", row.dataset.code === chosen.p);
    }
    tell();
  }
  function hover(code, event) {
    if (code !== pointed) { pointed = code; point(); }
    const tip = $("#tip"), from = event && event.target.closest(".panel");
    tip.hidden = !code || !from;
    if (tip.hidden) return;
    const view = shown()[all(".panel").indexOf(from)], known = factsOf(view, code);
    empty(tip);
    make(tip, "b", {}, known.place.text);
    facts(tip, known, ["place"]);
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = `${Math.min(event.clientX + 16, innerWidth - width - 8)}px`;
    tip.style.top = `${event.clientY + 16 + height > innerHeight ? event.clientY - height - 12 : event.clientY + 16}px`;
  }
  function choose(code) {
    chosen.p = code;
    keep();
    point();
    const known = code && factsOf(shown()[0], code);
    $("#live").textContent = known ? [known.place.text, known.value.text, known.rank && known.rank.text && `${known.rank.head} ${known.rank.text}`, known.state && known.state.text].filter(Boolean).join(", ") : "";
  }
  const codeAt = (event) => { const found = event.target.closest && event.target.closest("[data-code]"); return found && !found.closest(".under") ? found.dataset.code : ""; };
  document.addEventListener("pointermove", (event) => event.pointerType !== "touch" && hover(codeAt(event), event));
  document.addEventListener("pointerleave", () => hover(""));
  document.addEventListener("click", (event) => {
    const code = codeAt(event), head = event.target.closest("thead th");
    if (head) {
      const same = sort.fact === head.dataset.fact && (sort.panel || "0") === (head.dataset.panel || "0");
      sort = { fact: head.dataset.fact, panel: head.dataset.panel, down: same ? !sort.down : !["place", "district", "rank"].includes(head.dataset.fact) };
      order(head.closest("table"), shown());
    } else if (code) choose(code === chosen.p ? "" : code);
  });
  // On the map, an arrow key goes to the nearest place that lies that way.
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || $("dialog[open]")) return;
    if (event.key === "Escape") { $("#tip").hidden = true; if (stopReplay()) draw(); else if (!event.target.closest("#find")) choose(""); }
    if (event.key === "s" && !typing(event)) shake();
    if (event.key === "Enter" && chosen.p && event.target.classList.contains("sheet")) { event.preventDefault(); showCard(chosen.p); }
    const way = ARROWS[event.key];
    if (!way || !event.target.classList.contains("sheet")) return;
    event.preventDefault();
    const { codes, at } = data.levels[chosen.l], here = at[codes.indexOf(chosen.p)];
    let best = here ? chosen.p : codes[0], least = Infinity;
    if (here) codes.forEach((code, index) => {
      const x = at[index][0] - here[0], y = at[index][1] - here[1], ahead = x * way[0] + y * way[1], aside = Math.abs(x * way[1]) + Math.abs(y * way[0]);
      if (ahead > 0 && aside <= 2 * ahead && ahead + 2 * aside < least) { best = code; least = ahead + 2 * aside; }
    });
    choose(best);
  });

  // --- controls ---

  function choices(parent, name, options, now, pickOne) {
    for (const old of all("label", parent)) old.remove();
    for (const [value, text, language] of options) {
      const label = make(parent, "label"), input = make(label, "input", { type: "radio", name, value });
      input.checked = value === now;
      make(label, "span", language ? { lang: language } : {}, text);
      input.addEventListener("change", () => { pickOne(value); draw(); $(`input[name="${name}"][value="${CSS.escape(value)}"]`).focus(); });
    }
  }
  function controls() {
    choices($("#levels"), "level", levels.map((level) => [level, data.levels[level].name[chosen.g]]), chosen.l, (level) => { chosen.l = level; chosen.p = ""; });
    $("#levels").hidden = levels.length < 2;
    choices($("#languages"), "language", Object.keys(data.texts).map((one) => [one, one.toUpperCase()]), chosen.g, (language) => { chosen.g = language; });
    all(".pick").forEach((field, at) => {
      const panel = chosen.panels[at], select = empty($("select", field));
      field.hidden = !panel;
      if (!panel) return;
      for (const measure of measures) {
        const option = make(select, "option", { value: measure }, views.find((view) => view.measure === measure).label[chosen.g]);
        option.selected = measure === panel.m;
      }
      select.setAttribute("aria-label", say("atlas.measure"));
      const found = times(panel.m).map((when) => [when, data.views[`${panel.m}.${when}.${chosen.l}`].when_text[chosen.g]]);
      choices($(".years", field), `year-${at}`, found, panel.w, (when) => { panel.w = when; });
    });
    $("#compare").checked = chosen.panels.length > 1;
    $("#search").setAttribute("aria-label", say("atlas.search"));
    $("#search").placeholder = say("atlas.search");
    $("#found").setAttribute("aria-label", say("atlas.search"));
    $("#controls").setAttribute("aria-label", say("atlas.controls"));
    $("#shake").hidden = !canReplay();
    $("#aim").hidden = !canAim();
    offer();
  }
  all(".pick select").forEach((select, at) => select.addEventListener("change", () => {
    const panel = chosen.panels[at];
    panel.m = select.value;
    if (!times(panel.m).includes(panel.w)) panel.w = last(years(panel.m));
    draw();
    select.focus();
  }));
  $("#compare").addEventListener("change", () => {
    const [one] = chosen.panels, other = years(one.m).filter((when) => when !== one.w);
    // Beside it comes the year before, or the next measure where there was no other year.
    const beside = other.length ? { m: one.m, w: last(other) } : { m: measures[(measures.indexOf(one.m) + 1) % measures.length] };
    chosen.panels = chosen.panels[1] ? [one] : other.length && beside.w < one.w ? [beside, one] : [one, { w: last(years(beside.m)), ...beside }];
    draw();
  });
  $("#more").addEventListener("click", () => {
    $("#more").setAttribute("aria-expanded", root.classList.toggle("more"));
    draw();
  });
  $("#controls").addEventListener("submit", (event) => event.preventDefault());
  $("#shake").addEventListener("click", shake);
  $("#aim").addEventListener("click", () => {
    stopReplay();
    $("#aim").setAttribute("aria-pressed", $("#aim").getAttribute("aria-pressed") !== "true");
    draw();
    if (!$("#target").hidden) $("#target input").focus();
  });
  $("#target input").addEventListener("input", ({ target }) => { aims.set(shown()[0].measure, Number(target.value)); keep(); showTarget(); });
  $("#print").addEventListener("click", () => window.print());
  $("#save").addEventListener("click", () => {
    const link = document.createElement("a"), simulated = views.some((view) => view.simulated);
    // The mark at its start tells Excel that these are Unicode letters.
    link.href = URL.createObjectURL(new Blob(["\ufeff", data.csv], { type: "text/csv;charset=utf-8" }));
    link.download = `${say("atlas.file")}${simulated ? say("atlas.simulated_file") : ""}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });

  // --- everything, drawn anew from what is chosen ---

  function draw() {
    stopReplay();
    root.lang = chosen.g;
    document.title = say("atlas.title", { province: data.province[chosen.g] });
    root.classList.toggle("two", chosen.panels.length > 1);
    const panels = all(".panel");
    if (chosen.panels.length > panels.length) panels[0].after(panels[0].cloneNode(true));
    if (chosen.panels.length < panels.length) panels[1].remove();
    controls();
    for (const link of all("#parts a")) link.hash = passed();
    for (const sheet of all(".sheet")) { sheet.tabIndex = 0; sheet.setAttribute("role", "group"); }
    for (const [name, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", say("atlas.scroll")]]) $("#table").setAttribute(name, value);
    const pair = shown(), gate = $("#gate");
    gate.hidden = !unlike(pair);
  root.classList.toggle("unlike", unlike(pair));
    if (!gate.hidden) {
      const [before, after] = pair.map((view) => view.gate[chosen.g]);
      gate.textContent = say("findings.gate", { before: before[0], before_counts: before[1], before_over: before[2], after: after[0], after_counts: after[1], after_over: after[2] });
    }
    tabulate();
    tell();
    showTarget();
    $(`#source [lang="${chosen.g}"] .dates`).textContent = [...new Set(pair.map((view) => view.period[chosen.g]))].join(", ");
    root.style.setProperty("--foot", `${$("#source").offsetHeight}px`);
    root.style.setProperty("--head", `${$("main").getBoundingClientRect().top + scrollY + 8}px`);
    all(".panel").forEach((panel, at) => paint(panel, pair[at]));
    point();
    keep();
    showAnswer();
  }
  addEventListener("hashchange", () => { read(); draw(); });
  addEventListener("resize", draw);
  read();
  draw();
