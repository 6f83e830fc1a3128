"use strict";
// Where the labels of a map stand, in pixels of the screen: each on its own place, else beside all
// land with a line to it, else over its neighbours, and at last without its name. A box is its
// left, top, right and bottom.

const LEAST = 10, INTO = 7, GAP = 2;  // pixels: the smallest letters; a line's end in its place; between labels
const SEEN = 7, HARDLY = 25;  // pixels: of a line outside of its place; how much longer one may be that is
const ASTRAY = 0.16;  // of the map: a line longer over other places seems to be of these
const LINE = 1.2, AIR = 0.12, CLOSE = 0.05;  // of the letters: a line of them, and what is free around it

const meet = (one, other) => one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
const wider = (box, by) => [box[0] - by, box[1] - by, box[2] + by, box[3] + by];
const moved = (box, x, y) => [box[0] + x, box[1] + y, box[2] + x, box[3] + y];
// The points of a line, two pixels apart.
function along([left, top, right, bottom]) {
  const steps = Math.max(1, Math.ceil(Math.hypot(right - left, bottom - top) / 2));
  return Array.from({ length: steps + 1 }, (_, step) => [left + step / steps * (right - left), top + step / steps * (bottom - top)]);
}
const strikes = (line, box) => along(line).some(([x, y]) => meet([x, y, x, y], box));
const near = (line, other) => along(line).some(([x, y]) => along(other).some(([a, b]) => Math.hypot(x - a, y - b) < 3));

