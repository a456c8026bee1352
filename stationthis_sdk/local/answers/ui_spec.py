"""A generated web form for a deployment, as an item of a shadcn registry."""

import json
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["ui_spec_json"]

_PAGE: Final = """"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";

const title: string = %(title)s;
const fields: {
  name: string;
  label: string;
  description: string;
  type: string;
  value: string;
  min: number | null;
  max: number | null;
  step: number | null;
  options: unknown[] | null;
}[] = %(fields)s;

function read(type: string, value: string): string | number | boolean {
  if (type === "integer" || type === "float") return Number(value);
  return type === "boolean" ? value === "true" : value;
}

export default function Page() {
  const [values, setValues] = useState(Object.fromEntries(fields.map((field) => [field.name, field.value])));
  const [said, setSaid] = useState("");
  const [links, setLinks] = useState<string[]>([]);

  async function run() {
    setLinks([]);
    const inputs = Object.fromEntries(
      fields.filter((field) => values[field.name] !== "").map((field) => [field.name, read(field.type, values[field.name])]),
    );
    const made = await fetch("/api/generate", { method: "POST", body: JSON.stringify({ inputs }) });
    if (!made.ok) return setSaid(await made.text());
    const { run_id } = await made.json();
    for (;;) {
      const run = await (await fetch(`/api/poll?run_id=${run_id}`)).json();
      setSaid(`${run.status} ${Math.round(100 * (run.progress ?? 0))} %%`);
      if (["success", "failed", "timeout", "cancelled"].includes(run.status)) {
        const items = (run.outputs ?? []).flatMap((output: any) => Object.values(output.data ?? {}).flat());
        return setLinks(items.map((item: any) => item?.url).filter(Boolean));
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  return (
    <main className="mx-auto flex max-w-xl flex-col gap-4 p-8">
      <h1 className="text-2xl">{title}</h1>
      {fields.map((field) => (
        <div key={field.name} className="flex flex-col gap-1">
          <Label htmlFor={field.name}>{field.label}</Label>
          <Input
            id={field.name}
            list={field.options ? `${field.name}-options` : undefined}
            type={field.type === "integer" || field.type === "float" ? "number" : "text"}
            min={field.min ?? undefined}
            max={field.max ?? undefined}
            step={field.step ?? (field.type === "float" ? "any" : undefined)}
            title={field.description}
            value={values[field.name]}
            onChange={(event) => setValues({ ...values, [field.name]: event.target.value })}
          />
          {field.options && (
            <datalist id={`${field.name}-options`}>
              {field.options.map((option) => <option key={String(option)} value={String(option)} />)}
            </datalist>
          )}
        </div>
      ))}
      <Button onClick={run}>Run</Button>
      <p>{said}</p>
      {links.map((link) => <a key={link} href={link}>{link}</a>)}
    </main>
  );
}
"""

_GENERATE: Final = """const api: string = %(api)s;
const deployment_id: string = %(deployment)s;

export async function POST(request: Request) {
  const { inputs } = await request.json();
  const answer = await fetch(`${api}/run/deployment/queue`, {
    method: "POST",
    headers: { Authorization: `Bearer ${process.env.COMFY_DEPLOY_API_KEY}`, "Content-Type": "application/json" },
    body: JSON.stringify({ deployment_id, inputs }),
  });
  return new Response(await answer.text(), { status: answer.status, headers: { "Content-Type": "application/json" } });
}
"""

_POLL: Final = """const api: string = %(api)s;

export async function GET(request: Request) {
  const run_id = new URL(request.url).searchParams.get("run_id") ?? "";
  const answer = await fetch(`${api}/run/${encodeURIComponent(run_id)}`, {
    headers: { Authorization: `Bearer ${process.env.COMFY_DEPLOY_API_KEY}` },
    cache: "no-store",
  });
  return new Response(await answer.text(), { status: answer.status, headers: { "Content-Type": "application/json" } });
}
"""


def ui_spec_json(deployment: Mapping[str, Any], api: str) -> dict[str, Any]:
    """The form's files; ``deployment`` is its own answer, ``api`` this gateway's address."""
    name = f"deployment-{deployment['id']}"
    title = (deployment["workflow"] or {}).get("name") or name
    fields = [_field(shown) for shown in deployment["input_types"] or ()]
    written = {
        "title": _literal(title),
        "fields": _literal(fields),
        "api": _literal(api),
        "deployment": _literal(deployment["id"]),
    }
    files = (
        ("page.tsx", _PAGE, "registry:page", "app/page.tsx"),
        ("generate_route.ts", _GENERATE, "registry:component", "app/api/generate/route.ts"),
        ("poll_route.ts", _POLL, "registry:component", "app/api/poll/route.ts"),
    )
    return {
        "$schema": "https://ui.shadcn.com/schema/registry-item.json",
        "name": name,
        "type": "registry:block",
        "author": "stationthis",
        "description": f"A form for {title}",
        "registryDependencies": ["button", "input", "label"],
        "files": [
            {"path": f"blocks/{name}/{file}", "content": content % written, "type": kind, "target": target}
            for file, content, kind, target in files
        ],
        "categories": ["workflow", "form"],
    }


def _field(shown: Mapping[str, Any]) -> dict[str, Any]:
    default = shown["default_value"]
    if isinstance(default, bool):
        default = str(default).lower()
    return {
        "name": shown["input_id"],
        "label": shown["display_name"] or shown["input_id"],
        "description": shown["description"],
        "type": shown["type"],
        "value": str(default) if isinstance(default, str | int | float) else "",
        "min": shown["min_value"],
        "max": shown["max_value"],
        "step": shown["step"],
        "options": shown["enum_options"],
    }


def _literal(value: Any) -> str:
    """A value as TypeScript, which no text in it can leave."""
    text = json.dumps(value, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
