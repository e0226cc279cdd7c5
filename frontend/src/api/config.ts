// What this deployment says of itself in /config.json: where to sign in, and what there is besides.

import { isFields } from "../lib/json";
import { Unreachable } from "./problem";

/** The deployment's configuration. */
export type Config = {
  /** The OpenID Connect provider. */
  authority: string;
  /** The frontend's client there. */
  client_id: string;
  /** Where signing out ends the provider's session. */
  logout_url: string;
  /** Where what would have been e-mailed can be read; on one machine only. */
  mailbox?: string;
  /** Whether demo people can sign in; on one machine only. */
  demo?: boolean;
};

let loaded: Config | undefined;

/** Reads the configuration. Throws `Unreachable` when it cannot be read. */
export async function loadConfig(): Promise<Config> {
  try {
    const response = await fetch("/config.json", { cache: "no-cache" });
    const found: unknown = await response.json();
    if (!response.ok || !isConfig(found)) throw new Unreachable();
    loaded = found;
    return found;
  } catch {
    throw new Unreachable();
  }
}

/** The configuration, once it was read. */
export function config(): Config | undefined {
  return loaded;
}

function isConfig(value: unknown): value is Config {
  const needed = ["authority", "client_id", "logout_url"];
  return isFields(value) && needed.every((name) => typeof value[name] === "string");
}
