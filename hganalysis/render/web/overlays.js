// Layers over the places, which nobody points at: what is below them tells of itself.
$map.createPane("layers").style.cssText = "z-index: 450; pointer-events: none";
$layers.forEach(function (layer) {
  [["#ffffff", 5], [layer[0], 2]].forEach(function (look) {
    L.geoJSON(layer[1], {
      pane: "layers", interactive: false, style: { color: look[0], weight: look[1] },
      pointToLayer: function (_, at) { return L.circleMarker(at, { pane: "layers", interactive: false, radius: 4, fillColor: layer[0], fillOpacity: 1, color: "#ffffff", weight: 1 }); }
    }).addTo($map);
  });
});
