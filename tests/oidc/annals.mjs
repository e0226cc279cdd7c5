// The real program, in memory and on a free port.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const target = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL("../../target", import.meta.url));
const program = process.env.ANNALS_LOCAL ?? `${target}/debug/annals-local`;

/** Starts it; `address` is where it is, `stop` ends it. */
export async function annals() {
  const child = spawn(program, {
    env: { PORT: "0", DATA: ":memory:" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const failed = once(child, "error").then(([error]) => Promise.reject(error));
  const [line] = await Promise.race([once(createInterface(child.stdout), "line"), failed]);
  const address = /http:\/\/localhost:\d+/.exec(line)[0];
  return {
    address,
    async stop() {
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
  };
}