// A shape of a page as `lay` takes it, within the box of its map: its path, how that is moved there,
// and what it reaches.
const boxIn = (frame) => (element) => moved(edges(element.getBoundingClientRect()), -frame.left, -frame.top);
const edges = ({ left, top, right, bottom }) => [left, top, right, bottom];
const outlineIn = (frame, matrix) => (shape) => ({ d: pathOf(shape), matrix, reach: boxIn(frame)(shape) });
function pathOf(shape) {
  const [x, y, r] = ["cx", "cy", "r"].map((name) => Number(shape.getAttribute(name)));
  return shape.getAttribute("d") || `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
}
// A line to a label is drawn twice, so that it is seen on every colour.
const LEADER = ["leader halo", "leader line"];
// A hatch grows with the letters of the page: on a wall it would be a grey. `step` is how much of
// its drawing a pixel is.
function hatch(step) {
  const letters = parseFloat(getComputedStyle(document.documentElement).fontSize);
  for (const one of document.querySelectorAll("pattern")) {
    one.dataset.turn ||= one.getAttribute("patternTransform").split("scale")[0];
    one.setAttribute("patternTransform", `${one.dataset.turn} scale(${step * Math.max(1, letters / 16)})`);
  }
}

// The cells within a box of a map that shapes cover: sums over all cells above and to the left make
// each box that is asked for one look.
function covered(cell, shapes, [west, north, east, south]) {
  const left = Math.floor(west / cell), top = Math.floor(north / cell), across = Math.max(1, Math.ceil(east / cell) - left), down = Math.max(1, Math.ceil(south / cell) - top), row = across + 1;
  const canvas = Object.assign(document.createElement("canvas"), { width: across, height: down });
  const pen = canvas.getContext("2d", { willReadFrequently: true }), sums = new Int32Array(row * (down + 1));
  pen.setTransform(1 / cell, 0, 0, 1 / cell, -left, -top);
  for (const { d, matrix } of shapes) {
    const drawn = new Path2D();
    drawn.addPath(new Path2D(d), matrix);
    pen.fill(drawn, "evenodd");
  }
  const dots = pen.getImageData(0, 0, across, down).data;
  for (let y = 0; y < down; y++) for (let x = 0, sum = 0; x < across; x++) {
    sum += dots[4 * (y * across + x) + 3] > 127;
    sums[(y + 1) * row + x + 1] = sums[y * row + x + 1] + sum;
  }
  const clip = (value, most) => Math.max(0, Math.min(most, value));
  // How many cells of a box are covered, and how many it has.
  const count = (box) => {
    const [x0, y0, x1, y1] = [Math.floor(box[0] / cell) - left, Math.floor(box[1] / cell) - top, Math.ceil(box[2] / cell) - left, Math.ceil(box[3] / cell) - top];
    const [west, east, north, south] = [clip(x0, across), clip(x1, across), clip(y0, down), clip(y1, down)];
    return [sums[south * row + east] - sums[north * row + east] - sums[south * row + west] + sums[north * row + west], (x1 - x0) * (y1 - y0)];
  };
  const touches = (box) => count(box)[0] > 0, at = ([x, y]) => touches([x, y, x + 0.01, y + 0.01]);
  const part = (box) => { const [some, all] = count(box); return all && some / all; };
  return { touches, at, holds: (box) => part(box) === 1, mostly: (box) => part(box) > 0.7 };
}

// Of `map`: `wide`, `high`; `size` and `family` of letters; `places` and `covers` (circles on them,
// between which labels stand) as {d, matrix, reach}; `outside`, whether none may stand on its place,
// or `held`, whether none may leave it; `alike`, whether all are of one size then, and names are of
// most or of none; `labels` as {at, lines, value}, one for each place; `taken`, the boxes to keep
// free. Gives for each label its lines, value, size, middle x and y, and its line, if it has one; or
// null.
function lay({ wide, high, size, family, places, covers, outside, held, alike, labels, taken: before }) {
  const cell = Math.max(1, Math.max(wide, high) / (held ? 1000 : 500)), pen = document.createElement("canvas").getContext("2d");
  const whole = [0, 0, wide, high], air = held ? CLOSE : AIR;
  // On a wall letters are larger, and so is what can be seen of a line.
  const depth = Math.max(INTO, 0.45 * size), visible = Math.max(SEEN, 0.45 * size);
  const onMap = ([left, top, right, bottom]) => [Math.max(0, left), Math.max(0, top), Math.min(wide, right), Math.min(high, bottom)];
  const land = covered(cell, held ? [] : places, whole), hidden = covered(cell, covers, whole);
  // Of many places most are too small for any letter: they are never counted.
  const counted = [], own = (number) => counted[number] ||= covered(cell, [outside ? heart(number) : places[number]], onMap(places[number].reach));
  let taken, lines, chosen;

  // Of what squares make up, the part in which the middle lies: a line to one that lies apart would
  // be that of the square alone.
  function heart(number) {
    const { d, matrix } = places[number], { x, y } = matrix.inverse().transformPoint(new DOMPoint(...labels[number].at));
    return { d: d.split(/(?=M)/).find((part) => pen.isPointInPath(new Path2D(part), x, y)) || d, matrix };
  }
  function way(lines, value, part) {
    const letters = Math.max(Math.min(LEAST, size), part * size), rows = [...lines, value].filter(Boolean);
    const boxes = rows.map((text, row) => {
      pen.font = `${text === value ? 700 : 400} ${letters}px ${family}`;
      const half = pen.measureText(text).width / 2 + air * letters, top = (row - rows.length / 2) * LINE * letters;
      return [-half, top - air / 2 * letters, half, top + (LINE + air / 2) * letters];
    });
    return { lines, value, size: letters, boxes, half: [Math.max(...boxes.map((box) => box[2])), Math.max(...boxes.map((box) => box[3]))] };
  }
  // On its place a name stands on one line if there is room, elsewhere as it is folded.
  const folds = (lines) => lines.length > 1 ? [[lines.join(" ")], lines] : [lines];
  const ways = ({ lines, value }, parts, texts = folds(lines)) => parts.flatMap((part) => texts.map((text) => way(text, value, part)));
  const aside = (label, parts) => ways(label, parts, folds(label.lines).reverse());
  const around = ({ half }, x, y) => [x - half[0], y - half[1], x + half[0], y + half[1]];
  const seen = (box) => box[0] >= 0 && box[1] >= 0 && box[2] <= wide && box[3] <= high;
  const apart = (box) => seen(box) && !taken.some((other) => meet(box, other)) && !lines.some((line) => strikes(line, box));
  const first = (all, find) => all.reduce((found, one) => found || find(one), null);
  const best = (all) => all.reduce((least, one) => !least || one.cost < least.cost ? one : least, null);

  // Nearest to the middle, of all where each line of letters lies on nothing but its place; where
  // `loose`, on no circle, and mostly on its place.
  function inside(number, it, loose = false) {
    const [x0, y0] = labels[number].at, [left, top, right, bottom] = onMap(places[number].reach), found = [];
    if (!loose && (2 * it.half[0] > right - left + 2 * air * it.size || 2 * it.half[1] > bottom - top + 2 * air * it.size)) return null;
    let least = Infinity;
    const lies = (box) => (loose ? own(number).mostly(box) : own(number).holds(box)) && !hidden.touches(wider(box, 1));
    const look = (x, y) => {
      const cost = Math.hypot(x - x0, y - y0);
      if (cost >= least || !it.boxes.every((box) => lies(moved(box, x, y))) || !apart(around(it, x, y))) return;
      found.push({ ...it, x, y });
      least = cost;
    };
    look(x0, y0);
    for (let y = top; least && y <= bottom; y += 2 * cell) for (let x = left; x <= right; x += 2 * cell) look(x, y);
    return found.pop();
  }
  // On the shortest line that strikes no label and no circle, and leads over the least of other
  // places.
  function beside(number, it) {
    const [x0, y0] = labels[number].at, found = [];
    for (let turn = 0; turn < 48; turn++) for (let far = 0; far < Math.max(wide, high) / 2; far += 5) {
      const x = x0 + far * Math.cos(turn * Math.PI / 24), y = y0 + far * Math.sin(turn * Math.PI / 24), box = around(it, x, y);
      if (land.touches(box) || !apart(box)) continue;
      const edge = wider(box, GAP), from = [Math.max(edge[0], Math.min(edge[2], x0)), Math.max(edge[1], Math.min(edge[3], y0))], points = along([...from, x0, y0]);
      const into = (clear) => points.findIndex((at, step) => step >= depth / 2 && own(number).at(at) && own(number).at(points[Math.ceil(step - depth / 2)]) && clear(at));
      // Well within its place, where that is wide enough: on its border it would be that of both.
      const deep = into(([x, y]) => own(number).holds(wider([x, y, x, y], depth / 2))), end = deep < 0 ? into(() => true) : deep;
      const until = points.slice(0, end + 1), line = [...from, ...points[end] || from];
      const astray = 2 * until.filter((at) => land.at(at) && !own(number).at(at)).length;
      const clear = !until.some(hidden.at) && !taken.some((other) => strikes(line, other)) && !lines.some((other) => near(line, other));
      const plain = 2 * end - depth >= visible;
      if (end > 0 && clear && astray <= (outside ? 0.5 : 1) * ASTRAY * Math.min(wide, high)) found.push({ ...it, x, y, line, astray, cost: 2 * end + 3 * astray + (plain ? 0 : HARDLY) });
      if (plain || end < 0) break;
    }
    return best(found);
  }
  function over(number, it) {
    const [x0, y0] = labels[number].at, x = Math.max(it.half[0], Math.min(wide - it.half[0], x0));
    if (Math.abs(x - x0) > it.half[0]) return null;  // no longer on its place
    return first([0, -0.5, 0.5, -1, 1], (part) => apart(around(it, x, y0 + part * it.size)) && { ...it, x, y: y0 + part * it.size, over: true });
  }
  function take(number, found) {
    if (!found) return false;
    chosen[number] = { ...found, box: wider(around(found, found.x, found.y), GAP) };
    taken.push(chosen[number].box);
    if (found.line) lines.push(found.line);
    return true;
  }
  // Of those that have no room inside, the shortest line first, so that none is led around another;
  // but before it those for which there was none when they came later.
  function attempt(within, ahead) {
    [taken, lines, chosen] = [[...before], [], labels.map(() => null)];
    const waiting = new Set(labels.keys());
    for (const number of labels.keys()) if (take(number, within[number]) || !own(number).touches(whole)) waiting.delete(number);
    for (;;) {
      const found = [...waiting].map((number) => ({ number, ...first(aside(labels[number], [1, 0.8]), (it) => beside(number, it)) }));
      const next = best(found.filter((one) => one.line).map((one) => ({ ...one, cost: one.cost - (ahead.has(one.number) ? 1e6 : 0) })));
      if (!next) break;
      take(next.number, next);
      waiting.delete(next.number);
    }
    if (covers.length) for (const number of waiting)
      if (take(number, first(aside(labels[number], parts), (it) => inside(number, it, true)))) waiting.delete(number);
    return { taken, lines, chosen, waiting };
  }
  const alone = (label, parts) => label.value ? ways(label, parts, [[]]) : [];
  // On its own or nowhere: whole, else the value, else the name.
  function kept() {
    const forms = [ways, alone, ({ lines }, parts) => ways({ lines }, parts)], parts = [1, 0.9, 0.8, 0.7, 0.65];
    // Of many places most are too low for any letter, or out of sight: nothing is measured for them.
    const low = places.map(({ reach }) => { const [, top, , bottom] = onMap(reach); return bottom - top < Math.min(LEAST, size); });
    const fitting = (written, parts) => (label, number) => low[number] ? null : first(written(label, parts), (it) => inside(number, it));
    if (!alike) return labels.map((label, number) => first(forms, (written) => fitting(written, parts)(label, number)));
    // In one size, the largest that does for the most: whole where half of them have room, and the
    // others their value; else all their value or all their name, whichever more have room for. A few
    // names among many values would say nothing, and hide how squares are hatched.
    const count = (found) => found.filter(Boolean).length;
    const tried = ([form, other]) => best(parts.map((part) => {
      const found = labels.map(fitting(form, [part]));
      return { found: found.map((one, number) => one || (other && fitting(other, [part])(labels[number], number)) || null), cost: -count(found) };
    }));
    const both = tried(forms.slice(0, 2));
    if (-2 * both.cost >= labels.length) return both.found;
    const [value, name] = [[alone], forms.slice(2)].map(tried);
    return (value.cost <= name.cost ? value : name).found;
  }
  [taken, lines] = [before, []];
  if (held) return kept();
  // None need be without room, or have its line over another place, if it might come before those
  // that are in its way, or if names on their places were folded.
  const parts = [1, 0.9, 0.8], astray = ({ chosen }) => chosen.reduce((sum, one) => sum + (one?.astray || 0), 0);
  let laid = null;
  for (const written of outside ? [ways] : [ways, aside]) {
    [taken, lines] = [before, []];
    const within = labels.map((label, number) => outside ? null : first(written(label, parts), (it) => inside(number, it))), ahead = new Set();
    for (let again = 0; again < 6; again++) {
      const one = attempt(within, ahead), fewer = laid ? laid.waiting.size - one.waiting.size : 1;
      if (fewer > 0 || (!fewer && astray(one) < astray(laid))) laid = one;
      const led = one.waiting.size ? [...one.waiting] : [...labels.keys()].filter((number) => one.chosen[number]?.astray);
      const late = led.filter((number) => !ahead.has(number));
      if (!late.length) break;
      for (const number of late) ahead.add(number);
    }
    if (!laid.waiting.size && !astray(laid)) break;
  }
  ({ taken, lines, chosen } = laid);
  // Of the rest the values come first, then names with them; between circles there are no values.
  for (const written of covers.length ? [] : [alone, aside]) for (const number of laid.waiting) {
    const all = taken;
    taken = all.filter((box) => box !== (chosen[number] || {}).box);
    if (!take(number, first(written(labels[number], [1, 0.8]), (it) => over(number, it)))) taken = all;
  }
  return chosen;
}
