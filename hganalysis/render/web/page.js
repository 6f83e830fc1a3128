var names = $names, bounds = $bounds, held = $held, squares = $squares;
var root = document.documentElement, place = document.getElementById("place"), chart = $map.getContainer();
if (self !== top) root.classList.add("framed");  // what holds it has the table, too
// A frame that nobody has scrolled to has no size yet; it gets one when it is seen.
function fit() {
  if (!$map.getSize().x || !$map.getSize().y) return;
  // Below the places is room for scale and credit, so that neither lies on one.
  var below = chart.querySelector(".leaflet-bottom").offsetHeight + 6;
  if (ruler) ruler.options.maxWidth = 10 * parseFloat(getComputedStyle(root).fontSize);
  $map.fitBounds(bounds, { paddingTopLeft: [10, 6], paddingBottomRight: [10, below], animate: false });
  hatch(1);
}
$map.attributionControl.setPrefix("Leaflet");
chart.setAttribute("role", "group");
chart.setAttribute("aria-label", document.title);
document.getElementById("bar").prepend(L.control.zoom({ zoomInTitle: $zoom_in, zoomOutTitle: $zoom_out }).addTo($map).getContainer());
// Squares lie near where their places do, at no scale.
var ruler = squares ? null : L.control.scale({ imperial: false }).addTo($map);
// One finger moves the page, two move the map.
if (L.Browser.mobile) $map.dragging.disable();
// Title and source are seen at once; the map has the rest of the screen.
var around = [document.querySelector("header"), document.getElementById("note")];
function settle() {
  root.style.setProperty("--around", around[0].offsetHeight + around[1].offsetHeight + "px");
  $map.invalidateSize(false);
}
var watch = new ResizeObserver(settle);
around.concat(chart).forEach(function (one) { watch.observe(one); });
$map.on("resize", fit);
$map.on("zoomend", measure);
// Before any label is laid out, which takes long: the map is as large as title, source and the key of
// circles leave it, and these are as large as the map is near.
settle();
fit();
settle();
// A circle of the key is as large as one of as many people is on the map, as near as that is now.
function pixels(metres) {
  var middle = L.latLngBounds(bounds).getCenter(), beside = $map.latLngToContainerPoint(middle).add([100, 0]);
  return 100 * metres / $map.distance(middle, $map.containerPointToLatLng(beside));
}
function measure() {
  var most = 12 * parseFloat(getComputedStyle(root).fontSize);
  document.querySelectorAll("#legend [data-metres]").forEach(function (circle) {
    var radius = pixels(circle.dataset.metres), side = 2 * radius + 3;
    circle.parentNode.style.cssText = "width:" + side + "px;height:" + side + "px";
    circle.setAttribute("r", radius);
    circle.setAttribute("cx", side / 2);
    circle.setAttribute("cy", side / 2);
    circle.closest(".sizes").hidden = side > most;
  });
}
// Paper is no window: nothing says when it has another size, so the map gets that of paper before.
function paper(letters, wide, high) {
  root.style.fontSize = letters;
  Object.assign(place.style, { width: wide, height: high, minHeight: wide && "0", flex: wide && "none" });
  $map.stop().invalidateSize(false);
  fit();
}
addEventListener("beforeprint", function () { paper("10px", "460px", "460px"); });
addEventListener("afterprint", function () { paper("", "", ""); });
// Squares too small for names are drawn round, and named by what they are parts of.
var rim = $rim;
if (rim) {
  $map.createPane("rim").style.zIndex = 450;
  L.geoJSON(rim, { pane: "rim", interactive: false, style: { fill: false, color: "$ink", weight: 2 } }).addTo($map);
}
var ground = $ground;
if (ground) {
  $map.createPane("ground").style.zIndex = 350;
  L.geoJSON(ground, { pane: "ground", interactive: false, style: { fillColor: "$land", fillOpacity: 1, color: "$border", weight: 1 } }).addTo($map);
}
// What is known of a place stands in its row of the table; text is set as text, never as HTML.
function add(parent, kind, text) {
  var made = parent.appendChild(document.createElement(kind));
  if (text) made.textContent = text;
  return made;
}
var rows = new Map(), heads = document.querySelectorAll("#data thead [scope=col]");
document.querySelectorAll("#data tr[data-code]").forEach(function (row) { rows.set(row.dataset.code, row.children); });
function tell(shape) {
  var cells = rows.get(shape.feature.id), box = document.createElement("div");
  add(box, "b", cells[0].textContent);
  var facts = add(box, "table");
  for (var at = 1; at < cells.length; at++) {
    if (cells[at].textContent === "–") continue;
    var row = add(facts, "tr");
    add(row, "td", heads[at].textContent);
    add(row, "td", cells[at].textContent);
  }
  return box;
}
// Beside the place that it speaks of, where it covers the least of what is seen of it: mostly nothing.
var tip = document.getElementById("tip"), gap = 6;
function hide() { tip.hidden = true; }
function show(shape) {
  tip.style.left = tip.style.top = "0";
  tip.replaceChildren(tell(shape));
  tip.hidden = false;
  var edge = chart.getBoundingClientRect(), of = shape.getElement().getBoundingClientRect(), own = tip.getBoundingClientRect();
  var left = Math.max(of.left, edge.left), right = Math.min(of.right, edge.right), top = Math.max(of.top, edge.top), bottom = Math.min(of.bottom, edge.bottom);
  var x = (left + right - own.width) / 2, y = (top + bottom - own.height) / 2, best = Infinity;
  [[right + gap, y], [left - gap - own.width, y], [x, bottom + gap], [x, top - gap - own.height]].forEach(function (at) {
    x = Math.max(gap, Math.min(at[0], root.clientWidth - own.width - gap));
    y = Math.max(gap, Math.min(at[1], root.clientHeight - own.height - gap));
    var covered = Math.max(0, Math.min(x + own.width, right) - Math.max(x, left)) * Math.max(0, Math.min(y + own.height, bottom) - Math.max(y, top));
    if (covered >= best) return;
    best = covered;
    Object.assign(tip.style, { left: x + scrollX + "px", top: y + scrollY + "px" });
  });
}
// One stop of the tab key for all places; arrows go from one to the next.
var stops = [];
$shapes.eachLayer(function (shape) {
  var cells = rows.get(shape.feature.id), path = shape.getElement();
  shape.on({ mouseover: function () { show(shape); }, click: function () { show(shape); }, mouseout: hide });
  path.setAttribute("role", "img");
  path.setAttribute("aria-label", cells[0].textContent + ": " + cells[1].textContent);
  path.tabIndex = stops.length ? -1 : 0;
  stops.push(path);
  path.addEventListener("blur", hide);
  path.addEventListener("focus", function () {
    if (!$map.getBounds().intersects(shape.getBounds())) $map.panTo(shape.getBounds().getCenter(), { animate: false });
    show(shape);
  });
  path.addEventListener("keydown", function (pressed) {
    var step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[pressed.key];
    if (pressed.key === "Escape") hide();
    if (!step) return;
    pressed.preventDefault();
    pressed.stopPropagation();
    var next = stops[(stops.indexOf(path) + step + stops.length) % stops.length];
    path.tabIndex = -1;
    next.tabIndex = 0;
    next.focus({ preventScroll: true });
  });
});
$map.on("movestart", hide);
// Of few places each has its label, beside them on a line if need be. Of many, and on squares, which
// touch, none leaves its own, and has what there is room for as near as the map is now; where small
// squares are named by what they are parts of, all names stand beside them.
$map.createPane("leaders").style.zIndex = 640;
var leaders = L.layerGroup().addTo($map), labels = L.layerGroup().addTo($map);
function lead(ends) {
  LEADER.forEach(function (look) {
    L.polyline(ends.map($map.containerPointToLatLng, $map), { pane: "leaders", interactive: false, className: look }).addTo(leaders);
  });
}
function free() {
  // A map that nobody has scrolled to has no room to lay anything in.
  if (!$map.getSize().x || !$map.getSize().y) return;
  var edge = chart.getBoundingClientRect(), shift = $map.layerPointToContainerPoint([0, 0]), look = getComputedStyle(chart);
  var outline = outlineIn(edge, new DOMMatrix([1, 0, 0, 1, shift.x, shift.y]));
  var lands = ground || rim ? document.querySelectorAll(".leaflet-" + (rim ? "rim" : "ground") + "-pane path") : stops;
  var laid = lay({
    wide: chart.clientWidth, high: chart.clientHeight, size: parseFloat(look.fontSize), family: look.fontFamily,
    places: names.map(function (name) { return outline(lands[name.shape]); }),
    covers: ground ? stops.map(outline) : [],
    outside: Boolean(rim),
    held: held,
    alike: squares,
    taken: Array.from(chart.querySelectorAll(".leaflet-bottom > *"), boxIn(edge)),
    labels: names.map(function (name) {
      var at = $map.latLngToContainerPoint(name.at);
      return { at: [at.x, at.y], lines: name.lines, value: name.value };
    }),
  });
  leaders.clearLayers();
  labels.clearLayers();
  names.forEach(function (name, number) { if (laid[number]) write(name, laid[number]); });
}
function write(name, found) {
  var text = document.createElement("span");
  text.style.cssText = "color:" + name.ink + ";--halo:" + name.halo + ";font-size:" + found.size + "px";
  if (found.lines.length) add(text, "i", found.lines.join("\n"));
  if (found.lines.length && found.value) text.append("\n");
  if (found.value) add(text, "b", found.value);
  L.tooltip({ permanent: true, direction: "center", className: found.line ? "name led" : "name", content: text })
    .setLatLng($map.containerPointToLatLng([found.x, found.y])).addTo(labels);
  if (found.line) lead([found.line.slice(0, 2), found.line.slice(2)]);
}
$map.on("moveend", free);
free();
