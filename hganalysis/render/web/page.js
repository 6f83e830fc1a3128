var names = $names, bounds = $bounds;
// A frame that nobody has scrolled to has no size yet; it gets one, and a resize, when it is seen.
function fit() { if ($map.getSize().x && $map.getSize().y) $map.fitBounds(bounds, { padding: [12, 12], animate: false }); }
$map.attributionControl.setPrefix("Leaflet");
L.control.zoom({ zoomInTitle: $zoom_in, zoomOutTitle: $zoom_out }).addTo($map);
L.control.scale({ imperial: false, maxWidth: 160 }).addTo($map);
$map.on("resize", fit);
fit();
// Paper is no window: nothing says when it has another size, so the map gets that of paper before.
var place = document.getElementById("place");
function paper(size) { Object.assign(place.style, size); $map.stop().invalidateSize(false); fit(); }
addEventListener("beforeprint", function () { paper({ width: "470px", height: "440px" }); });
addEventListener("afterprint", function () { paper({ width: "", height: "" }); });
if (self !== top) document.body.classList.add("framed");  // what holds it has the table, too
var ground = $ground, below = {};
if (ground) {
  $map.createPane("ground").style.zIndex = 350;
  $map.createPane("names").style.zIndex = 360;
  below = { pane: "names" };
  L.geoJSON(ground, { pane: "ground", interactive: false, style: { fillColor: "$land", fillOpacity: 1, color: "$border", weight: 1 } }).addTo($map);
}
// What is known of a place stands in its row of the table; text is set as text, never as HTML.
function add(parent, kind, text) {
  var made = parent.appendChild(document.createElement(kind));
  if (text) made.textContent = text;
  return made;
}
var rows = new Map(), heads = document.querySelectorAll("#data thead th");
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
$shapes.eachLayer(function (shape) {
  var cells = rows.get(shape.feature.id), path = shape.getElement();
  shape.bindTooltip(tell, { sticky: true });
  path.setAttribute("role", "img");
  path.setAttribute("aria-label", cells[0].textContent + ": " + cells[1].textContent);
});
// Of many places those are named on which there is room for it, as near as the map is now.
var written = new Map(), many = names.some(function (name) { return name.length > 3; });
function fits(name, size, view) {
  var edge = $map.latLngToContainerPoint([name[0] + name[4], name[1]]);
  return view.contains([name[0], name[1]]) && name[3] * size <= $map.latLngToContainerPoint([name[0], name[1]]).y - edge.y;
}
// Of few places, too, no label lies on another or over the edge: the values come first, then names.
function free() {
  var edge = $map.getContainer().getBoundingClientRect(), taken = new Map();
  function set(tip, bare) {
    tip.getElement().classList.toggle("bare", bare);
    tip.update();
    return tip.getElement().getBoundingClientRect();
  }
  [true, false].forEach(function (bare) {
    written.forEach(function (tip, name) {
      var box = set(tip, bare), clear = box.left >= edge.left && box.right <= edge.right;
      taken.forEach(function (other, beside) {
        clear = clear && (beside === name || box.right <= other.left || box.left >= other.right || box.bottom <= other.top || box.top >= other.bottom);
      });
      if (clear) taken.set(name, box); else if (!bare) set(tip, true);
      tip.getElement().style.visibility = taken.has(name) ? "" : "hidden";
    });
  });
}
function write() {
  var size = parseFloat(getComputedStyle(document.documentElement).fontSize), view = $map.getBounds();
  names.forEach(function (name) {
    var is = written.has(name), shall = !many || fits(name, size, view);
    if (is && !shall) {
      written.get(name).remove();
      written.delete(name);
    } else if (shall && !is) {
      written.set(name, L.tooltip(Object.assign({ permanent: true, direction: "center", className: "name", content: name[2] }, below)).setLatLng([name[0], name[1]]).addTo($map));
    }
  });
}
$map.on("moveend", many ? write : free);
write();
if (!many) free();
