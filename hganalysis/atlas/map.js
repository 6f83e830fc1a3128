// How an atlas draws a map, its legend, and the place that is pointed at. Every figure was written by
// the package, in both languages, and stands in the tables of the page; no number is formatted here.

const SVG = "http://www.w3.org/2000/svg", INK = "#1f2328", LAND = "var(--land)", FEW = 30;  // places
const $ = (query, root = document) => root.querySelector(query);
const all = (query, root = document) => [...root.querySelectorAll(query)];
const em = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

// Text is set as text, never as HTML.
function make(parent, kind, attributes = {}, text = "") {
  const space = parent.namespaceURI === SVG || kind === "svg" ? SVG : parent.namespaceURI;
  const made = document.createElementNS(space, kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  parent.append(made);
  return made;
}
const empty = (element) => { element.replaceChildren(); return element; };
async function inflate(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
}

// --- map ---

// How much of a map a pixel is.
function stepOf(map) {
  const room = map.getBoundingClientRect(), box = map.viewBox.baseVal;
  return Math.max(box.width / room.width, box.height / room.height);
}
function paint(panel, view) {
  const scale = scaleOf(view);
  for (const group of all("[data-level]", panel)) {
    const mine = group.dataset.level === view.level, ground = !mine && group.classList.contains("land") && group.dataset.level === levels[0];
    group.setAttribute("display", mine || ground ? "inline" : "none");
    group.classList.toggle("under", ground);
    for (const shape of group.children) {
      const { cls, kind } = lookOf(view, shape.dataset.code), colour = scale.colours[cls];
      const hatched = kind === "u" && group.classList.contains("land");
      shape.classList.toggle("unsure", kind === "u");
      shape.setAttribute("fill", !mine ? LAND : hatched ? `url(#u-${colour.slice(1)})` : colour || `url(#${kind})`);
    }
  }
  $(".title", panel).textContent = view.title[chosen.g];
  $(".counts", panel).textContent = view.counts[chosen.g];
  $(".map", panel).setAttribute("aria-label", say("atlas.map", { title: view.title[chosen.g] }));
  $(".sheet", panel).setAttribute("aria-label", say("atlas.map_keys"));
  for (const banner of all(".sheet .banner", panel)) banner.hidden = !view.simulated;
  legend(panel, view, scale);
  bricks(panel, view, scale);
  names(panel, view, scale);
}
// Letters and hatches keep their size on the screen, whatever the size of the map.
function names(panel, view, scale) {
  const map = $(".map", panel), group = empty($(".names", map)), level = data.levels[levels[0]];
  const room = map.getBoundingClientRect(), box = map.viewBox.baseVal, step = stepOf(map);
  if (!room.width || !room.height) return;
  hatch(step);
  const plain = view.level !== levels[0], squares = !$(".scale", map);
  const high = parseFloat(getComputedStyle(map).fontSize), shapes = all(`[data-level="${levels[0]}"] > *`, map);
  for (const text of all(".scale text", map)) text.style.fontSize = `${0.9 * high * step}px`;
  const others = [...all(".sheet .banner", panel), ...all(".scale", map)].filter((one) => one.getBoundingClientRect().width);
  const written = level.codes.map((code, at) => {
    const { cls } = lookOf(view, code), [x, y] = plain ? level.between[at] : level.at[at];
    const value = plain ? "" : replay ? replay.texts.get(code) || "" : factsOf(view, code).value.text;
    return { code, x, y, value, lines: level.labels[chosen.g][at].split("\n"), ink: plain ? "var(--soft)" : scale.inks[cls] || INK, halo: plain ? LAND : scale.colours[cls] || "#fff" };
  });
  // A plate below the letters: no hatch runs between them. Over its neighbours it would be an outline.
  const write = ({ x, y, lines, value, size, ink, halo, boxes, over }) => {
    for (const [left, top, right, bottom] of plain || over ? [] : boxes) make(group, "rect", { x: x + left * step, y: y + top * step, width: (right - left) * step, height: (bottom - top) * step, fill: halo });
    const text = make(group, "text", { fill: ink, stroke: halo, "stroke-width": 0.3 * size, "font-size": size }), rows = [...lines, value].filter(Boolean);
    rows.forEach((line, row) => make(text, "tspan", { x, y: y + (row - rows.length / 2 + 0.85) * LINE * size, class: line === value ? "value" : "name" }, line));
  };
  // Among many, as on paper, and on squares, which touch, only what fits on its own place is
  // written: more would hide the map. There the legend alone has the unit.
  const held = squares || level.codes.length > FEW, bare = (value) => held ? value.replace(/[\s\u00a0\u202f]*[%‰]$/, "") : value;
  const corner = { x: (room.width - box.width / step) / 2, y: (room.height - box.height / step) / 2 };
  const outline = outlineIn(room, new DOMMatrix([1 / step, 0, 0, 1 / step, corner.x - box.x / step, corner.y - box.y / step]));
  const back = (x, y) => [box.x + (x - corner.x) * step, box.y + (y - corner.y) * step];
  const laid = lay({
    wide: room.width, high: room.height, size: (plain ? 0.8 : 1) * high, family: getComputedStyle(map).fontFamily,
    places: level.codes.map((code) => outline(shapes.find((shape) => shape.dataset.code === code))),
    covers: plain ? all(`.dots[data-level="${view.level}"] > *`, map).map(outline) : [],
    held, alike: squares,
    taken: others.map(boxIn(room)),
    labels: written.map(({ x, y, lines, value }) => ({ at: [(x - box.x) / step + corner.x, (y - box.y) / step + corner.y], lines, value: bare(value) })),
  });
  laid.forEach((found, at) => {
    if (!found) return;
    const [x, y] = back(found.x, found.y), led = found.line && { ink: plain ? "var(--soft)" : "var(--ink)", halo: "var(--paper)" };
    if (found.line) for (const look of LEADER) {
      const [left, top] = back(...found.line.slice(0, 2)), [right, bottom] = back(...found.line.slice(2));
      make(group, "path", { d: `M${left} ${top}L${right} ${bottom}`, class: look });
    }
    write({ ...written[at], ...found, ...led, x, y, value: found.value || "", size: found.size * step });
  });
}
function mark(panel, code) {
  outline(empty($(".marks", panel)), code, ["halo", "line"]);
}
function outline(group, code, kinds) {
  const shape = code && $(`[data-level="${chosen.l}"] [data-code="${CSS.escape(code)}"]`, group.closest(".panel"));
  if (shape) for (const kind of kinds) {
    const copy = shape.cloneNode();
    for (const name of ["data-code", "fill"]) copy.removeAttribute(name);
    copy.setAttribute("class", kind);
    group.append(copy);
  }
}

// --- legend: every class in words, and a brick for every place where its value lies ---

function legend(panel, view, scale) {
  const list = empty($(".classes", panel)), step = stepOf($(".map", panel)), count = scale.colours.length, dots = $(`[data-level="${view.level}"]`, panel).classList.contains("dots");
  const item = (fill, text, places, attributes, kind = "") => {
    const line = make(list, "li", attributes);
    const svg = make(line, "svg", { "aria-hidden": "true", viewBox: "0 0 104 70", ...dots ? { class: "dots" } : { preserveAspectRatio: "none" } });
    if (dots) make(svg, "circle", { cx: 52, cy: 35, r: 30, fill, class: kind });
    else {  // as wide a hatch as on the map
      const { width, height } = svg.getBoundingClientRect();
      if (width && step < Infinity) svg.setAttribute("viewBox", `0 0 ${width * step} ${height * step}`);
      make(svg, "rect", { width: "100%", height: "100%", fill });
    }
    make(line, "span", {}, text);
    make(line, "span", {}, places);
  };
  make(make(list, "li", { class: "head" }), "span", {}, say("maps.places"));
  for (let at = count - 1; at >= 0; at--) {
    item(scale.colours[at], scale.labels[chosen.g][at], view.places[chosen.g][at], { "data-class": at });
    if (scale.target !== null && at === scale.target + 1) make(make(list, "li", { class: "target" }), "span", {}, scale.target_text[chosen.g]);
  }
  for (const [letter, text, places] of view.states[chosen.g]) {
    const middle = scale.colours[Math.floor(count / 2)], unsure = letter === "u";
    const fill = !unsure ? `url(#${letter})` : dots ? middle : `url(#u-${middle.slice(1)})`;
    item(fill, text, places, { class: "state", "data-state": letter }, unsure ? "unsure" : "");
  }
  const sizes = data.levels[view.level].sizes[chosen.g];
  if (!sizes.length) return;
  const key = make(list, "li", { class: "sizes" });
  make(key, "span", {}, say("maps.population"));
  for (const [people, radius] of sizes) {
    const svg = make(key, "svg", { "aria-hidden": "true" }), side = 2 * radius / step + 3;
    svg.style.cssText = `width: ${side}px; height: ${side}px`;
    make(svg, "circle", { cx: side / 2, cy: side / 2, r: radius / step });
    make(key, "span", {}, people);
  }
}
function axis(view, wide) {
  // The same for all years of a measure, so that a brick that moves is a place that moved.
  const like = views.filter((other) => other.measure === view.measure && other.change === view.change && other.level === view.level);
  // Intervals of a few places are shown whole; those of many would leave the values no room.
  const codes = data.levels[view.level].codes, facts = codes.length > FEW ? ["value"] : ["value", "low", "high"];
  const values = like.flatMap((other) => codes.flatMap((code) => facts.map((fact) => number(other, code, fact))));
  const ends = [...values, ...scaleOf(view).breaks].filter((value) => !isNaN(value));
  let low = Infinity, high = -Infinity;
  for (const value of ends) { low = Math.min(low, value); high = Math.max(high, value); }
  const air = 0.06 * (high - low);
  return (value) => wide * Math.min(1, Math.max(0, (value - low + air) / (high - low + 2 * air)));
}
function bricks(panel, view, scale) {
  const svg = empty($(".bricks", panel)), wide = svg.clientWidth || 260, high = svg.clientHeight || 120;
  const letter = em(), at = axis(view, wide), floor = high - 2.1 * letter, codes = data.levels[view.level].codes, bins = codes.length > FEW ? 30 : 20;
  svg.setAttribute("viewBox", `0 0 ${wide} ${high}`);
  const borders = [0, ...scale.breaks.map(at), wide];
  scale.colours.forEach((fill, index) => make(svg, "rect", { x: borders[index], y: floor, width: borders[index + 1] - borders[index], height: 0.5 * letter, fill }));
  let end = -Infinity;
  scale.breaks.forEach((edge, index) => {
    const text = make(svg, "text", { x: at(edge), y: floor + 1.5 * letter, "text-anchor": "middle" }, scale.edges[chosen.g][index]);
    const half = (text.getComputedTextLength() || 30) / 2, middle = Math.min(wide - half, Math.max(half, at(edge)));
    text.setAttribute("x", middle);
    if (middle - half < end + 3) text.remove(); else end = middle + half;
    if (index === scale.target) make(svg, "path", { d: `M${at(edge)} ${floor + 0.5 * letter}V${0.4 * floor}`, class: "target" });
  });
  const stacks = new Map();
  for (const code of codes) {
    const value = replay ? replay.values.get(code) : number(view, code, "value");
    if (!(value > -Infinity)) continue;
    const bin = Math.min(bins - 1, Math.floor(bins * at(value) / wide));
    if (!stacks.has(bin)) stacks.set(bin, []);
    stacks.get(bin).push([value, code]);
  }
  const most = Math.max(1, ...[...stacks.values()].map((stack) => stack.length));
  const tall = Math.min(1.2 * wide / bins, (floor - 2.3 * letter) / most);
  for (const [bin, stack] of stacks) stack.sort(([one], [other]) => one - other).forEach(([, code], row) => make(svg, "rect", {
    "data-code": code, fill: scale.colours[lookOf(view, code).cls],
    x: bin * wide / bins + 0.5, y: floor - (row + 1) * tall - 1, width: wide / bins - 1, height: Math.max(tall - 0.8, 0.4),
  }));
  make(svg, "g", { class: "here" });
}
function markLegend(panel, view, code) {
  const group = empty($(".bricks .here", panel)), svg = $(".bricks", panel), value = code ? number(view, code, "value") : NaN;
  for (const brick of all(".bricks [data-code]", panel)) brick.classList.toggle("hot", brick.dataset.code === code);
  const { cls, kind } = lookOf(view, code);
  for (const line of $(".classes", panel).children) line.classList.toggle("here", line.dataset.class === String(cls) || (kind !== "" && line.dataset.state === kind));
  if (isNaN(value)) return;
  const { width, height } = svg.viewBox.baseVal, letter = em(), at = axis(view, width);
  const low = number(view, code, "low"), high = number(view, code, "high"), x = at(value), y = 1.7 * letter;
  // An end beyond the axis has no cap: there it goes on.
  const cap = (end) => at(end) > 0 && at(end) < width ? `M${at(end)} ${y - 0.3 * letter}v${0.6 * letter}` : "";
  if (!isNaN(low) && !isNaN(high)) make(group, "path", { d: `M${at(low)} ${y}H${at(high)}${cap(low)}${cap(high)}` });
  make(group, "path", { d: `M${x} ${y}V${height - 2.1 * letter}`, class: "to" });
  make(group, "circle", { cx: x, cy: y, r: 0.35 * letter });
  const text = make(group, "text", { y: letter, "text-anchor": "middle" }, factsOf(view, code).value.text), half = text.getComputedTextLength() / 2;
  text.setAttribute("x", Math.min(width - half, Math.max(half, x)));
}
