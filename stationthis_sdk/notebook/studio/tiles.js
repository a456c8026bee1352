// What has been made, one tile each; a click or a key chooses one.
function render({ model, el }) {
  el.classList.add("st-tiles");
  el.dataset.lmSuppressShortcuts = "true";
  el.setAttribute("role", "listbox");
  el.setAttribute("aria-label", "What has been made");
  const made = new Map();

  const draw = () => {
    const chosen = model.get("chosen");
    const seen = model.get("tiles");
    const ids = new Set(seen.map((tile) => tile.id));
    for (const [id, node] of made) if (!ids.has(id)) { node.remove(); made.delete(id); }
    seen.forEach((tile, place) => {
      let node = made.get(tile.id);
      if (!node) {
        node = document.createElement("button");
        node.type = "button";
        node.setAttribute("role", "option");
        node.addEventListener("click", () => { model.set("chosen", tile.id); model.save_changes(); });
        made.set(tile.id, node);
      }
      const look = JSON.stringify(tile);
      if (node.dataset.look !== look) {
        node.dataset.look = look;
        node.className = `st-tile st-${tile.state}`;
        node.title = tile.label;
        node.setAttribute("aria-label", `${tile.label}, ${tile.state}`);
        const face = document.createElement(tile.picture ? "img" : "span");
        if (tile.picture) { face.src = tile.picture; face.alt = ""; } else { face.textContent = tile.text; }
        node.replaceChildren(face);
      }
      node.setAttribute("aria-selected", String(tile.id === chosen));
      if (el.children[place] !== node) el.insertBefore(node, el.children[place] ?? null);
    });
  };
  el.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      const next = [...el.children][[...el.children].indexOf(document.activeElement) + step];
      if (next) { next.focus(); event.preventDefault(); }
    }
  });
  model.on("change:tiles", draw);
  model.on("change:chosen", draw);
  draw();
  return () => { model.off("change:tiles", draw); model.off("change:chosen", draw); };
}

export default { render };
