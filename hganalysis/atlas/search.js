// Search: with or without accents, by name or code.

const bare = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase();
function search() {
  const asked = bare($("#search").value).split(/\s+/).filter(Boolean), list = empty($("#found")), hits = [];
  if (asked.length) for (const level of levels) {
    const any = views.find((view) => view.level === level);
    for (const code of data.levels[level].codes) {
      const { place, district } = factsOf(any, code), words = bare(`${place.text} ${code}`).split(/[^a-z0-9]+/);
      if (hits.length < 12 && asked.every((part) => words.some((word) => word.startsWith(part)))) hits.push([level, code, place.text, district && district.text]);
    }
  }
  list.hidden = !asked.length;
  $("#search").setAttribute("aria-expanded", asked.length > 0);
  $("#search").removeAttribute("aria-activedescendant");
  hits.forEach(([level, code, name, inside], at) => {
    const option = make(list, "li", { id: `found-${at}`, role: "option", "aria-selected": "false", "data-level": level, "data-place": code }, name);
    if (inside) make(option, "small", {}, inside);
  });
  if (!hits.length) make(list, "li", { role: "option", "aria-disabled": "true", "aria-selected": "false" }, say("atlas.search_none"));
  $("#live").textContent = asked.length ? say("atlas.search_found", { number: hits.length }) : "";
}
function pick(option) {
  if (!option || !option.dataset.place) return;
  chosen.l = option.dataset.level;
  $("#search").value = "";
  search();
  draw();
  choose(option.dataset.place);
  const row = rowsOf(shown()[0]).rows.get(chosen.p);
  if (row && !chosen.panels[1]) row.scrollIntoView({ block: "nearest" });
  showCard(chosen.p);
}
$("#search").addEventListener("input", search);
$("#found").addEventListener("click", (event) => pick(event.target.closest("li")));
$("#search").addEventListener("blur", () => setTimeout(() => { $("#found").hidden = true; $("#search").setAttribute("aria-expanded", "false"); }, 200));
$("#search").addEventListener("keydown", (event) => {
  const options = all("#found [data-place]"), now = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "Escape") { $("#search").value = ""; search(); }
  if (event.key === "Enter") { event.preventDefault(); pick(options[now] || options[0]); }
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!move || !options.length) return;
  event.preventDefault();
  const next = (now + move + options.length + (now < 0 && move < 0 ? 1 : 0)) % options.length;
  options.forEach((option, at) => option.setAttribute("aria-selected", at === next));
  $("#search").setAttribute("aria-activedescendant", options[next].id);
  options[next].scrollIntoView({ block: "nearest" });
});
