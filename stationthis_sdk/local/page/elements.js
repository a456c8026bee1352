// Making elements. Whatever comes from outside is text or a checked address, never markup.

const byId = (id) => document.getElementById(id);

// el("p", {class: "x", text: "…", hidden: true, onclick: f}, child, …)
function el(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") made.textContent = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Writes only what differs, so that screen readers and selections are left alone.
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const HOME = ["127.0.0.1", "localhost", "[::1]"];

// An address of this gateway as a path, null for any other; it may be called by another of its names.
function ownPath(address) {
  const url = parsed(address);
  const here = url !== null && url.protocol === location.protocol && url.port === location.port && HOME.includes(url.hostname);
  return here ? url.pathname + url.search : null;
}

// An address that may be a link's, null for anything that is not on the web.
function webAddress(address) {
  const url = parsed(address);
  return url !== null && (url.protocol === "http:" || url.protocol === "https:") ? url.href : null;
}

function parsed(address) {
  if (typeof address !== "string" || !/^(https?:|\/)/i.test(address)) return null;
  try {
    return new URL(address, location.origin);
  } catch {
    return null;
  }
}

function outside(address, text, given = {}) {
  const href = webAddress(address);
  if (href === null) return el("span", { text, ...given });
  return el("a", { href, target: "_blank", rel: "noopener noreferrer", text, ...given });
}

let saying = 0;

// Told to screen readers, once what they say now is said.
function say(text) {
  clearTimeout(saying);
  saying = setTimeout(() => setText(byId("said"), text), 300);
}

export { byId, el, outside, ownPath, say, setText, webAddress };
