// A page that is too large as text brings its data and tables deflated, the rows of each place together.
{
  if (!("DecompressionStream" in window)) {
    $("#old").hidden = false;
    throw new Error("this browser cannot unpack the page");
  }
  const [json, heads, places, shapes] = JSON.parse(await inflate($("#packed").textContent)), many = Object.keys(heads).length;
  $("#data").textContent = json;
  $(".map").innerHTML = shapes;
  Object.entries(heads).forEach(([language, its], number) => {
    const tables = its.map((head, at) => `${head}${places.map((rows) => rows[at * many + number]).join("")}</tbody></table>`);
    $(`.tables[lang="${language}"]`).insertAdjacentHTML("beforeend", tables.join(""));
  });
}
