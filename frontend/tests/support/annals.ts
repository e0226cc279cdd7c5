// The real program, in memory on a free port, and its API for what a test needs to be there already.

import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { DIST, PROGRAM } from "./places";

export type Username = "viewer" | "editor" | "auditor" | "operator" | "admin" | "outsider";

/** A record, or whatever else the API answers. */
export type Answer = { readonly [member: string]: unknown };

export class Annals {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, readonly url: string) {
    this.#process = process;
  }

  /** Starts it and waits until it says where it is. */
  static async start(settings: Record<string, string> = {}, program: string = PROGRAM): Promise<Annals> {
    const env = { PORT: "0", DATA: ":memory:", FRONTEND: DIST, ...settings };
    const process = spawn(program, [], { env, stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface({ input: process.stdout })) {
      const address = /http:\/\/localhost:\d+/.exec(line)?.[0];
      if (address !== undefined) return new Annals(process, address);
    }
    throw new Error(`${program} ended before it said where it is`);
  }

  /** Nothing is kept, so that nothing has to end in order. */
  stop(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /** Lets it finish what it is at, so that another one can go on with its folder. */
  finish(): Promise<void> {
    return this.#end("SIGTERM");
  }

  #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    // A test may have ended it already.
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return Promise.resolve();
    const ended = new Promise<void>((resolve) => this.#process.once("exit", () => resolve()));
    this.#process.kill(signal);
    return ended;
  }

  /** Creates a record as one of the demo people. */
  create(as: Username, plural: string, fields: Answer): Promise<Answer> {
    return this.send(as, "POST", `/${plural}`, fields);
  }

  /** Changes a record as one of the demo people, whatever its version is. */
  async edit(as: Username, path: string, fields: Answer, reason = ""): Promise<Answer> {
    const { version } = await this.send(as, "GET", path);
    const why: Record<string, string> = reason === "" ? {} : { "X-Change-Reason": encodeURIComponent(reason) };
    return this.send(as, "PATCH", path, fields, { "If-Match": `"${String(version)}"`, ...why });
  }

  async send(as: Username, method: string, path: string, body?: Answer, more: Record<string, string> = {}): Promise<Answer> {
    const authorization = `Bearer ${await this.token(as)}`;
    const headers = { authorization, ...(body && { "content-type": "application/json" }), ...more };
    const answer = await fetch(`${this.url}/api/v1${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? {} : (JSON.parse(text) as Answer);
  }

  /** An access token of one of the demo people. */
  async token(username: Username): Promise<string> {
    const body = new URLSearchParams({ grant_type: "password", client_id: "annals-web", username, password: "local" });
    const answer = await fetch(`${this.url}/oauth2/token`, { method: "POST", body });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    return token;
  }
}
