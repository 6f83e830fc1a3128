var names = $names, bounds = $bounds;
// A frame that nobody has scrolled to has no size yet; it gets one, and a resize, when it is seen.
function fit() { if ($map.getSize().x && $map.getSize().y) $map.fitBounds(bounds, { padding: [12, 12], animate: false }); }
$map.attributionControl.setPrefix("Leaflet");
L.control.zoom({ zoomInTitle: $zoom_in, zoomOutTitle: $zoom_out }).addTo($map);
L.control.scale({ imperial: false, maxWidth: 160 }).addTo($map);
$map.on("resize", fit);
fit();
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
var heads = document.querySelectorAll("#data thead th");
$shapes.eachLayer(function (shape) {
  var cells = document.querySelector('#data tr[data-code="' + CSS.escape(shape.feature.id) + '"]').children;
  var box = document.createElement("div"), path = shape.getElement();
  add(box, "b", cells[0].textContent);
  var facts = add(box, "table");
  for (var at = 1; at < cells.length; at++) {
    if (cells[at].textContent === "–") continue;
    var row = add(facts, "tr");
    add(row, "td", heads[at].textContent);
    add(row, "td", cells[at].textContent);
  }
  shape.bindTooltip(box, { sticky: true });
  path.setAttribute("role", "img");
  path.setAttribute("aria-label", cells[0].textContent + ": " + cells[1].textContent);
});
names.forEach(function (name) {
  L.tooltip(Object.assign({ permanent: true, direction: "center", className: "name", content: name[2] }, below)).setLatLng([name[0], name[1]]).addTo($map);
});
