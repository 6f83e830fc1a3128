// A place that is called by its name, as large as the wall: its number, and who stands beside it.

const PEERS = 5;

// The places of its level that are nearest in value, itself among them, the highest first.
function peersOf(view, code) {
  const value = number(view, code, "value"), far = (one) => Math.abs(number(view, one, "value") - value);
  const known = data.levels[view.level].codes.filter((one) => !isNaN(far(one)));
  const near = known.sort((one, other) => far(one) - far(other) || (other === code) - (one === code)).slice(0, PEERS);
  return near.sort((one, other) => number(view, other, "value") - number(view, one, "value"));
}
function showCard(code) {
  const card = empty($("#card")), [view] = shown(), known = factsOf(view, code), unit = scaleOf(view).unit[chosen.g];
  if (view.simulated) make(card, "p", { class: "banner" }, say("words.simulated"));
  const name = make(card, "h2", {}, known.place.text);
  if (known.district && known.district.text) make(name, "small", {}, known.district.text);
  const value = make(card, "p", { class: "value" }, known.value.text || "–");
  if (unit && known.value.text) make(value, "small", {}, ` ${unit}`);
  make(card, "p", { class: "of" }, view.title[chosen.g]);
  facts(card, known, ["place", "district", "value"]);
  const peers = peersOf(view, code);
  if (peers.length > 1) {
    make(card, "h3", {}, say("atlas.card_peers"));
    const list = make(card, "ul"), at = axis(view, 100);
    for (const peer of peers) {
      const line = make(list, "li", peer === code ? { class: "here" } : {}), told = factsOf(view, peer);
      make(line, "span", {}, told.place.text);
      const bar = make(line, "svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" });
      const [low, high] = ["low", "high"].map((end) => number(view, peer, end)), x = at(number(view, peer, "value"));
      if (!isNaN(low) && !isNaN(high)) make(bar, "path", { d: `M${at(low)} 5H${at(high)}` });
      make(bar, "rect", { x: x - 0.6, y: 0, width: 1.2, height: 10 });
      make(line, "b", {}, told.value.text);
    }
  }
  const close = make(card, "button", { type: "button" }, say("atlas.card_close"));
  close.addEventListener("click", () => card.close());
  card.setAttribute("aria-label", known.place.text);
  card.showModal();
}
