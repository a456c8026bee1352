// What a program in Node does with the client; each scene is started by test_node_client.py and must print "done".
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [, , module, scene, python, folder] = process.argv;
const { StationThis, StationThisError, ServerGone } = await import(pathToFileURL(module));
const server = { command: python, args: ["-W", "error", "-m", "stationthis_sdk.cli"] };
const small = { prompt: "a fox", steps: 1, width: 32, height: 32 };
const long = { prompt: "a long walk", steps: 60, width: 1024, height: 1024 };

const scenes = {
  async whole() {
    const st = new StationThis(server);
    const hello = await st.hello({ client: "driver", version: "1" });
    assert.equal(hello.server, "stationthis");

    const told = [];
    st.onNotification((method, event) => told.push([method, event]));
    await st.call("follow");
    const seed = 2n ** 53n + 1n;
    const made = await st.submit({ deployment: "text-to-picture", inputs: small, key: "node-1" });
    const kinds = [];
    for await (const event of st.follow(made.run_id)) kinds.push(event.event);
    assert.equal(kinds.at(-1), "end");
    assert.ok(kinds.includes("output"));
    assert.ok(told.some(([method, event]) => method === "event" && event.run_id === made.run_id));

    const run = await st.wait({ run_id: made.run_id });
    assert.equal(run.state, "success");
    const { paths } = await st.save({ run_id: made.run_id, to: folder });
    assert.deepEqual([...(await readFile(paths[0])).subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
    assert.equal((await st.submit({ deployment: "text-to-picture", inputs: small, key: "node-1" })).run_id, made.run_id);

    const odd = await st.submit({ deployment: "echo", inputs: { words: "naïve 🦊\n" }, options: { allow_unknown: true } })
      .catch((error) => error);
    assert.ok(odd instanceof StationThisError);
    assert.equal(odd.word, "invalid_workflow");
    assert.equal(odd.name, "NotFound");
    await st.set_preferences({ user: "node", words: { seed } });
    assert.equal((await st.get_preferences({ user: "node" })).preferences.seed, seed); // no digit is lost on the way

    const slow = await st.submit({ deployment: "text-to-picture", inputs: long });
    const waiting = st.wait({ run_id: slow.run_id });
    assert.equal((await st.cancel({ run_id: slow.run_id })).state, "cancelled");
    assert.equal((await waiting).state, "cancelled");

    const request = await st.submit_request({ deploymentId: "text-to-picture", inputs: small });
    let status;
    do status = await st.check_status({ runId: request.runId });
    while (status.status !== "completed");
    assert.equal((await st.get_results({ runId: request.runId })).images.length, 1);

    const { steps } = await st.render({ platform: "telegram", run_id: made.run_id });
    assert.equal(steps.length, 1);
    assert.equal(await st.close(), 0);
    await assert.rejects(st.hello(), ServerGone);
  },

  async killed() {
    const st = new StationThis(server);
    await st.hello();
    const slow = await st.submit({ deployment: "text-to-picture", inputs: long });
    const wish = { deployment: "text-to-picture", inputs: long };
    process.kill(st.pid, "SIGSTOP");
    const asked = [st.wait({ run_id: slow.run_id }), st.submit(wish), st.submit({ ...wish, key: "k" }), st.submit_request(wish)];
    process.kill(st.pid, "SIGKILL");
    const told = await Promise.allSettled(asked);
    for (const { status, reason } of told) {
      assert.equal(status, "rejected");
      assert.ok(reason instanceof ServerGone);
      assert.match(reason.message, /ended, by SIGKILL/);
    }
    // A submit without a key may have made a run: whoever sends it again may pay twice.
    assert.deepEqual(told.map(({ reason }) => reason.retryable), [true, false, true, false]);
    await assert.rejects(st.hello(), ServerGone);
    const again = new StationThis(server);
    assert.equal((await again.cancel({ run_id: slow.run_id })).state, "cancelled");
    await again.close();
  },

  async missing() {
    const gone = new StationThis({ command: "/no/such/stationthis" });
    await assert.rejects(gone.hello(), (error) => error instanceof ServerGone && /could not be started/.test(error.message));
    assert.equal(await gone.close(), null);
    const keyless = new StationThis({ ...server, env: { ...process.env, STATIONTHIS_API_KEY: "" } });
    await assert.rejects(keyless.hello(), (error) => error instanceof ServerGone && /exit code 4: .*STATIONTHIS_API_KEY/.test(error.message));
  },

  async odd() {
    const st = new StationThis({ ...server, onLog: () => { throw new Error("log"); } });
    const thrown = [];
    process.on("uncaughtException", (error) => /^(log|listener)$/.test(error.message) ? thrown.push(error.message) : (console.error(error), process.exit(1)));
    const cut = "a fox 🦊".slice(0, -1);
    await st.set_preferences({ user: "odd", words: { prompt: cut } });
    assert.equal((await st.get_preferences({ user: "odd" })).preferences.prompt, "a fox \ufffd");
    await assert.rejects(st.call("hello", { ["client" + cut.at(-1)]: 1 }), StationThisError); // by its id
    await assert.rejects(st.upload({ base64: "A".repeat(17 << 20) }), /longer than 16 MiB/);
    let deep = 1;
    for (let level = 0; level < 1200; level++) deep = [deep];
    await assert.rejects(st.call("hello", { client: deep }), StationThisError);

    const { rawJSON } = JSON;
    delete JSON.rawJSON; // as in Node 18 and 20
    await assert.rejects(st.set_preferences({ user: "odd", words: { seed: 2n ** 53n + 1n } }), /2\^53/);
    await st.set_preferences({ user: "odd", words: { seed: 77n } });
    JSON.rawJSON = rawJSON;

    st.onNotification(() => { throw new Error("listener"); });
    await st.call("follow");
    const made = await st.submit({ deployment: "text-to-picture", inputs: small });
    assert.equal((await st.wait({ run_id: made.run_id })).state, "success");
    const { cursor, instance } = await st.events();
    for await (const event of st.follow(made.run_id, { since: cursor, instance })) assert.fail(event);
    await assert.rejects(async () => { for await (const event of st.follow(made.run_id, { since: cursor + 999 })) assert.fail(event); }, StationThisError);
    assert.ok(thrown.includes("listener"));
    assert.equal(await st.close(), 0);
  },

  async interrupted() {
    const st = new StationThis(server);
    await st.hello();
    process.once("SIGINT", async () => {
      assert.equal((await st.hello()).server, "stationthis"); // what is under way may be finished
      assert.equal(await st.close(), 0);
      console.log("done");
      process.exit(0);
    });
    console.log("ready");
    await new Promise((resolve) => setTimeout(resolve, 30_000));
  },

  async many() {
    const lines = [];
    const st = new StationThis({ ...server, onLog: (line) => lines.push(line) });
    const answers = await Promise.all(Array.from({ length: 200 }, (_, place) =>
      st.render({ platform: "telegram", outputs: [{ kind: "text", text: `text ${place}` }] })));
    answers.forEach(({ steps }, place) => assert.equal(steps[0].text, `text ${place}`));
    const text = "🦊".repeat(1 << 20);
    const registered = [{ command: "gone", description: text }];
    const { diff } = await st.commands({ platform: "telegram", registered });
    assert.equal(diff.remove[0].description, text);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    for await (const event of st.follow(undefined, { signal: stop.signal })) assert.fail(event);
    assert.equal(await st.close(), 0);
    assert.deepEqual(lines, []);
  },
};

await scenes[scene]();
console.log("done");
