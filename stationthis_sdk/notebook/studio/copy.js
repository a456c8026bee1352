// The Python call: a button that copies it and shows what was copied.
function render({ model, el }) {
  el.classList.add("st-copy");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "st-copy-button";
  button.textContent = "Copy as code";
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  const code = document.createElement("pre");
  code.tabIndex = 0;
  code.hidden = true;
  const head = document.createElement("div");
  head.append(button, said);
  el.append(head, code);
  let quiet;

  const draw = () => { code.textContent = model.get("code"); };

  const byHand = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };

  button.addEventListener("click", async () => {
    const text = model.get("code");
    code.hidden = false;
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      done = byHand(text);
    }
    said.textContent = done ? "Copied." : "This page may not copy: select it below.";
    clearTimeout(quiet);
    quiet = setTimeout(() => { said.textContent = ""; }, 4000);
  });
  model.on("change:code", draw);
  draw();
  return () => { clearTimeout(quiet); model.off("change:code", draw); };
}

export default { render };
