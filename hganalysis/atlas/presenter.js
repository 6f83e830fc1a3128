// The three answers as large as the wall, by the keys of a keyboard or a clicker, and the notes of
// whoever speaks in a window of their own. Which answer is shown stands in the address.

const NEXT = ["ArrowRight", "ArrowDown", "PageDown", " "], BACK = ["ArrowLeft", "ArrowUp", "PageUp"], BLACK = [".", "b"];
let notes = null, began = 0, counting = 0;

const typing = (event) => event.ctrlKey || event.metaKey || event.altKey || event.target.closest("#find, select");
const answerAt = (at) => data.answers[at - 1] && data.answers[at - 1][chosen.g];

// The way to each answer from the first screen; where there is none, there is no way.
function offer() {
  const nav = $("#answers");
  nav.hidden = !data.answers.length;
  nav.setAttribute("aria-label", say("slides.name_opening"));
  data.answers.forEach((_, at) => {
    const button = nav.children[at] || make(nav, "button", { type: "button" });
    if (!button.firstChild) button.addEventListener("click", () => present(at + 1));
    for (const name of ["aria-label", "title"]) empty(button).setAttribute(name, `${at + 1} ${answerAt(at + 1).asked}`);
    make(button, "b", {}, String(at + 1));
    make(button, "span", {}, ` ${answerAt(at + 1).asked}`);
  });
}
function present(at) {
  chosen.a = at ? String(at) : "";
  keep();
  showAnswer();
}
function go(step) {
  present(Math.min(data.answers.length, Math.max(1, Number(chosen.a) + step)));
}
function leaveFor(view) {
  present(0);
  [chosen.panels, chosen.l, chosen.p] = [[{ m: view.measure, w: view.when }], view.level, ""];
  draw();
  $("#table").focus();
}
function showAnswer() {
  const dialog = $("#answer"), answer = answerAt(chosen.a), which = `${chosen.a}${chosen.g}`;
  dialog.classList.remove("black");
  if (!answer) dialog.close();
  else if (!dialog.open || dialog.dataset.which !== which) {
    began = began || Date.now();
    dialog.dataset.which = which;
    fill(empty(dialog), answer);
    if (!dialog.open) dialog.showModal();
    $("h2", dialog).focus();
  }
  tellNotes();
}
function fill(dialog, answer) {
  dialog.classList.toggle("pictured", Boolean(answer.picture));
  dialog.setAttribute("aria-label", answer.simulated ? say("findings.prefix", { sentence: answer.said }) : answer.said);
  if (answer.simulated) make(dialog, "p", { class: "banner" }, say("words.simulated"));
  const sentence = make(dialog, "h2", { tabindex: "-1" });
  for (const word of answer.said.split(" ")) {  // no interval is broken at its dash
    make(sentence, "span", {}, word);
    sentence.append(" ");
  }
  if (answer.picture) {
    const pan = make(dialog, "div", { class: "pan", tabindex: "0", role: "group", "aria-label": answer.asked });
    const picture = make(pan, "img", { alt: answer.alt });
    if ("DecompressionStream" in window) inflate(answer.picture).then((svg) => { picture.src = `data:image/svg+xml,${encodeURIComponent(svg)}`; });
  }
  const foot = make(dialog, "div", { class: "foot" }), button = (text, act) => make(foot, "button", { type: "button" }, text).addEventListener("click", act);
  make(foot, "span", {}, `${chosen.a}/${data.answers.length}`);
  button(say("atlas.answer_back"), () => go(-1));
  button(say("atlas.answer_next"), () => go(1));
  button(say("atlas.notes"), openNotes);
  button(say("atlas.answer_table"), () => leaveFor(data.views[data.answers[chosen.a - 1].view]));
  button(say("atlas.card_close"), () => present(0));
  if (answer.source) make(foot, "p", { class: "of" }, answer.source);
  make(dialog, "p", { class: "blocked", role: "alert" });
}

// --- what to say, in a second window: this page writes it, so that it needs no other file ---

function openNotes() {
  notes = window.open("", "notes", "popup,width=900,height=700");
  $("#answer .blocked").textContent = notes ? "" : say("atlas.notes_blocked");
  if (!notes) return;
  notes.addEventListener("keydown", pressed);
  notes.clearInterval(counting);
  counting = notes.setInterval(count, 1000);
  tellNotes();
}
function tellNotes() {
  if (!notes || notes.closed) return;
  const page = notes.document, at = Number(chosen.a), answer = answerAt(at), next = answerAt(at + 1);
  page.title = say("atlas.notes_title");
  page.documentElement.lang = chosen.g;
  page.head.replaceChildren($("title", page), $("style").cloneNode(true));
  page.body.className = "notes";
  const main = make(empty(page.body), "main"), clock = make(main, "p", { class: "clock", role: "timer", "aria-label": say("atlas.notes_clock") });
  if (answer) {
    if (answer.simulated) make(main, "b", { class: "banner" }, say("words.simulated"));
    make(main, "h1", {}, answer.asked);
    make(main, "p", { class: "said" }, answer.said);
  }
  if (next) {
    make(main, "h2", {}, say("atlas.notes_next"));
    make(main, "p", { class: "next" }, next.said);
  }
  if (answer) {
    make(main, "h2", {}, say("atlas.notes_rests"));
    const list = make(main, "ul");
    for (const note of [...answer.notes, answer.source].filter(Boolean)) make(list, "li", {}, note);
  }
  tick(clock);
}
function tick(clock) {
  const seconds = Math.floor((Date.now() - began) / 1000);
  clock.textContent = [Math.floor(seconds / 60), seconds % 60].map((one) => String(one).padStart(2, "0")).join(":");
}
// counted by the window that is read: browsers let a window behind another tick once a minute
function count() {
  const clock = $(".clock", notes.document);
  if (clock) tick(clock); else tellNotes();  // a browser may empty a window that it has just opened
}

// --- keys, of both windows ---

function pressed(event) {
  const { key } = event, dialog = $("#answer"), beside = event.currentTarget === notes;
  if (!data.answers.length || typing(event) || $("dialog[open]:not(#answer)")) return;
  if (answerAt(key)) present(key === chosen.a ? 0 : key);
  else if (key === "n" && !beside) { if (!dialog.open) present(1); openNotes(); }
  else if (!dialog.open && !beside) return;
  else if (key === "Escape") present(0);
  else if (key === " " && event.target.closest("button")) return;
  else if (NEXT.includes(key)) go(1);
  else if (BACK.includes(key)) go(-1);
  else if (BLACK.includes(key)) dialog.classList.toggle("black");
  else return;
  event.preventDefault();
}
document.addEventListener("keydown", pressed);
$("#answer").addEventListener("close", () => { if (chosen.a && !$("#answer").open) present(0); });
addEventListener("pagehide", () => notes && notes.close());
