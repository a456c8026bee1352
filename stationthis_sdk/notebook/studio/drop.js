// Takes files by dropping, choosing and pasting. Bytes go to Python piece by piece; Python tells what is there.
const PIECE = 1 << 19;

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
}

function render({ model, el }) {
  el.classList.add("st-drop");
  el.dataset.lmSuppressShortcuts = "true";
  const zone = element("div", "st-drop-zone");
  zone.tabIndex = 0;
  zone.setAttribute("role", "button");
  zone.setAttribute("aria-label", model.get("label"));
  const list = element("div", "st-drop-list");
  const hint = element("div", "st-drop-hint");
  const chooser = element("input");
  chooser.type = "file";
  chooser.hidden = true;
  chooser.accept = model.get("accept");
  chooser.multiple = model.get("multiple");
  const written = element("input", "st-drop-written");
  written.type = "text";
  written.placeholder = "or a path, or a web address";
  written.setAttribute("aria-label", `${model.get("label")}: path or web address`);
  const note = element("div", "st-drop-note");
  note.setAttribute("role", "status");
  zone.append(list, hint);
  el.append(zone, written, chooser, note);
  const waiting = new Map();
  const stopped = new AbortController();

  const tell = (text) => { note.textContent = text || ""; note.hidden = !text; };

  const draw = () => {
    list.replaceChildren(...model.get("items").map((item, place) => {
      const tile = element("figure", "st-drop-item");
      if (item.preview) {
        const picture = element("img");
        picture.src = item.preview;
        picture.alt = "";
        tile.append(picture);
      }
      if (item.coming) tile.classList.add("st-coming");
      const caption = element("figcaption", "", item.coming ? `${item.name} …` : item.name);
      caption.title = item.name;
      const away = element("button", "st-drop-away", "×");
      away.type = "button";
      away.setAttribute("aria-label", `Remove ${item.name}`);
      away.addEventListener("click", (event) => {
        event.stopPropagation();
        model.send(item.coming ? { kind: "drop", id: item.coming } : { kind: "remove", place });
      });
      tile.append(caption, away);
      return tile;
    }));
    const some = model.get("items").length > 0;
    hint.textContent = some ? (model.get("multiple") ? "+ drop more" : "drop another") : model.get("hint");
    el.classList.toggle("st-has", some);
    tell(model.get("note"));
  };

  const answered = (id) => new Promise((resolve) => waiting.set(id, resolve));

  const take = async (files) => {
    const most = model.get("most");
    const wanted = model.get("multiple") ? [...files] : [...files].slice(0, 1);
    for (const file of wanted) {
      if (file.size > most) {
        tell(`${file.name} has ${Math.round(file.size / 2 ** 20)} MiB; ${Math.round(most / 2 ** 20)} MiB is the most.`);
        continue;
      }
      const id = crypto.getRandomValues(new Uint32Array(2)).join("-");
      tell(`Reading ${file.name}…`);
      model.send({ kind: "begin", id, name: file.name, size: file.size });
      let go = await answered(id);
      for (let at = 0; go && at < file.size && !stopped.signal.aborted; at += PIECE) {
        const bytes = await file.slice(at, at + PIECE).arrayBuffer();
        model.send({ kind: "piece", id, at }, undefined, [new DataView(bytes)]);
        go = await answered(id);
        if (go) tell(`Reading ${file.name}… ${Math.min(100, Math.round((100 * (at + PIECE)) / file.size))}%`);
      }
      waiting.delete(id);
      if (go) model.send({ kind: "end", id });
    }
  };

  const heard = (message) => {
    if (message?.kind === "got") waiting.get(message.id)?.(message.go);
  };

  zone.addEventListener("click", () => chooser.click());
  zone.addEventListener("keydown", (event) => {
    if (event.target === zone && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      chooser.click();
    }
  });
  chooser.addEventListener("change", () => { take(chooser.files).catch((problem) => tell(String(problem))); chooser.value = ""; });
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => { event.preventDefault(); event.stopPropagation(); zone.classList.add("st-over"); });
  }
  zone.addEventListener("dragleave", () => zone.classList.remove("st-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    zone.classList.remove("st-over");
    take(event.dataTransfer.files).catch((problem) => tell(String(problem)));
  });
  zone.addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length) {
      event.preventDefault();
      event.stopPropagation();
      take(event.clipboardData.files).catch((problem) => tell(String(problem)));
    }
  });
  const enter = () => {
    const text = written.value.trim();
    written.value = "";
    if (text) model.send({ kind: "written", text });
  };
  written.addEventListener("change", enter);
  written.addEventListener("keydown", (event) => { event.stopPropagation(); if (event.key === "Enter") enter(); });
  model.on("change:items", draw);
  model.on("change:note", draw);
  model.on("msg:custom", heard);
  draw();
  return () => {
    stopped.abort();
    for (const [id, resolve] of waiting) {
      resolve(false);
      try { model.send({ kind: "drop", id }); } catch { /* the kernel is gone, and the file with it */ }
    }
    model.off("change:items", draw);
    model.off("change:note", draw);
    model.off("msg:custom", heard);
  };
}

export default { render };
