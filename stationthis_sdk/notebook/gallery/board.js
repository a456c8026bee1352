// A page of a gallery. All texts come from services and files: they are set as text, never as markup.
const make = (tag, name = "", text = "") => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    if (text) node.textContent = text;
    return node;
};
// Short values have their name before them; of long ones it stands in the corner.
const named = (labels) => labels.every((label) => label.length < 12);
const headOf = (name, label, className, withName) => {
    const node = make("div", className);
    if (name && withName) node.append(make("span", "stg-dim", `${name} `));
    node.append(label);
    node.title = name ? `${name}: ${label}` : label;
    return node;
};
const webAddress = (text) => (/^https?:\/\//i.test(text || "") ? text : null);
const blobOf = (bytes, type) => URL.createObjectURL(new Blob([bytes], { type }));

function render({ model, el }) {
    el.classList.add("stationthis-board");
    const ident = model.get("ident");
    const root = make("div", `stg stg-${ident}`);
    const bar = make("div", "stg-head");
    const title = make("b"), told = make("span", "stg-dim"), picks = make("span", "stg-picks");
    bar.append(title, told, picks);
    const meter = make("div", "stg-meter"), done = make("span");
    meter.append(done);
    const pages = make("div", "stg-pages");
    pages.setAttribute("role", "toolbar");
    pages.setAttribute("aria-label", "Pages");
    const said = make("div", "stg-said");
    said.setAttribute("role", "status");
    const body = make("div", "stg-body"), field = make("div", "stg-field"), panel = make("section", "stg-panel");
    panel.hidden = said.hidden = meter.hidden = pages.hidden = true;
    panel.setAttribute("aria-label", "Details");
    body.append(field, panel);
    root.append(bar, meter, pages, said, body);
    root.dataset.lmSuppressShortcuts = "true"; // JupyterLab has uses of its own for Enter
    // Its copy, which is saved with the notebook, stands in the same cell: while this is there, it need not be seen.
    const hide = document.createElement("style");
    const lab = `.jp-OutputArea:has(.stg-${ident}) .${ident}`, others = `body:not(:has(.jp-OutputArea)) .${ident}`;
    hide.textContent = `${lab},${others}{display:none!important}`;
    el.append(hide, root);

    let page = null, shown = null;
    const tiles = new Map();
    const seen = new Map();      // pictures of this page, by place
    const opened = [];           // addresses of what the panel shows

    const say = (content) => model.send(content);
    let waiting = null;
    const ask = (content) => {
        clearTimeout(waiting);
        waiting = setTimeout(() => hear({ kind: "said", text: "Nobody answers: the kernel is busy, or it was restarted." }), 8000);
        say(content);
    };
    const answered = () => {
        if (waiting === null) return;
        clearTimeout(waiting);
        waiting = null;
        hear({ kind: "said", text: "" });
    };
    const forget = (addresses) => addresses.forEach((one) => URL.revokeObjectURL(one));
    const order = () => [...field.querySelectorAll(".stg-tile")];

    const open = (place) => {
        shown = place;
        order().forEach((one) => one.classList.toggle("stg-open", Number(one.dataset.place) === place));
        ask({ kind: "open", place });
    };
    const shut = () => {
        const tile = tiles.get(shown);
        shown = null;
        panel.hidden = true;
        panel.replaceChildren();
        forget(opened.splice(0));
        order().forEach((one) => one.classList.remove("stg-open"));
        tile?.node.focus();
    };
    const mark = (tile, picked) => {
        tile.picked = picked;
        tile.node.setAttribute("aria-pressed", String(picked));
        const button = panel.querySelector(".stg-pick");
        if (button && shown === tile.place) label(button, picked);
    };
    const label = (button, picked) => {
        button.textContent = picked ? "★ picked" : "☆ pick";
        button.setAttribute("aria-pressed", String(picked));
    };
    const pick = (place) => {
        const tile = tiles.get(place);
        if (!tile) return;
        mark(tile, !tile.picked);
        ask({ kind: "pick", place, picked: tile.picked });
    };

    const tileNode = (place) => {
        const node = make("button", "stg-tile");
        node.type = "button";
        node.dataset.place = String(place);
        node.setAttribute("aria-pressed", "false");
        const box = make("span", "stg-box"), caption = make("span", "stg-cap");
        node.append(box, caption);
        node.addEventListener("click", () => {
            node.focus({ preventScroll: true }); // some browsers focus no button that is clicked
            pick(place);
            open(place);
        });
        const tile = { node, box, caption, place, picked: false };
        tiles.set(place, tile);
        return node;
    };

    const turn = (number) => {
        if (page && number >= 0 && number < page.count && number !== page.number) ask({ kind: "page", place: number });
    };
    const showPages = () => {
        pages.hidden = page.count < 2;
        pages.replaceChildren();
        if (pages.hidden) return;
        const step = (text, name, number) => {
            const button = make("button", "stg-step", text);
            button.type = "button";
            button.setAttribute("aria-label", name);
            button.disabled = number < 0 || number >= page.count;
            button.addEventListener("click", () => turn(number));
            return button;
        };
        pages.append(step("‹", "Previous page", page.number - 1));
        if (page.titles && page.count <= 12) {
            page.titles.forEach((text, number) => {
                const tab = make("button", "stg-tab", text || String(number + 1));
                tab.type = "button";
                tab.title = text;
                if (number === page.number) tab.setAttribute("aria-current", "page");
                tab.addEventListener("click", () => turn(number));
                pages.append(tab);
            });
        } else if (page.titles) {
            const select = make("select", "stg-choice");
            select.setAttribute("aria-label", "Page");
            page.titles.forEach((text, number) => select.append(new Option(text, String(number))));
            select.value = String(page.number);
            select.addEventListener("change", () => turn(Number(select.value)));
            pages.append(select);
        } else {
            const number = make("input", "stg-number");
            Object.assign(number, { type: "number", min: 1, max: page.count, value: page.number + 1 });
            number.setAttribute("aria-label", "Page");
            number.addEventListener("change", () => turn(Number(number.value) - 1));
            pages.append(number, make("span", "stg-dim", `of ${page.count.toLocaleString("en")}`));
            pages.append(make("span", "stg-title", page.page));
        }
        pages.append(step("›", "Next page", page.number + 1));
    };

    const showPage = (told) => {
        const other = !page || page.number !== told.number;
        page = told;
        title.textContent = page.title;
        if (other) {
            forget([...seen.values()].map((one) => one.address));
            seen.clear();
        }
        tiles.clear();
        root.style.setProperty("--stg-side", `${page.pixels}px`);
        showPages();
        const hasRows = page.rowsName !== null, hasCols = page.colsName !== null;
        const grid = make("div", hasRows || hasCols ? "stg-grid" : "stg-flow");
        const cellNode = (places) => {
            const cell = make("div", "stg-cell");
            cell.append(...places.map(tileNode));
            return cell;
        };
        if (grid.className === "stg-flow") {
            grid.append(...page.cells.flat(2).map(tileNode));
            if (page.abreast) Object.assign(grid.style, { display: "grid", gridTemplateColumns: `repeat(${page.abreast},max-content)` });
        } else {
            const heads = hasRows ? "minmax(4em,max-content) " : "";
            grid.style.gridTemplateColumns = `${heads}repeat(${page.cols.length},max-content)`;
            if (hasCols) {
                const corner = [hasRows && !named(page.rows) && page.rowsName && `${page.rowsName} ↓`, !named(page.cols) && page.colsName && `${page.colsName} →`];
                if (heads) grid.append(make("div", "stg-corner stg-dim", corner.filter(Boolean).join("  ")));
                page.cols.forEach((one) => grid.append(headOf(page.colsName, one, "stg-col", named(page.cols))));
            }
            page.cells.forEach((row, number) => {
                if (heads) grid.append(headOf(page.rowsName, page.rows[number], "stg-row", named(page.rows)));
                grid.append(...row.map(cellNode));
            });
        }
        const focused = field.contains(document.activeElement) ? Number(document.activeElement.dataset.place) : null;
        field.replaceChildren(grid);
        tiles.get(focused)?.node.focus({ preventScroll: true });
        if (shown !== null && !tiles.has(shown)) shut();
    };

    const showTile = (told, buffers) => {
        const tile = tiles.get(told.place);
        if (!tile) return;
        const { node, box, caption, place } = tile;
        node.dataset.tone = told.tone;
        node.classList.toggle("stg-loading", told.loading);
        node.classList.toggle("stg-open", place === shown);
        mark(tile, told.picked);
        const behind = told.more ? ` +${told.more}` : "";
        caption.textContent = `${told.caption}${behind}`;
        caption.hidden = !caption.textContent;
        const note = told.tone === "bad" && told.note ? `${told.state}: ${told.note}` : told.note || told.state;
        node.setAttribute("aria-label", `${told.name}, ${told.caption || told.state}`);
        node.title = told.caption || told.name;
        if (told.picture !== undefined) {
            if (seen.has(place)) URL.revokeObjectURL(seen.get(place).address);
            const address = blobOf(buffers[told.picture], "image/webp");
            seen.set(place, { address, width: told.width, height: told.height });
            root.style.setProperty("--stg-shape", `${told.width} / ${told.height}`);
        }
        const kept = seen.get(place);
        if (told.seen && kept) {
            const image = make("img");
            Object.assign(image, { src: kept.address, alt: told.name, width: kept.width, height: kept.height, decoding: "async" });
            image.draggable = false;
            box.replaceChildren(image);
            if (told.type === "video") box.append(make("span", "stg-play", "▶"));
        } else {
            const text = told.loading ? "" : told.type === "audio" ? `♪ ${note}` : note;
            box.replaceChildren(make("span", "stg-note", text));
        }
    };

    const showHead = ({ text, fraction, picked }) => {
        told.textContent = text;
        picks.textContent = picked ? `★ ${picked.toLocaleString("en")} picked` : "";
        meter.hidden = fraction === null;
        done.style.width = `${100 * (fraction || 0)}%`;
    };

    const mediumNode = (one, buffers) => {
        const figure = make("figure");
        const address = webAddress(one.address);
        let source = address;
        if (one.bytes !== undefined) {
            source = blobOf(buffers[one.bytes], one.mime);
            opened.push(source);
        }
        if ((one.type === "video" || one.type === "audio") && source) {
            const player = make(one.type);
            player.controls = true;
            if (one.type === "video") player.loop = true;
            player.src = source;
            figure.append(player);
        } else if (one.bytes !== undefined) {
            const image = make("img");
            image.src = source;
            image.alt = one.name;
            figure.append(image);
        } else if (one.text !== undefined) {
            figure.append(make("div", "stg-text", one.text));
        }
        const caption = make("figcaption", "stg-dim");
        if (address) {
            const link = make("a", "", one.name);
            Object.assign(link, { href: address, target: "_blank", rel: "noopener noreferrer" });
            caption.append(link);
        } else caption.append(one.name);
        if (one.size) caption.append(` · ${one.size}`);
        figure.append(caption);
        return figure;
    };
    const linesNode = (lines) => {
        const list = make("div", "stg-lines");
        lines.forEach(([name, value]) => list.append(make("b", "", name), make("span", "", value)));
        return list;
    };
    const showDetail = (told, buffers) => {
        if (told.place !== shown) return;
        forget(opened.splice(0));
        panel.replaceChildren();
        const head = make("div", "stg-panel-head");
        const button = make("button", "stg-pick"), close = make("button", "stg-close", "×");
        button.type = close.type = "button";
        close.setAttribute("aria-label", "Close details");
        close.addEventListener("click", shut);
        button.addEventListener("click", () => pick(told.place));
        label(button, tiles.get(told.place)?.picked ?? false);
        head.append(make("b", "", told.name || ""), button, close);
        panel.append(head);
        if (told.state && told.state !== "success") panel.append(make("div", "stg-state", told.state));
        if (told.reason) panel.append(make("div", "stg-wrong", told.reason));
        (told.media || []).forEach((one) => panel.append(mediumNode(one, buffers)));
        if (told.left) panel.append(make("div", "stg-dim", `and ${told.left} more outputs`));
        if (told.inputs?.length) panel.append(linesNode(told.inputs));
        if (told.lines?.length) panel.append(linesNode(told.lines));
        panel.hidden = false;
    };

    const hear = (told, buffers) => {
        if (told.kind !== "said") answered();
        if (told.kind === "page") showPage(told);
        else if (told.kind === "tiles") told.tiles.forEach((one) => showTile(one, buffers));
        else if (told.kind === "head") showHead(told);
        else if (told.kind === "detail") showDetail(told, buffers);
        else if (told.kind === "said") {
            said.textContent = told.text;
            said.hidden = !told.text;
        }
    };
    const keys = (event) => {
        if (event.key === "Escape" && shown !== null) {
            event.stopPropagation();
            shut();
            return;
        }
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        const all = order(), at = all.indexOf(document.activeElement);
        if (step && at >= 0) {
            event.preventDefault();
            event.stopPropagation();
            const next = all[at + step];
            if (next) {
                next.focus();
                if (shown !== null) open(Number(next.dataset.place));
            }
        }
    };
    model.on("msg:custom", hear);
    root.addEventListener("keydown", keys);
    say({ kind: "hello" });
    return () => {
        model.off("msg:custom", hear);
        clearTimeout(waiting);
        forget([...[...seen.values()].map((one) => one.address), ...opened]);
        try {
            say({ kind: "bye" });
        } catch {
            // The kernel is gone.
        }
    };
}

export default { render };
