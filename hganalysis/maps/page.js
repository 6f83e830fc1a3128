var names = $names, bounds = $bounds;
function fit() { $map.fitBounds(bounds, { padding: [12, 12], animate: false }); }
$map.attributionControl.setPrefix("Leaflet");
L.control.zoom({ zoomInTitle: $zoom_in, zoomOutTitle: $zoom_out }).addTo($map);
L.control.scale({ imperial: false, maxWidth: 160 }).addTo($map);
$map.on("resize", fit);
fit();
$shapes.eachLayer(function (shape) {
  var path = shape.getElement();
  path.setAttribute("role", "img");
  path.setAttribute("aria-label", shape.feature.properties.name);
});
names.forEach(function (name) {
  L.tooltip({ permanent: true, direction: "center", className: "name", content: name[2] }).setLatLng([name[0], name[1]]).addTo($map);
});
